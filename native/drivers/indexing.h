// Selecting, over operands of any strides.
#ifndef HANDGRAD_DRIVERS_INDEXING_H_
#define HANDGRAD_DRIVERS_INDEXING_H_

#include <stddef.h>

#include "drivers/elementwise.h"
#include "drivers/indices.h"
#include "drivers/loops.h"
#include "runtime/context.h"

namespace handgrad {

/// out's slices along one dimension are those of x that `index` names.
struct IndexSelectJob {
  Operand x;
  Operand out;
  /// How large x is along that dimension.
  size_t size;
  Indices index;
};

/// loops: those of out, for x (whose strides along dim are between its entries) and out. False where the
/// index names no entry: then *bad is the first, and nothing has been written.
bool RunIndexSelect(const Context& context, const IndexSelectJob& job, size_t dim, const Loops& loops,
                    BadIndex* bad);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_INDEXING_H_
