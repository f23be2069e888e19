// A reduction folds its loops away one by one, the innermost first. The first fold reads x and leaves
// doubles; the others fold those. A fold goes along rows where the reduced loop's elements are neighbours,
// and down columns where those of the innermost kept loop are. What is long is cut: into blocks, whose totals
// are folded in pairs, so that rounding errors grow with the logarithm of the size only (Higham 1993, "The
// accuracy of floating point summation"), and into segments, which threads share. Where the cuts are depends
// on the shape alone.
#include "drivers/reduce.h"

#include <math.h>

#include <algorithm>

#include "drivers/tiles.h"

namespace handgrad {

namespace {

// Elements of a row, or rows, that one kernel call adds up: 32 lanes take 128 turns.
constexpr size_t kBlock = 4096;
constexpr size_t kBlockRows = 256;
// Elements of a segment. Fewer would make their totals many; more would leave threads without.
constexpr size_t kSegment = size_t{1} << 18;
// Columns whose totals lie in L1 at once: 16 KiB.
constexpr size_t kColumns = 2048;
// Elements that are brought together at once where they are no neighbours.
constexpr size_t kGathered = 4096;
// Fewer elements than this do not make lanes.
constexpr size_t kFew = 32;

double Merge(FoldOp op, double a, double b) {
  switch (op) {
    case kFold_prod:
      return a * b;
    case kFold_amax:
      return isnan(a) || a > b ? a : b;
    case kFold_amin:
      return isnan(a) || a < b ? a : b;
    default:
      return a + b;
  }
}

/// How totals are folded that have been folded already.
FoldOp MergingOp(FoldOp op) { return op == kFold_squaredDeviations ? kFold_sum : op; }

size_t BlocksInFirstHalf(size_t blocks) { return DivideUp(blocks, 2); }

size_t Levels(size_t blocks) {
  size_t levels = 0;
  for (; blocks > 1; blocks = BlocksInFirstHalf(blocks)) ++levels;
  return levels;
}

/// One loop folded away.
class Fold {
 public:
  /// `kept`: the other loops; operand 0 is x, operand 1 the centers (of stride 0 or, innermost, 1). `size`
  /// and `stride`: the loop that vanishes. totals: row-major over the kept loops.
  Fold(const Context& context, FoldOp op, ElementType type, const Loops& kept, const void* x,
       const double* centers, size_t size, ptrdiff_t stride)
      : context_(context),
        op_(op),
        type_(type),
        bytes_(type == kFloat64 ? 8 : 4),
        kept_(kept),
        size_(size),
        stride_(stride) {
    operands_[0] = {const_cast<void*>(x), bytes_};
    operands_[1] = {const_cast<double*>(centers), sizeof(double)};
    inner_ = kept.rank > 0 ? kept.sizes[kept.rank - 1] : 1;
    x_step_ = kept.rank > 0 ? kept.strides[0][kept.rank - 1] : 0;
    center_step_ = kept.rank > 0 ? kept.strides[1][kept.rank - 1] : 0;
  }

  void Run(double* totals) {
    if (GoesDown()) {
      RunColumns(totals);
    } else {
      RunRows(totals);
    }
  }

 private:
  bool GoesDown() const {
    if (kept_.rank == 0) return false;
    // Rows too short for their lanes are turned around.
    if (stride_ == 1) return size_ < kFew && inner_ >= kFew;
    if (x_step_ == 1) return true;
    const size_t step = static_cast<size_t>(x_step_ < 0 ? -x_step_ : x_step_);
    const size_t stride = static_cast<size_t>(stride_ < 0 ? -stride_ : stride_);
    return size_ < kFew || (inner_ >= kFew && step < stride);
  }

  const char* X(const char* base, ptrdiff_t elements) const {
    return base + elements * static_cast<ptrdiff_t>(bytes_);
  }

  void CopyTile(const char* x, ptrdiff_t row, ptrdiff_t column, char* place, size_t rows,
                size_t columns) const {
    const auto copy = bytes_ == 4 ? context_.kernels.copy_tile_4 : context_.kernels.copy_tile_8;
    copy(x, row, column, place, static_cast<ptrdiff_t>(columns), 1, rows, columns);
  }

  // Along rows

