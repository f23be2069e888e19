#include "drivers/indexing.h"

#include <algorithm>

#include "drivers/tiles.h"

namespace handgrad {

namespace {

/// Takes the innermost loop off as the columns of a row where both operands' elements are neighbours there.
size_t TakeColumns(Loops* loops) {
  if (loops->rank == 0) return 1;
  const size_t last = loops->rank - 1;
  if (loops->strides[0][last] != 1 || loops->strides[1][last] != 1) return 1;
  --loops->rank;
  return loops->sizes[last];
}

}  // namespace

bool RunIndexSelect(const Context& context, const IndexSelectJob& job, size_t dim, const Loops& loops,
                    BadIndex* bad) {
  context.scratch.Reserve(0, 0, std::max<size_t>(job.index.n, 1) * sizeof(int32_t));
  int32_t* index = static_cast<int32_t*>(context.scratch.Shared());
  if (!CopyChecked(job.index, job.size, index, bad)) return false;
  if (loops.Count() == 0) return true;

  // The loops over a slice, without dim; then as the innermost one that over the index, in which x stands
  // still.
  Loops walk;
  walk.operands = 2;
  walk.rank = 0;
  for (size_t d = 0; d < loops.rank; ++d) {
    if (d == dim) continue;
    walk.sizes[walk.rank] = loops.sizes[d];
    for (size_t i = 0; i < 2; ++i) walk.strides[i][walk.rank] = loops.strides[i][d];
    ++walk.rank;
  }
  SortLoops(&walk, 1);
  MergeLoops(&walk);
  const size_t columns = TakeColumns(&walk);
  const size_t last = walk.rank++;
  walk.operands = 3;
  walk.sizes[last] = job.index.n;
  walk.strides[0][last] = 0;
  walk.strides[1][last] = loops.strides[1][dim];
  for (size_t d = 0; d < last; ++d) walk.strides[2][d] = 0;
  walk.strides[2][last] = 1;

  const Operand operands[] = {job.x, job.out, {index, sizeof(int32_t)}};
  // Of about kGrain elements, and equally large, each a task: rows of the index, or all of it several times.
  const size_t chunks = DivideUp(job.index.n, std::max<size_t>(1, kGrain / columns));
  const size_t rows = DivideUp(job.index.n, chunks);
  const Tiling tiling(walk, operands, std::max<size_t>(1, kGrain / columns / rows), rows);
  const auto select = job.x.bytes == 1   ? context.kernels.indexSelect_1
                      : job.x.bytes == 4 ? context.kernels.indexSelect_4
                                         : context.kernels.indexSelect_8;
  context.pool.ParallelFor(tiling.count(), [&](size_t task, size_t) {
    tiling.ForEach(task, task + 1, [&](const Tile& tile) {
      for (size_t r = 0; r < tile.rows; ++r) {
        const ptrdiff_t row = static_cast<ptrdiff_t>(r);
        select({tile.columns, columns, Advance(tile.data[0], row * tiling.row_stride(0), job.x.bytes),
                loops.strides[0][dim], reinterpret_cast<const int32_t*>(tile.data[2]),
                Advance(tile.data[1], row * tiling.row_stride(1), job.out.bytes), loops.strides[1][dim]});
      }
    });
  });
  return true;
}

}  // namespace handgrad
