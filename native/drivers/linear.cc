#include "drivers/linear.h"

#include <algorithm>

#include "drivers/elementwise.h"
#include "drivers/loops.h"

namespace handgrad {

namespace {

template <typename T>
Matrix<const T> Transposed(const Matrix<const T>& matrix) {
  return {matrix.data, matrix.strides.Transposed()};
}

constexpr ElementType TypeOf(float) { return kFloat32; }
constexpr ElementType TypeOf(double) { return kFloat64; }

/// dz = dy where y > 0, else 0: row-major in the staging memory.
template <typename T>
Matrix<const T> Masked(const Context& context, const LinearShape& shape, const Matrix<const T>& dy,
                       const Matrix<const T>& y) {
  context.staging.Reserve(0, 0, shape.batch * shape.out * sizeof(T));
  T* dz = static_cast<T*>(context.staging.Shared());
  const Matrix<const T> result = {dz, {static_cast<ptrdiff_t>(shape.out), 1}};
  Loops loops;
  loops.operands = 3;
  loops.rank = 2;
  loops.sizes[0] = shape.batch;
  loops.sizes[1] = shape.out;
  const Matrix<const T> walked[] = {dy, y, result};
  for (int i = 0; i < 3; i++) {
    loops.strides[i][0] = walked[i].strides.row;
    loops.strides[i][1] = walked[i].strides.column;
  }
  const ElementwiseKernel kernel = context.kernels.binary[kBinary_reluBackward][TypeOf(T())];
  const Elementwise job = {
      kernel,
      3,
      {{const_cast<T*>(dy.data), sizeof(T)}, {const_cast<T*>(y.data), sizeof(T)}, {dz, sizeof(T)}}};
  RunElementwise(context, job, &loops);
  return result;
}

}  // namespace

template <typename T>
void Linear(const Context& context, const LinearShape& shape, const LinearOperands<T>& operands) {
  if (shape.batch == 0 || shape.out == 0) return;
  const Vector<const T>& bias = operands.bias;
  const bool gathers = bias.data != nullptr && bias.stride != 1 && shape.out > 1;
  if (gathers) context.staging.Reserve(0, 0, shape.out * sizeof(T));
  MatmulEnd<T> end;
  end.relu = operands.relu;
  end.bias = gathers ? static_cast<const T*>(context.staging.Shared()) : bias.data;
  const PlannedMatmul<T> product = PlanFor<T>(context, {shape.batch, shape.out, shape.in},
                                              {operands.x, Transposed(operands.weight), operands.y, end});
  context.scratch.Reserve(context.pool.threads(), product.thread_bytes(), product.shared_bytes());
  if (gathers) {
    T* gathered = static_cast<T*>(context.staging.Shared());
    for (size_t j = 0; j < shape.out; j++) gathered[j] = bias.data[static_cast<ptrdiff_t>(j) * bias.stride];
  }
  RunMatmul(context, product);
}

template <typename T>
void LinearBackward(const Context& context, const LinearShape& shape, const LinearGradients<T>& gradients) {
  const auto& [x, weight, dy, y, accumulate, dx, dweight, dbias] = gradients;
  const bool any = shape.batch > 0 && shape.out > 0;
  const Matrix<const T> dz = y.data != nullptr && any ? Masked(context, shape, dy, y) : dy;

  // The sum over the batch is a product too, with a row of ones: one 1 that repeats.
  const T one = 1;
  const Matrix<const T> ones = {&one, {0, 0}};
  MatmulEnd<T> adding;
  adding.accumulate = accumulate;

  PlannedMatmul<T> products[3];
  size_t count = 0;
  if (dx.data != nullptr && shape.batch > 0 && shape.in > 0) {
    products[count++] = PlanFor<T>(context, {shape.batch, shape.in, shape.out}, {dz, weight, dx, {}});
  }
  if (dweight.data != nullptr && shape.out > 0 && shape.in > 0) {
    products[count++] =
        PlanFor<T>(context, {shape.out, shape.in, shape.batch}, {Transposed(dz), x, dweight, adding});
  }
  if (dbias.data != nullptr && shape.out > 0) {
    const Matrix<T> row = {dbias.data, {0, dbias.stride}};
    products[count++] = PlanFor<T>(context, {1, shape.out, shape.batch}, {ones, dz, row, adding});
  }
  size_t thread_bytes = 0, shared_bytes = 0;
  for (size_t i = 0; i < count; i++) {
    thread_bytes = std::max(thread_bytes, products[i].thread_bytes());
    shared_bytes = std::max(shared_bytes, products[i].shared_bytes());
  }
  context.scratch.Reserve(context.pool.threads(), thread_bytes, shared_bytes);
  for (size_t i = 0; i < count; i++) RunMatmul(context, products[i]);
}

template void Linear(const Context&, const LinearShape&, const LinearOperands<float>&);
template void Linear(const Context&, const LinearShape&, const LinearOperands<double>&);
template void LinearBackward(const Context&, const LinearShape&, const LinearGradients<float>&);
template void LinearBackward(const Context&, const LinearShape&, const LinearGradients<double>&);

}  // namespace handgrad
