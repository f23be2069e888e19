// Operations whose result has one element for each place of its shape: functions, comparisons, choices,
// conversions. Operands are walked as loops (loops.h), whose strides are 0 where an operand repeats.
#ifndef HANDGRAD_DRIVERS_ELEMENTWISE_H_
#define HANDGRAD_DRIVERS_ELEMENTWISE_H_

#include <stddef.h>

#include "drivers/loops.h"
#include "kernels/kernel_table.h"
#include "runtime/context.h"

namespace handgrad {

/// An operand's first element, and how large its elements are: 1, 4 or 8 bytes.
struct Operand {
  void* data;
  size_t bytes;
};

struct Elementwise {
  ElementwiseKernel kernel;
  /// Which inputs the kernel takes as a single element for all: bit i for input i.
  unsigned scalars;
  /// The inputs, then the result; as many as the loops have.
  Operand operands[kMaxOperands];
};

/// Runs the kernel over all places. The loops are merged and sorted here.
void RunElementwise(const Context& context, const Elementwise& job, Loops* loops);

/// out = x for elements of one size; operand 0 is x and 1 is out.
void RunCopy(const Context& context, const Operand& x, const Operand& out, Loops* loops);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_ELEMENTWISE_H_
