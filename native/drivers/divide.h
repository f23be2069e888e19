// Sizes cut into parts.
#ifndef HANDGRAD_DRIVERS_DIVIDE_H_
#define HANDGRAD_DRIVERS_DIVIDE_H_

#include <stddef.h>

namespace handgrad {

/// a / b, rounded up.
inline size_t DivideUp(size_t a, size_t b) { return (a + b - 1) / b; }

/// The least multiple of `unit` from `a` on.
inline size_t RoundUp(size_t a, size_t unit) { return DivideUp(a, unit) * unit; }

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_DIVIDE_H_
