// Blocks of C: where one tile follows another. What a block is, and which of the two families of tiles makes
// it, is decided by drivers/matmul.cc.
//
//   C = A · B         [rows, depth] · [depth, columns]
//
// Rows are cut into tiles of nearly equal height, as tall as the registers allow: 50 rows become 13, 13, 12
// and 12, not 14, 14, 14 and 8, since a short tile loads more for each multiply-add.
#ifndef HANDGRAD_KERNELS_MATMUL_INL_H_
#define HANDGRAD_KERNELS_MATMUL_INL_H_

#include "kernels/matmul.h"
#include "kernels/matmul_dot-inl.h"
#include "kernels/matmul_outer-inl.h"
#include "kernels/matmul_pack-inl.h"
#include "kernels/matmul_store-inl.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

HANDGRAD_INLINE size_t DivideUp(size_t a, size_t b) { return (a + b - 1) / b; }

/// `size` cut into parts of at most `limit`, as evenly as can be: the first ones may be larger by one. A division takes
/// as long as several multiply-adds, so one part takes none, and several take two.
class EvenParts {
 public:
  HANDGRAD_INLINE EvenParts(size_t size, size_t limit) : count_(size > 0), even_(size), left_over_(0) {
    if (size <= limit) return;
    count_ = DivideUp(size, limit);
    even_ = size / count_;
    left_over_ = size % count_;
  }
  HANDGRAD_INLINE size_t count() const { return count_; }
  HANDGRAD_INLINE size_t Begin(size_t index) const {
    return index * even_ + (index < left_over_ ? index : left_over_);
  }
  HANDGRAD_INLINE size_t Size(size_t index) const { return even_ + (index < left_over_ ? 1 : 0); }

 private:
  size_t count_, even_, left_over_;
};

/// The tiles that rows are cut into.
HANDGRAD_INLINE EvenParts RowTiles(size_t rows, int vectors) {
  static constexpr size_t kTallest[kMaxTileVectors] = {TileRows(1), TileRows(2), TileRows(3), TileRows(4)};
  return EvenParts(rows, kTallest[vectors - 1]);
}

/// A tile's rows of A are used for all strips of B, one after the other: they stay in the L1 cache, while
/// the strips stream from the L2 cache (9 bytes a cycle with 14 by 2 vectors; it gives 32 and more). Or the other way
/// round, strip by strip: where a strip's rows lie far apart, it is the one that should stay.
template <typename T>
void OuterLoop(const OuterBlock<T>& block) noexcept {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const size_t strip_width = block.vectors * kLanes;
  const EvenParts tiles = RowTiles(block.rows, block.vectors);
  alignas(64) T buffer[kMaxTileRows * kMaxTileVectors * kLanes];

  OuterTileArguments<T> tile;
  tile.depth = block.depth;
  tile.buffer = buffer;
  tile.ahead_step = block.ahead_step;
  tile.ahead_more = block.ahead_more;
  tile.target = block.target;
  size_t rows = 0;
  int vectors = 0;
  ptrdiff_t i = 0, j = 0;
  size_t turn = 0;

  const auto take_rows = [&](size_t index) {
    rows = tiles.Size(index);
    i = static_cast<ptrdiff_t>(tiles.Begin(index));
    tile.a = block.a + i * (block.a_packed ? static_cast<ptrdiff_t>(block.depth) : block.a_row);
    tile.a_row = block.a_packed ? 1 : block.a_row;
    tile.a_depth = block.a_packed ? static_cast<ptrdiff_t>(rows) : block.a_depth;
  };
  const auto take_strip = [&](size_t before, const T* b) {
    const size_t left = block.columns - before;
    const bool last = left <= strip_width, apart = last && block.b_last != nullptr;
    j = static_cast<ptrdiff_t>(before);
    tile.columns = last ? left : strip_width;
    vectors = last ? static_cast<int>(DivideUp(left, kLanes)) : block.vectors;
    tile.b = apart ? block.b_last : b;
    tile.b_depth = apart ? static_cast<ptrdiff_t>(strip_width) : block.b_depth;
  };
  const auto run = [&] {
    const MatmulTarget<T>& target = block.target;
    tile.target.c = target.c + i * target.row + j * target.column;
    if (target.finish.bias != nullptr) {
      tile.target.finish.bias =
          target.finish.bias + i * target.finish.bias_row + j * target.finish.bias_column;
    }
    tile.ahead =
        block.ahead == nullptr ? nullptr : block.ahead + static_cast<ptrdiff_t>(turn) * block.ahead_tile;
    if (++turn == block.ahead_cycle) turn = 0;
    if (tile.a_row == 1) {
      FindOuterTile<T, true>(vectors, rows)(tile);
    } else {
      FindOuterTile<T, false>(vectors, rows)(tile);
    }
  };

  if (block.strip_by_strip) {
    const T* b = block.b;
    for (size_t before = 0; before < block.columns; before += strip_width, b += block.b_strip) {
      take_strip(before, b);
      for (size_t index = 0; index < tiles.count(); index++) {
        take_rows(index);
        run();
      }
    }
    return;
  }
  for (size_t index = 0; index < tiles.count(); index++) {
    take_rows(index);
    const T* b = block.b;
    for (size_t before = 0; before < block.columns; before += strip_width, b += block.b_strip) {
      take_strip(before, b);
      run();
    }
  }
}

