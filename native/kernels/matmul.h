// What drivers/matmul.cc hands to the kernels of an instruction set (matmul-inl.h). Plain data: units of
// every instruction set include this file, so there must be no code in it.
//
// Names, here and in the kernels: C = A · B with A [rows, depth], B [depth, columns], C [rows, columns].
// Strides are in elements. `lanes` is what a vector register holds (16 floats with AVX-512).
#ifndef HANDGRAD_KERNELS_MATMUL_H_
#define HANDGRAD_KERNELS_MATMUL_H_

#include <stddef.h>

namespace handgrad {

/// The widest tile in vectors, and the tallest in rows, of any instruction set.
constexpr int kMaxTileVectors = 4;
constexpr int kMaxTileRows = 14;

/// The tiles that an instruction set has, for whoever plans.
struct MatmulTraits {
  int lanes;
  /// rows_of[v − 1]: the tallest outer-product tile that is v vectors wide.
  int rows_of[kMaxTileVectors];
  /// The dot-product tile.
  int dot_rows;
  int dot_columns;
  /// Whether a vector of B may be cut off at its last column while a tile is computed (masks). Where not,
  /// a last strip that does not fill its vectors must be packed.
  bool masks;
};

/// What is done with each sum on its way into C, in this order.
template <typename T>
struct MatmulFinish {
  /// Add what C holds; else C is never read, and may hold NaN.
  bool add;
  /// Add bias[i · bias_row + j · bias_column], where not null. One of the strides is 1, the other 0.
  const T* bias;
  ptrdiff_t bias_row;
  ptrdiff_t bias_column;
  /// x > 0 ? x : 0, but NaN for NaN.
  bool relu;
};

/// C as it lies.
template <typename T>
struct MatmulTarget {
  T* c;
  ptrdiff_t row;
  ptrdiff_t column;
  MatmulFinish<T> finish;
};

/// A block of C by outer products: vectors lie along its columns.
template <typename T>
struct OuterBlock {
  size_t rows;
  size_t columns;
  size_t depth;
  /// Width of the tiles in vectors.
  int vectors;
  /// A as it lies, where one of its strides is 1; or packed by tiles (MatmulPackTiles), then without strides.
  const T* a;
  ptrdiff_t a_row;
  ptrdiff_t a_depth;
  bool a_packed;
  /// B in strips as wide as a tile: element (k, j) of strip s at b[s · b_strip + k · b_depth + j].
  const T* b;
  ptrdiff_t b_strip;
  ptrdiff_t b_depth;
  /// The last strip, packed as wide as a tile; null: it lies as the others do.
  const T* b_last;
  /// Whether a strip of B is passed by all rows before the next one; else a tile's rows pass by all strips.
  bool strip_by_strip;
  /// What is needed after this block, to be fetched into the L2 cache meanwhile: tile t asks for a cache line at each
  /// step of its depth, from ahead + (t mod ahead_cycle) · ahead_tile on, ahead_step further each time. Null: nothing.
  /// ahead_more: how far from each line another one is that is asked for as well; 0: none.
  const T* ahead;
  ptrdiff_t ahead_more;
  ptrdiff_t ahead_step;
  ptrdiff_t ahead_tile;
  size_t ahead_cycle;
  MatmulTarget<T> target;
};

/// A block of C by dot products: vectors lie along the depth, which must be contiguous in A and in B.
template <typename T>
struct DotBlock {
  size_t rows;
  size_t columns;
  size_t depth;
  const T* a;
  ptrdiff_t a_row;
  const T* b;
  ptrdiff_t b_column;
  MatmulTarget<T> target;
};

/// Lines of a matrix, copied side by side:
/// target[k · width + i] = source[i · line + k · depth_step] for i < lines, and 0 for lines <= i < width.
template <typename T>
struct PackBlock {
  size_t lines;
  size_t depth;
  const T* source;
  ptrdiff_t line;
  ptrdiff_t depth_step;
  size_t width;
  T* target;
};

/// Rows of A, packed tile by tile as OuterBlock wants them: each tile as wide as it is tall.
template <typename T>
struct PackTilesBlock {
  size_t rows;
  size_t depth;
  /// The width of the tiles, which sets their height.
  int vectors;
  const T* a;
  ptrdiff_t a_row;
  ptrdiff_t a_depth;
  T* target;
};

/// Sums that are complete, on their way into C: element (i, j) at sums[i · width + j].
template <typename T>
struct StoreBlock {
  size_t rows;
  size_t columns;
  const T* sums;
  size_t width;
  MatmulTarget<T> target;
};

/// All of it for one element type.
template <typename T>
struct MatmulKernels {
  MatmulTraits traits;
  void (*outer)(const OuterBlock<T>& block) noexcept;
  void (*dot)(const DotBlock<T>& block) noexcept;
  void (*pack)(const PackBlock<T>& block) noexcept;
  void (*pack_tiles)(const PackTilesBlock<T>& block) noexcept;
  void (*store)(const StoreBlock<T>& block) noexcept;
};

}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_MATMUL_H_
