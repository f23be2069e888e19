// Tiles of C by dot products: vectors along the depth.
//
//   sum[i][j] += A[i][k … k + lanes) · B[k … k + lanes)[j]      lane by lane; the lanes are added at the end
//
// For A and B that both lie with their depth contiguous, as x and weight do in y = x · weightᵀ: nothing is
// packed, and no lane is idle however few columns there are (10 classes fill 10 of 16 lanes of an
// outer-product tile). The price is the addition across lanes, about as much as three more vectors of depth.
//
// A step loads kRows + kColumns vectors for kRows · kColumns multiply-adds. The last vector of the depth is
// loaded in part, with zeros for what is not there.
#ifndef HANDGRAD_KERNELS_MATMUL_DOT_INL_H_
#define HANDGRAD_KERNELS_MATMUL_DOT_INL_H_

#include "kernels/matmul.h"
#include "kernels/matmul_store-inl.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

/// 3 by 8 sums, 8 vectors of B and one of A fit into 32 registers; a core with 16 has room for 3 by 4.
constexpr int kDotRows = kFusedMultiplyAdd ? 3 : 2;
constexpr int kDotColumns = kVectorRegisters >= 32 ? 8 : 4;
/// Where there are a few columns more, one row less makes room for them: 10 classes are one tile of 2 by 10, by which A
/// streams once, and not two of 3 by 5, by which it would stream twice.
constexpr int kDotColumnsWide = kFusedMultiplyAdd ? kDotColumns * 3 / 2 : kDotColumns;
constexpr int DotRows(int columns) { return columns <= kDotColumns ? kDotRows : kDotRows - 1; }

/// How many tiles ahead the rows of A are fetched that stream from memory. One tile of 2 × 10 takes 0.12 µs, about as long
/// as memory takes to answer: 50000×784 @ 784×10 takes 5.3 ms with one tile ahead, and 4.3 with four.
constexpr int kTilesAhead = 4;

/// One vector of depth: adds A's rows at `a` times B's columns at `b` to the sums. A vector of B is loaded,
/// used for all rows and forgotten, so that one register serves for all of them.
template <bool kPartial, typename T, int kRows, int kColumns>
HANDGRAD_INLINE void DotStep(const T* a, ptrdiff_t a_row, const T* b, ptrdiff_t b_column, Tail<T> tail,
                             Vec<T> (&sum)[kRows][kColumns]) {
  Vec<T> x[kRows];
  HANDGRAD_UNROLL
  for (int i = 0; i < kRows; i++) {
    x[i] = kPartial ? LoadPartial(a + i * a_row, tail) : Load(a + i * a_row);
    // Each row is too short for the processor to foresee the next: a third of the time where A streams from memory.
    if (kRows == DotRows(kColumns)) PrefetchToL2(a + (kTilesAhead * kRows + i) * a_row);
  }
  HANDGRAD_UNROLL
  for (int j = 0; j < kColumns; j++) {
    Vec<T> y = kPartial ? LoadPartial(b + j * b_column, tail) : Load(b + j * b_column);
    KeepInRegister(y);  // else GCC loads it once for each row
    HANDGRAD_UNROLL
    for (int i = 0; i < kRows; i++) sum[i][j] = MulPlus(x[i], y, sum[i][j]);
  }
}

template <typename T>
struct DotTileArguments {
  size_t depth;
  const T* a;
  ptrdiff_t a_row;
  const T* b;
  ptrdiff_t b_column;
  /// Receives the sums, row by row; has room for a multiple of the lanes.
  T* sums;
};

