#include "bindings/masks.h"

#include <stdint.h>

#include <string>

#include "bindings/operands.h"
#include "bindings/parameters.h"
#include "drivers/masks.h"

namespace handgrad {

namespace {

void RequireCount(const Call& call, size_t found, size_t room) {
  if (found == room) return;
  call.ThrowRange("out has room for " + std::to_string(room) + " elements, but " + std::to_string(found) +
                  " are chosen");
}

}  // namespace

napi_value Nonzero(Call& call) {
  Parameters parameters(call);
  const Argument x = ReadArgument(call, 0, "x");
  const bool writes = !call.IsNull(1);
  const Argument out = {1, "out", writes ? call.Array(1, kInt32, "out") : Elements{}};
  Loops loops, out_loops;
  Operand operand, out_operand;
  const ElementType type = x.elements.type;
  const bool any = ReadOperands(&parameters, &x, 1, &loops, &operand);
  if (!writes) {
    const size_t found = any ? RunCountNonzero(call.instance().context(), type, operand, loops) : 0;
    return call.ToNumber(static_cast<double>(found));
  }
  ReadElementwise(&parameters, &out, 1, &out_loops, &out_operand);
  if (out_loops.rank != 2 || out_loops.sizes[1] != loops.rank) {
    call.ThrowRange("out must have a row for each element, and in it a column for each dimension of x");
  }
  for (size_t d = 0; d < loops.rank; ++d) {
    if (loops.sizes[d] > INT32_MAX) call.ThrowRange("a dimension of x is too long for int32");
  }
  const Coordinates coordinates = {static_cast<int32_t*>(out_operand.data), out_loops.strides[0][0],
                                   out_loops.strides[0][1], out_loops.sizes[0]};
  const size_t found = any ? RunNonzero(call.instance().context(), type, operand, loops, coordinates) : 0;
  RequireCount(call, found, coordinates.count);
  return call.ToNumber(static_cast<double>(found));
}

napi_value MaskedSelect(Call& call) {
  Parameters parameters(call);
  const Argument arguments[] = {{0, "mask", call.Array(0, kUint8, "mask")}, ReadArgument(call, 1, "x")};
  const Argument out = ReadArgument(call, 2, "out");
  RequireSameType(call, out, arguments[1]);
  Loops loops, out_loops;
  Operand operands[2], out_operand;
  const bool any = ReadOperands(&parameters, arguments, 2, &loops, operands);
  ReadElementwise(&parameters, &out, 1, &out_loops, &out_operand);
  if (out_loops.rank != 1) call.ThrowRange("out must have one dimension");
  const Row row = {out_operand, out_loops.strides[0][0], out_loops.sizes[0]};
  RequireCount(call,
               any ? RunMaskedSelect(call.instance().context(), operands[0], operands[1], loops, row) : 0,
               row.count);
  return call.Undefined();
}

}  // namespace handgrad
