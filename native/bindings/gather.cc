#include "bindings/gather.h"

#include <algorithm>

#include "bindings/operands.h"
#include "bindings/parameters.h"
#include "drivers/gather.h"

namespace handgrad {

namespace {

static_assert(kMaxIndices == 4, "as many names as there can be indices");
constexpr const char* kIndexNames[] = {"index 0", "index 1", "index 2", "index 3"};

/// Reads what follows the first parameters. `plain` lies as the loops say, in `moved` the indices move on. Returns
/// whether there is any element.
bool Read(Parameters* parameters, const Argument& plain, const Argument& moved, bool plain_is_result,
          IndexedWalk* walk, Loops* loops) {
  const Call& call = parameters->call();
  RequireSameType(call, plain, moved);
  walk->indices = parameters->Index(kMaxIndices + 1, "number of indices");
  Argument arguments[kMaxOperands];
  for (size_t k = 0; k < walk->indices; ++k) {
    walk->dimensions[k].lowest = parameters->Integer("lowest index");
    arguments[k] = {k + 2, kIndexNames[k], call.Array(k + 2, kInt32, kIndexNames[k])};
  }
  const size_t indices = walk->indices, count = indices + 1;
  arguments[indices] = plain;
  Loops read, moved_loops;
  Operand operands[kMaxOperands];
  const bool any = plain_is_result ? ReadElementwise(parameters, arguments, count, &read, operands)
                                   : ReadOperands(parameters, arguments, count, &read, operands);
  // The dimensions that the indices choose from stand after the others, so that all that they could choose is
  // checked to be there.
  ReadOperands(parameters, &moved, 1, &moved_loops, &walk->operands[1]);
  bool fits = moved_loops.rank == read.rank + indices;
  for (size_t d = 0; fits && d < read.rank; ++d) {
    fits = moved_loops.sizes[d] == 1 || moved_loops.sizes[d] == read.sizes[d];
  }
  if (!fits) call.ThrowRange("the shapes of x, out and the indices do not fit each other");

  loops->operands = indices + 2;
  loops->rank = read.rank;
  std::copy_n(read.sizes, read.rank, loops->sizes);
  for (size_t d = 0; d < read.rank; ++d) {
    loops->strides[0][d] = read.strides[indices][d];
    loops->strides[1][d] = moved_loops.sizes[d] == 1 ? 0 : moved_loops.strides[0][d];
    for (size_t k = 0; k < indices; ++k) loops->strides[k + 2][d] = read.strides[k][d];
  }
  walk->operands[0] = operands[indices];
  for (size_t k = 0; k < indices; ++k) {
    walk->operands[k + 2] = operands[k];
    IndexedSize& dimension = walk->dimensions[k];
    dimension.size = static_cast<int64_t>(moved_loops.sizes[read.rank + k]);
    dimension.step = moved_loops.strides[0][read.rank + k];
    if (dimension.lowest < -dimension.size || dimension.lowest > 0) {
      call.ThrowRange("the lowest index must be from -size to 0");
    }
  }
  return any;
}

napi_value ToBoolean(const Call& call, bool value) {
  napi_value result = nullptr;
  napi_get_boolean(call.env(), value, &result);
  return result;
}

}  // namespace

napi_value Gather(Call& call) {
  Parameters parameters(call);
  const Argument x = ReadArgument(call, 0, "x"), out = ReadArgument(call, 1, "out");
  IndexedWalk walk;
  Loops loops;
  const bool any = Read(&parameters, out, x, true, &walk, &loops);
  return ToBoolean(call, !any || RunGather(call.instance().context(), walk, &loops));
}

napi_value Scatter(Call& call) {
  Parameters parameters(call);
  const Placing placing =
      static_cast<Placing>(parameters.Index(static_cast<size_t>(Placing::kPlacings), "placing"));
  const Argument x = ReadArgument(call, 0, "x"), out = ReadArgument(call, 1, "out");
  const ElementType type = x.elements.type;
  if (placing == Placing::kOr && type != kUint8) call.ThrowType("only bytes know or");
  IndexedWalk walk;
  Loops loops;
  const bool any = Read(&parameters, x, out, false, &walk, &loops);
  return ToBoolean(call, !any || RunScatter(call.instance().context(), walk, type, placing, &loops));
}

}  // namespace handgrad