  /// Rows of at most kBlock elements each.
  void FoldRows(const char* x, const double* centers, size_t rows, size_t n, double* totals,
                char* place) const {
    const FoldKernel fold = context_.kernels.fold_rows[op_][type_];
    if (stride_ == 1) return fold(x, x_step_, rows, n, centers, center_step_, totals);
    const size_t at_once = std::max<size_t>(1, kGathered / n);
    for (size_t r = 0; r < rows; r += at_once) {
      const size_t count = std::min(at_once, rows - r);
      const ptrdiff_t first = static_cast<ptrdiff_t>(r);
      CopyTile(X(x, first * x_step_), x_step_, stride_, place, count, n);
      fold(place, static_cast<ptrdiff_t>(n), count, n, centers + first * center_step_, center_step_,
           totals + r);
    }
  }

  /// One row of any length, its blocks in pairs.
  double FoldLong(const char* x, const double* center, size_t n, char* place) const {
    if (n <= kBlock) {
      double total;
      FoldRows(x, center, 1, n, &total, place);
      return total;
    }
    const size_t half = kBlock * BlocksInFirstHalf(DivideUp(n, kBlock));
    const double first = FoldLong(x, center, half, place);
    const double second = FoldLong(X(x, static_cast<ptrdiff_t>(half) * stride_), center, n - half, place);
    return Merge(MergingOp(op_), first, second);
  }

  double MergeInPairs(const double* totals, size_t count) const {
    if (count == 1) return totals[0];
    const size_t half = BlocksInFirstHalf(count);
    return Merge(MergingOp(op_), MergeInPairs(totals, half), MergeInPairs(totals + half, count - half));
  }

  void RunRows(double* totals) {
    const bool gathers = stride_ != 1;
    const size_t threads = context_.pool.threads();
    const size_t place = gathers ? kGathered * bytes_ : 0;
    if (size_ <= kSegment) {
      context_.scratch.Reserve(threads, place);
      // Tiles of one column of the kept loops' last one: its turns are the rows.
      const Tiling tiling(kept_, operands_, 1, std::max<size_t>(1, kGrain / size_));
      tiling.Distribute(
          context_,
          [&](size_t begin, size_t end, size_t thread) {
            char* scratch = gathers ? static_cast<char*>(context_.scratch.OfThread(thread)) : nullptr;
            size_t index = tiling.FirstPlace(begin);
            tiling.ForEach(begin, end, [&](const Tile& tile) {
              const double* centers = reinterpret_cast<const double*>(tile.data[1]);
              if (size_ <= kBlock) {
                FoldRows(tile.data[0], centers, tile.columns, size_, totals + index, scratch);
              } else {
                for (size_t r = 0; r < tile.columns; ++r) {
                  const ptrdiff_t row = static_cast<ptrdiff_t>(r);
                  totals[index + r] =
                      FoldLong(X(tile.data[0], row * x_step_), centers + row * center_step_, size_, scratch);
                }
              }
              index += tile.columns;
            });
          },
          size_);
      return;
    }
    // Few long rows: each in segments.
    const size_t segments = DivideUp(size_, kSegment);
    const Tiling tiling(kept_, operands_, 1, 1);
    context_.scratch.Reserve(threads, place, tiling.count() * segments * sizeof(double));
    double* partial = static_cast<double*>(context_.scratch.Shared());
    context_.pool.ParallelFor(tiling.count() * segments, [&](size_t task, size_t thread) {
      char* scratch = gathers ? static_cast<char*>(context_.scratch.OfThread(thread)) : nullptr;
      const size_t row = task / segments, segment = task % segments;
      tiling.ForEach(row, row + 1, [&](const Tile& tile) {
        const size_t first = segment * kSegment;
        partial[task] = FoldLong(X(tile.data[0], static_cast<ptrdiff_t>(first) * stride_),
                                 reinterpret_cast<const double*>(tile.data[1]),
                                 std::min(kSegment, size_ - first), scratch);
      });
    });
    for (size_t row = 0; row < tiling.count(); ++row) {
      totals[row] = MergeInPairs(partial + row * segments, segments);
    }
  }

  // Down columns

  void FoldColumns(const char* x, const double* centers, size_t rows, size_t n, double* totals,
                   char* place) const {
    const FoldKernel fold = context_.kernels.fold_columns[op_][type_];
    if (x_step_ == 1) return fold(x, stride_, rows, n, centers, center_step_, totals);
    const size_t at_once = std::max<size_t>(1, kGathered / n);
    for (size_t r = 0; r < rows; r += at_once) {
      const size_t count = std::min(at_once, rows - r);
      CopyTile(X(x, static_cast<ptrdiff_t>(r) * stride_), stride_, x_step_, place, count, n);
      fold(place, static_cast<ptrdiff_t>(n), count, n, centers, center_step_, totals);
    }
  }

