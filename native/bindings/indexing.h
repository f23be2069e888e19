// Selecting by indices.
#ifndef HANDGRAD_BINDINGS_INDEXING_H_
#define HANDGRAD_BINDINGS_INDEXING_H_

#include "bindings/call.h"

namespace handgrad {

/// indexSelect(x, index, out): dim; rank 1, length, offset and stride of the index; rank, sizes, offset and
/// strides of x; then those of out. x and out of one type, index an Int32Array.
napi_value IndexSelect(Call& call);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_INDEXING_H_
