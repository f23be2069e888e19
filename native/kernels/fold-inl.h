// Folds of many numbers into one, for reductions: total = total ⊕ term(x[i]).
//
//     rows:      totals[r] = ⊕ over i of term(x[r · row_stride + i])              r < rows, i < n
//     columns:   totals[c] = totals[c] ⊕ ⊕ over r of term(x[r · row_stride + c])  r < rows, c < n
//
// Layout: neighbours in memory within a row. All is held in double, so that floats lose nothing that their
// result can show, and big sums of them do not overflow on the way; reading floats from memory still takes
// longer than the arithmetic. Tails: partial vectors, whose missing lanes leave the total as it is.
//
// Order: rows in four vectors of lanes, which meet in a fixed tree; columns four rows at a time, in pairs. It
// depends on n and rows alone. Callers cut what is long into blocks and fold those in pairs.
#ifndef HANDGRAD_KERNELS_FOLD_INL_H_
#define HANDGRAD_KERNELS_FOLD_INL_H_

#include "kernels/binary-inl.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

using Doubles = Vec<double>;

/// The lanes of v, folded in pairs.
template <typename Functor>
HANDGRAD_INLINE double AcrossLanes(Doubles v) {
  double lanes[Doubles::kLanes];
  Store(v, lanes);
  for (int half = Doubles::kLanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) {
      lanes[i] = FirstLane(Functor::Merge(Broadcast(lanes[i]), Broadcast(lanes[i + half])));
    }
  }
  return lanes[0];
}

struct SumFold {
  static constexpr double kStart = 0;
  static HANDGRAD_INLINE Doubles Term(Doubles x, Doubles) { return x; }
  static HANDGRAD_INLINE Doubles Merge(Doubles a, Doubles b) { return a + b; }
  static HANDGRAD_INLINE double Across(Doubles v) { return ReduceAdd(v); }
};
struct SquaredDeviationsFold : SumFold {
  static HANDGRAD_INLINE Doubles Term(Doubles x, Doubles center) {
    const Doubles deviation = x - center;
    return deviation * deviation;
  }
};
struct ProdFold {
  static constexpr double kStart = 1;
  static HANDGRAD_INLINE Doubles Term(Doubles x, Doubles) { return x; }
  static HANDGRAD_INLINE Doubles Merge(Doubles a, Doubles b) { return a * b; }
  static HANDGRAD_INLINE double Across(Doubles v) { return AcrossLanes<ProdFold>(v); }
};
struct AmaxFold {
  static constexpr double kStart = -__builtin_inf();
  static HANDGRAD_INLINE Doubles Term(Doubles x, Doubles) { return x; }
  static HANDGRAD_INLINE Doubles Merge(Doubles a, Doubles b) { return MaximumOf::Apply(a, b); }
  static HANDGRAD_INLINE double Across(Doubles v) { return AcrossLanes<AmaxFold>(v); }
};
struct AminFold {
  static constexpr double kStart = __builtin_inf();
  static HANDGRAD_INLINE Doubles Term(Doubles x, Doubles) { return x; }
  static HANDGRAD_INLINE Doubles Merge(Doubles a, Doubles b) { return MinimumOf::Apply(a, b); }
  static HANDGRAD_INLINE double Across(Doubles v) { return AcrossLanes<AminFold>(v); }
};

template <typename Functor, typename T>
HANDGRAD_INLINE double FoldRow(const T* x, size_t n, Doubles center) {
  constexpr size_t kLanes = Doubles::kLanes;
  const Doubles start = Broadcast(Functor::kStart);
  Doubles total = start;
  size_t i = 0;
  if (n >= 4 * kLanes) {  // additions take four cycles: four chains keep them busy
    Doubles second = start, third = start, fourth = start;
    for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
      HANDGRAD_UNROLL
      for (size_t line = 0; line < 4 * kLanes * sizeof(T); line += 64)
        PrefetchFrom(x + i, kAheadBytes + line);
      total = Functor::Merge(total, Functor::Term(LoadAsDouble(x + i), center));
      second = Functor::Merge(second, Functor::Term(LoadAsDouble(x + i + kLanes), center));
      third = Functor::Merge(third, Functor::Term(LoadAsDouble(x + i + 2 * kLanes), center));
      fourth = Functor::Merge(fourth, Functor::Term(LoadAsDouble(x + i + 3 * kLanes), center));
    }
    total = Functor::Merge(Functor::Merge(total, second), Functor::Merge(third, fourth));
  }
  for (; i + kLanes <= n; i += kLanes) {
    total = Functor::Merge(total, Functor::Term(LoadAsDouble(x + i), center));
  }
  if (i < n) {
    const Doubles more = Functor::Merge(total, Functor::Term(LoadAsDoublePartial(x + i, n - i), center));
    total = Select(Iota<double>() < Broadcast(static_cast<double>(n - i)), more, total);
  }
  return Functor::Across(total);
}

