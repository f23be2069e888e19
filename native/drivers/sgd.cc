#include "drivers/sgd.h"

#include "drivers/runs.h"

namespace handgrad {

void RunSgdStep(const Context& context, ElementType type, const SgdNumbers& numbers, const Operand* operands,
                Loops* loops) {
  constexpr size_t kGrad = 0, kParameter = 1, kVelocity = 2;
  const bool momentum = loops->operands > kVelocity;
  const Runs runs(operands, loops, kParameter, 1u << kParameter | 1u << kVelocity);
  runs.ForEach(context, loops->operands, 0, [&](char* const* data, size_t n, size_t) {
    context.kernels.sgdStep[type](
        {n, &numbers, data[kGrad], momentum ? data[kVelocity] : nullptr, data[kParameter]});
  });
}

}  // namespace handgrad
