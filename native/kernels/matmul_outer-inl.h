// Tiles of C by outer products: the heart of matmul.
//
//   sum[i][j] += A[i][k] · B[k][j]      for each k in turn, for all i and j of the tile at once
//
// The sums of a tile, kRows by kVectors vectors, stay in registers for the whole depth. A step loads
// kVectors vectors of B's row k, and each of the kRows numbers of A's column k, spread over all lanes of a
// register; so kVectors + kRows loads feed kRows · kVectors multiply-adds. With 14 by 2 that are 16 loads for
// 28 multiply-adds: a core that does two of each a cycle is then held up by the arithmetic alone. The more
// square a tile, the fewer loads a multiply-add needs; the registers set the limit.
//
// At least 8 independent sums are needed as well: a multiply-add takes 4 cycles and two begin in each. Small
// tiles have fewer, so they keep several sums of each element ("chains"), for k, k + 1, …, added at the end.
//
// Nothing outside A's rows and B's columns is read: the last vector of B is cut by a mask, or packed.
#ifndef HANDGRAD_KERNELS_MATMUL_OUTER_INL_H_
#define HANDGRAD_KERNELS_MATMUL_OUTER_INL_H_

#include "kernels/matmul.h"
#include "kernels/matmul_store-inl.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

/// The tallest tile of `vectors` vectors that fits into the registers: its sums, a row of B, a number of A,
/// and, without a fused multiply-add, a product.
constexpr int TileRows(int vectors) {
  const int rows = (kVectorRegisters - vectors - 1 - (kFusedMultiplyAdd ? 0 : 1)) / vectors;
  return rows < kMaxTileRows ? rows : kMaxTileRows;
}

template <typename T>
struct OuterTileArguments {
  size_t depth;
  /// Columns of the tile that there are.
  size_t columns;
  const T* a;
  ptrdiff_t a_row;
  ptrdiff_t a_depth;
  const T* b;
  ptrdiff_t b_depth;
  /// Where what is needed next begins, or null, and how far apart its lines are that are fetched: one a step, and
  /// where ahead_more is not 0 another one, that far from it.
  const T* ahead;
  ptrdiff_t ahead_more;
  ptrdiff_t ahead_step;
  /// Room for the sums of a tile, for those that are not stored from registers.
  T* buffer;
  MatmulTarget<T> target;
};

/// How many steps ahead a row of B is fetched into the L1 cache: some 60 cycles, at two multiply-adds a cycle.
/// The L2 cache answers within 16, but the processor's own prefetching alone leaves 6 % of the time to waiting.
constexpr ptrdiff_t PrefetchSteps(int sums) { return 120 / sums + 1; }
constexpr size_t kCacheLineBytes = 64;

/// One k: adds A's column at `a` times B's row at `b` to the sums. kCut: the last vector of B's row ends early.
template <bool kCut, typename T, int kRows, int kVectors>
HANDGRAD_INLINE void OuterStep(const T* a, ptrdiff_t a_row, const T* b, ptrdiff_t b_depth, Tail<T> last,
                               Vec<T> (&sum)[kRows][kVectors]) {
  constexpr int kLanes = Vec<T>::kLanes;
  constexpr int kLine = kCacheLineBytes / sizeof(T);
  // Flat and narrow tiles wait for loads as it is: 64×784 @ 784×16, of 14 rows by 1 vector, is 8 % quicker without.
  constexpr bool kPrefetch = kRows >= 4 && (kVectors > 1 || kRows < 8);
  Vec<T> row[kVectors];
  HANDGRAD_UNROLL
  for (int v = 0; v < kVectors; v++) {
    const bool cut = kCut && v == kVectors - 1;
    if (kPrefetch && v * kLanes % kLine == 0)
      Prefetch(b + PrefetchSteps(kRows * kVectors) * b_depth + v * kLanes);
    row[v] = cut ? LoadPartial(b + v * kLanes, last) : Load(b + v * kLanes);
  }
  HANDGRAD_UNROLL
  for (int i = 0; i < kRows; i++) {
    const Vec<T> x = Broadcast(a[i * a_row]);
    HANDGRAD_UNROLL
    for (int v = 0; v < kVectors; v++) sum[i][v] = MulPlus(x, row[v], sum[i][v]);
  }
}

