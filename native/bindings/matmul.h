// The matrix product, and the fully connected layer made of it.
#ifndef HANDGRAD_BINDINGS_MATMUL_H_
#define HANDGRAD_BINDINGS_MATMUL_H_

#include "bindings/call.h"

namespace handgrad {

/// matmul(a, b, out). Parameters: accumulate; then for a, b and out each the rank, sizes, offset and strides,
/// batch dimensions first, broadcast to those of out.
napi_value Matmul(Call& call);

/// matmulAsync(a, b, out): the same in the background, with arrays in shared memory; returns a promise.
napi_value MatmulAsync(Call& call);

/// linear(x, weight, bias or null, y). Parameters: whether ReLU follows; then rank, sizes, offset and strides
/// of each array that is there.
napi_value Linear(Call& call);

/// linearBackward(x, weight, dy, y or null, dx or null, dWeight or null, dBias or null). Parameters:
/// accumulate; then rank, sizes, offset and strides of each array that is there.
napi_value LinearBackward(Call& call);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_MATMUL_H_
