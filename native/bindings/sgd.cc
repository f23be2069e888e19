#include "bindings/sgd.h"

#include "bindings/operands.h"
#include "bindings/parameters.h"
#include "drivers/sgd.h"

namespace handgrad {

napi_value SgdStep(Call& call) {
  Parameters parameters(call);
  SgdNumbers numbers;
  numbers.lr = parameters.Number("lr");
  numbers.momentum = parameters.Number("momentum");
  numbers.dampening = parameters.Number("dampening");
  numbers.weight_decay = parameters.Number("weightDecay");
  numbers.nesterov = parameters.Boolean("nesterov");
  numbers.first_step = parameters.Boolean("firstStep");
  Argument arguments[3] = {ReadArgument(call, 0, "grad"), ReadArgument(call, 1, "parameter")};
  RequireFloats(call, arguments[0]);
  RequireSameType(call, arguments[1], arguments[0]);
  const bool momentum = !call.IsNull(2);
  if (momentum) {
    arguments[2] = ReadArgument(call, 2, "velocity");
    RequireSameType(call, arguments[2], arguments[0]);
  }
  Loops loops;
  Operand operands[3];
  if (ReadElementwise(&parameters, arguments, momentum ? 3 : 2, &loops, operands)) {
    RunSgdStep(call.instance().context(), arguments[0].elements.type, numbers, operands, &loops);
  }
  return call.Undefined();
}

}  // namespace handgrad
