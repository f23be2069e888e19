// Work along one dimension, which comes last in the ranks, sizes and strides of all operands; and histograms.
#ifndef HANDGRAD_BINDINGS_SLICES_H_
#define HANDGRAD_BINDINGS_SLICES_H_

#include "bindings/call.h"

namespace handgrad {

/// sort(x, values, indices): 1 for descending order, else 0; then rank, sizes, offset and strides of x, and of each
/// result that is not null. A result holds as many of each slice as its last size says. values are of x's type,
/// indices an Int32Array.
napi_value Sort(Call& call);

/// median(x, values, indices): the same without the order; results have 1 as their last size. Nothing of x is empty.
napi_value Median(Call& call);

/// scan(x, out): 0 for sums, 1 for products; then as above. out is of x's type where that is a float, else a
/// Float64Array; both have the same sizes.
napi_value Scan(Call& call);

/// histogram(x, out): low and high, of which the first is less; then x, and out with one dimension. Floats, one type.
napi_value HistogramOf(Call& call);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_SLICES_H_
