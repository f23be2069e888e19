// How a matmul would be done, for people to look at.
#ifndef HANDGRAD_BINDINGS_PLAN_H_
#define HANDGRAD_BINDINGS_PLAN_H_

#include "bindings/call.h"

namespace handgrad {

/// describePlan(isa, elementBytes, rows, columns, depth, aRow, aColumn, bRow, bColumn, cRow, cColumn) → how
/// C [rows, columns] = A [rows, depth] · B [depth, columns] would be computed; the last six are strides. The
/// members are described in src/kernels/native/addon.ts.
napi_value DescribePlan(Call& call);

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_PLAN_H_
