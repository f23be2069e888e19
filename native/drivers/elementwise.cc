#include "drivers/elementwise.h"

#include "drivers/copy_tile.h"
#include "drivers/tiles.h"

namespace handgrad {

namespace {

// Elements of a tile whose operands are brought together in scratch memory: four operands of 8 bytes each are
// 32 KiB, which with what the caches need for the originals stays in L1.
constexpr size_t kTileElements = 1024;
// Rows and columns of a tile some operand of which is transposed: 32 floats are two cache lines.
constexpr size_t kTileSide = 32;
// The same for a copy, which needs no scratch memory.
constexpr size_t kCopySide = 64;
// A row of at least this many elements is worth a kernel call of its own, for the sake of operands that need
// not be brought together then.
constexpr size_t kLongRow = 512;
constexpr size_t kShortRow = 64;
// From this size on a result will have left the caches before anyone reads it.
constexpr size_t kStreamBytes = size_t{16} << 20;
// Elements of such a result at a time. Not a whole page of floats: then the next tile's loads would have the
// lower 12 address bits of stores that are still on their way, and wait for them (a third slower).
constexpr size_t kStreamElements = 960;

/// How a kernel meets an operand in a tile.
enum class Access {
  kNeighbours,  // all elements follow each other
  kScalar,      // one element stands for all
  kGathered,    // through scratch memory
};

Access AccessOf(ptrdiff_t row_stride, ptrdiff_t column_stride, size_t rows, size_t columns,
                bool scalar_allowed) {
  const bool one_row = rows == 1;
  if (columns == 1 && !one_row) {
    column_stride = row_stride;
  } else if (!one_row) {
    if (row_stride != column_stride * static_cast<ptrdiff_t>(columns)) return Access::kGathered;
  }
  if (column_stride == 1 || rows * columns == 1) return Access::kNeighbours;
  return column_stride == 0 && scalar_allowed ? Access::kScalar : Access::kGathered;
}

struct TileShape {
  size_t rows, columns;
};

/// The tile for these loops, when not everything lies so that whole rows can be done as they are.
TileShape ChooseTile(const Loops& loops, unsigned scalars) {
  const size_t inner = loops.sizes[loops.rank - 1];
  bool as_they_are = true, transposed = false, amortised = true;
  for (size_t i = 0; i < loops.operands; ++i) {
    const ptrdiff_t column = loops.strides[i][loops.rank - 1];
    const ptrdiff_t row = loops.rank > 1 ? loops.strides[i][loops.rank - 2] : 0;
    if (!(column == 1 || (column == 0 && (scalars >> i & 1) != 0))) as_they_are = false;
    if (column != 1 && column != 0) transposed = true;
    // What is the same in every row is brought together once for many tiles.
    if (row != 0 && row != column * static_cast<ptrdiff_t>(inner)) amortised = false;
  }
  if (as_they_are && (inner >= kLongRow || loops.rank == 1)) return {1, kGrain};
  if (as_they_are && inner >= kShortRow && !amortised) return {1, kGrain};
  if (transposed && loops.rank > 1 && inner > kTileSide) {
    const size_t rows = std::min(kTileSide, loops.sizes[loops.rank - 2]);
    return {rows, kTileElements / rows};
  }
  if (inner >= kTileElements) return {1, kTileElements};
  return {kTileElements / inner, inner};
}

/// Where operand 0 does not lie along the innermost loop, brings the loop along which it does next to that,
/// so that a tile holds whole cache lines of it.
void BringNeighboursTogether(Loops* loops) {
  if (loops->rank < 3 || loops->strides[0][loops->rank - 1] == 1) return;
  for (size_t d = loops->rank - 2; d-- > 0;) {
    if (loops->strides[0][d] != 1) continue;
    MoveLoop(loops, d, loops->rank - 2);
    return;
  }
}

/// Whether all operands follow each other (or are one element) through a single loop.
bool IsFlat(const Loops& loops, unsigned scalars, unsigned* single) {
  if (loops.rank != 1) return false;
  *single = 0;
  for (size_t i = 0; i < loops.operands; ++i) {
    if (loops.strides[i][0] == 0 && (scalars >> i & 1) != 0) {
      *single |= 1u << i;
    } else if (loops.strides[i][0] != 1) {
      return false;
    }
  }
  return true;
}

}  // namespace

void RunElementwise(const Context& context, const Elementwise& job, Loops* loops) {
  const size_t result = loops->operands - 1;
  // The result's stride is 0 for no loop of more than one turn: all loops are ordered by it.
  SortLoops(loops, result);
  MergeLoops(loops);
  unsigned single = 0;
  const size_t flat = loops->rank == 0 ? 1 : IsFlat(*loops, job.scalars, &single) ? loops->sizes[0] : 0;
  if (flat > 0 && flat < 2 * kGrain) {  // most calls: nothing to plan
    const void* inputs[kMaxOperands];
    for (size_t i = 0; i < result; ++i) inputs[i] = job.operands[i].data;
    job.kernel(inputs, job.operands[result].data, flat, single);
    return;
  }
  BringNeighboursTogether(loops);

  const bool stream = job.operands[result].bytes >= 4 && loops->strides[result][loops->rank - 1] == 1 &&
                      loops->Count() * job.operands[result].bytes >= kStreamBytes;
  TileShape shape = ChooseTile(*loops, job.scalars);
  if (stream && shape.rows == 1) shape.columns = std::min(shape.columns, kStreamElements);
  const Tiling tiling(*loops, job.operands, shape.rows, shape.columns);

  // What each operand is in a whole tile; those at the edges are narrower or shorter, and need no more.
  bool gathers = stream;
  for (size_t i = 0; i <= result; ++i) {
    gathers |= AccessOf(tiling.row_stride(i), tiling.column_stride(i), tiling.rows(), tiling.columns(),
                        (job.scalars >> i & 1) != 0) == Access::kGathered;
  }
  constexpr size_t kPlace = kTileElements * sizeof(double);
  if (gathers) context.scratch.Reserve(context.pool.threads(), kPlace * loops->operands);

  tiling.Distribute(context, [&](size_t begin, size_t end, size_t thread) {
    char* scratch = gathers ? static_cast<char*>(context.scratch.OfThread(thread)) : nullptr;
    // What each place in scratch holds: an operand that repeats is not brought together again.
    const char* held[kMaxOperands] = {};
    size_t held_rows[kMaxOperands] = {};
    size_t held_columns[kMaxOperands] = {};
    tiling.ForEach(begin, end, [&](const Tile& tile) {
      const void* inputs[kMaxOperands];
      unsigned scalars = 0;
      for (size_t i = 0; i < result; ++i) {
        const ptrdiff_t row = tiling.row_stride(i), column = tiling.column_stride(i);
        const Access access = AccessOf(row, column, tile.rows, tile.columns, (job.scalars >> i & 1) != 0);
        inputs[i] = tile.data[i];
        if (access == Access::kScalar) scalars |= 1u << i;
        if (access != Access::kGathered) continue;
        char* place = scratch + i * kPlace;
        inputs[i] = place;
        // Only rows of stride 0 are sure to be what they were: an operand may lie exactly on the result.
        const bool holds = row == 0 && held[i] == tile.data[i] && held_rows[i] >= tile.rows &&
                           held_columns[i] == tile.columns;
        if (holds) continue;
        CopyTileOf(context.kernels, job.operands[i].bytes)(tile.data[i], row, column, place,
                                                           static_cast<ptrdiff_t>(tile.columns), 1, tile.rows,
                                                           tile.columns);
        held[i] = tile.data[i];
        held_rows[i] = tile.rows;
        held_columns[i] = tile.columns;
      }
      const ptrdiff_t row = tiling.row_stride(result), column = tiling.column_stride(result);
      const size_t bytes = job.operands[result].bytes;
      const bool direct = AccessOf(row, column, tile.rows, tile.columns, false) == Access::kNeighbours;
      const size_t count = tile.rows * tile.columns;
      char* place = direct && !stream ? tile.data[result] : scratch + result * kPlace;
      job.kernel(inputs, place, count, scalars);
      if (direct && stream) {
        context.kernels.stream_4(place, tile.data[result], count * bytes / 4);
      } else if (!direct) {
        CopyTileOf(context.kernels, bytes)(place, static_cast<ptrdiff_t>(tile.columns), 1, tile.data[result],
                                           row, column, tile.rows, tile.columns);
      }
    });
    if (stream) context.kernels.stream_fence();
  });
}

void RunCopy(const Context& context, const Operand& x, const Operand& out, Loops* loops) {
  SortLoops(loops, 1);
  MergeLoops(loops);
  BringNeighboursTogether(loops);
  const Operand operands[] = {x, out};
  const size_t inner = loops->rank > 0 ? loops->sizes[loops->rank - 1] : 1;
  const ptrdiff_t x_step = loops->rank > 0 ? loops->strides[0][loops->rank - 1] : 1;
  const ptrdiff_t out_step = loops->rank > 0 ? loops->strides[1][loops->rank - 1] : 1;
  const bool neighbours = x_step == 1 && out_step == 1;
  const bool stream = neighbours && out.bytes >= 4 && loops->Count() * out.bytes >= kStreamBytes;

  // Squares for what is turned around; whole rows, as many as make a task worthwhile, for the rest.
  const bool turned = x_step != 1 && x_step != 0 && loops->rank > 1;
  // Squares follow each other along the shorter of their sides' loops, so that the pages of all its turns, one for
  // each, stay known until the next row of squares.
  if (turned && inner > loops->sizes[loops->rank - 2]) MoveLoop(loops, loops->rank - 2, loops->rank - 1);
  const size_t columns = turned ? kCopySide : std::min(inner, kGrain);
  const size_t rows = turned ? kCopySide : std::max<size_t>(1, kGrain / columns);
  const Tiling tiling(*loops, operands, rows, columns);
  const CopyTileKernel copy = CopyTileOf(context.kernels, out.bytes);
  tiling.Distribute(context, [&](size_t begin, size_t end, size_t) {
    tiling.ForEach(begin, end, [&](const Tile& tile) {
      if (stream) {
        for (size_t r = 0; r < tile.rows; ++r) {
          const ptrdiff_t row = static_cast<ptrdiff_t>(r);
          context.kernels.stream_4(Advance(tile.data[0], row * tiling.row_stride(0), x.bytes),
                                   Advance(tile.data[1], row * tiling.row_stride(1), out.bytes),
                                   tile.columns * out.bytes / 4);
        }
      } else {
        copy(tile.data[0], tiling.row_stride(0), tiling.column_stride(0), tile.data[1], tiling.row_stride(1),
             tiling.column_stride(1), tile.rows, tile.columns);
      }
    });
    if (stream) context.kernels.stream_fence();
  });
}

}  // namespace handgrad
