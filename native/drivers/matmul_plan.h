// How a matmul is done: which tiles, which operand is copied first, which parts of C are tasks of their own.
//
// A plan depends on the shape, the strides and the instruction set, and on nothing else: never on the number
// of threads nor on an address. So each element of C is summed in the same order whoever computes it, and
// results have the same bits for every number of threads.
#ifndef HANDGRAD_DRIVERS_MATMUL_PLAN_H_
#define HANDGRAD_DRIVERS_MATMUL_PLAN_H_

#include <stddef.h>

#include "kernels/matmul.h"

namespace handgrad {

/// C [rows, columns] = A [rows, depth] · B [depth, columns].
struct MatmulShape {
  size_t rows;
  size_t columns;
  size_t depth;
};

/// How far apart, in elements, neighbours in a column (row) and in a row (column) of a matrix are.
struct MatrixStrides {
  ptrdiff_t row;
  ptrdiff_t column;

  MatrixStrides Transposed() const { return {column, row}; }
};

/// The strides of all three.
struct MatmulStrides {
  MatrixStrides a;
  MatrixStrides b;
  MatrixStrides c;
};

enum class MatmulFamily {
  kOuter,  // outer products, vectors along the columns of C: kernels/matmul_outer-inl.h
  kDot,    // dot products, vectors along the depth: kernels/matmul_dot-inl.h
};

/// Elements before a B that a thread has packed for itself. The first of them says whether it has.
constexpr size_t kOwnBHeader = 16;

struct MatmulPlan {
  /// Whether Cᵀ = Bᵀ · Aᵀ is computed instead: then A and B change places, vectors lie along C's rows, and
  /// all that follows is about the transposed problem.
  bool transposed;
  MatmulShape shape;
  MatmulFamily family;
  /// Outer products: the width of the tiles in vectors.
  int vectors;
  /// Whether A (B) is copied first, into the order in which tiles read it.
  bool pack_a;
  bool pack_b;
  /// Whether each thread packs B for itself, when its first task wants it: what another one has packed it would read
  /// out of that one's cache. Then so much of its space, in elements, is for that, from a header on.
  bool own_b;
  size_t own_elements;
  /// Whether a whole block of depth of packed A is kept for all parts of B; else each task packs its own.
  bool share_a;
  /// Whether one call of the kernel computes all of C, from A and B as they lie: a product so small that what
  /// prepares others would take longer than its arithmetic.
  bool direct;
  /// Sums over so much of the depth at a time; what follows is added to C.
  size_t block_depth;
  /// So many columns of B at a time, so that they stay in the L2 cache.
  size_t block_columns;
  /// So many rows of A at a time, for the same reason.
  size_t block_rows;
  /// Outer products: whether what is read next, where it lies, comes from memory and is fetched meanwhile.
  bool look_ahead;
  /// Outer products: the last so many columns, too few to fill a vector, are dot products, over rest_depth at a time.
  size_t rest_columns;
  size_t rest_depth;
  /// The part of B that is packed at a time; tasks run between one such part and the next.
  size_t pack_depth;
  size_t pack_columns;
  /// Whether sums over several depth blocks gather in working space, because C does not lie as tiles store.
  bool gather;
  /// Above 1: a small C with a long depth. Each of so many parts of the depth is a task of its own, which adds up
  /// products of piece_depth by the plan of PlanPiece; the parts' sums are added in a fixed tree.
  size_t depth_parts;
  size_t piece_depth;
  /// C is cut into row_tasks by column_tasks parts.
  size_t row_tasks;
  size_t column_tasks;
  /// The working space, in elements: of all, and of each thread.
  size_t shared_elements;
  size_t thread_elements;
};

/// The plan that promises to be quickest. `element_bytes` is 4 for floats and 8 for doubles.
MatmulPlan PlanMatmul(const MatmulTraits& traits, size_t element_bytes, const MatmulShape& shape,
                      const MatmulStrides& strides);

/// The plan for `depth` of a product whose depth is split: its sums lie row by row.
MatmulPlan PlanPiece(const MatmulTraits& traits, size_t element_bytes, const MatmulShape& shape,
                     const MatmulStrides& strides, size_t depth);

/// Where part `index` of `parts` begins when `size` is cut as evenly as can be into multiples of `unit`.
size_t PartBegin(size_t size, size_t unit, size_t parts, size_t index);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_MATMUL_PLAN_H_
