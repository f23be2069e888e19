// The operands of an operation: typed arrays from the arguments, and from the parameter block how each is
// walked. What passes here can be read and written without looking again.
#ifndef HANDGRAD_BINDINGS_OPERANDS_H_
#define HANDGRAD_BINDINGS_OPERANDS_H_

#include <stddef.h>

#include "bindings/call.h"
#include "bindings/parameters.h"
#include "drivers/elementwise.h"
#include "drivers/loops.h"

namespace handgrad {

constexpr size_t BytesOf(ElementType type) { return type == kFloat64 ? 8 : type == kUint8 ? 1 : 4; }

/// Argument `index`, an operand named `what`.
struct Argument {
  size_t index;
  const char* what;
  Elements elements;
};

inline Argument ReadArgument(const Call& call, size_t index, const char* what) {
  return {index, what, call.Array(index, what)};
}

/// Throws a TypeError unless `argument` has the element type of `like`.
void RequireSameType(const Call& call, const Argument& argument, const Argument& like);

/// Throws a TypeError unless `argument` is a Float32Array or a Float64Array.
void RequireFloats(const Call& call, const Argument& argument);

/// Reads a rank, sizes, and for each argument the offset of its first element and its strides, and checks
/// that every element that these name is in its array. Sets loops and the operands' addresses. Returns
/// whether there is any element: where there is none, nothing is checked and nothing may be touched.
bool ReadOperands(Parameters* parameters, const Argument* arguments, size_t count, Loops* loops,
                  Operand* operands);

/// The same where the last argument is a result with an element for each place.
bool ReadElementwise(Parameters* parameters, const Argument* arguments, size_t count, Loops* loops,
                     Operand* operands);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_OPERANDS_H_