template <typename T>
void PackTiles(const PackTilesBlock<T>& block) noexcept {
  const EvenParts tiles = RowTiles(block.rows, block.vectors);
  for (size_t index = 0; index < tiles.count(); index++) {
    const size_t i = tiles.Begin(index), rows = tiles.Size(index);
    Pack(PackBlock<T>{rows, block.depth, block.a + static_cast<ptrdiff_t>(i) * block.a_row, block.a_row,
                      block.a_depth, rows, block.target + i * block.depth});
  }
}

/// A tile's columns of B (25 KB for 8 columns of 784 floats) stay in the L1 cache while all rows of A stream
/// by.
template <typename T>
void DotLoop(const DotBlock<T>& block) noexcept {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const bool wide = block.columns > kDotColumns && block.columns <= kDotColumnsWide && block.rows > 1;
  const EvenParts column_tiles(block.columns, wide ? kDotColumnsWide : kDotColumns);
  const EvenParts row_tiles(block.rows, wide ? kDotRows - 1 : kDotRows);
  alignas(64) T sums[kDotRows * kDotColumns + kLanes];

  DotTileArguments<T> tile;
  tile.depth = block.depth;
  tile.a_row = block.a_row;
  tile.b_column = block.b_column;
  tile.sums = sums;
  for (size_t across = 0; across < column_tiles.count(); across++) {
    const size_t j = column_tiles.Begin(across), columns = column_tiles.Size(across);
    tile.b = block.b + static_cast<ptrdiff_t>(j) * block.b_column;
    for (size_t down = 0; down < row_tiles.count(); down++) {
      const size_t i = row_tiles.Begin(down), rows = row_tiles.Size(down);
      tile.a = block.a + static_cast<ptrdiff_t>(i) * block.a_row;
      FindDotTile<T>(rows, columns)(tile);
      StoreSums(sums, columns, rows, columns, At(block.target, i, j));
    }
  }
}

template <typename T>
void StoreLoop(const StoreBlock<T>& block) noexcept {
  StoreSums(block.sums, block.width, block.rows, block.columns, block.target);
}

template <typename T>
constexpr MatmulKernels<T> kMatmulKernels = {
    {Vec<T>::kLanes, {TileRows(1), TileRows(2), TileRows(3), TileRows(4)}, kDotRows, kDotColumns, kFastTails},
    OuterLoop<T>,
    DotLoop<T>,
    Pack<T>,
    PackTiles<T>,
    StoreLoop<T>,
};

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_MATMUL_INL_H_
