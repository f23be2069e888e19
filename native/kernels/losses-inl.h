// Log-softmax, cross-entropy with its gradient, and squared error with its gradient.
//
//     m_i = max_j x[i, j]        s_i = Σ_j exp(x[i, j] − m_i)
//     logSoftmax:    out[i, j] = (x[i, j] − m_i) − log s_i
//     crossEntropy:  loss_i = log s_i − (x[i, t_i] − m_i)
//                    dx[i, j] = scale / s_i · exp(x[i, j] − m_i) − (j == t_i ? scale : 0)
//
// Layout: the classes of a row are neighbours in memory. Rows are done in groups of as many as a vector has
// lanes. A group of short rows is transposed, so that a lane is a row: then no lane idles, and nothing is
// done across lanes. Of long rows the lanes hold parts of the maximum and of the sum, and bringing the parts
// together costs as much for a whole group (a transpose; ReduceAddEach) as for one row. Either way the
// group's logarithms and quotients are one vector each. Tails: partial vectors, whose other lanes are left
// out. How a row is summed depends on the number of classes alone.
//
// A maximum leaves NaN out; then the exp of that NaN makes the sum NaN, and with it all of the row.
#ifndef HANDGRAD_KERNELS_LOSSES_INL_H_
#define HANDGRAD_KERNELS_LOSSES_INL_H_

#include "kernels/losses.h"
#include "kernels/math-inl.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

/// e^x for x <= 0, beside sums that are at least 1: what would be subnormal is 0. NaN stays.
template <typename T>
HANDGRAD_INLINE Vec<T> ExpOfNegative(Vec<T> x) {
  const Vec<T> lowest = Broadcast(T(sizeof(T) == 4 ? -87.33654 : -708.3964185322641));
  const Reduced<T> reduced = ReduceByLn2(Max(lowest, x));  // in this order it lets NaN through
  const Vec<T> result = ReducedExp(reduced) * WholePow2(reduced.n);
  return Select(x < lowest, Zero<T>(), result);
}

// Short rows, by measurement. Longer ones fill most lanes of their vectors anyway.
template <typename T>
constexpr size_t kShortClasses = 5 * Vec<T>::kLanes / 2;

/// The rows of a group: its last ones may be missing, and then the last that there is stands for them.
template <typename T>
struct RowGroup {
  T* first;
  ptrdiff_t row;
  size_t rows;
  HANDGRAD_INLINE T* operator[](size_t r) const {
    return first + static_cast<ptrdiff_t>(r < rows ? r : rows - 1) * row;
  }
};

/// What a group of short rows is turned into: class j of row r at [j][r].
template <typename T>
struct Columns {
  static constexpr size_t kLanes = Vec<T>::kLanes;
  HANDGRAD_INLINE T* operator[](size_t j) { return memory + j * kLanes; }

  HANDGRAD_INLINE void LoadRows(RowGroup<const T> group, size_t classes) {
    for (size_t j = 0; j < classes; j += kLanes) {
      const size_t count = classes - j < kLanes ? classes - j : kLanes;
      const Tail<T> tail(count);
      Vec<T> square[kLanes];
      HANDGRAD_UNROLL
      for (size_t r = 0; r < kLanes; r++) square[r] = LoadPartial(group[r] + j, tail);
      Transpose(square);
      HANDGRAD_UNROLL
      for (size_t i = 0; i < kLanes; i++) Store(square[i], (*this)[j + i]);
    }
  }
  HANDGRAD_INLINE void StoreRows(RowGroup<T> group, size_t classes) {
    for (size_t j = 0; j < classes; j += kLanes) {
      const size_t count = classes - j < kLanes ? classes - j : kLanes;
      const Tail<T> tail(count);
      Vec<T> square[kLanes];
      HANDGRAD_UNROLL
      for (size_t i = 0; i < kLanes; i++) square[i] = Load((*this)[j + i]);
      Transpose(square);
      for (size_t r = 0; r < group.rows; r++) StorePartial(square[r], group[r] + j, tail);
    }
  }

  HANDGRAD_INLINE Vec<T> Maxima(size_t classes) {
    Vec<T> maxima = Load((*this)[0]);
    for (size_t j = 1; j < classes; j++) maxima = Max(Load((*this)[j]), maxima);
    return maxima;
  }

  alignas(64) T memory[3 * kLanes * kLanes];  // short rows, and what they lack to whole squares
};

