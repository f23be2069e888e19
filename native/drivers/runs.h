// For kernels that want all operands as neighbours, and that have several results or a sum: runs of elements,
// where they lie if that can be, else brought together in scratch memory.
#ifndef HANDGRAD_DRIVERS_RUNS_H_
#define HANDGRAD_DRIVERS_RUNS_H_

#include <stddef.h>

#include <algorithm>

#include "drivers/copy_tile.h"
#include "drivers/elementwise.h"
#include "drivers/loops.h"
#include "drivers/tiles.h"
#include "runtime/context.h"

namespace handgrad {

/// The same elements of each operand, cut into runs that depend on sizes and strides alone.
class Runs {
 public:
  /// kAny: as operand `lead` lies; kRowMajor: as the loops say, so that runs and the elements in them are in that
  /// order.
  enum class Order { kAny, kRowMajor };

  /// Sorts the loops, unless their order matters, and merges them. Bit i of `results`: operand i is written.
  Runs(const Operand* operands, Loops* loops, size_t lead, unsigned results, Order order = Order::kAny)
      : Runs(operands, results, *loops, Prepare(loops, lead, order)) {}
  Runs(const Runs&) = delete;
  Runs& operator=(const Runs&) = delete;

  size_t count() const { return tiling_.count(); }

  /// Where in the order of the loops run `index` begins.
  size_t FirstPlace(size_t index) const { return tiling_.FirstPlace(index); }

  /// Calls run(data, n, index) for all runs, on threads: data[i] is operand i, and index is below count().
  /// Reserves the scratch memory that all share.
  template <typename Run>
  void ForEach(const Context& context, size_t operands, size_t shared_bytes, const Run& run) const {
    context.scratch.Reserve(context.pool.threads(), gathers_ ? operands * kPlace : 0, shared_bytes);
    tiling_.Distribute(context, [&](size_t begin, size_t end, size_t thread) {
      char* scratch = static_cast<char*>(context.scratch.OfThread(thread));
      size_t index = begin;
      tiling_.ForEach(begin, end, [&](const Tile& tile) {
        char* data[kMaxOperands];
        for (size_t i = 0; i < operands; ++i) {
          data[i] = LiesAsRun(tile, i) ? tile.data[i] : scratch + i * kPlace;
          if (data[i] != tile.data[i]) Gather(context, tile, i, data[i]);
        }
        run(data, tile.rows * tile.columns, index++);
        for (size_t i = 0; i < operands; ++i) {
          if ((results_ >> i & 1) != 0 && data[i] != tile.data[i]) Scatter(context, tile, i, data[i]);
        }
      });
    });
  }

 private:
  // What is brought together at a time: a few operands of it fit into L1.
  static constexpr size_t kTileElements = 1024;
  static constexpr size_t kPlace = kTileElements * sizeof(double);
  // Two cache lines of floats, for what lies turned around.
  static constexpr size_t kTileSide = 32;
  // Shorter rows than this are brought together, many at a time, rather than done one by one.
  static constexpr size_t kShortRow = 64;

  struct Shape {
    size_t rows;
    size_t columns;
    bool gathers;
  };

  Runs(const Operand* operands, unsigned results, const Loops& loops, const Shape& shape)
      : operands_(operands),
        results_(results),
        gathers_(shape.gathers),
        tiling_(loops, operands, shape.rows, shape.columns) {}

  static Shape Prepare(Loops* loops, size_t lead, Order order) {
    if (order == Order::kAny) SortLoops(loops, lead);
    MergeLoops(loops);
    if (loops->rank == 0) return {1, 1, false};
    const size_t last = loops->rank - 1;
    bool neighbours = true, turned = false;
    for (size_t i = 0; i < loops->operands; ++i) {
      const ptrdiff_t step = loops->strides[i][last];
      neighbours &= step == 1;
      turned |= step != 1 && step != 0;
    }
    if (neighbours && (last == 0 || loops->sizes[last] >= kShortRow)) return {1, kGrain, false};
    if (order == Order::kRowMajor) {  // whole rows, or parts of one
      const size_t columns = std::min(loops->sizes[last], kTileElements);
      return {kTileElements / columns, columns, true};
    }
    const size_t wanted = turned ? kTileSide : DivideUp(kTileElements, loops->sizes[last]);
    const size_t rows = last == 0 ? 1 : std::min(wanted, loops->sizes[last - 1]);
    return {rows, kTileElements / rows, true};
  }

  bool LiesAsRun(const Tile& tile, size_t i) const {
    if (tiling_.column_stride(i) != 1 && tile.columns > 1) return false;
    return tile.rows == 1 || tiling_.row_stride(i) == static_cast<ptrdiff_t>(tile.columns);
  }

  void Gather(const Context& context, const Tile& tile, size_t i, char* to) const {
    CopyTileOf(context.kernels, operands_[i].bytes)(
        tile.data[i], tiling_.row_stride(i), tiling_.column_stride(i), to,
        static_cast<ptrdiff_t>(tile.columns), 1, tile.rows, tile.columns);
  }
  void Scatter(const Context& context, const Tile& tile, size_t i, const char* from) const {
    CopyTileOf(context.kernels, operands_[i].bytes)(from, static_cast<ptrdiff_t>(tile.columns), 1,
                                                    tile.data[i], tiling_.row_stride(i),
                                                    tiling_.column_stride(i), tile.rows, tile.columns);
  }

  const Operand* operands_;
  unsigned results_;
  bool gathers_;
  Tiling tiling_;
};

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_RUNS_H_
