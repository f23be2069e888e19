// One loop of a reduction folded away: sums, products, extremes along it.
#ifndef HANDGRAD_DRIVERS_FOLD_H_
#define HANDGRAD_DRIVERS_FOLD_H_

#include <stddef.h>

#include "drivers/loops.h"
#include "kernels/kernel_table.h"
#include "runtime/context.h"

namespace handgrad {

/// How totals are folded that have been folded already.
inline FoldOp MergingOp(FoldOp op) {
  return op == kFold_squaredDeviations || op == kFold_norm1 || op == kFold_norm2 ? kFold_sum : op;
}

struct FoldJob {
  FoldOp op;
  ElementType type;
  /// The loops that stay: operand 0 is x, operand 1 the centers (of stride 0 or, innermost, 1).
  const Loops& kept;
  const void* x;
  const double* centers;
  /// The loop that vanishes.
  size_t size;
  ptrdiff_t stride;
};

/// totals: row-major over the kept loops. Uses the context's scratch memory.
void RunFold(const Context& context, const FoldJob& job, double* totals);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_FOLD_H_
