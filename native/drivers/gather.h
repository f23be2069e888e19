// Elements picked by indices, and brought back to where indices say.
#ifndef HANDGRAD_DRIVERS_GATHER_H_
#define HANDGRAD_DRIVERS_GATHER_H_

#include <stddef.h>
#include <stdint.h>

#include "drivers/elementwise.h"
#include "drivers/loops.h"
#include "kernels/kernel_table.h"
#include "runtime/context.h"

namespace handgrad {

/// As many dimensions can be indexed at once.
constexpr size_t kMaxIndices = kMaxOperands - 2;

/// A dimension that an index chooses from.
struct IndexedSize {
  /// The smallest index allowed: 0, or −size where negative ones count from the end.
  int64_t lowest;
  int64_t size;
  /// Elements from one entry to the next.
  ptrdiff_t step;
};

/// Operand 0 of the loops is the one whose elements lie as the loops say, operand 1 the one in which the indices
/// move each element on, and the others are the indices (int32). Nobody trusts an index: someone may change it
/// while it is used.
struct IndexedWalk {
  Operand operands[kMaxOperands];
  size_t indices;
  IndexedSize dimensions[kMaxIndices];
};

/// operand 0 = operand 1, moved on. False where an index is out of its range; then operand 0 is unspecified.
bool RunGather(const Context& context, const IndexedWalk& walk, Loops* loops);

/// What becomes of two elements that meet.
enum class Placing : uint8_t { kReplace, kAdd, kOr, kPlacings };

/// operand 1, moved on, = operand 0, in row-major order. False where an index is out of its range; then nothing has
/// been written.
bool RunScatter(const Context& context, const IndexedWalk& walk, ElementType type, Placing placing,
                Loops* loops);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_GATHER_H_
