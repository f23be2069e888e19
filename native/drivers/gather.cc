// Scalar loops, compiled once: each element lies somewhere else, and finding it is the work. A gather uses threads;
// a scatter does not, because of several writes to one place the last must stay, and sums must be rounded in order.
#include "drivers/gather.h"

#include <algorithm>
#include <atomic>

#include "drivers/copy_tile.h"
#include "drivers/tiles.h"

namespace handgrad {

namespace {

/// A run of elements along the innermost loop.
struct Run {
  const IndexedWalk& walk;
  const Tile& tile;
  ptrdiff_t steps[kMaxOperands];
};

/// How far element m of the run is moved on; *good becomes false where an index is out of its range.
ptrdiff_t ShiftAt(const Run& run, size_t m, bool* good) {
  ptrdiff_t shift = 0;
  for (size_t k = 0; k < run.walk.indices; ++k) {
    const IndexedSize& dimension = run.walk.dimensions[k];
    const auto* index = reinterpret_cast<const volatile int32_t*>(run.tile.data[k + 2]);
    int64_t value = index[static_cast<ptrdiff_t>(m) * run.steps[k + 2]];
    if (value < dimension.lowest || value >= dimension.size) {
      *good = false;
      return 0;
    }
    if (value < 0) value += dimension.size;
    shift += static_cast<ptrdiff_t>(value) * dimension.step;
  }
  return shift;
}

/// Whether all indices stand still along the run.
bool MovesTogether(const Run& run) {
  for (size_t k = 0; k < run.walk.indices; ++k) {
    if (run.steps[k + 2] != 0) return false;
  }
  return true;
}

template <typename T>
bool PickApart(const Run& run) {
  T* to = reinterpret_cast<T*>(run.tile.data[0]);
  const T* from = reinterpret_cast<const T*>(run.tile.data[1]);
  bool good = true;
  for (size_t m = 0; m < run.tile.columns; ++m, to += run.steps[0], from += run.steps[1]) {
    const ptrdiff_t shift = ShiftAt(run, m, &good);
    if (!good) return false;  // and there may be nothing that could be read instead
    *to = from[shift];
  }
  return true;
}

struct Replace {
  template <typename T>
  static T Of(T, T x) {
    return x;
  }
};
struct Add {
  template <typename T>
  static T Of(T old, T x) {
    return old + x;
  }
  static int32_t Of(int32_t old, int32_t x) {
    return static_cast<int32_t>(static_cast<uint32_t>(old) + static_cast<uint32_t>(x));
  }
  static uint8_t Of(uint8_t old, uint8_t x) { return static_cast<uint8_t>(old + x); }
};
struct Both {
  static uint8_t Of(uint8_t old, uint8_t x) { return old | x; }
};

template <typename T, typename Placer>
void PlaceRun(const Run& run) {
  const T* from = reinterpret_cast<const T*>(run.tile.data[0]);
  T* to = reinterpret_cast<T*>(run.tile.data[1]);
  const bool together = MovesTogether(run);
  bool good = true;
  ptrdiff_t shift = ShiftAt(run, 0, &good);
  for (size_t m = 0; m < run.tile.columns; ++m, from += run.steps[0], to += run.steps[1]) {
    if (!together) shift = ShiftAt(run, m, &good);
    if (good) to[shift] = Placer::Of(to[shift], *from);
  }
}

using RunFunction = void (*)(const Run&);

RunFunction PlacerFor(ElementType type, Placing placing) {
  if (placing == Placing::kOr) return PlaceRun<uint8_t, Both>;
  const bool adds = placing == Placing::kAdd;
  switch (type) {
    case kFloat32:
      return adds ? PlaceRun<float, Add> : PlaceRun<float, Replace>;
    case kFloat64:
      return adds ? PlaceRun<double, Add> : PlaceRun<double, Replace>;
    case kInt32:
      return adds ? PlaceRun<int32_t, Add> : PlaceRun<int32_t, Replace>;
    default:
      return adds ? PlaceRun<uint8_t, Add> : PlaceRun<uint8_t, Replace>;
  }
}

template <typename Visit>
void ForEachRun(const Tiling& tiling, const IndexedWalk& walk, size_t begin, size_t end, const Visit& visit) {
  tiling.ForEach(begin, end, [&](const Tile& tile) {
    Run run = {walk, tile, {}};
    for (size_t i = 0; i < walk.indices + 2; ++i) run.steps[i] = tiling.column_stride(i);
    visit(run);
  });
}

/// Whether all of an index is in its range, each element looked at once.
bool InRange(const IndexedWalk& walk, size_t k, const Loops& loops) {
  Loops own;
  own.operands = 1;
  own.rank = 0;
  for (size_t d = 0; d < loops.rank; ++d) {
    if (loops.strides[k + 2][d] == 0) continue;
    own.sizes[own.rank] = loops.sizes[d];
    own.strides[0][own.rank++] = loops.strides[k + 2][d];
  }
  MergeLoops(&own);
  const IndexedSize& dimension = walk.dimensions[k];
  const Tiling tiling(own, &walk.operands[k + 2], 1, kGrain);
  bool good = true;
  tiling.ForEach(0, tiling.count(), [&](const Tile& tile) {
    const int32_t* index = reinterpret_cast<const int32_t*>(tile.data[0]);
    for (size_t m = 0; m < tile.columns; ++m, index += tiling.column_stride(0)) {
      good &= *index >= dimension.lowest && *index < dimension.size;
    }
  });
  return good;
}

}  // namespace

bool RunGather(const Context& context, const IndexedWalk& walk, Loops* loops) {
  SortLoops(loops, 0);
  MergeLoops(loops);
  const size_t bytes = walk.operands[0].bytes;
  const Tiling tiling(*loops, walk.operands, 1, kGrain);
  const CopyTileKernel copy = CopyTileOf(context.kernels, bytes);
  std::atomic<bool> all_good{true};
  tiling.Distribute(context, [&](size_t begin, size_t end, size_t) {
    bool good = true;
    ForEachRun(tiling, walk, begin, end, [&](const Run& run) {
      if (MovesTogether(run)) {
        bool in_range = true;
        const ptrdiff_t shift = ShiftAt(run, 0, &in_range);
        good &= in_range;
        if (!in_range) return;
        copy(Advance(run.tile.data[1], shift, bytes), 0, run.steps[1], run.tile.data[0], 0, run.steps[0], 1,
             run.tile.columns);
      } else if (bytes == 1) {
        good &= PickApart<uint8_t>(run);
      } else {
        good &= bytes == 4 ? PickApart<uint32_t>(run) : PickApart<uint64_t>(run);
      }
    });
    if (!good) all_good.store(false, std::memory_order_relaxed);
  });
  return all_good.load(std::memory_order_relaxed);
}

bool RunScatter(const Context&, const IndexedWalk& walk, ElementType type, Placing placing, Loops* loops) {
  for (size_t k = 0; k < walk.indices; ++k) {
    if (!InRange(walk, k, *loops)) return false;
  }
  MergeLoops(loops);
  const Tiling tiling(*loops, walk.operands, 1, kGrain);
  ForEachRun(tiling, walk, 0, tiling.count(), PlacerFor(type, placing));
  return true;
}

}  // namespace handgrad