template <typename T>
HANDGRAD_INLINE void LogSoftmaxShort(RowGroup<const T> x, RowGroup<T> out, size_t classes) {
  Columns<T> columns;
  columns.LoadRows(x, classes);
  const Vec<T> maxima = columns.Maxima(classes);
  Vec<T> sum = Zero<T>();
  for (size_t j = 0; j < classes; j++) {
    const Vec<T> shifted = Load(columns[j]) - maxima;
    sum = sum + ExpOfNegative(shifted);
    Store(shifted, columns[j]);
  }
  const Vec<T> log = Log::Apply(sum);
  for (size_t j = 0; j < classes; j++) Store(Load(columns[j]) - log, columns[j]);
  columns.StoreRows(out, classes);
}

/// The losses of a group, into `losses`; and its gradient where dx has an address.
template <typename T>
HANDGRAD_INLINE void CrossEntropyShort(RowGroup<const T> x, const int32_t* targets, Vec<T> scale,
                                       RowGroup<T> dx, size_t classes, T* losses) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  T target_numbers[kLanes];
  for (size_t r = 0; r < kLanes; r++)
    target_numbers[r] = static_cast<T>(targets[r < x.rows ? r : x.rows - 1]);
  const Vec<T> target = Load(target_numbers), one = Broadcast(T(1));
  Columns<T> columns;
  columns.LoadRows(x, classes);
  const Vec<T> maxima = columns.Maxima(classes);
  Vec<T> sum = Zero<T>(), chosen = Zero<T>(), number = Zero<T>();
  for (size_t j = 0; j < classes; j++) {
    const Vec<T> shifted = Load(columns[j]) - maxima;
    const Vec<T> e = ExpOfNegative(shifted);
    sum = sum + e;
    chosen = Select(number == target, shifted, chosen);
    number = number + one;
    Store(e, columns[j]);
  }
  Store(Log::Apply(sum) - chosen, losses);
  if (dx.first == nullptr) return;
  const Vec<T> factor = scale / sum;
  number = Zero<T>();
  for (size_t j = 0; j < classes; j++) {
    const Vec<T> share = factor * Load(columns[j]);
    Store(Select(number == target, share - scale, share), columns[j]);
    number = number + one;
  }
  columns.StoreRows(dx, classes);
}

// Long rows.

/// Which lanes the last, partial vector of a row has. All rows have the same number of classes.
template <typename T>
struct RowTail {
  HANDGRAD_INLINE explicit RowTail(size_t classes)
      : count(classes % Vec<T>::kLanes), tail(count), inside(Iota<T>() < Broadcast(T(count))) {}
  size_t count;
  Tail<T> tail;
  Mask<T> inside;
};

/// The largest of a row's numbers, the lanes apart; −∞ in lanes that have none.
template <typename T>
HANDGRAD_INLINE Vec<T> LaneMaxima(const T* x, size_t classes, const RowTail<T>& row_tail) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const Vec<T> lowest = Broadcast(T(-__builtin_huge_val()));
  Vec<T> even = lowest, odd = lowest;  // two, since each maximum waits for the one before
  size_t j = 0;
  for (; j + 2 * kLanes <= classes; j += 2 * kLanes) {
    even = Max(Load(x + j), even);
    odd = Max(Load(x + j + kLanes), odd);
  }
  if (j + kLanes <= classes) {
    even = Max(Load(x + j), even);
    j += kLanes;
  }
  if (j < classes) odd = Max(Select(row_tail.inside, LoadPartial(x + j, row_tail.tail), lowest), odd);
  return Max(even, odd);
}

/// The largest number of each of a group's rows.
template <typename T>
HANDGRAD_INLINE void RowMaxima(RowGroup<const T> x, size_t classes, const RowTail<T>& row_tail, T* maxima) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  Vec<T> parts[kLanes];
  for (size_t r = 0; r < kLanes; r++) {
    parts[r] = r < x.rows ? LaneMaxima(x[r], classes, row_tail) : Zero<T>();
  }
  Transpose(parts);
  Vec<T> all = parts[0];
  HANDGRAD_UNROLL
  for (size_t i = 1; i < kLanes; i++) all = Max(all, parts[i]);
  Store(all, maxima);
}

