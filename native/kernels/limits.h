// The kernels that measure what a core can do at most (limits-inl.h). Plain data: units of every instruction
// set include this file, so there must be no code in it.
#ifndef HANDGRAD_KERNELS_LIMITS_H_
#define HANDGRAD_KERNELS_LIMITS_H_

#include <stddef.h>
#include <stdint.h>

namespace handgrad {

/// Sums that do not wait for each other. A multiply-add takes 4 cycles and two begin in each, so 8 are needed,
/// 12 are sure to be enough, and with their two factors they fit into 16 registers.
constexpr size_t kLimitSums = 12;

}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_LIMITS_H_
