// Log-softmax, cross-entropy and squared error, over operands of any strides.
#ifndef HANDGRAD_DRIVERS_LOSSES_H_
#define HANDGRAD_DRIVERS_LOSSES_H_

#include <stddef.h>

#include "drivers/elementwise.h"
#include "drivers/indices.h"
#include "drivers/loops.h"
#include "kernels/kernel_table.h"
#include "runtime/context.h"

namespace handgrad {

/// An operand [rows, classes] of a float type; `data` is its first element, null when it is not wanted.
/// Strides in elements.
struct Matrix {
  void* data;
  ptrdiff_t row;
  ptrdiff_t column;
};

struct MatrixShape {
  size_t rows;
  size_t classes;
};

void RunLogSoftmax(const Context& context, ElementType type, MatrixShape shape, const Matrix& x,
                   const Matrix& out);

struct CrossEntropyJob {
  ElementType type;
  MatrixShape shape;
  Matrix logits;
  /// As many as there are rows.
  Indices targets;
  double scale;
  /// Null when not wanted; stride in elements.
  void* losses;
  ptrdiff_t losses_step;
  Matrix d_logits;
};

/// Sets *sum to the sum of the losses. False where a target is no class: then *bad is the first, and nothing
/// has been written.
bool RunCrossEntropy(const Context& context, const CrossEntropyJob& job, double* sum, BadIndex* bad);

/// operands: input and target, and where it is wanted dInput. Returns the sum of the squares.
double RunSquaredError(const Context& context, ElementType type, double scale, const Operand* operands,
                       Loops* loops);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_LOSSES_H_
