// Picking by indices, and bringing back.
#ifndef HANDGRAD_BINDINGS_GATHER_H_
#define HANDGRAD_BINDINGS_GATHER_H_

#include "bindings/call.h"

namespace handgrad {

/// gather(x, out, index0, …) → whether all indices were in range. The number of indices, and of each the smallest
/// that is allowed; rank and sizes of out; offset and strides of each index and of out. Then for x: a rank with a
/// dimension more for each index; sizes, which are out's, or 1 where x does not move, and those that the indices
/// choose from; offset; strides. x and out of one type, indices Int32Arrays.
napi_value Gather(Call& call);

/// scatter(x, out, index0, …): 0 to replace, 1 to add, 2 for "or" of bytes; then the same, with x and out changing
/// places.
napi_value Scatter(Call& call);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_GATHER_H_
