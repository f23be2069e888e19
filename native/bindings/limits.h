// For benches: what the machine can do at most.
#ifndef HANDGRAD_BINDINGS_LIMITS_H_
#define HANDGRAD_BINDINGS_LIMITS_H_

#include "bindings/call.h"

namespace handgrad {

/// multiplyAdds(rounds) → the number of floating-point operations that were done, on all threads.
napi_value MultiplyAdds(Call& call);

/// readAll(x, passes) → the sum of the Float32Array x, which all threads together read `passes` times.
napi_value ReadAll(Call& call);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_LIMITS_H_
