// Functions, comparisons, choices and copies, element by element. After the operands come their numbers in
// the parameter block: first what is named here, then rank, sizes, and offset and strides of each operand.
#ifndef HANDGRAD_BINDINGS_ELEMENTWISE_H_
#define HANDGRAD_BINDINGS_ELEMENTWISE_H_

#include "bindings/call.h"

namespace handgrad {

/// unary(x, out): code of the function. Float32Array or Float64Array.
napi_value Unary(Call& call);

/// binary(a, b, out): code of the function. One type for all.
napi_value Binary(Call& call);

/// ternary(a, b, c, out): code of the function, the number for all. Float32Array or Float64Array, one type for all.
napi_value Ternary(Call& call);

/// compare(a, b, out): code of the comparison. One type for a and b; out is a Uint8Array.
napi_value Compare(Call& call);

/// where(condition, a, b, out): condition is a Uint8Array; one type for the others.
napi_value Where(Call& call);

/// copy(x, out): 1 if out holds booleans, else 0. Any types.
napi_value Copy(Call& call);

/// fill(out): the value, already converted to out's type.
napi_value Fill(Call& call);

/// operations() → names of functions by family: unary, ternary, compare, fold, argFold, and binaryFloat32, binaryFloat64,
/// binaryInt32, binaryUint8. A name's position is its code; null where there is no such function.
napi_value Operations(Call& call);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_ELEMENTWISE_H_
