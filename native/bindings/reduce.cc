#include "bindings/reduce.h"

#include <stdint.h>

#include "bindings/operands.h"
#include "bindings/parameters.h"
#include "drivers/arg_reduce.h"
#include "drivers/reduce.h"

namespace handgrad {

namespace {

/// Reads both operands; whether there is anything to reduce.
bool Read(Parameters* parameters, Reduction* reduction, Loops* loops) {
  const Call& call = parameters->call();
  const Argument arguments[] = {ReadArgument(call, 0, "x"), ReadArgument(call, 1, "out")};
  for (const Argument& argument : arguments) RequireFloats(call, argument);
  Operand operands[2];
  if (!ReadOperands(parameters, arguments, 2, loops, operands)) return false;
  *reduction = {arguments[0].elements.type, operands[0], arguments[1].elements.type, operands[1]};
  return true;
}

}  // namespace

napi_value Reduce(Call& call) {
  Parameters parameters(call);
  const FoldOp op = static_cast<FoldOp>(parameters.Index(kFoldOps, "code"));
  const ReduceEnd end = static_cast<ReduceEnd>(parameters.Index(kReduceEnds, "end"));
  Reduction reduction;
  Loops loops;
  if (Read(&parameters, &reduction, &loops)) {
    RunReduce(call.instance().context(), reduction, op, end, loops);
  }
  return call.Undefined();
}

napi_value Variance(Call& call) {
  Parameters parameters(call);
  const double correction = parameters.Number("correction");
  const bool root = parameters.Boolean("root");
  Reduction reduction;
  Loops loops;
  if (Read(&parameters, &reduction, &loops)) {
    RunVariance(call.instance().context(), reduction, correction, root, loops);
  }
  return call.Undefined();
}

napi_value ArgReduce(Call& call) {
  Parameters parameters(call);
  Search search;
  search.op = static_cast<ArgFoldOp>(parameters.Index(kArgFoldOps, "code"));
  const Argument arguments[] = {ReadArgument(call, 0, "x"), ReadArgument(call, 1, "out")};
  RequireFloats(call, arguments[0]);
  if (arguments[1].elements.type != kInt32) call.ThrowType("out must be an Int32Array");
  search.type = arguments[0].elements.type;
  Loops loops;
  Operand operands[2];
  // The searched dimension comes last, so that it is checked as all are; then it is taken out.
  if (!ReadOperands(&parameters, arguments, 2, &loops, operands)) return call.Undefined();
  if (loops.rank == 0) call.ThrowRange("there is no dimension to search");
  --loops.rank;
  search.size = loops.sizes[loops.rank];
  search.stride = loops.strides[0][loops.rank];
  if (search.size > INT32_MAX) call.ThrowRange("the searched dimension is too long for int32");
  RunArgReduce(call.instance().context(), search, operands[0], operands[1], &loops);
  return call.Undefined();
}

}  // namespace handgrad
