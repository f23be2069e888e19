// The update of an optimizer.
#ifndef HANDGRAD_BINDINGS_SGD_H_
#define HANDGRAD_BINDINGS_SGD_H_

#include "bindings/call.h"

namespace handgrad {

/// sgdStep(grad, parameter, velocity): lr, momentum, dampening, weightDecay, 1 for Nesterov, 1 for the first
/// step; rank, sizes, and offset and strides of each. velocity may be null, and then there are none of it.
/// One float type.
napi_value SgdStep(Call& call);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_SGD_H_
