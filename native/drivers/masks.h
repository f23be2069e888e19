// What is not zero: how many elements, where they are, and picking those that a mask names.
#ifndef HANDGRAD_DRIVERS_MASKS_H_
#define HANDGRAD_DRIVERS_MASKS_H_

#include <stddef.h>

#include "drivers/elementwise.h"
#include "drivers/loops.h"
#include "kernels/kernel_table.h"
#include "runtime/context.h"

namespace handgrad {

/// How many elements of x differ from 0. Operand 0 of the loops is x.
size_t RunCountNonzero(const Context& context, ElementType type, const Operand& x, const Loops& loops);

/// Coordinates, one row an element: int32, with room for `count` rows.
struct Coordinates {
  int32_t* data;
  ptrdiff_t row;
  ptrdiff_t column;
  size_t count;
};

/// Writes the coordinates of the elements of x that differ from 0, in row-major order, where there are just
/// out.count of them; returns how many there are. Every size fits int32.
size_t RunNonzero(const Context& context, ElementType type, const Operand& x, const Loops& loops,
                  const Coordinates& out);

/// Elements in one row, `stride` apart.
struct Row {
  Operand first;
  ptrdiff_t stride;
  size_t count;
};

/// out = the elements of x at which the mask (bytes) is not 0, in row-major order, where there are just out.count
/// of them; returns how many there are. Operand 0 of the loops is the mask and operand 1 is x.
size_t RunMaskedSelect(const Context& context, const Operand& mask, const Operand& x, const Loops& loops,
                       const Row& out);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_MASKS_H_
