#include "drivers/arg_reduce.h"

#include <algorithm>

#include "drivers/tiles.h"

namespace handgrad {

namespace {

// Elements that are brought together at once where they are no neighbours, and rows that are searched at once.
constexpr size_t kGathered = 4096;
constexpr size_t kRows = 1024;

/// Whether `value`, found later, takes the place of `best`.
template <typename T>
bool Replaces(ArgFoldOp op, T value, T best) {
  if (best != best) return false;
  return value != value || (op == kArgFold_argmax ? value > best : value < best);
}

/// One search through elements that are no neighbours, block by block.
template <typename T>
int32_t SearchApart(const Context& context, const Search& search, const char* x, T* place) {
  const ArgFoldKernel kernel = context.kernels.arg_fold[search.op][search.type];
  const auto copy = sizeof(T) == 4 ? context.kernels.copy_tile_4 : context.kernels.copy_tile_8;
  T best{};
  size_t found = 0;
  for (size_t start = 0; start < search.size; start += kGathered) {
    const size_t count = std::min(kGathered, search.size - start);
    const ptrdiff_t offset = static_cast<ptrdiff_t>(start) * search.stride;
    copy(x + offset * static_cast<ptrdiff_t>(sizeof(T)), 0, search.stride, place, 0, 1, 1, count);
    int32_t index;
    kernel(place, 0, 1, count, &index);
    if (start == 0 || Replaces(search.op, place[index], best)) {
      best = place[index];
      found = start + static_cast<size_t>(index);
    }
  }
  return static_cast<int32_t>(found);
}

}  // namespace

void RunArgReduce(const Context& context, const Search& search, const Operand& x, const Operand& out,
                  Loops* loops) {
  SortLoops(loops, 0);
  MergeLoops(loops);
  const Operand operands[] = {x, out};
  const size_t rows = std::min(kRows, std::max<size_t>(1, kGrain / search.size));
  const Tiling tiling(*loops, operands, 1, rows);
  const bool together = search.stride == 1;
  const size_t at_once = std::max<size_t>(1, kGathered / search.size);
  constexpr size_t kPlace = kGathered * sizeof(double);
  context.scratch.Reserve(context.pool.threads(), kRows * sizeof(int32_t) + (together ? 0 : kPlace));
  const ArgFoldKernel kernel = context.kernels.arg_fold[search.op][search.type];
  const auto copy = x.bytes == 4 ? context.kernels.copy_tile_4 : context.kernels.copy_tile_8;
  const ptrdiff_t x_step = tiling.column_stride(0);

  const auto run = [&](size_t begin, size_t end, size_t thread) {
    int32_t* indices = static_cast<int32_t*>(context.scratch.OfThread(thread));
    void* place = indices + kRows;
    tiling.ForEach(begin, end, [&](const Tile& tile) {
      if (together) {
        kernel(tile.data[0], x_step, tile.columns, search.size, indices);
      } else if (search.size <= kGathered) {
        for (size_t r = 0; r < tile.columns; r += at_once) {
          const size_t count = std::min(at_once, tile.columns - r);
          const ptrdiff_t n = static_cast<ptrdiff_t>(search.size);
          copy(Advance(tile.data[0], static_cast<ptrdiff_t>(r) * x_step, x.bytes), x_step, search.stride,
               place, n, 1, count, search.size);
          kernel(place, n, count, search.size, indices + r);
        }
      } else {
        for (size_t r = 0; r < tile.columns; ++r) {
          const char* first = Advance(tile.data[0], static_cast<ptrdiff_t>(r) * x_step, x.bytes);
          indices[r] = x.bytes == 4 ? SearchApart(context, search, first, static_cast<float*>(place))
                                    : SearchApart(context, search, first, static_cast<double*>(place));
        }
      }
      context.kernels.copy_tile_4(indices, 0, 1, tile.data[1], 0, tiling.column_stride(1), 1, tile.columns);
    });
  };
  tiling.Distribute(context, run, search.size);
}

}  // namespace handgrad
