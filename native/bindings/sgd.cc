#include "bindings/sgd.h"

#include "bindings/operands.h"
#include "bindings/parameters.h"
#include "drivers/sgd.h"

namespace handgrad {

namespace {

constexpr size_t kMostArrays = Call::kMaxArguments - 1;
constexpr size_t kMostParameters = kMostArrays / 2;

/// A parameter with its gradient and, where there is momentum, its velocity.
struct SgdUpdate {
  ElementType type;
  bool any;
  Loops loops;
  Operand operands[3];
};

}  // namespace

napi_value SgdStep(Call& call) {
  Parameters parameters(call);
  const size_t count = parameters.Index(kMostParameters + 1, "count");
  SgdNumbers numbers;
  numbers.lr = parameters.Number("lr");
  numbers.momentum = parameters.Number("momentum");
  numbers.dampening = parameters.Number("dampening");
  numbers.weight_decay = parameters.Number("weightDecay");
  numbers.nesterov = parameters.Boolean("nesterov");
  numbers.first_step = parameters.Boolean("firstStep");
  size_t arrays = 0;
  while (arrays < kMostArrays && !call.IsNull(arrays)) arrays++;
  const size_t each = count > 0 && arrays == 3 * count ? 3 : 2;
  if (arrays != each * count) call.ThrowRange("the number of arrays does not fit that of the parameters");

  // All is read before anything is changed: an error leaves everything as it was.
  SgdUpdate updates[kMostParameters];
  for (size_t i = 0; i < count; i++) {
    SgdUpdate& update = updates[i];
    const size_t first = each * i;
    Argument arguments[3] = {ReadArgument(call, first, "grad"), ReadArgument(call, first + 1, "parameter")};
    RequireFloats(call, arguments[0]);
    RequireSameType(call, arguments[1], arguments[0]);
    if (each == 3) {
      arguments[2] = ReadArgument(call, first + 2, "velocity");
      RequireSameType(call, arguments[2], arguments[0]);
    }
    update.type = arguments[0].elements.type;
    update.any = ReadElementwise(&parameters, arguments, each, &update.loops, update.operands);
  }
  for (size_t i = 0; i < count; i++) {
    SgdUpdate& update = updates[i];
    if (update.any) RunSgdStep(call.instance().context(), update.type, numbers, update.operands, &update.loops);
  }
  return call.Undefined();
}

}  // namespace handgrad
