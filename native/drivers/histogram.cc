// Scalar code, compiled once: each element adds to a count whose place only its value tells. Each thread counts for
// itself; whole numbers are the same in any order.
#include "drivers/histogram.h"

#include <algorithm>

#include "drivers/tiles.h"

namespace handgrad {

namespace {

template <typename T>
void Count(const Context& context, const Histogram& job, const Loops& loops) {
  const size_t threads = context.pool.threads(), parts = job.parts;
  context.scratch.Reserve(threads, parts * sizeof(uint64_t));
  const auto counts_of = [&](size_t thread) {
    return static_cast<uint64_t*>(context.scratch.OfThread(thread));
  };
  for (size_t thread = 0; thread < threads; ++thread) std::fill_n(counts_of(thread), parts, uint64_t{0});
  const double width = static_cast<double>(static_cast<T>(job.high - job.low));
  const auto count_tiles = [&](const Tiling& tiling, size_t begin, size_t end, size_t thread) {
    uint64_t* counts = counts_of(thread);
    tiling.ForEach(begin, end, [&](const Tile& tile) {
      const T* x = reinterpret_cast<const T*>(tile.data[0]);
      for (size_t i = 0; i < tile.columns; ++i, x += tiling.column_stride(0)) {
        const double value = static_cast<double>(*x);
        if (!(value >= job.low && value <= job.high)) continue;
        // Each step rounded to T, as if computed in it.
        const T above = static_cast<T>(value - job.low);
        const T scaled = static_cast<T>(static_cast<double>(above) * static_cast<double>(parts));
        const T part = static_cast<T>(static_cast<double>(scaled) / width);
        if (part < static_cast<T>(parts)) {
          ++counts[std::min(static_cast<size_t>(part), parts - 1)];
        } else if (part == part) {  // no NaN: 0 / 0, where high - low is nothing in T
          ++counts[parts - 1];
        }
      }
    });
  };
  if (loops.Count() > 0) {
    const Tiling tiling(loops, &job.x, 1, kGrain);
    tiling.Distribute(
        context, [&](size_t begin, size_t end, size_t thread) { count_tiles(tiling, begin, end, thread); });
  }
  T* out = static_cast<T*>(job.out.data);
  for (size_t part = 0; part < parts; ++part, out += job.out_stride) {
    uint64_t total = 0;
    for (size_t thread = 0; thread < threads; ++thread) total += counts_of(thread)[part];
    *out = static_cast<T>(total);
  }
}

}  // namespace

void RunHistogram(const Context& context, const Histogram& job, Loops* loops) {
  SortLoops(loops, 0);
  MergeLoops(loops);
  job.type == kFloat32 ? Count<float>(context, job, *loops) : Count<double>(context, job, *loops);
}

}  // namespace handgrad
