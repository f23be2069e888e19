// What an instruction set offers: one pointer for each row of kernel_list.inc. No code here, because the
// units in isa/ include this file, and an inline function compiled with their flags must never be the one
// that the linker keeps for everybody.
#ifndef HANDGRAD_KERNELS_KERNEL_TABLE_H_
#define HANDGRAD_KERNELS_KERNEL_TABLE_H_

#include <stddef.h>
#include <stdint.h>

namespace handgrad {

struct KernelTable {
  // The name that `setKernels` takes: scalar, sse, avx2, avx512, neon.
  const char* isa;

#define HANDGRAD_KERNEL(name, parameters) void(*name) parameters noexcept;
#include "kernels/kernel_list.inc"
};

}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_KERNEL_TABLE_H_
