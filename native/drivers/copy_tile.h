// Which kernel moves elements of a size.
#ifndef HANDGRAD_DRIVERS_COPY_TILE_H_
#define HANDGRAD_DRIVERS_COPY_TILE_H_

#include <stddef.h>

#include "kernels/kernel_table.h"

namespace handgrad {

/// x, its row and column strides, out, its row and column strides, rows, columns.
using CopyTileKernel = void (*)(const void*, ptrdiff_t, ptrdiff_t, void*, ptrdiff_t, ptrdiff_t, size_t,
                                size_t) noexcept;

inline CopyTileKernel CopyTileOf(const KernelTable& kernels, size_t bytes) {
  return bytes == 1 ? kernels.copy_tile_1 : bytes == 4 ? kernels.copy_tile_4 : kernels.copy_tile_8;
}

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_COPY_TILE_H_
