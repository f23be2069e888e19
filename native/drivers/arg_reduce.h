// Where along a dimension the extremes are.
#ifndef HANDGRAD_DRIVERS_ARG_REDUCE_H_
#define HANDGRAD_DRIVERS_ARG_REDUCE_H_

#include "drivers/elementwise.h"
#include "drivers/loops.h"
#include "kernels/kernel_table.h"
#include "runtime/context.h"

namespace handgrad {

/// The loop that is searched: `size` >= 1 elements of x, `stride` apart.
struct Search {
  ArgFoldOp op;
  ElementType type;
  size_t size;
  ptrdiff_t stride;
};

/// out = the place of the extreme, for each turn of the loops, whose operand 0 is x and operand 1 out (int32).
void RunArgReduce(const Context& context, const Search& search, const Operand& x, const Operand& out,
                  Loops* loops);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_ARG_REDUCE_H_