template <typename T, int kRows, int kColumns>
HANDGRAD_NOINLINE void DotTile(const DotTileArguments<T>& tile) noexcept {
  constexpr int kLanes = Vec<T>::kLanes;
  constexpr int kChains = Chains(kRows * kColumns);
  constexpr size_t kStep = static_cast<size_t>(kChains) * kLanes;
  const ptrdiff_t a_row = tile.a_row, b_column = tile.b_column;
  const Tail<T> whole(kLanes);
  Vec<T> sum[kChains][kRows][kColumns];
  HANDGRAD_UNROLL
  for (int chain = 0; chain < kChains; chain++) {
    HANDGRAD_UNROLL
    for (int i = 0; i < kRows; i++) {
      HANDGRAD_UNROLL
      for (int j = 0; j < kColumns; j++) sum[chain][i][j] = Zero<T>();
    }
  }

  const T* a = tile.a;
  const T* b = tile.b;
  size_t k = tile.depth;
  for (; k >= kStep; k -= kStep, a += kStep, b += kStep) {
    HANDGRAD_UNROLL
    for (int chain = 0; chain < kChains; chain++) {
      DotStep<false>(a + chain * kLanes, a_row, b + chain * kLanes, b_column, whole, sum[chain]);
    }
  }
  for (; kChains > 1 && k >= kLanes; k -= kLanes, a += kLanes, b += kLanes) {
    DotStep<false>(a, a_row, b, b_column, whole, sum[0]);
  }
  if (k > 0) DotStep<true>(a, a_row, b, b_column, Tail<T>(k), sum[0]);

  constexpr int kSums = kRows * kColumns;
  constexpr int kGroups = (kSums + kLanes - 1) / kLanes;
  HANDGRAD_UNROLL
  for (int group = 0; group < kGroups; group++) {
    Vec<T> each[kLanes];
    HANDGRAD_UNROLL
    for (int lane = 0; lane < kLanes; lane++) {
      const int s = group * kLanes + lane;
      each[lane] = Zero<T>();
      if (s < kSums) {
        HANDGRAD_UNROLL
        for (int apart = kChains / 2; apart > 0; apart /= 2) {
          HANDGRAD_UNROLL
          for (int chain = 0; chain < apart; chain++) {
            sum[chain][s / kColumns][s % kColumns] =
                sum[chain][s / kColumns][s % kColumns] + sum[chain + apart][s / kColumns][s % kColumns];
          }
        }
        each[lane] = sum[0][s / kColumns][s % kColumns];
      }
    }
    Store(ReduceAddEach(each), tile.sums + group * kLanes);
  }
}

template <typename T>
using DotTileFunction = void (*)(const DotTileArguments<T>&) noexcept;

template <typename T, int kRows, int kColumns,
          bool kFits = (kColumns <= kDotColumnsWide && kRows <= DotRows(kColumns))>
struct DotTileOf {
  static constexpr DotTileFunction<T> kFunction = &DotTile<T, kRows, kColumns>;
};
template <typename T, int kRows, int kColumns>
struct DotTileOf<T, kRows, kColumns, false> {
  static constexpr DotTileFunction<T> kFunction = nullptr;
};

template <typename T>
HANDGRAD_INLINE DotTileFunction<T> FindDotTile(size_t rows, size_t columns) {
#define HANDGRAD_TILE(rows, columns) DotTileOf<T, rows, columns>::kFunction
#define HANDGRAD_TILES(rows)                                                                              \
  {                                                                                                       \
    HANDGRAD_TILE(rows, 1), HANDGRAD_TILE(rows, 2), HANDGRAD_TILE(rows, 3), HANDGRAD_TILE(rows, 4),       \
        HANDGRAD_TILE(rows, 5), HANDGRAD_TILE(rows, 6), HANDGRAD_TILE(rows, 7), HANDGRAD_TILE(rows, 8),   \
        HANDGRAD_TILE(rows, 9), HANDGRAD_TILE(rows, 10), HANDGRAD_TILE(rows, 11), HANDGRAD_TILE(rows, 12) \
  }
  static constexpr DotTileFunction<T> kTiles[3][12] = {HANDGRAD_TILES(1), HANDGRAD_TILES(2),
                                                       HANDGRAD_TILES(3)};
#undef HANDGRAD_TILES
#undef HANDGRAD_TILE
  return kTiles[rows - 1][columns - 1];
}

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_MATMUL_DOT_INL_H_
