// Cutting loops into tiles, and tiles into tasks for threads.
#ifndef HANDGRAD_DRIVERS_TILES_H_
#define HANDGRAD_DRIVERS_TILES_H_

#include <stddef.h>

#include <algorithm>

#include "drivers/divide.h"
#include "drivers/elementwise.h"
#include "drivers/loops.h"
#include "runtime/context.h"

namespace handgrad {

/// A thread is worth waking for about this many elements.
constexpr size_t kGrain = 32768;

inline char* Advance(void* data, ptrdiff_t elements, size_t bytes) {
  return static_cast<char*>(data) + elements * static_cast<ptrdiff_t>(bytes);
}

/// A part of the two innermost loops: rows of columns.
struct Tile {
  size_t rows;
  size_t columns;
  char* data[kMaxOperands];  // of the first element of each operand
};

/// Tiles of at most rows × columns over the two innermost loops (of which missing ones have one turn), for
/// all turns of the others.
class Tiling {
 public:
  Tiling(const Loops& loops, const Operand* operands, size_t rows, size_t columns)
      : loops_(loops), operands_(operands), outer_rank_(loops.rank > 2 ? loops.rank - 2 : 0) {
    total_columns_ = loops.rank > 0 ? loops.sizes[loops.rank - 1] : 1;
    total_rows_ = loops.rank > 1 ? loops.sizes[loops.rank - 2] : 1;
    columns_ = std::min(columns, total_columns_);
    rows_ = std::min(rows, total_rows_);
    tiles_across_ = DivideUp(total_columns_, columns_);
    tiles_down_ = DivideUp(total_rows_, rows_);
    count_ = tiles_across_ * tiles_down_;
    for (size_t d = 0; d < outer_rank_; ++d) count_ *= loops.sizes[d];
  }

  size_t count() const { return count_; }
  size_t rows() const { return rows_; }
  size_t columns() const { return columns_; }
  ptrdiff_t row_stride(size_t operand) const {
    return loops_.rank > 1 ? loops_.strides[operand][loops_.rank - 2] : 0;
  }
  ptrdiff_t column_stride(size_t operand) const {
    return loops_.rank > 0 ? loops_.strides[operand][loops_.rank - 1] : 0;
  }

  /// Calls visit(tile) for the tiles from `begin` to `end` − 1.
  template <typename Visit>
  void ForEach(size_t begin, size_t end, const Visit& visit) const {
    size_t rest = begin;
    size_t first_column = rest % tiles_across_ * columns_;
    rest /= tiles_across_;
    size_t first_row = rest % tiles_down_ * rows_;
    rest /= tiles_down_;
    size_t turns[kMaxRank];
    char* outer[kMaxOperands];  // where the outer loops have brought each operand
    for (size_t i = 0; i < loops_.operands; ++i) outer[i] = static_cast<char*>(operands_[i].data);
    for (size_t d = outer_rank_; d-- > 0; rest /= loops_.sizes[d]) {
      turns[d] = rest % loops_.sizes[d];
      for (size_t i = 0; i < loops_.operands; ++i) {
        outer[i] =
            Advance(outer[i], static_cast<ptrdiff_t>(turns[d]) * loops_.strides[i][d], operands_[i].bytes);
      }
    }
    for (size_t index = begin; index < end; ++index) {
      Tile tile;
      tile.columns = std::min(columns_, total_columns_ - first_column);
      tile.rows = std::min(rows_, total_rows_ - first_row);
      for (size_t i = 0; i < loops_.operands; ++i) {
        const ptrdiff_t within = static_cast<ptrdiff_t>(first_row) * row_stride(i) +
                                 static_cast<ptrdiff_t>(first_column) * column_stride(i);
        tile.data[i] = Advance(outer[i], within, operands_[i].bytes);
      }
      visit(tile);
      if ((first_column += columns_) < total_columns_) continue;
      first_column = 0;
      if ((first_row += rows_) < total_rows_) continue;
      first_row = 0;
      // The outer loops turn like an odometer.
      for (size_t d = outer_rank_; d-- > 0;) {
        const bool moves_on = ++turns[d] < loops_.sizes[d];
        const ptrdiff_t turn = moves_on ? 1 : 1 - static_cast<ptrdiff_t>(loops_.sizes[d]);
        for (size_t i = 0; i < loops_.operands; ++i) {
          outer[i] = Advance(outer[i], turn * loops_.strides[i][d], operands_[i].bytes);
        }
        if (moves_on) break;
        turns[d] = 0;
      }
    }
  }

  /// Where in row-major order over all loops the first place of tile `index` is, when tiles are parts of a row or
  /// whole rows.
  size_t FirstPlace(size_t index) const {
    const size_t down = index / tiles_across_;
    const size_t row = down / tiles_down_ * total_rows_ + down % tiles_down_ * rows_;
    return row * total_columns_ + index % tiles_across_ * columns_;
  }

  /// Calls run(begin, end, thread) for ranges of tiles that together are all, about kGrain elements each,
  /// when a place stands for `weight` of them; on threads when there is more than one range.
  template <typename Run>
  void Distribute(const Context& context, const Run& run, size_t weight = 1) const {
    const size_t each = std::max<size_t>(1, kGrain / (rows_ * columns_ * weight));
    const size_t tasks = DivideUp(count_, each);
    if (tasks < 2) {
      run(size_t{0}, count_, size_t{0});
      return;
    }
    context.pool.ParallelFor(tasks, [&](size_t task, size_t thread) {
      run(task * each, std::min(count_, (task + 1) * each), thread);
    });
  }

 private:
  const Loops& loops_;
  const Operand* operands_;
  size_t outer_rank_;
  size_t total_rows_, total_columns_, rows_, columns_, tiles_down_, tiles_across_, count_;
};

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_TILES_H_
