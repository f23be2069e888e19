// Reductions: sums, products, extremes, means, variances over some of the dimensions.
#ifndef HANDGRAD_DRIVERS_REDUCE_H_
#define HANDGRAD_DRIVERS_REDUCE_H_

#include "drivers/elementwise.h"
#include "drivers/loops.h"
#include "kernels/kernel_table.h"
#include "runtime/context.h"

namespace handgrad {

/// What is reduced, and to where. Operand 0 of the loops is x and operand 1 the result, whose stride is 0 in
/// the loops that are to vanish. The result may be float32 or float64. There is at least one element.
struct Reduction {
  ElementType type;
  Operand x;
  ElementType out_type;
  Operand out;
};

/// What becomes of the totals: nothing more, or they are divided by the number of elements, or rooted.
enum ReduceEnd : uint8_t { kPlain, kDivided, kRooted, kReduceEnds };

/// out = ⊕ x
void RunReduce(const Context& context, const Reduction& reduction, FoldOp op, ReduceEnd end,
               const Loops& loops);

/// out = Σ (x − mean)² / max(n − correction, 0), or the square root of that.
void RunVariance(const Context& context, const Reduction& reduction, double correction, bool root,
                 const Loops& loops);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_REDUCE_H_
