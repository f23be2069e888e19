#define HANDGRAD_ISA avx2
#include "isa/vec_avx2.h"
#include "kernels/kernels-inl.h"
