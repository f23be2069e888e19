// A fold goes along rows where the loop's elements are neighbours, and down columns where those of the innermost
// kept loop are. What is long is cut: into blocks, whose totals are folded in pairs, so that rounding errors grow
// with the logarithm of the size only (Higham 1993, "The accuracy of floating point summation"), and into segments,
// which threads share. Where the cuts are depends on the shape alone.
#include "drivers/fold.h"

#include <math.h>

#include <algorithm>

#include "drivers/tiles.h"

namespace handgrad {

namespace {

// Elements of a row, or rows, that one kernel call adds up: 32 lanes take 128 turns.
constexpr size_t kBlock = 4096;
constexpr size_t kBlockRows = 256;
// Blocks of a long row that are read side by side.
constexpr size_t kStreams = 4;
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

size_t BlocksInFirstHalf(size_t blocks) { return DivideUp(blocks, 2); }

size_t Levels(size_t blocks) {
  size_t levels = 0;
  for (; blocks > 1; blocks = BlocksInFirstHalf(blocks)) ++levels;
  return levels;
}

class Fold {
 public:
  Fold(const Context& context, const FoldJob& job)
      : context_(context),
        op_(job.op),
        type_(job.type),
        bytes_(job.type == kFloat64 ? 8 : 4),
        kept_(job.kept),
        size_(job.size),
        stride_(job.stride) {
    operands_[0] = {const_cast<void*>(job.x), bytes_};
    operands_[1] = {const_cast<double*>(job.centers), sizeof(double)};
    inner_ = kept_.rank > 0 ? kept_.sizes[kept_.rank - 1] : 1;
    x_step_ = kept_.rank > 0 ? kept_.strides[0][kept_.rank - 1] : 0;
    center_step_ = kept_.rank > 0 ? kept_.strides[1][kept_.rank - 1] : 0;
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

  /// Rows of at most kBlock elements each, `row` elements apart.
  void FoldRows(const char* x, ptrdiff_t row, const double* centers, ptrdiff_t center_step, size_t rows,
                size_t n, double* totals, char* place) const {
    const FoldKernel fold = context_.kernels.fold_rows[op_][type_];
    if (stride_ == 1) return fold(x, row, rows, n, centers, center_step, totals);
    const size_t at_once = std::max<size_t>(1, kGathered / n);
    for (size_t r = 0; r < rows; r += at_once) {
      const size_t count = std::min(at_once, rows - r);
      const ptrdiff_t first = static_cast<ptrdiff_t>(r);
      CopyTile(X(x, first * row), row, stride_, place, count, n);
      fold(place, static_cast<ptrdiff_t>(n), count, n, centers + first * center_step, center_step,
           totals + r);
    }
  }

  /// One row of at most kSegment elements, its blocks in pairs. Blocks far from each other are read side by side,
  /// because memory comes faster in several streams; which ones does not change what is added to what.
  double FoldLong(const char* x, const double* center, size_t n, char* place) const {
    double totals[kSegment / kBlock];
    const size_t whole = n / kBlock, apart = whole / kStreams;
    const auto at = [&](size_t block) { return X(x, static_cast<ptrdiff_t>(block * kBlock) * stride_); };
    for (size_t block = 0; block < apart; ++block) {
      double side_by_side[kStreams];
      FoldRows(at(block), static_cast<ptrdiff_t>(apart * kBlock) * stride_, center, 0, kStreams, kBlock,
               side_by_side, place);
      for (size_t s = 0; s < kStreams; ++s) totals[block + s * apart] = side_by_side[s];
    }
    for (size_t block = apart * kStreams; block * kBlock < n; ++block) {
      FoldRows(at(block), 0, center, 0, 1, std::min(kBlock, n - block * kBlock), &totals[block], place);
    }
    return MergeInPairs(totals, DivideUp(n, kBlock));
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
                FoldRows(tile.data[0], x_step_, centers, center_step_, tile.columns, size_, totals + index,
                         scratch);
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

}  // namespace

void RunFold(const Context& context, const FoldJob& job, double* totals) { Fold(context, job).Run(totals); }

}  // namespace handgrad
