#define HANDGRAD_ISA avx512
#include "isa/vec_avx512.h"
#include "kernels/kernels-inl.h"