/// Σ exp(x[j] − maximum), the lanes apart; with kKeep exps[j] is set as well, which may lie exactly on x.
template <bool kKeep, typename T>
HANDGRAD_INLINE Vec<T> ExpSums(const T* x, T maximum, size_t classes, const RowTail<T>& row_tail, T* exps) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  // A lane adds so many numbers, then the next so many: for long rows sums of sums err less.
  constexpr size_t kBlock = 64 * kLanes;
  const Vec<T> shift = Broadcast(maximum);
  Vec<T> total = Zero<T>();
  size_t j = 0;
  while (j + kLanes <= classes) {
    const size_t end = classes - j > kBlock ? j + kBlock : classes;
    Vec<T> sum = Zero<T>();
    for (; j + kLanes <= end; j += kLanes) {
      const Vec<T> e = ExpOfNegative(Load(x + j) - shift);
      if (kKeep) Store(e, exps + j);
      sum = sum + e;
    }
    total = total + sum;
  }
  if (j < classes) {
    const Vec<T> e = ExpOfNegative(LoadPartial(x + j, row_tail.tail) - shift);
    if (kKeep) StorePartial(e, exps + j, row_tail.tail);
    total = total + Select(row_tail.inside, e, Zero<T>());
  }
  return total;
}

template <typename T>
HANDGRAD_INLINE void LogSoftmaxLong(RowGroup<const T> x, RowGroup<T> out, size_t classes) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const RowTail<T> row_tail(classes);
  T maxima[kLanes], logs[kLanes];
  RowMaxima(x, classes, row_tail, maxima);
  Vec<T> sums[kLanes];
  for (size_t r = 0; r < kLanes; r++) {
    sums[r] = r < x.rows ? ExpSums<false, T>(x[r], maxima[r], classes, row_tail, nullptr) : Broadcast(T(1));
  }
  Store(Log::Apply(ReduceAddEach(sums)), logs);
  for (size_t r = 0; r < x.rows; r++) {
    const T* from = x[r];
    T* to = out[r];
    const Vec<T> shift = Broadcast(maxima[r]), log = Broadcast(logs[r]);
    size_t j = 0;
    for (; j + kLanes <= classes; j += kLanes) Store((Load(from + j) - shift) - log, to + j);
    if (j < classes) {
      StorePartial((LoadPartial(from + j, row_tail.tail) - shift) - log, to + j, row_tail.tail);
    }
  }
}

/// As CrossEntropyShort.
template <typename T>
HANDGRAD_INLINE void CrossEntropyLong(RowGroup<const T> x, const int32_t* targets, Vec<T> scale,
                                      RowGroup<T> dx, size_t classes, T* losses) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const RowTail<T> row_tail(classes);
  const bool gradient = dx.first != nullptr;
  T maxima[kLanes], chosen[kLanes];
  RowMaxima(x, classes, row_tail, maxima);
  Vec<T> sums[kLanes];
  for (size_t r = 0; r < kLanes; r++) {
    if (r >= x.rows) {
      chosen[r] = 0;
      sums[r] = Broadcast(T(1));
      continue;
    }
    chosen[r] = x[r][targets[r]] - maxima[r];  // now, since the exps may take the logits' place
    sums[r] = gradient ? ExpSums<true, T>(x[r], maxima[r], classes, row_tail, dx[r])
                       : ExpSums<false, T>(x[r], maxima[r], classes, row_tail, nullptr);
  }
  const Vec<T> total = ReduceAddEach(sums);
  Store(Log::Apply(total) - Load(chosen), losses);
  if (!gradient) return;
  T factors[kLanes], at_targets[kLanes];
  const Vec<T> factor = scale / total;
  Store(factor, factors);
  Store(factor * ExpOfNegative(Load(chosen)) - scale, at_targets);
  for (size_t r = 0; r < x.rows; r++) {
    T* to = dx[r];
    const Vec<T> times = Broadcast(factors[r]);
    size_t j = 0;
    for (; j + kLanes <= classes; j += kLanes) Store(times * Load(to + j), to + j);
    if (j < classes) StorePartial(times * LoadPartial(to + j, row_tail.tail), to + j, row_tail.tail);
    to[targets[r]] = at_targets[r];
  }
}

