// How many elements lie in each of equal parts of an interval.
#ifndef HANDGRAD_DRIVERS_HISTOGRAM_H_
#define HANDGRAD_DRIVERS_HISTOGRAM_H_

#include <stddef.h>

#include "drivers/elementwise.h"
#include "drivers/loops.h"
#include "kernels/kernel_table.h"
#include "runtime/context.h"

namespace handgrad {

struct Histogram {
  ElementType type;
  Operand x;
  double low, high;
  Operand out;
  ptrdiff_t out_stride;
  size_t parts;
};

/// Operand 0 of the loops is x; floats, and out of the same type.
void RunHistogram(const Context& context, const Histogram& job, Loops* loops);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_HISTOGRAM_H_
