// The fully connected layer and its gradients: products (matmul.h) with what a layer does beside them.
#ifndef HANDGRAD_DRIVERS_LINEAR_H_
#define HANDGRAD_DRIVERS_LINEAR_H_

#include <stddef.h>

#include "drivers/matmul.h"
#include "runtime/context.h"

namespace handgrad {

/// x [batch, in] · weight [out, in] · bias [out] · y [batch, out]
struct LinearShape {
  size_t batch;
  size_t in;
  size_t out;
};

/// Numbers in a row, `stride` apart.
template <typename T>
struct Vector {
  T* data;
  ptrdiff_t stride;
};

template <typename T>
struct LinearOperands {
  Matrix<const T> x;
  Matrix<const T> weight;
  /// data is null where there is no bias.
  Vector<const T> bias;
  bool relu;
  Matrix<T> y;
};

/// y = x · weightᵀ + bias, then ReLU. Throws std::bad_alloc before anything is written.
template <typename T>
void Linear(const Context& context, const LinearShape& shape, const LinearOperands<T>& operands);

/// The gradients; those whose data is null are not wanted.
template <typename T>
struct LinearGradients {
  Matrix<const T> x;
  Matrix<const T> weight;
  Matrix<const T> dy;
  /// What a forward with ReLU gave: dy counts only where it is above 0. Null: dy counts everywhere.
  Matrix<const T> y;
  /// Whether dweight and dbias are added to.
  bool accumulate;
  Matrix<T> dx;
  Matrix<T> dweight;
  Vector<T> dbias;
};

/// dx = dz · weight, dweight = dzᵀ · x, dbias = Σ_batch dz, where dz is dy masked by y. Throws std::bad_alloc
/// before anything is written.
template <typename T>
void LinearBackward(const Context& context, const LinearShape& shape, const LinearGradients<T>& gradients);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_LINEAR_H_
