// The update of an optimizer, over operands of any strides.
#ifndef HANDGRAD_DRIVERS_SGD_H_
#define HANDGRAD_DRIVERS_SGD_H_

#include "drivers/elementwise.h"
#include "drivers/loops.h"
#include "kernels/kernel_table.h"
#include "runtime/context.h"

namespace handgrad {

/// operands: gradient and parameter, and where there is momentum velocity.
void RunSgdStep(const Context& context, ElementType type, const SgdNumbers& numbers, const Operand* operands,
                Loops* loops);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_SGD_H_
