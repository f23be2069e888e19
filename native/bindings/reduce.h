// Reductions. After what is named here, the parameter block holds rank, x's sizes, x's offset and strides,
// and the result's offset and strides, which are 0 in the dimensions that are reduced.
#ifndef HANDGRAD_BINDINGS_REDUCE_H_
#define HANDGRAD_BINDINGS_REDUCE_H_

#include "bindings/call.h"

namespace handgrad {

/// reduce(x, out): code of the fold; 1 to divide by the number of elements, 2 for the square root, else 0. Floats; x
/// not empty.
napi_value Reduce(Call& call);

/// variance(x, out): the correction; 1 for the square root, else 0. Floats; x not empty.
napi_value Variance(Call& call);

/// argReduce(x, out): code of the search. The dimension that is searched comes last. x holds floats and is not
/// empty; out is an Int32Array.
napi_value ArgReduce(Call& call);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_REDUCE_H_
