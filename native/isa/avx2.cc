#define HANDGRAD_ISA avx2
#include "kernels/kernels-inl.h"
