#define HANDGRAD_ISA neon
#include "isa/vec_neon.h"
#include "kernels/kernels-inl.h"
