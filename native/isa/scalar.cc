#define HANDGRAD_ISA scalar
#include "isa/vec_scalar.h"
#include "kernels/kernels-inl.h"
