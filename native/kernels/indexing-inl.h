// Rows that an index names:
//
//     out[r, c] = x[index[r], c]        elements of 1, 4 and 8 bytes
//
// Layout: the columns of a row are neighbours. Rows lie anywhere, so the processor cannot guess the next one:
// while a row is copied, one to come is asked for, line by line. Tails: partial vectors.
#ifndef HANDGRAD_KERNELS_INDEXING_INL_H_
#define HANDGRAD_KERNELS_INDEXING_INL_H_

#include "kernels/copy-inl.h"
#include "kernels/indexing.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

constexpr size_t kCacheLine = 64;
// How far ahead is asked for. Measured on random rows of 3 KB: with this, and into L2, they come half as quickly
// again as without; into L1, where fewer lines can be on their way, a quarter more quickly.
constexpr size_t kBytesAhead = 12288;

template <typename T>
HANDGRAD_INLINE void CopyRowAndPrefetch(const T* x, const T* ahead, T* out, size_t n) {
  constexpr size_t kLine = kCacheLine / sizeof(T);
  size_t i = 0;
  for (; i + kLine <= n; i += kLine) {
    PrefetchToL2(ahead + i);
    CopyRow(x + i, out + i, kLine);
  }
  PrefetchToL2(ahead + n - 1);
  CopyRow(x + i, out + i, n - i);
}

template <typename T>
HANDGRAD_INLINE void IndexSelect(const IndexSelectRows& job) {
  const T* x = static_cast<const T*>(job.x);
  T* out = static_cast<T*>(job.out);
  const auto row = [&](size_t r) { return x + static_cast<ptrdiff_t>(job.index[r]) * job.x_row; };
  if (job.columns == 1) {
    for (size_t r = 0; r < job.rows; r++, out += job.out_row) *out = *row(r);
    return;
  }
  const size_t rows_ahead = 1 + kBytesAhead / (job.columns * sizeof(T));
  for (size_t r = 0; r < job.rows; r++, out += job.out_row) {
    const T* ahead = row(r + rows_ahead < job.rows ? r + rows_ahead : r);
    CopyRowAndPrefetch(row(r), ahead, out, job.columns);
  }
}

void indexSelect_1(const IndexSelectRows& job) noexcept { IndexSelect<uint8_t>(job); }
void indexSelect_4(const IndexSelectRows& job) noexcept { IndexSelect<float>(job); }
void indexSelect_8(const IndexSelectRows& job) noexcept { IndexSelect<double>(job); }

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_INDEXING_INL_H_
