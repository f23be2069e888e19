// The updates of optimizers.
#ifndef HANDGRAD_BINDINGS_SGD_H_
#define HANDGRAD_BINDINGS_SGD_H_

#include "bindings/call.h"

namespace handgrad {

/// sgdStep(grad, parameter, …) or sgdStep(grad, parameter, velocity, …), as often as there are parameters: their
/// number; lr, momentum, dampening, weightDecay, 1 for Nesterov, 1 for the first step; then of each parameter rank,
/// sizes, and offset and strides of each of its arrays. One float type for the arrays of a parameter.
napi_value SgdStep(Call& call);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_SGD_H_
