// The functions that JavaScript sees. Argument lists are described where each is declared, and typed in
// src/kernels/native/addon.ts.
#include "bindings/call.h"
#include "bindings/elementwise.h"
#include "bindings/gather.h"
#include "bindings/indexing.h"
#include "bindings/limits.h"
#include "bindings/losses.h"
#include "bindings/masks.h"
#include "bindings/matmul.h"
#include "bindings/plan.h"
#include "bindings/process.h"
#include "bindings/reduce.h"
#include "bindings/sgd.h"
#include "bindings/slices.h"

namespace handgrad {

// The second number is how many arguments the function reads.
constexpr Export kExports[] = {
    {"info", Entry<Info, 0>},
    {"setIsa", Entry<SetIsa, 1>},
    {"numThreads", Entry<NumThreads, 0>},
    {"setNumThreads", Entry<SetNumThreads, 1>},
    {"initialize", Entry<Initialize, 2>},
    {"failAllocations", Entry<FailAllocations, 1>},
    {"operations", Entry<Operations, 0>},
    {"unary", Entry<Unary, 2>},
    {"binary", Entry<Binary, 3>},
    {"ternary", Entry<Ternary, 4>},
    {"compare", Entry<Compare, 3>},
    {"where", Entry<Where, 4>},
    {"copy", Entry<Copy, 2>},
    {"fill", Entry<Fill, 1>},
    {"matmul", Entry<Matmul, 3>},
    {"matmulAsync", Entry<MatmulAsync, 3>},
    {"linear", Entry<Linear, 4>},
    {"linearBackward", Entry<LinearBackward, 7>},
    {"reduce", Entry<Reduce, 2>},
    {"variance", Entry<Variance, 2>},
    {"argReduce", Entry<ArgReduce, 2>},
    {"logSoftmax", Entry<LogSoftmax, 2>},
    {"crossEntropy", Entry<CrossEntropy, 4>},
    {"squaredError", Entry<SquaredError, 3>},
    {"sgdStep", Entry<SgdStep, 16>},
    {"indexSelect", Entry<IndexSelect, 3>},
    {"adviseHugePages", Entry<AdviseHugePages, 1>},
    {"bytesToCacheLine", Entry<BytesToCacheLine, 1>},
    {"multiplyAdds", Entry<MultiplyAdds, 1>},
    {"readAll", Entry<ReadAll, 2>},
    {"describePlan", Entry<DescribePlan, 11>},
    {"gather", Entry<Gather, 6>},
    {"scatter", Entry<Scatter, 6>},
    {"sort", Entry<Sort, 3>},
    {"median", Entry<Median, 3>},
    {"scan", Entry<Scan, 2>},
    {"histogram", Entry<HistogramOf, 2>},
    {"nonzero", Entry<Nonzero, 2>},
    {"maskedSelect", Entry<MaskedSelect, 3>},
};

}  // namespace handgrad

NAPI_MODULE_INIT() {
  return handgrad::Instance::Start(env, exports, handgrad::kExports, std::size(handgrad::kExports));
}