template <typename T>
void LogSoftmax(const LogSoftmaxRows& job) noexcept {
  constexpr size_t kLanes = Vec<T>::kLanes;
  for (size_t first = 0; first < job.rows; first += kLanes) {
    const size_t rows = job.rows - first < kLanes ? job.rows - first : kLanes;
    const ptrdiff_t skipped = static_cast<ptrdiff_t>(first);
    const RowGroup<const T> x = {static_cast<const T*>(job.x) + skipped * job.x_row, job.x_row, rows};
    const RowGroup<T> out = {static_cast<T*>(job.out) + skipped * job.out_row, job.out_row, rows};
    if (job.classes <= kShortClasses<T>) {
      LogSoftmaxShort<T>(x, out, job.classes);
    } else {
      LogSoftmaxLong<T>(x, out, job.classes);
    }
  }
}

template <typename T>
void CrossEntropy(const CrossEntropyRows& job) noexcept {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const Vec<T> scale = Broadcast(static_cast<T>(job.scale));
  double sum = *job.sum;
  for (size_t first = 0; first < job.rows; first += kLanes) {
    const size_t rows = job.rows - first < kLanes ? job.rows - first : kLanes;
    const ptrdiff_t skipped = static_cast<ptrdiff_t>(first);
    const int32_t* targets = job.targets + first;
    const RowGroup<const T> x = {static_cast<const T*>(job.logits) + skipped * job.logits_row, job.logits_row,
                                 rows};
    RowGroup<T> dx = {nullptr, 0, rows};
    if (job.d_logits != nullptr) {
      dx = {static_cast<T*>(job.d_logits) + skipped * job.d_logits_row, job.d_logits_row, rows};
    }
    T losses[kLanes];
    if (job.classes <= kShortClasses<T>) {
      CrossEntropyShort<T>(x, targets, scale, dx, job.classes, losses);
    } else {
      CrossEntropyLong<T>(x, targets, scale, dx, job.classes, losses);
    }
    for (size_t r = 0; r < rows; r++) sum += static_cast<double>(losses[r]);
    if (job.losses == nullptr) continue;
    T* to = static_cast<T*>(job.losses) + skipped * job.losses_step;
    for (size_t r = 0; r < rows; r++) to[static_cast<ptrdiff_t>(r) * job.losses_step] = losses[r];
  }
  *job.sum = sum;
}

// Squared error:
//
//     sum = Σ (a[i] − b[i])²        d[i] = 2 · scale · (a[i] − b[i])
//
// Layout: neighbours. All is computed in double: floats are read and written in more time than that takes.
// Four vectors of sums meet in a fixed tree; tails are partial vectors. Callers cut what is long into blocks.

HANDGRAD_INLINE void StoreRounded(Vec<double> v, float* p) { StoreAsFloat(v, p); }
HANDGRAD_INLINE void StoreRounded(Vec<double> v, double* p) { Store(v, p); }
HANDGRAD_INLINE void StoreRoundedPartial(Vec<double> v, float* p, Tail<double> tail) {
  StoreAsFloatPartial(v, p, tail);
}
HANDGRAD_INLINE void StoreRoundedPartial(Vec<double> v, double* p, Tail<double> tail) {
  StorePartial(v, p, tail);
}

template <typename T>
void SquaredError(const SquaredErrorRun& job) noexcept {
  constexpr size_t kLanes = Vec<double>::kLanes;
  const T* a = static_cast<const T*>(job.input);
  const T* b = static_cast<const T*>(job.target);
  T* d = static_cast<T*>(job.d_input);
  const Vec<double> factor = Broadcast(2 * job.scale);
  Vec<double> sums[4] = {Zero<double>(), Zero<double>(), Zero<double>(), Zero<double>()};
  size_t i = 0;
  for (; i + 4 * kLanes <= job.n; i += 4 * kLanes) {
    HANDGRAD_UNROLL
    for (size_t k = 0; k < 4; k++) {
      const size_t at = i + k * kLanes;
      const Vec<double> error = LoadAsDouble(a + at) - LoadAsDouble(b + at);
      sums[k] = MulPlus(error, error, sums[k]);
      if (d != nullptr) StoreRounded(factor * error, d + at);
    }
  }
  for (; i < job.n; i += kLanes) {
    const size_t count = job.n - i < kLanes ? job.n - i : kLanes;
    const Tail<double> tail(count);
    const Vec<double> error = LoadAsDoublePartial(a + i, tail) - LoadAsDoublePartial(b + i, tail);
    sums[0] = MulPlus(error, error, sums[0]);
    if (d != nullptr) StoreRoundedPartial(factor * error, d + i, tail);
  }
  *job.sum = ReduceAdd((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_LOSSES_INL_H_
