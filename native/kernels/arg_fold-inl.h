// Where the extreme of each row is:
//
//     indices[r] = the first i < n at which x[r · row_stride + i] is largest (smallest); the first NaN counts
//                  as the extreme
//
// Layout: neighbours in memory within a row; n >= 1. First the extreme itself, in vectors, then the first place
// that holds it; rows shorter than two vectors go one by one. Tails: one by one.
#ifndef HANDGRAD_KERNELS_ARG_FOLD_INL_H_
#define HANDGRAD_KERNELS_ARG_FOLD_INL_H_

#include "kernels/kernel_table.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

struct Largest {
  template <typename T>
  static HANDGRAD_INLINE bool IsBetter(T a, T b) {
    return a > b;
  }
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Better(Vec<T> a, Vec<T> b) {
    return Maximum(a, b);
  }
  template <typename T>
  static HANDGRAD_INLINE T Best(Vec<T> v) {
    return ReduceMaximum(v);
  }
};
struct Smallest {
  template <typename T>
  static HANDGRAD_INLINE bool IsBetter(T a, T b) {
    return a < b;
  }
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Better(Vec<T> a, Vec<T> b) {
    return Minimum(a, b);
  }
  template <typename T>
  static HANDGRAD_INLINE T Best(Vec<T> v) {
    return ReduceMinimum(v);
  }
};

/// The place of the extreme among x[from], ..., x[n - 1], given that of those before.
template <typename Functor, typename T>
HANDGRAD_INLINE size_t SearchFrom(const T* x, size_t from, size_t n, size_t found) {
  T best = x[found];
  // Nothing exceeds NaN, so that the first one, once found, stays.
  for (size_t i = from; i < n && best == best; ++i) {
    if (Functor::IsBetter(x[i], best) || x[i] != x[i]) best = x[i], found = i;
  }
  return found;
}

template <typename Functor, typename T>
HANDGRAD_INLINE size_t SearchRow(const T* x, size_t n) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  if (n < 2 * kLanes || kLanes == 1) return SearchFrom<Functor>(x, 1, n, 0);
  Vec<T> extremes = Load(x);
  size_t i = kLanes;
  for (; i + kLanes <= n; i += kLanes) extremes = Functor::Better(extremes, Load(x + i));
  const T best = Functor::Best(extremes);
  const Vec<T> sought = Broadcast(best);
  // It is there: all vectors of the first loop are looked through again.
  size_t at = 0;
  while (!AnyTrue(best == best ? Load(x + at) == sought : IsNan(Load(x + at)))) at += kLanes;
  while (best == best ? x[at] != best : x[at] == x[at]) ++at;
  return SearchFrom<Functor>(x, i, n, at);
}

template <typename Functor, typename T>
void ArgFoldLoop(const void* data, ptrdiff_t row_stride, size_t rows, size_t n, int32_t* indices) noexcept {
  const T* x = static_cast<const T*>(data);
  for (size_t r = 0; r < rows; ++r, x += row_stride) {
    indices[r] = static_cast<int32_t>(SearchRow<Functor>(x, n));
  }
}

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_ARG_FOLD_INL_H_
