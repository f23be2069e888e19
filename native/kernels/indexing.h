// What drivers/indexing.cc hands to the kernels of an instruction set (indexing-inl.h). Plain data: units of
// every instruction set include this file, so there must be no code in it.
#ifndef HANDGRAD_KERNELS_INDEXING_H_
#define HANDGRAD_KERNELS_INDEXING_H_

#include <stddef.h>
#include <stdint.h>

namespace handgrad {

/// Rows of elements that are neighbours, in x and in out; strides in elements.
struct IndexSelectRows {
  /// Of out, and of the index.
  size_t rows;
  size_t columns;
  const void* x;
  ptrdiff_t x_row;
  /// Each names a row of x.
  const int32_t* index;
  void* out;
  ptrdiff_t out_row;
};

}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_INDEXING_H_
