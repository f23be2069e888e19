// The plans of the products made last: planning costs as much as a small product.
#ifndef HANDGRAD_DRIVERS_MATMUL_PLANS_H_
#define HANDGRAD_DRIVERS_MATMUL_PLANS_H_

#include <stddef.h>

#include "drivers/matmul_plan.h"

namespace handgrad {

/// Plans, each in a place that its shape and strides choose, until another one is put there. A training step asks
/// for less than a dozen. For one thread at a time.
class MatmulPlans {
 public:
  /// What PlanMatmul returns; valid until the next call. `traits` must be those of an instruction set's table, which
  /// stay where they are.
  const MatmulPlan& Find(const MatmulTraits& traits, size_t element_bytes, const MatmulShape& shape,
                         const MatmulStrides& strides);

 private:
  struct Entry {
    const MatmulTraits* traits = nullptr;
    MatmulShape shape;
    MatmulStrides strides;
    MatmulPlan plan;
  };

  static constexpr size_t kPlaceBits = 6;
  Entry entries_[size_t{1} << kPlaceBits];
};

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_MATMUL_PLANS_H_
