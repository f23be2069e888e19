// Work along one dimension, slice by slice: orders, medians, running totals.
#ifndef HANDGRAD_DRIVERS_SLICES_H_
#define HANDGRAD_DRIVERS_SLICES_H_

#include <stddef.h>
#include <stdint.h>

#include "drivers/elementwise.h"
#include "drivers/loops.h"
#include "kernels/kernel_table.h"
#include "runtime/context.h"

namespace handgrad {

/// One slice of an operand: how many elements, and how far apart they are.
struct Along {
  size_t size;
  ptrdiff_t stride;
};

/// Operand 0 of the loops over the slices is x, operand 1 the values, operand 2 the indices (int32).
struct SliceJob {
  ElementType type;
  Operand operands[3];
  Along x, values, indices;
};

/// The first values.size elements of each slice in order, ascending with NaN last or descending with NaN first, equal
/// ones as they stood, and their places. Values or indices may be left out: `data` null.
void RunSort(const Context& context, const SliceJob& job, bool descending, Loops* loops);

/// The ⌈n / 2⌉-th smallest of each slice, or the first NaN, and the first place where it is; indices may be left out.
void RunMedian(const Context& context, const SliceJob& job, Loops* loops);

enum ScanOp : uint8_t { kCumsum, kCumprod, kScanOps };

/// Running sums or products of each slice, in double; values of x's type for floats, else doubles. Values may be x.
void RunScan(const Context& context, const SliceJob& job, ScanOp op, Loops* loops);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_SLICES_H_
