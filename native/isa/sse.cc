#define HANDGRAD_ISA sse
#include "kernels/kernels-inl.h"