/// All k of a tile. kAhead: the cache lines that each step asks for.
template <bool kCut, int kAhead, typename T, int kChains, int kRows, int kVectors>
HANDGRAD_INLINE void OuterSteps(const OuterTileArguments<T>& tile, ptrdiff_t a_row, ptrdiff_t a_depth,
                                Tail<T> last, Vec<T> (&sum)[kChains][kRows][kVectors]) {
  const T *a = tile.a, *b = tile.b, *ahead = tile.ahead;
  const ptrdiff_t b_depth = tile.b_depth, ahead_step = tile.ahead_step, ahead_more = tile.ahead_more;
  size_t k = tile.depth;
  for (; k >= kChains; k -= kChains) {
    if (kAhead > 0) {
      PrefetchToL2(ahead);
      if (kAhead > 1) PrefetchToL2(ahead + ahead_more);
      ahead += ahead_step;
    }
    HANDGRAD_UNROLL
    for (int chain = 0; chain < kChains; chain++) {
      OuterStep<kCut>(a + chain * a_depth, a_row, b + chain * b_depth, b_depth, last, sum[chain]);
    }
    a += kChains * a_depth;
    b += kChains * b_depth;
  }
  for (; kChains > 1 && k > 0; k--, a += a_depth, b += b_depth) {
    OuterStep<kCut>(a, a_row, b, b_depth, last, sum[0]);
  }
}

/// Stores the sums from registers into rows of C.
template <typename T, int kRows, int kVectors>
HANDGRAD_INLINE void StoreTile(const MatmulTarget<T>& target, Tail<T> last, Vec<T> (&sum)[kRows][kVectors]) {
  constexpr int kLanes = Vec<T>::kLanes;
  const auto put = [&](Vec<T> v, T* c, bool cut) {
    if (cut) {
      StorePartial(v, c, last);
    } else {
      Store(v, c);
    }
  };
  const auto get = [&](const T* c, bool cut) { return cut ? LoadPartial(c, last) : Load(c); };
  const MatmulFinish<T>& finish = target.finish;
  T* c = target.c;
  if (finish.bias == nullptr && !finish.relu) {
    HANDGRAD_UNROLL
    for (int i = 0; i < kRows; i++, c += target.row) {
      if (finish.add) {
        HANDGRAD_UNROLL
        for (int v = 0; v < kVectors; v++) {
          sum[i][v] = sum[i][v] + get(c + v * kLanes, kFastTails && v == kVectors - 1);
        }
      }
      HANDGRAD_UNROLL
      for (int v = 0; v < kVectors; v++) put(sum[i][v], c + v * kLanes, kFastTails && v == kVectors - 1);
    }
    return;
  }
  const Vec<T> floor = Broadcast(LowestOf(finish));
  Vec<T> bias[kVectors];
  HANDGRAD_UNROLL
  for (int v = 0; v < kVectors; v++) {
    bias[v] =
        finish.bias == nullptr ? Zero<T>() : get(finish.bias + v * kLanes, kFastTails && v == kVectors - 1);
  }
  HANDGRAD_UNROLL
  for (int i = 0; i < kRows; i++, c += target.row) {
    HANDGRAD_UNROLL
    for (int v = 0; v < kVectors; v++) {
      const bool cut = kFastTails && v == kVectors - 1;
      if (finish.add) sum[i][v] = sum[i][v] + get(c + v * kLanes, cut);
      put(AtLeast(floor, sum[i][v] + bias[v]), c + v * kLanes, cut);
    }
  }
}