  /// Any number of rows, in blocks and pairs. `spare` has room for the totals of each level of pairs.
  void FoldTall(const char* x, const double* centers, size_t rows, size_t n, double* totals, double* spare,
                char* place) const {
    if (rows <= kBlockRows) {
      std::fill_n(totals, n, context_.kernels.fold_start[op_]);
      FoldColumns(x, centers, rows, n, totals, place);
      return;
    }
    const size_t half = kBlockRows * BlocksInFirstHalf(DivideUp(rows, kBlockRows));
    FoldTall(x, centers, half, n, totals, spare, place);
    FoldTall(X(x, static_cast<ptrdiff_t>(half) * stride_), centers, rows - half, n, spare, spare + n, place);
    MergeColumns(spare, 1, n, totals);
  }

  void MergeColumns(const double* others, size_t rows, size_t n, double* totals) const {
    context_.kernels.fold_columns[MergingOp(op_)][kFloat64](others, static_cast<ptrdiff_t>(n), rows, n,
                                                            others, 0, totals);
  }

  void RunColumns(double* totals) {
    const bool gathers = x_step_ != 1;
    const size_t threads = context_.pool.threads();
    const size_t columns = std::min(inner_, gathers ? kGathered : kColumns);
    const size_t place = gathers ? kGathered * bytes_ : 0;
    const size_t rows_of_segment = std::max(kBlockRows, kSegment / columns / kBlockRows * kBlockRows);
    const size_t segments = DivideUp(size_, rows_of_segment);
    const size_t spare = Levels(DivideUp(std::min(size_, rows_of_segment), kBlockRows)) * columns;
    const Tiling tiling(kept_, operands_, 1, columns);
    const size_t places = kept_.Count();
    const size_t partials = segments > 1 ? segments * places : 0;
    context_.scratch.Reserve(threads, place + spare * sizeof(double), partials * sizeof(double));
    double* partial = segments > 1 ? static_cast<double*>(context_.scratch.Shared()) : nullptr;

    const auto fold_tile = [&](size_t index, size_t segment, size_t thread) {
      double* spare_totals = static_cast<double*>(context_.scratch.OfThread(thread));
      char* gathered = reinterpret_cast<char*>(spare_totals + spare);
      const size_t first = segment * rows_of_segment;
      const size_t rows = std::min(rows_of_segment, size_ - first);
      const size_t at = tiling.FirstPlace(index);
      tiling.ForEach(index, index + 1, [&](const Tile& tile) {
        double* result = segments > 1 ? partial + segment * places + at : totals + at;
        FoldTall(X(tile.data[0], static_cast<ptrdiff_t>(first) * stride_),
                 reinterpret_cast<const double*>(tile.data[1]), rows, tile.columns, result, spare_totals,
                 gathered);
      });
    };
    // As many tiles of one segment as make a task worthwhile, or one of many segments.
    const size_t elements = std::min(size_, rows_of_segment) * tiling.columns();
    const size_t each = std::max<size_t>(1, kGrain / std::max<size_t>(elements, 1));
    const size_t units = tiling.count() * segments;
    context_.pool.ParallelFor(DivideUp(units, each), [&](size_t task, size_t thread) {
      for (size_t unit = task * each; unit < std::min(units, (task + 1) * each); ++unit) {
        fold_tile(unit / segments, unit % segments, thread);
      }
    });
    if (segments == 1) return;
    std::fill_n(totals, places, context_.kernels.fold_start[op_]);
    MergeColumns(partial, segments, places, totals);
  }

  const Context& context_;
  const FoldOp op_;
  const ElementType type_;
  const size_t bytes_;
  const Loops& kept_;
  const size_t size_;
  const ptrdiff_t stride_;
  Operand operands_[2];
  size_t inner_;
  ptrdiff_t x_step_;
  ptrdiff_t center_step_;
};

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
      return Fold(context, op, type, left, x, centers == nullptr ? &kNoCenter : centers, 1, 1).Run(totals);
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
      Fold(context, op, type, kept, x, centers == nullptr ? &kNoCenter : centers, left.sizes[d],
           left.strides[0][d])
          .Run(target);
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

void RunReduce(const Context& context, const Reduction& reduction, FoldOp op, bool mean, const Loops& loops) {
  const Plan plan(loops);
  context.staging.Reserve(0, 0, (plan.totals() + plan.between()) * sizeof(double));
  double* totals = static_cast<double*>(context.staging.Shared());
  plan.FoldAll(context, op, reduction.type, reduction.x.data, nullptr, totals + plan.totals(), totals);
  if (mean) {
    const double count = static_cast<double>(plan.elements());
    for (size_t i = 0; i < plan.totals(); ++i) totals[i] /= count;
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
