#include "drivers/matmul.h"

#include <algorithm>

#include "drivers/divide.h"
#include "drivers/matmul_plans.h"
#include "drivers/matmul_run.h"

namespace handgrad {

namespace {

/// Multiply-adds below which a packed B that is too large for a copy for each thread is one thread's alone: what one
/// thread has packed another reads out of the first one's cache. (For 2.5 million two threads took 50 µs, and one 37.)
constexpr double kSharedPackWork = 8e6;

/// Tasks that a batch of small products is cut into, where it has as many.
constexpr size_t kBatchTasks = 32;

/// From one number to the next along a dimension of size 1 is no way at all: 1 suits the kernels best.
MatmulStrides WithoutIdleStrides(const MatmulShape& shape, MatmulStrides strides) {
  if (shape.rows == 1) strides.a.row = strides.c.row = 1;
  if (shape.columns == 1) strides.b.column = strides.c.column = 1;
  if (shape.depth <= 1) strides.a.column = strides.b.row = 1;
  return strides;
}

/// Makes the batch as short as it can be: where one operand repeats and the others' products follow one
/// another like rows (columns) of a taller (wider) matrix, they are one product.
template <typename T>
void Merge(MatmulBatch* batch, MatmulShape* shape, const MatmulOperands<T>& operands) {
  const MatrixStrides &a = operands.a.strides, &b = operands.b.strides, &c = operands.c.strides;
  while (batch->rank > 0) {
    const int d = batch->rank - 1;
    const ptrdiff_t rows = Signed(shape->rows), columns = Signed(shape->columns);
    if (batch->sizes[d] == 1) {
    } else if (batch->b[d] == 0 && batch->a[d] == rows * a.row && batch->c[d] == rows * c.row) {
      shape->rows *= batch->sizes[d];
    } else if (batch->a[d] == 0 && batch->b[d] == columns * b.column && batch->c[d] == columns * c.column &&
               operands.end.bias == nullptr) {
      shape->columns *= batch->sizes[d];
    } else {
      return;
    }
    batch->rank--;
  }
}

/// The operands of product number `index`.
template <typename T>
MatmulOperands<T> OperandsAt(const MatmulBatch& batch, size_t index, MatmulOperands<T> operands) {
  for (int d = batch.rank - 1; d >= 0; d--) {
    const ptrdiff_t at = Signed(index % batch.sizes[d]);
    index /= batch.sizes[d];
    operands.a.data += at * batch.a[d];
    operands.b.data += at * batch.b[d];
    operands.c.data += at * batch.c[d];
  }
  return operands;
}

}  // namespace

template <typename T>
PlannedMatmul<T> PlanFor(const KernelTable& kernels, const MatmulShape& shape,
                         const MatmulOperands<T>& operands, MatmulPlans* plans) {
  const MatmulStrides strides =
      WithoutIdleStrides(shape, {operands.a.strides, operands.b.strides, operands.c.strides});
  const MatmulTraits& traits = KernelsFor(kernels, T()).traits;
  return {plans == nullptr ? PlanMatmul(traits, sizeof(T), shape, strides)
                           : plans->Find(traits, sizeof(T), shape, strides),
          {{operands.a.data, strides.a},
           {operands.b.data, strides.b},
           {operands.c.data, strides.c},
           operands.end}};
}

template <typename T>
void RunMatmul(const Context& context, const PlannedMatmul<T>& planned, size_t shared_offset) {
  const MatmulShape& shape = planned.plan.shape;
  const double work =
      static_cast<double>(shape.rows) * static_cast<double>(shape.columns) * static_cast<double>(shape.depth);
  const OnThreads<T> on_threads = {context.pool, context.scratch};
  T* shared = reinterpret_cast<T*>(static_cast<char*>(context.scratch.Shared()) + shared_offset);
  if (planned.plan.pack_b && !planned.plan.own_b && work < kSharedPackWork) {
    Follow(context.kernels, planned, shared, Alone<T>{on_threads.Space(0)});
  } else {
    Follow(context.kernels, planned, shared, on_threads);
  }
}

template <typename T>
void Matmul(const Context& context, const MatmulBatch& given, const MatmulShape& given_shape,
            const MatmulOperands<T>& operands) {
  if (given_shape.rows == 0 || given_shape.columns == 0) return;
  if (given.rank == 0) {
    const PlannedMatmul<T> planned = PlanFor(context, given_shape, operands);
    if (!planned.plan.direct) {
      context.scratch.Reserve(context.pool.threads(), planned.thread_bytes(), planned.shared_bytes());
    }
    RunMatmul(context, planned);
    return;
  }
  MatmulBatch batch = given;
  MatmulShape shape = given_shape;
  for (int d = 0; d < batch.rank; d++) {
    if (batch.sizes[d] == 0) return;
  }
  Merge(&batch, &shape, operands);
  size_t products = 1;
  for (int d = 0; d < batch.rank; d++) products *= batch.sizes[d];

  PlannedMatmul<T> planned = PlanFor(context, shape, operands);
  const bool one_task = planned.plan.row_tasks * planned.plan.column_tasks * planned.plan.depth_parts == 1;
  if (products == 1 || !one_task) {
    context.scratch.Reserve(context.pool.threads(), planned.thread_bytes(), planned.shared_bytes());
    const MatmulOperands<T> first = planned.operands;
    for (size_t index = 0; index < products; index++) {
      planned.operands = OperandsAt(batch, index, first);
      RunMatmul(context, planned);
    }
    return;
  }

  // Small products: each is done by one thread, several of them a task.
  const size_t shared = RoundUp(planned.shared_bytes(), 64);
  context.scratch.Reserve(context.pool.threads(), shared + planned.thread_bytes());
  const size_t tasks = std::min<size_t>(products, kBatchTasks);
  context.pool.ParallelFor(tasks, [&](size_t task, size_t thread) {
    char* space = static_cast<char*>(context.scratch.OfThread(thread));
    const Alone<T> alone = {reinterpret_cast<T*>(space + shared)};
    const Range mine = Part(products, 1, tasks, task);
    PlannedMatmul<T> own = planned;
    for (size_t index = mine.begin; index < mine.end; index++) {
      own.operands = OperandsAt(batch, index, planned.operands);
      Follow(context.kernels, own, reinterpret_cast<T*>(space), alone);
    }
  });
}

template PlannedMatmul<float> PlanFor(const KernelTable&, const MatmulShape&, const MatmulOperands<float>&,
                                      MatmulPlans*);
template PlannedMatmul<double> PlanFor(const KernelTable&, const MatmulShape&, const MatmulOperands<double>&,
                                       MatmulPlans*);
template void RunMatmul(const Context&, const PlannedMatmul<float>&, size_t);
template void RunMatmul(const Context&, const PlannedMatmul<double>&, size_t);
template void Matmul(const Context&, const MatmulBatch&, const MatmulShape&, const MatmulOperands<float>&);
template void Matmul(const Context&, const MatmulBatch&, const MatmulShape&, const MatmulOperands<double>&);

}  // namespace handgrad
