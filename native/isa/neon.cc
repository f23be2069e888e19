#define HANDGRAD_ISA neon
#include "kernels/kernels-inl.h"