/// centers[r · center_step] is what the terms of row r are about; only squared deviations look at it.
template <typename Functor, typename T>
void FoldRowsLoop(const void* data, ptrdiff_t row_stride, size_t rows, size_t n, const double* centers,
                  ptrdiff_t center_step, double* totals) noexcept {
  const T* x = static_cast<const T*>(data);
  for (size_t r = 0; r < rows; ++r, x += row_stride, centers += center_step) {
    totals[r] = FoldRow<Functor>(x, n, Broadcast(*centers));
  }
}

/// centers[c · center_step], where center_step is 0 or 1.
template <typename Functor, typename T>
void FoldColumnsLoop(const void* data, ptrdiff_t row_stride, size_t rows, size_t n, const double* centers,
                     ptrdiff_t center_step, double* totals) noexcept {
  constexpr size_t kLanes = Doubles::kLanes;
  const T* x = static_cast<const T*>(data);
  const Doubles center = Broadcast(*centers);
  for (; rows >= 4; rows -= 4, x += 4 * row_stride) {
    const T *x1 = x + row_stride, *x2 = x1 + row_stride, *x3 = x2 + row_stride;
    size_t c = 0;
    for (; c + kLanes <= n; c += kLanes) {
      HANDGRAD_UNROLL
      for (ptrdiff_t ahead = 4; ahead < 8; ++ahead) {
        PrefetchFrom(x + c, ahead * row_stride * static_cast<ptrdiff_t>(sizeof(T)));
      }
      const Doubles about = center_step == 0 ? center : Load(centers + c);
      const Doubles first = Functor::Merge(Functor::Term(LoadAsDouble(x + c), about),
                                           Functor::Term(LoadAsDouble(x1 + c), about));
      const Doubles last = Functor::Merge(Functor::Term(LoadAsDouble(x2 + c), about),
                                          Functor::Term(LoadAsDouble(x3 + c), about));
      Store(Functor::Merge(Load(totals + c), Functor::Merge(first, last)), totals + c);
    }
    if (c < n) {
      const Tail<double> tail(n - c);
      const Doubles about = center_step == 0 ? center : LoadPartial(centers + c, tail);
      const Doubles first = Functor::Merge(Functor::Term(LoadAsDoublePartial(x + c, tail), about),
                                           Functor::Term(LoadAsDoublePartial(x1 + c, tail), about));
      const Doubles last = Functor::Merge(Functor::Term(LoadAsDoublePartial(x2 + c, tail), about),
                                          Functor::Term(LoadAsDoublePartial(x3 + c, tail), about));
      StorePartial(Functor::Merge(LoadPartial(totals + c, tail), Functor::Merge(first, last)), totals + c,
                   tail);
    }
  }
  for (; rows > 0; --rows, x += row_stride) {
    size_t c = 0;
    for (; c + kLanes <= n; c += kLanes) {
      const Doubles about = center_step == 0 ? center : Load(centers + c);
      Store(Functor::Merge(Load(totals + c), Functor::Term(LoadAsDouble(x + c), about)), totals + c);
    }
    if (c < n) {
      const Tail<double> tail(n - c);
      const Doubles about = center_step == 0 ? center : LoadPartial(centers + c, tail);
      StorePartial(Functor::Merge(LoadPartial(totals + c, tail),
                                  Functor::Term(LoadAsDoublePartial(x + c, tail), about)),
                   totals + c, tail);
    }
  }
}

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_FOLD_INL_H_
