#include "drivers/matmul_plan.h"

#include <algorithm>

#include "drivers/divide.h"

namespace handgrad {

namespace {

// Blocking. The L1 cache holds 32 or 48 KB on the machines in question, the L2 cache 512 KB to 2 MB.

/// A block of depth: 14 rows of 384 floats are 21 KB, which stay in the L1 cache next to what streams by. Its numbers are
/// summed one after the other, and lose digits: with 512 the error at 512³ is 1.4 times OpenBLAS's, and with 384, which
/// takes 1 or 2 % longer, the same.
constexpr size_t kOuterDepthBytes = 384 * 4;
/// 8 columns of 1024 floats are 32 KB in the L1 cache; lanes sum independently, so digits are no issue.
constexpr size_t kDotDepthBytes = 1024 * 4;
/// The block of B that all tiles of a task stream through, from the L2 cache, beside what else passes there. With 1 MB of
/// cache 2048³ takes 3 % longer with blocks of 1152 KB, whose tiles run at 243 GFLOP/s and not at 250; with 384 KB, where A
/// is read more often, two threads take 2 % longer.
constexpr size_t kBlockBytes = 512 * 1024;
/// The largest B that is packed at once. Tasks need not wait for each other then.
constexpr size_t kAtOnceBytes = 1152 * 1024;
/// The most of packed A that is kept for all blocks of B. It streams from the L3 cache, as slowly as that gives.
constexpr size_t kSharedABytes = 64 * 1024 * 1024;
/// The largest packed B of which each thread makes a copy of its own: a few µs for each, and nobody waits for others.
/// 64×784 @ 784×512ᵀ took two threads 209 µs with one copy for both.
constexpr size_t kOwnBytes = 512 * 1024;
/// The rows of A that dot products stream, for one column tile after the other.
constexpr size_t kDotRowsBytes = 512 * 1024;
/// Outer products that pass a small B by long rows of A do so for this much of A at a time: what is left of the
/// columns finds the rows in the L2 cache, and the rows after them are fetched meanwhile. "Small" is what stays there too.
constexpr size_t kOuterRowsBytes = 256 * 1024;
constexpr size_t kSmallBBytes = 512 * 1024;
/// A whose rows lie side by side, as dyᵀ does in dyᵀ · x, is read where it lies up to this size: a line of the cache holds a
/// column of a tile, or more. 512×64ᵀ @ 64×784 is 5 % quicker, and 2048ᵀ @ 2048, whose A of 16 MB passes several times, 5 %
/// slower. Low tiles read the same lines too often: at 4 × 24 1024×64ᵀ @ 64×784 lost a quarter.
constexpr size_t kInPlaceABytes = 4 * 1024 * 1024;
constexpr size_t kInPlaceARows = 6;
/// B is read where it lies up to this size, and where it has fewer rows of A to be packed for than so many tiles are high.
constexpr size_t kInPlaceBytes = 64 * 1024;
constexpr size_t kPackTiles = 16;
/// So it is when it is somewhat larger and deep: 256³ is 3 % quicker. At a short depth the ends of its strips count, since
/// nobody fetches the next one: 512×64ᵀ @ 64×784 is 2 to 4 % slower.
constexpr size_t kInPlaceDeepBytes = 256 * 1024;
constexpr size_t kPackDeepTiles = 64;
constexpr size_t kInPlaceDepth = 128;
/// What is larger than the L2 cache is fetched before it is needed: 50000×784 @ 784×48 takes 23 ms, and 28 without. What
/// is smaller may be there, and asking for it takes 4 % of the time.
constexpr size_t kFromMemoryBytes = 2048 * 1024;
/// Beyond this many columns a part of a vector makes no difference.
constexpr size_t kRestColumns = 256;
/// The largest B that dot products copy.
constexpr size_t kPackBytes = 8 * 1024 * 1024;

// Splitting the depth, as the weight gradient of a whole training set wants it: C is small, A and B are long.

/// The smallest depth that is split, and how many times the longer side of C it is.
constexpr size_t kSplitDepth = 4096;
constexpr size_t kSplitRatio = 8;
/// The largest C, of which each part keeps one.
constexpr size_t kSplitBytes = 512 * 1024;
/// The parts: enough to balance over some cores.
constexpr size_t kSplitParts = 16;
/// A piece of the wider operand is read from memory once, and then from the L2 cache by the other tiles.
constexpr size_t kPieceBytes = 640 * 1024;

// Tasks.

/// Multiply-adds below which a part of the work is not worth a task of its own: about 3 µs of one core.
constexpr double kTaskWork = 256.0 * 1024;
/// More tasks than this do not balance better.
constexpr size_t kMaxTasks = 32;

// The model: cycles, roughly, on a core that begins two vector operations and two loads in each cycle.

/// A tile's beginning and end: the call, its sums set to zero. Storing them takes a cycle for each vector, and one more for
/// each row, which seldom begins with a cache line: 64×10 @ 10×50 takes 0.48 µs with tiles of 14×2, and 0.40 with 6×4.
constexpr double kTileCycles = 20;
/// What a load costs even where multiply-adds hide it: with many of them the multiply-adds slow down by up to a
/// tenth, whatever the order (the clock, it seems). A whole vector counts twice a number spread over the lanes.
constexpr double kLoadCycles = 0.1;
/// Adding 24 vectors across their lanes and storing the sums, for each of the sums.
constexpr double kDotSumCycles = 3;
/// What the columns that are left cost besides: being packed, and a pass of their own. 33×33 @ 33×33 takes 570 ns with
/// one of them, and 460 with a third vector of which one lane counts.
constexpr double kRestCycles = 350;
/// Waiting for an element of a B that lies in memory, which dot products do not fetch ahead, as they do A:
/// 50000×784 @ 784×10ᵀ takes 12 ms with x as A, and 17 with x as B.
constexpr double kFromMemoryCycles = 0.4;
/// Copying an element on its way into C when C's vectors lie across those of the tiles.
constexpr double kTransposedStoreCycles = 1;
/// Copying an element whose neighbours lie apart in both directions.
constexpr double kScatteredCycles = 2;

/// The depth in equal blocks of at most `limit`.
size_t EvenBlock(size_t size, size_t limit) { return size == 0 ? 1 : DivideUp(size, DivideUp(size, limit)); }

/// Cycles for copying an element so that `side` becomes 1: lines lie along the direction of that stride.
double PackCycles(int lanes, ptrdiff_t side, ptrdiff_t other) {
  if (side == 1) return 2.0 / lanes;
  if (other != 1) return kScatteredCycles;
  // Squares of lanes² elements: lanes loads and stores, and log2(lanes) shuffles of each vector.
  int shuffles = 0;
  while ((1 << shuffles) < lanes) shuffles++;
  return (2.0 + shuffles) / lanes;
}

struct Candidate {
  double cycles;
  MatmulFamily family;
  bool transposed;
  int vectors;
  size_t rest_columns;
};

MatmulShape Transposed(const MatmulShape& shape) { return {shape.columns, shape.rows, shape.depth}; }
MatmulStrides Transposed(const MatmulStrides& strides) {
  return {strides.b.Transposed(), strides.a.Transposed(), strides.c.Transposed()};
}

/// Whether tiles can broadcast A's elements from where they lie.
bool ReadableAsRows(const MatrixStrides& a) { return a.row == 1 || a.column == 1; }

double OuterCycles(const MatmulTraits& traits, const MatmulShape& shape, const MatmulStrides& strides,
                   int vectors) {
  const double rows = static_cast<double>(shape.rows), columns = static_cast<double>(shape.columns);
  const double depth = static_cast<double>(shape.depth);
  const size_t all_vectors = DivideUp(shape.columns, traits.lanes);
  const size_t strips = all_vectors / vectors, last = all_vectors % vectors;
  const size_t tiles = DivideUp(shape.rows, traits.rows_of[vectors - 1]);
  const double height = rows / static_cast<double>(tiles);
  // A step of the depth: multiply-adds, or the loads that feed them where those are more.
  const auto step = [&](double width) {
    return std::max(height * width, height + width) / 2 + kLoadCycles * (height + 2 * width);
  };
  const double tile_end = kTileCycles + height * (vectors + 1);
  double cycles = static_cast<double>(strips) * (step(vectors) * depth + tile_end);
  if (last > 0) cycles += step(static_cast<double>(last)) * depth + tile_end;
  cycles *= static_cast<double>(tiles);
  if (strides.b.column != 1) {
    cycles += columns * depth * PackCycles(traits.lanes, strides.b.column, strides.b.row);
  }
  if (!ReadableAsRows(strides.a)) cycles += rows * depth * kScatteredCycles;
  if (strides.c.column != 1) cycles += rows * columns * kTransposedStoreCycles;
  return cycles;
}

double DotCycles(const MatmulTraits& traits, size_t element_bytes, const MatmulShape& shape,
                 const MatmulStrides& strides) {
  const double rows = static_cast<double>(shape.rows), columns = static_cast<double>(shape.columns);
  const size_t down = DivideUp(shape.rows, traits.dot_rows),
               across = DivideUp(shape.columns, traits.dot_columns);
  const double height = rows / static_cast<double>(down), width = columns / static_cast<double>(across);
  const double steps = static_cast<double>(DivideUp(shape.depth, traits.lanes));
  const double blocks = std::max<double>(1, DivideUp(shape.depth * element_bytes, kDotDepthBytes));
  // Rows need not begin with a cache line, and then each vector is loaded from two.
  double cycles =
      (std::max(height * width, height + width) / 2 + 4 * kLoadCycles * (height + width)) * steps +
      blocks * (kTileCycles + height * width * kDotSumCycles);
  cycles *= static_cast<double>(down * across);
  if (shape.columns * shape.depth * element_bytes > kFromMemoryBytes) {
    cycles += columns * static_cast<double>(shape.depth) * kFromMemoryCycles;
  }
  if (strides.b.row != 1) {
    cycles += columns * static_cast<double>(shape.depth) *
              PackCycles(traits.lanes, strides.b.row, strides.b.column);
  }
  return cycles;
}

/// The quickest of the families, tile widths and orientations, by the model.
Candidate Choose(const MatmulTraits& traits, size_t element_bytes, const MatmulShape& shape,
                 const MatmulStrides& strides) {
  Candidate best = {-1, MatmulFamily::kOuter, false, 1, 0};
  const auto consider = [&](const Candidate& candidate) {
    if (best.cycles < 0 || candidate.cycles < best.cycles) best = candidate;
  };
  for (const bool transposed : {false, true}) {
    const MatmulShape turned = transposed ? Transposed(shape) : shape;
    const MatmulStrides lie = transposed ? Transposed(strides) : strides;
    const int widest = static_cast<int>(
        std::min<size_t>(kMaxTileVectors, std::max<size_t>(1, DivideUp(turned.columns, traits.lanes))));
    for (int vectors = widest; vectors >= 1; vectors--) {
      consider({OuterCycles(traits, turned, lie, vectors), MatmulFamily::kOuter, transposed, vectors, 0});
    }
    const bool packs_b = lie.b.row != 1;
    const bool fits = turned.columns * turned.depth <= kPackBytes / element_bytes;
    if (lie.a.column == 1 && (!packs_b || fits)) {
      consider({DotCycles(traits, element_bytes, turned, lie), MatmulFamily::kDot, transposed, 0, 0});
    }
    // 50 columns are 3 vectors of 16 by outer products and 2 columns by dot products.
    const size_t lanes = static_cast<size_t>(traits.lanes), rest = turned.columns % lanes;
    if (lie.a.column != 1 || rest == 0 || rest > static_cast<size_t>(traits.dot_columns) ||
        turned.columns < lanes || turned.columns > kRestColumns ||
        RoundUp(turned.columns, kMaxTileVectors * lanes) * turned.depth > kAtOnceBytes / element_bytes) {
      continue;
    }
    const MatmulShape most = {turned.rows, turned.columns - rest, turned.depth};
    const double rest_cycles =
        kRestCycles + DotCycles(traits, element_bytes, {rest, turned.rows, turned.depth}, Transposed(lie));
    for (int vectors = widest; vectors >= 1; vectors--) {
      consider({OuterCycles(traits, most, lie, vectors) + rest_cycles, MatmulFamily::kOuter, transposed,
                vectors, rest});
    }
  }
  return best;
}

/// Cuts C into tasks, up to `most_tasks`: along its longer side first, in units of tiles, each with work enough.
void CutIntoTasks(const MatmulShape& shape, size_t row_unit, size_t column_unit, size_t most_tasks,
                  MatmulPlan* plan) {
  const double work =
      static_cast<double>(shape.rows) * static_cast<double>(shape.columns) * static_cast<double>(shape.depth);
  const size_t tasks =
      static_cast<size_t>(std::clamp(work / kTaskWork, 1.0, static_cast<double>(most_tasks)));
  const size_t row_units = DivideUp(shape.rows, row_unit),
               column_units = DivideUp(shape.columns, column_unit);
  if (row_units >= column_units) {
    plan->row_tasks = std::min(tasks, row_units);
    plan->column_tasks = std::min(DivideUp(tasks, plan->row_tasks), column_units);
  } else {
    plan->column_tasks = std::min(tasks, column_units);
    plan->row_tasks = std::min(DivideUp(tasks, plan->column_tasks), row_units);
  }
}

/// The largest part that a task has.
size_t LargestPart(size_t size, size_t unit, size_t parts) {
  return std::min(size, DivideUp(DivideUp(size, unit), parts) * unit);
}

void PlanOuter(const MatmulTraits& traits, size_t element_bytes, const MatmulStrides& strides, bool piece,
               MatmulPlan* plan) {
  const MatmulShape shape = {plan->shape.rows, plan->shape.columns - plan->rest_columns, plan->shape.depth};
  const size_t strip = static_cast<size_t>(plan->vectors) * traits.lanes;
  const size_t tile_rows = traits.rows_of[plan->vectors - 1];
  const size_t padded_columns = RoundUp(shape.columns, strip);

  plan->block_depth = EvenBlock(shape.depth, kOuterDepthBytes / element_bytes);
  const size_t strips = DivideUp(shape.columns, strip);
  const size_t most_strips = std::max<size_t>(1, kBlockBytes / element_bytes / plan->block_depth / strip);
  plan->block_columns = EvenBlock(strips, most_strips) * strip;

  CutIntoTasks(shape, tile_rows, strip, piece ? 1 : kMaxTasks, plan);
  const size_t task_rows = LargestPart(shape.rows, tile_rows, plan->row_tasks);
  const size_t task_columns = LargestPart(shape.columns, strip, plan->column_tasks);
  // Copying costs a fraction of a cycle for each element; it pays where the element is used often, since then
  // tiles read in order, whatever the strides. (A task copies its A for itself.) A piece of a long depth comes from
  // memory, and copying it would wait for that: 32 ms, not 26.5, for 784×50000ᵀ @ 50000×50.
  const size_t b_bytes = shape.depth * shape.columns * element_bytes;
  const bool deep = b_bytes <= kInPlaceDeepBytes && shape.depth >= kInPlaceDepth;
  const bool many_rows = shape.rows >= (deep ? kPackDeepTiles : kPackTiles) * tile_rows;
  plan->pack_b = strides.b.column != 1 || (many_rows && b_bytes > kInPlaceBytes);
  const bool a_in_place = strides.a.row == 1 && tile_rows >= kInPlaceARows &&
                          shape.rows * shape.depth * element_bytes <= kInPlaceABytes;
  plan->pack_a = !ReadableAsRows(strides.a) || (task_columns >= 384 && !piece && !a_in_place);
  // Where B lies, a strip is passed by all rows before the next one, which is fetched meanwhile.
  if (!plan->pack_b) plan->block_columns = strip;
  const size_t row_bytes = std::max<size_t>(shape.depth, 1) * element_bytes;
  const bool long_rows = !plan->pack_a && strides.a.column == 1 && row_bytes * padded_columns <= kSmallBBytes;
  plan->block_rows =
      long_rows ? std::max<size_t>(kOuterRowsBytes / row_bytes / tile_rows, 1) * tile_rows : shape.rows;
  const size_t passing = plan->pack_b ? task_rows * shape.depth : shape.columns * shape.depth;
  plan->look_ahead = passing * element_bytes > kFromMemoryBytes;

  // A small B is packed at once. Of a large one each block is packed when its turn comes, and is still in the L2 cache
  // when all rows of A pass by.
  const bool at_once = padded_columns * shape.depth * element_bytes <= kAtOnceBytes;
  plan->pack_depth = !plan->pack_b || at_once ? shape.depth : plan->block_depth;
  plan->pack_columns = !plan->pack_b || at_once ? shape.columns : plan->block_columns;

  const size_t a_block = shape.rows * plan->block_depth;
  plan->share_a =
      plan->pack_a && plan->pack_columns < shape.columns && a_block * element_bytes <= kSharedABytes;
  const bool one_pass = plan->pack_depth >= shape.depth && plan->pack_columns >= shape.columns;
  plan->gather = one_pass && strides.c.column != 1 && shape.depth > plan->block_depth;
  const size_t own = padded_columns * shape.depth;
  plan->own_b = plan->pack_b && at_once && own * element_bytes <= kOwnBytes;
  if (plan->own_b) {
    plan->own_elements = RoundUp(kOwnBHeader + own, 16);
    plan->thread_elements += plan->own_elements;
  } else if (plan->pack_b) {
    plan->shared_elements =
        RoundUp(std::min(plan->pack_columns, shape.columns), strip) * std::min(plan->pack_depth, shape.depth);
  }
  if (plan->share_a) plan->shared_elements = RoundUp(plan->shared_elements, 16) + a_block;
  if (plan->pack_a && !plan->share_a) plan->thread_elements += RoundUp(task_rows * plan->block_depth, 16);
  if (!plan->pack_b && !traits.masks && shape.columns % traits.lanes != 0) {
    plan->thread_elements += strip * plan->block_depth;
  }
  if (plan->gather) plan->thread_elements += task_rows * RoundUp(task_columns, strip);
  plan->rest_depth = EvenBlock(shape.depth, kDotDepthBytes / element_bytes);
  if (plan->rest_columns > 0 && strides.b.row != 1) {
    plan->shared_elements = RoundUp(plan->shared_elements, 16) + plan->rest_columns * shape.depth;
  }
  plan->direct = plan->row_tasks * plan->column_tasks == 1 &&
                 plan->shared_elements + plan->thread_elements == 0 && plan->rest_columns == 0 &&
                 plan->block_depth >= shape.depth && plan->block_rows >= shape.rows && !plan->look_ahead;
}

void PlanDot(const MatmulTraits& traits, size_t element_bytes, const MatmulStrides& strides, bool piece,
             MatmulPlan* plan) {
  const MatmulShape& shape = plan->shape;
  plan->pack_b = strides.b.row != 1;
  plan->pack_depth = shape.depth;
  plan->pack_columns = shape.columns;
  plan->block_depth = EvenBlock(shape.depth, kDotDepthBytes / element_bytes);
  plan->block_columns = shape.columns;
  plan->block_rows =
      std::max<size_t>(1, kDotRowsBytes / element_bytes / plan->block_depth / traits.dot_rows) *
      traits.dot_rows;
  CutIntoTasks(shape, traits.dot_rows, traits.dot_columns, piece ? 1 : kMaxTasks, plan);
  if (plan->pack_b) plan->shared_elements = shape.columns * shape.depth;
  plan->direct = plan->row_tasks * plan->column_tasks == 1 && !plan->pack_b &&
                 plan->block_depth >= shape.depth && plan->block_rows >= shape.rows;
}

}  // namespace

size_t PartBegin(size_t size, size_t unit, size_t parts, size_t index) {
  const size_t units = DivideUp(size, unit);
  const size_t even = units / parts, left_over = units % parts;
  return std::min(size, (index * even + std::min(index, left_over)) * unit);
}

namespace {

/// The plan with the depth in one; or of a piece of it, which one thread computes.
MatmulPlan PlanWhole(const MatmulTraits& traits, size_t element_bytes, const MatmulShape& shape,
                     const MatmulStrides& strides, bool piece = false) {
  const Candidate choice = Choose(traits, element_bytes, shape, strides);
  MatmulPlan plan = {};
  plan.transposed = choice.transposed;
  plan.shape = choice.transposed ? Transposed(shape) : shape;
  plan.family = choice.family;
  plan.vectors = choice.vectors;
  plan.rest_columns = choice.rest_columns;
  plan.depth_parts = 1;
  const MatmulStrides lie = choice.transposed ? Transposed(strides) : strides;
  if (plan.family == MatmulFamily::kOuter) {
    PlanOuter(traits, element_bytes, lie, piece, &plan);
  } else {
    PlanDot(traits, element_bytes, lie, piece, &plan);
  }
  return plan;
}

/// Whether C is small enough, and the depth long enough, to be split.
bool WantsSplit(size_t element_bytes, const MatmulShape& shape) {
  return shape.depth >= kSplitDepth && shape.depth >= kSplitRatio * std::max(shape.rows, shape.columns) &&
         shape.rows * shape.columns * element_bytes <= kSplitBytes;
}

}  // namespace

MatmulPlan PlanPiece(const MatmulTraits& traits, size_t element_bytes, const MatmulShape& shape,
                     const MatmulStrides& strides, size_t depth) {
  const MatrixStrides rows = {static_cast<ptrdiff_t>(shape.columns), 1};
  MatmulPlan plan = PlanWhole(traits, element_bytes, {shape.rows, shape.columns, depth},
                              {strides.a, strides.b, rows}, true);
  plan.look_ahead = true;
  plan.direct = false;
  return plan;
}

MatmulPlan PlanMatmul(const MatmulTraits& traits, size_t element_bytes, const MatmulShape& given_shape,
                      const MatmulStrides& given_strides) {
  if (!WantsSplit(element_bytes, given_shape)) {
    return PlanWhole(traits, element_bytes, given_shape, given_strides);
  }
  const size_t side = std::max(given_shape.rows, given_shape.columns);
  const size_t piece = std::clamp<size_t>(kPieceBytes / element_bytes / side / 16 * 16, 64, 512);
  // The parts' sums may lie as suits the tiles; only the last ones go into C as that lies.
  const auto cycles = [&](const MatmulShape& of, const MatmulStrides& lie) {
    const MatrixStrides rows = {static_cast<ptrdiff_t>(of.columns), 1};
    return Choose(traits, element_bytes, {of.rows, of.columns, piece}, {lie.a, lie.b, rows}).cycles;
  };
  const bool transposed =
      cycles(Transposed(given_shape), Transposed(given_strides)) < cycles(given_shape, given_strides);
  const MatmulShape shape = transposed ? Transposed(given_shape) : given_shape;
  const MatmulStrides strides = transposed ? Transposed(given_strides) : given_strides;
  MatmulPlan plan = PlanPiece(traits, element_bytes, shape, strides, piece);
  // Pieces are of two sizes, the last one's and that of all others.
  const size_t last = (shape.depth - 1) % piece + 1;
  const MatmulPlan last_plan = PlanPiece(traits, element_bytes, shape, strides, last);
  const auto space = [](const MatmulPlan& of) {
    return RoundUp(of.shared_elements, 16) + of.thread_elements;
  };
  plan.thread_elements = std::max(space(plan), space(last_plan));
  plan.transposed = transposed;
  plan.shape = shape;
  plan.rest_columns = 0;  // the pieces have plans of their own
  plan.piece_depth = piece;
  plan.depth_parts = std::min(kSplitParts, DivideUp(shape.depth, piece));
  plan.row_tasks = plan.column_tasks = 1;
  plan.shared_elements = plan.depth_parts * RoundUp(shape.rows * shape.columns, 16);
  return plan;
}

}  // namespace handgrad
