#include "bindings/operands.h"

#include <string>

namespace handgrad {

namespace {

[[noreturn]] void ThrowOutside(const Call& call, const Argument& argument) {
  call.RefuseDetached(argument.index, argument.what);
  call.ThrowRange(std::string(argument.what) + " has " + std::to_string(argument.elements.length) +
                  " elements, which offset, sizes and strides exceed");
}

}  // namespace

void RequireSameType(const Call& call, const Argument& argument, const Argument& like) {
  if (argument.elements.type == like.elements.type) return;
  call.ThrowType(std::string(argument.what) + " is a " + ArrayName(argument.elements.type) + ", but " +
                 like.what + " is a " + ArrayName(like.elements.type));
}

void RequireFloats(const Call& call, const Argument& argument) {
  if (argument.elements.type < kFloatTypes) return;
  call.ThrowType(std::string(argument.what) + " must be a Float32Array or Float64Array, got a " +
                 ArrayName(argument.elements.type));
}

bool ReadOperands(Parameters* parameters, const Argument* arguments, size_t count, Loops* loops,
                  Operand* operands) {
  const Call& call = parameters->call();
  loops->operands = count;
  loops->rank = parameters->Index(kMaxRank + 1, "rank");
  double places = 1;
  for (size_t d = 0; d < loops->rank; ++d) {
    loops->sizes[d] = parameters->Size("size");
    places *= static_cast<double>(loops->sizes[d]);
  }
  if (places > kMaxInteger) call.ThrowRange("sizes name more than 2^53 elements");
  const bool any = places > 0;
  for (size_t i = 0; i < count; ++i) {
    const Elements& elements = arguments[i].elements;
    const size_t offset = parameters->Size("offset");
    // The lowest and the highest element relative to the first one. Doubles cannot overflow; they are exact
    // up to 2^53, and what is beyond that stays beyond, far outside of any array.
    double below = 0, above = 0;
    for (size_t d = 0; d < loops->rank; ++d) {
      const int64_t stride = parameters->Integer("stride");
      loops->strides[i][d] = static_cast<ptrdiff_t>(stride);
      const double reach = (static_cast<double>(loops->sizes[d]) - 1) * static_cast<double>(stride);
      if (reach < 0) {
        below -= reach;
      } else {
        above += reach;
      }
    }
    operands[i] = {elements.data, BytesOf(elements.type)};
    if (!any) continue;
    const bool inside = below <= static_cast<double>(offset) &&
                        static_cast<double>(offset) + above < static_cast<double>(elements.length);
    if (!inside) ThrowOutside(call, arguments[i]);
    operands[i].data = static_cast<char*>(elements.data) + offset * operands[i].bytes;
  }
  return any;
}

bool ReadElementwise(Parameters* parameters, const Argument* arguments, size_t count, Loops* loops,
                     Operand* operands) {
  if (!ReadOperands(parameters, arguments, count, loops, operands)) return false;
  const Argument& result = arguments[count - 1];
  // Else some places of the result would share an element, and a call might never end.
  if (loops->Count() > result.elements.length) ThrowOutside(parameters->call(), result);
  return true;
}

}  // namespace handgrad
