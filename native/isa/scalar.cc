#define HANDGRAD_ISA scalar
#include "kernels/kernels-inl.h"
