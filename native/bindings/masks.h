// What is not zero: counted, found, and picked.
#ifndef HANDGRAD_BINDINGS_MASKS_H_
#define HANDGRAD_BINDINGS_MASKS_H_

#include "bindings/call.h"

namespace handgrad {

/// nonzero(x, out) → how many elements differ from 0: rank, sizes, offset and strides of x; then, where out is not
/// null, those of out, an Int32Array of just that many rows, of two dimensions.
napi_value Nonzero(Call& call);

/// maskedSelect(mask, x, out): rank, sizes, offset and strides of both; then those of out, of one dimension. mask is
/// a Uint8Array, x and out are of one type.
napi_value MaskedSelect(Call& call);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_MASKS_H_
