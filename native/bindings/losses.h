// Losses, with their gradients. After the operands come their numbers in the parameter block, in the order
// given here. A walk is an offset and strides; operands of one shape follow it in the order of the arguments.
#ifndef HANDGRAD_BINDINGS_LOSSES_H_
#define HANDGRAD_BINDINGS_LOSSES_H_

#include "bindings/call.h"

namespace handgrad {

/// logSoftmax(x, out): rank 2, rows, classes; walks of x and out. One float type.
napi_value LogSoftmax(Call& call);

/// crossEntropy(logits, targets, losses, dLogits) → the sum of the losses: the scale; rank 1, rows, walks of
/// targets and losses; rank 2, rows, classes, walks of logits and dLogits. Of a result that is null there is
/// no walk. One float type; targets is an Int32Array.
napi_value CrossEntropy(Call& call);

/// squaredError(input, target, dInput) → the sum of the squares: the scale; rank, sizes, walks. dInput may be
/// null, and then there is no walk of it. One float type.
napi_value SquaredError(Call& call);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_LOSSES_H_
