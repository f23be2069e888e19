// Folds of many numbers into one, for reductions: total = total ⊕ term(x[i]).
//
//     rows:      totals[r] = ⊕ over i of term(x[r · row_stride + i])              r < rows, i < n
//     columns:   totals[c] = totals[c] ⊕ ⊕ over r of term(x[r · row_stride + c])  r < rows, c < n
//
// Layout: neighbours in memory within a row. All is held in double, so that floats lose nothing that their
// result can show, and big sums of them do not overflow on the way; reading floats from memory still takes
// longer than the arithmetic. Tails: partial vectors, whose missing lanes leave the total as it is.
//
// Order: rows in four vectors of lanes, which meet in a fixed tree, whether one row is read or several side by side; columns four rows at a time, in pairs. It
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
struct AbsolutesFold : SumFold {
  static HANDGRAD_INLINE Doubles Term(Doubles x, Doubles) { return Abs(x); }
};
struct SquaresFold : SumFold {
  static HANDGRAD_INLINE Doubles Term(Doubles x, Doubles) { return x * x; }
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

/// Additions take four cycles: four chains a row keep them busy.
constexpr size_t kChains = 4;
// Memory is read faster in several places at once: each is a stream that the processor looks ahead in. As many rows
// as have their chains in registers.
constexpr size_t kRowsAtOnce = kVectorRegisters >= 32 ? 4 : 2;

/// kRows rows side by side, each in the same order as if it were alone. What will be read `ahead` bytes further on is
/// asked for.
template <typename Functor, size_t kRows, typename T>
HANDGRAD_INLINE void FoldRows(const T* x, ptrdiff_t row_stride, size_t n, const double* centers,
                              ptrdiff_t center_step, ptrdiff_t ahead, double* totals) {
  constexpr size_t kLanes = Doubles::kLanes, kStep = kChains * kLanes;
  const Doubles start = Broadcast(Functor::kStart);
  Doubles chains[kRows][kChains], center[kRows];
  HANDGRAD_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    center[r] = Broadcast(centers[static_cast<ptrdiff_t>(r) * center_step]);
    HANDGRAD_UNROLL
    for (size_t k = 0; k < kChains; ++k) chains[r][k] = start;
  }
  size_t i = 0;
  for (; i + kStep <= n; i += kStep) {
    HANDGRAD_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      const T* from = x + static_cast<ptrdiff_t>(r) * row_stride + i;
      HANDGRAD_UNROLL
      for (size_t line = 0; line < kStep * sizeof(T); line += 64) {
        PrefetchFrom(from, ahead + static_cast<ptrdiff_t>(line));
      }
      HANDGRAD_UNROLL
      for (size_t k = 0; k < kChains; ++k) {
        chains[r][k] =
            Functor::Merge(chains[r][k], Functor::Term(LoadAsDouble(from + k * kLanes), center[r]));
      }
    }
  }
  HANDGRAD_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    const T* from = x + static_cast<ptrdiff_t>(r) * row_stride;
    Doubles total = n < kStep ? start
                              : Functor::Merge(Functor::Merge(chains[r][0], chains[r][1]),
                                               Functor::Merge(chains[r][2], chains[r][3]));
    size_t at = i;
    for (; at + kLanes <= n; at += kLanes) {
      total = Functor::Merge(total, Functor::Term(LoadAsDouble(from + at), center[r]));
    }
    if (at < n) {
      const Doubles more =
          Functor::Merge(total, Functor::Term(LoadAsDoublePartial(from + at, n - at), center[r]));
      total = Select(Iota<double>() < Broadcast(static_cast<double>(n - at)), more, total);
    }
    totals[r] = Functor::Across(total);
  }
}

/// centers[r · center_step] is what the terms of row r are about; only squared deviations look at it.
template <typename Functor, typename T>
void FoldRowsLoop(const void* data, ptrdiff_t row_stride, size_t rows, size_t n, const double* centers,
                  ptrdiff_t center_step, double* totals) noexcept {
  const T* x = static_cast<const T*>(data);
  // After these rows those come that follow them, if they are near; else the rows are long, and go on.
  constexpr ptrdiff_t kNear = 1 << 16, kRowsStep = static_cast<ptrdiff_t>(kRowsAtOnce);
  const ptrdiff_t next = kRowsStep * row_stride * static_cast<ptrdiff_t>(sizeof(T));
  const ptrdiff_t ahead = -kNear < next && next < kNear ? next : static_cast<ptrdiff_t>(kAheadBytes) / 2;
  for (; rows >= kRowsAtOnce; rows -= kRowsAtOnce, totals += kRowsAtOnce) {
    FoldRows<Functor, kRowsAtOnce>(x, row_stride, n, centers, center_step, ahead, totals);
    x += kRowsStep * row_stride;
    centers += kRowsStep * center_step;
  }
  for (; rows > 0; --rows, x += row_stride, centers += center_step, ++totals) {
    FoldRows<Functor, 1>(x, row_stride, n, centers, center_step, kAheadBytes, totals);
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