/// A tile of kRows by kVectors vectors. kRowsAdjacent: A's stride from row to row is 1, else from k to k.
template <typename T, int kRows, int kVectors, bool kRowsAdjacent>
HANDGRAD_NOINLINE void OuterTile(const OuterTileArguments<T>& tile) noexcept {
  constexpr int kLanes = Vec<T>::kLanes;
  constexpr int kChains = Chains(kRows * kVectors);
  const ptrdiff_t a_row = kRowsAdjacent ? 1 : tile.a_row;
  const ptrdiff_t a_depth = kRowsAdjacent ? tile.a_depth : 1;
  const size_t before_last = (kVectors - 1) * kLanes;
  const Tail<T> last(tile.columns - before_last);
  Vec<T> sum[kChains][kRows][kVectors];
  HANDGRAD_UNROLL
  for (int chain = 0; chain < kChains; chain++) {
    HANDGRAD_UNROLL
    for (int i = 0; i < kRows; i++) {
      HANDGRAD_UNROLL
      for (int v = 0; v < kVectors; v++) sum[chain][i][v] = Zero<T>();
    }
  }

  // Where the sums so far are added, they are on their way while the tile is computed. Of 2048³ that is a twentieth of
  // the time: its C, 16 MB, is passed six times, and its rows lie 8 KB apart, so that nobody else fetches them ahead.
  if (tile.target.finish.add && tile.target.column == 1) {
    HANDGRAD_UNROLL
    for (int i = 0; i < kRows; i++) {
      HANDGRAD_UNROLL
      for (int v = 0; v < kVectors; v++) Prefetch(tile.target.c + i * tile.target.row + v * kLanes);
    }
  }

  const bool whole = tile.columns == static_cast<size_t>(kVectors) * kLanes;
  // Even where it fetches nothing, a prefetch at each step costs 4 % of the time.
  if ((!kFastTails || whole) && kChains == 1 && tile.ahead != nullptr) {
    if (tile.ahead_more != 0) {
      OuterSteps<false, 2>(tile, a_row, a_depth, last, sum);
    } else {
      OuterSteps<false, 1>(tile, a_row, a_depth, last, sum);
    }
  } else if (!kFastTails || whole) {
    OuterSteps<false, 0>(tile, a_row, a_depth, last, sum);
  } else {
    OuterSteps<true, 0>(tile, a_row, a_depth, last, sum);
  }
  HANDGRAD_UNROLL
  for (int apart = kChains / 2; apart > 0; apart /= 2) {
    HANDGRAD_UNROLL
    for (int chain = 0; chain < apart; chain++) {
      HANDGRAD_UNROLL
      for (int i = 0; i < kRows; i++) {
        HANDGRAD_UNROLL
        for (int v = 0; v < kVectors; v++) {
          sum[chain][i][v] = sum[chain][i][v] + sum[chain + apart][i][v];
        }
      }
    }
  }

  const MatmulFinish<T>& finish = tile.target.finish;
  if ((kFastTails || whole) && tile.target.column == 1 &&
      (finish.bias == nullptr || finish.bias_column == 1)) {
    StoreTile<T, kRows, kVectors>(tile.target, last, sum[0]);
    return;
  }
  HANDGRAD_UNROLL
  for (int i = 0; i < kRows; i++) {
    HANDGRAD_UNROLL
    for (int v = 0; v < kVectors; v++) Store(sum[0][i][v], tile.buffer + (i * kVectors + v) * kLanes);
  }
  StoreSums(tile.buffer, static_cast<size_t>(kVectors) * kLanes, kRows, tile.columns, tile.target);
}

template <typename T>
using OuterTileFunction = void (*)(const OuterTileArguments<T>&) noexcept;

/// The tile function for these sizes; null where the registers do not hold such a tile.
template <typename T, bool kRowsAdjacent, int kVectors, int kRows, bool kFits = (kRows <= TileRows(kVectors))>
struct OuterTileOf {
  static constexpr OuterTileFunction<T> kFunction = &OuterTile<T, kRows, kVectors, kRowsAdjacent>;
};
template <typename T, bool kRowsAdjacent, int kVectors, int kRows>
struct OuterTileOf<T, kRowsAdjacent, kVectors, kRows, false> {
  static constexpr OuterTileFunction<T> kFunction = nullptr;
};

template <typename T, bool kRowsAdjacent>
HANDGRAD_INLINE OuterTileFunction<T> FindOuterTile(int vectors, size_t rows) {
#define HANDGRAD_TILE(vectors, rows) OuterTileOf<T, kRowsAdjacent, vectors, rows>::kFunction
#define HANDGRAD_TILES(vectors)                                                             \
  {                                                                                         \
    HANDGRAD_TILE(vectors, 1), HANDGRAD_TILE(vectors, 2), HANDGRAD_TILE(vectors, 3),        \
        HANDGRAD_TILE(vectors, 4), HANDGRAD_TILE(vectors, 5), HANDGRAD_TILE(vectors, 6),    \
        HANDGRAD_TILE(vectors, 7), HANDGRAD_TILE(vectors, 8), HANDGRAD_TILE(vectors, 9),    \
        HANDGRAD_TILE(vectors, 10), HANDGRAD_TILE(vectors, 11), HANDGRAD_TILE(vectors, 12), \
        HANDGRAD_TILE(vectors, 13), HANDGRAD_TILE(vectors, 14)                              \
  }
  static constexpr OuterTileFunction<T> kTiles[kMaxTileVectors][kMaxTileRows] = {
      HANDGRAD_TILES(1), HANDGRAD_TILES(2), HANDGRAD_TILES(3), HANDGRAD_TILES(4)};
#undef HANDGRAD_TILES
#undef HANDGRAD_TILE
  return kTiles[vectors - 1][rows - 1];
}

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_MATMUL_OUTER_INL_H_
