// What the machine can do at most, on all threads of the pool: the caller holds the clock.
#ifndef HANDGRAD_DRIVERS_LIMITS_H_
#define HANDGRAD_DRIVERS_LIMITS_H_

#include <stddef.h>

#include "runtime/context.h"

namespace handgrad {

/// Does `rounds` of multiply-adds on each thread, out of registers; returns how many floating-point operations
/// these were. With the instruction set of the context.
double RunMultiplyAdds(const Context& context, size_t rounds);

/// Reads x[0 … n) from end to end `passes` times, each thread its own part; returns the sum of what it read.
double RunReadAll(const Context& context, const float* x, size_t n, size_t passes);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_LIMITS_H_
