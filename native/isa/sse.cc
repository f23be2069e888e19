#define HANDGRAD_ISA sse
#include "isa/vec_sse.h"
#include "kernels/kernels-inl.h"
