// A reduction folds its loops away one by one (fold.h), the innermost first. The first fold reads x and leaves
// doubles; the others fold those.
#include "drivers/reduce.h"

#include <math.h>

#include <algorithm>

#include "drivers/fold.h"

namespace handgrad {

namespace {

// The terms of a sum, a product or an extreme are about nothing.
constexpr double kNoCenter = 0;

/// The loops of a reduction, in the order in which x lies in memory, and where its parts are kept.
class Plan {
 public:
  /// loops: x, and the result with strides of 0 where it is reduced.
  explicit Plan(const Loops& loops) {
    Loops sorted;
    sorted.operands = 2;
    sorted.rank = loops.rank;
    for (size_t d = 0; d < loops.rank; ++d) CopyLoop(loops, d, d, &sorted);
    SortLoops(&sorted, 0);

    // Totals are row-major over what is kept, in that order.
    walk_.operands = finish_.operands = 2;
    walk_.rank = sorted.rank;
    finish_.rank = 0;
    for (size_t d = sorted.rank; d-- > 0;) {
      const bool reduced = sorted.strides[1][d] == 0;
      CopyLoop(sorted, d, d, &walk_);
      walk_.strides[1][d] = reduced ? 0 : static_cast<ptrdiff_t>(totals_);
      if (reduced) {
        elements_ *= sorted.sizes[d];
      } else {
        totals_ *= sorted.sizes[d];
      }
    }
    for (size_t d = 0; d < sorted.rank; ++d) {
      if (sorted.strides[1][d] == 0) continue;
      finish_.sizes[finish_.rank] = sorted.sizes[d];
      finish_.strides[0][finish_.rank] = walk_.strides[1][d];
      finish_.strides[1][finish_.rank] = sorted.strides[1][d];
      ++finish_.rank;
    }
    MergeLoops(&walk_);
    // What the first fold leaves, and the second, unless they are the last.
    size_t left = totals_ * elements_;
    size_t folds = 0;
    for (size_t d = walk_.rank; d-- > 0;) {
      if (walk_.strides[1][d] != 0) continue;
      left /= walk_.sizes[d];
      if (folds < 2) left_[folds] = left;
      ++folds;
    }
    if (folds < 2) left_[0] = 0;
    if (folds < 3) left_[1] = 0;
  }

  /// How many elements make one total, and how many totals there are.
  size_t elements() const { return elements_; }
  size_t totals() const { return totals_; }
  /// Doubles that FoldAll needs room for beside the totals.
  size_t between() const { return left_[0] + left_[1]; }

  /// totals = ⊕ x. centers: one for each total, or null.
  void FoldAll(const Context& context, FoldOp op, ElementType type, const void* x, const double* centers,
               double* between, double* totals) const {
    Loops left = walk_;
    double* places[2] = {between, between + left_[0]};
    size_t reduced = 0;
    for (size_t d = 0; d < left.rank; ++d) reduced += left.strides[1][d] == 0;
    if (reduced == 0) {  // each element is a total: a fold over a loop of one turn
      if (centers == nullptr) std::fill_n(left.strides[1], left.rank, ptrdiff_t{0});
      return RunFold(context, {op, type, left, x, centers == nullptr ? &kNoCenter : centers, 1, 1}, totals);
    }
    for (size_t fold = 0; fold < reduced; ++fold) {
      size_t d = left.rank - 1;
      while (left.strides[1][d] != 0) --d;
      Loops kept;
      kept.operands = 2;
      kept.rank = 0;
      for (size_t other = 0; other < left.rank; ++other) {
        if (other == d) continue;
        CopyLoop(left, other, kept.rank, &kept);
        if (centers == nullptr) kept.strides[1][kept.rank] = 0;
        ++kept.rank;
      }
      double* target = fold + 1 == reduced ? totals : places[fold % 2];
      RunFold(
          context,
          {op, type, kept, x, centers == nullptr ? &kNoCenter : centers, left.sizes[d], left.strides[0][d]},
          target);
      // From now on x is what this fold has left.
      x = target;
      type = kFloat64;
      op = MergingOp(op);
      ptrdiff_t step = 1;
      for (size_t from = left.rank, to = kept.rank; from-- > 0;) {
        if (from == d) continue;
        --to;
        kept.strides[0][to] = step;
        kept.strides[1][to] = left.strides[1][from];  // 0 where another fold is to come
        step *= static_cast<ptrdiff_t>(kept.sizes[to]);
      }
      left = kept;
      centers = nullptr;
    }
  }

  /// out = totals, converted.
  void Finish(const Context& context, const Reduction& reduction, double* totals) const {
    Loops loops = finish_;
    const Operand from = {totals, sizeof(double)};
    if (reduction.out_type == kFloat64) return RunCopy(context, from, reduction.out, &loops);
    const Elementwise job = {context.kernels.cast[kFloat64][reduction.out_type], 0, {from, reduction.out}};
    RunElementwise(context, job, &loops);
  }

 private:
  static void CopyLoop(const Loops& from, size_t d, size_t to, Loops* loops) {
    loops->sizes[to] = from.sizes[d];
    for (size_t i = 0; i < 2; ++i) loops->strides[i][to] = from.strides[i][d];
  }

  Loops walk_;    // x and totals, merged
  Loops finish_;  // totals and result
  size_t elements_ = 1;
  size_t totals_ = 1;
  size_t left_[2] = {};
};

}  // namespace

void RunReduce(const Context& context, const Reduction& reduction, FoldOp op, ReduceEnd end,
               const Loops& loops) {
  const Plan plan(loops);
  context.staging.Reserve(0, 0, (plan.totals() + plan.between()) * sizeof(double));
  double* totals = static_cast<double*>(context.staging.Shared());
  plan.FoldAll(context, op, reduction.type, reduction.x.data, nullptr, totals + plan.totals(), totals);
  if (end == kDivided) {
    const double count = static_cast<double>(plan.elements());
    for (size_t i = 0; i < plan.totals(); ++i) totals[i] /= count;
  } else if (end == kRooted) {
    for (size_t i = 0; i < plan.totals(); ++i) totals[i] = sqrt(totals[i]);
  }
  plan.Finish(context, reduction, totals);
}

void RunVariance(const Context& context, const Reduction& reduction, double correction, bool root,
                 const Loops& loops) {
  const Plan plan(loops);
  context.staging.Reserve(0, 0, (2 * plan.totals() + plan.between()) * sizeof(double));
  double* means = static_cast<double*>(context.staging.Shared());
  double* totals = means + plan.totals();
  double* between = totals + plan.totals();
  const double count = static_cast<double>(plan.elements());
  plan.FoldAll(context, kFold_sum, reduction.type, reduction.x.data, nullptr, between, means);
  for (size_t i = 0; i < plan.totals(); ++i) means[i] /= count;
  plan.FoldAll(context, kFold_squaredDeviations, reduction.type, reduction.x.data, means, between, totals);
  const double divisor = count - correction > 0 ? count - correction : 0;
  for (size_t i = 0; i < plan.totals(); ++i) totals[i] /= divisor;
  if (root) {
    for (size_t i = 0; i < plan.totals(); ++i) totals[i] = sqrt(totals[i]);
  }
  plan.Finish(context, reduction, totals);
}

}  // namespace handgrad
