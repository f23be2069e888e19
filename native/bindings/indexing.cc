#include "bindings/indexing.h"

#include <algorithm>
#include <string>

#include "bindings/operands.h"
#include "bindings/parameters.h"
#include "drivers/indexing.h"

namespace handgrad {

napi_value IndexSelect(Call& call) {
  Parameters parameters(call);
  const size_t dim = parameters.Index(kMaxRank, "dim");
  const Argument x = ReadArgument(call, 0, "x");
  const Argument index = {1, "index", call.Array(1, kInt32, "index")};
  const Argument out = ReadArgument(call, 2, "out");
  RequireSameType(call, out, x);

  Loops index_loops, x_loops, loops;
  Operand index_operand, x_operand, out_operand;
  ReadOperands(&parameters, &index, 1, &index_loops, &index_operand);
  ReadOperands(&parameters, &x, 1, &x_loops, &x_operand);
  ReadElementwise(&parameters, &out, 1, &loops, &out_operand);
  bool fits = index_loops.rank == 1 && x_loops.rank == loops.rank && dim < loops.rank;
  for (size_t d = 0; fits && d < loops.rank; ++d) {
    fits = loops.sizes[d] == (d == dim ? index_loops.sizes[0] : x_loops.sizes[d]);
  }
  if (!fits) call.ThrowRange("the shapes of x, index and out do not fit each other");

  loops.operands = 2;
  std::copy_n(loops.strides[0], loops.rank, loops.strides[1]);
  std::copy_n(x_loops.strides[0], loops.rank, loops.strides[0]);
  const size_t size = x_loops.sizes[dim];
  const Indices indices = {static_cast<const int32_t*>(index_operand.data), index_loops.strides[0][0],
                           index_loops.sizes[0]};
  BadIndex bad;
  if (!RunIndexSelect(call.instance().context(), {x_operand, out_operand, size, indices}, dim, loops, &bad)) {
    call.ThrowRange("index at position " + std::to_string(bad.position) + " is " + std::to_string(bad.value) +
                    ", but dimension " + std::to_string(dim) + " has " + std::to_string(size) + " entries");
  }
  return call.Undefined();
}

}  // namespace handgrad
