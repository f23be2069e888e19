// C = A · B for matrices that lie in any way, with what a layer does to the product on its way into C.
//
// From here to the innermost loop: Matmul walks the batch and makes a plan (matmul_plan.h). RunMatmul follows it
// (matmul_run.h): copies operands where the plan says so, and hands blocks of C to the threads. A block is cut
// into tiles by kernels/matmul-inl.h, and a tile is computed by kernels/matmul_outer-inl.h or
// kernels/matmul_dot-inl.h.
#ifndef HANDGRAD_DRIVERS_MATMUL_H_
#define HANDGRAD_DRIVERS_MATMUL_H_

#include <stddef.h>

#include "drivers/matmul_plan.h"
#include "kernels/matmul.h"
#include "runtime/context.h"

namespace handgrad {

/// A matrix as it lies in memory: element (i, j) at data[i · strides.row + j · strides.column].
template <typename T>
struct Matrix {
  T* data;
  MatrixStrides strides;
};

/// What is done with each sum on its way into C: added to what C holds (else C is never read), then the bias
/// of its column, then ReLU.
template <typename T>
struct MatmulEnd {
  bool accumulate = false;
  /// One number for each column, side by side; or null.
  const T* bias = nullptr;
  bool relu = false;
};

/// One product of a kind that has been planned.
template <typename T>
struct MatmulOperands {
  Matrix<const T> a;
  Matrix<const T> b;
  Matrix<T> c;
  MatmulEnd<T> end;
};

/// A product and its plan.
template <typename T>
struct PlannedMatmul {
  MatmulPlan plan;
  MatmulOperands<T> operands;

  size_t shared_bytes() const { return plan.shared_elements * sizeof(T); }
  size_t thread_bytes() const { return plan.thread_elements * sizeof(T); }
};

/// Plans C = A · B; `shape` is as the caller sees it. The plan is looked for in `plans`, where there are any.
template <typename T>
PlannedMatmul<T> PlanFor(const KernelTable& kernels, const MatmulShape& shape,
                         const MatmulOperands<T>& operands, MatmulPlans* plans = nullptr);
template <typename T>
PlannedMatmul<T> PlanFor(const Context& context, const MatmulShape& shape,
                         const MatmulOperands<T>& operands) {
  return PlanFor(context.kernels, shape, operands, context.plans);
}

/// Computes it. The context's scratch must have shared_bytes() from `shared_offset` on, and thread_bytes()
/// for each thread.
template <typename T>
void RunMatmul(const Context& context, const PlannedMatmul<T>& planned, size_t shared_offset = 0);

/// Many products of one shape. Strides are those from one product to the next along each dimension of the
/// batch, outermost first; 0 where an operand repeats.
constexpr int kMaxBatchRank = 16;
struct MatmulBatch {
  int rank = 0;
  size_t sizes[kMaxBatchRank];
  ptrdiff_t a[kMaxBatchRank];
  ptrdiff_t b[kMaxBatchRank];
  ptrdiff_t c[kMaxBatchRank];
};

/// C = A · B for each product of the batch. Throws std::bad_alloc before anything is written.
template <typename T>
void Matmul(const Context& context, const MatmulBatch& batch, const MatmulShape& shape,
            const MatmulOperands<T>& operands);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_MATMUL_H_
