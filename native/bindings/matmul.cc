#include "bindings/matmul.h"

#include <memory>
#include <string>

#include "bindings/background.h"
#include "bindings/operands.h"
#include "bindings/parameters.h"
#include "drivers/linear.h"
#include "drivers/matmul.h"

namespace handgrad {

namespace {

/// An array with its walk, checked; or nothing, where null was given.
struct Walked {
  Walked() {}
  /// Reads argument `index`, of the type of `like` and of `rank` dimensions (or at least two, for rank 0). What is
  /// read is made where it stays: copying it at once waited for its way into memory, 20 ns for a product.
  Walked(Parameters* parameters, size_t index, const char* what, const Walked* like, size_t rank)
      : present(true), argument(ReadArgument(parameters->call(), index, what)) {
    const Call& call = parameters->call();
    RequireFloats(call, argument);
    if (like != nullptr) RequireSameType(call, argument, like->argument);
    Operand operand;
    ReadOperands(parameters, &argument, 1, &loops, &operand);
    data = operand.data;
    if (rank == 0 ? loops.rank < 2 : loops.rank != rank) {
      call.ThrowRange(std::string(what) + " has " + std::to_string(loops.rank) + " dimensions");
    }
  }

  template <typename T>
  Matrix<T> AsMatrix() const {
    if (!present) return {nullptr, {0, 0}};
    const size_t row = loops.rank - 2;
    return {static_cast<T*>(data), {loops.strides[0][row], loops.strides[0][row + 1]}};
  }

  template <typename T>
  Vector<T> AsVector() const {
    if (!present) return {nullptr, 0};
    return {static_cast<T*>(data), loops.strides[0][0]};
  }

  bool present = false;
  Argument argument;
  Loops loops;
  void* data = nullptr;
};

/// The same for an argument that may be null.
Walked ReadOptional(Parameters* parameters, size_t index, const char* what, const Walked* like, size_t rank) {
  if (parameters->call().IsNull(index)) return Walked();
  return Walked(parameters, index, what, like, rank);
}

/// Throws unless dimension `d` of `walked`, where it is there, has this size.
void RequireSize(const Call& call, const Walked& walked, size_t d, size_t size) {
  if (!walked.present || walked.loops.sizes[d] == size) return;
  call.ThrowRange(std::string(walked.argument.what) + " has size " + std::to_string(walked.loops.sizes[d]) +
                  " at dimension " + std::to_string(d) + ", which must be " + std::to_string(size));
}

/// The operands of a product of batches of matrices, checked.
struct Product {
  explicit Product(Parameters* parameters)
      : accumulate(parameters->Boolean("accumulate")),
        a(parameters, 0, "a", nullptr, 0),
        b(parameters, 1, "b", &a, a.loops.rank),
        out(parameters, 2, "out", &a, a.loops.rank) {
    const Call& call = parameters->call();
    const size_t row = a.loops.rank - 2, column = row + 1;
    if (row > kMaxBatchRank) call.ThrowRange("more than 16 batch dimensions");
    for (size_t d = 0; d < row; d++) {
      RequireSize(call, a, d, out.loops.sizes[d]);
      RequireSize(call, b, d, out.loops.sizes[d]);
    }
    RequireSize(call, a, row, out.loops.sizes[row]);
    RequireSize(call, b, column, out.loops.sizes[column]);
    RequireSize(call, b, row, a.loops.sizes[column]);
  }

  template <typename T>
  void RunOf(const Context& context) const {
    const size_t batch_rank = out.loops.rank - 2;
    const MatmulShape shape = {out.loops.sizes[batch_rank], out.loops.sizes[batch_rank + 1],
                               a.loops.sizes[batch_rank + 1]};
    MatmulBatch batch;
    batch.rank = static_cast<int>(batch_rank);
    for (size_t d = 0; d < batch_rank; d++) {
      batch.sizes[d] = out.loops.sizes[d];
      batch.a[d] = a.loops.strides[0][d];
      batch.b[d] = b.loops.strides[0][d];
      batch.c[d] = out.loops.strides[0][d];
    }
    MatmulEnd<T> end;
    end.accumulate = accumulate;
    Matmul<T>(context, batch, shape, {a.AsMatrix<const T>(), b.AsMatrix<const T>(), out.AsMatrix<T>(), end});
  }

  void Run(const Context& context) const {
    if (a.argument.elements.type == kFloat32) {
      RunOf<float>(context);
    } else {
      RunOf<double>(context);
    }
  }

  bool accumulate;
  Walked a, b, out;
};

}  // namespace

napi_value Matmul(Call& call) {
  Parameters parameters(call);
  Product(&parameters).Run(call.instance().context());
  return call.Undefined();
}

napi_value MatmulAsync(Call& call) {
  Parameters parameters(call);
  const auto product = std::make_shared<Product>(&parameters);
  for (const Walked* walked : {&product->a, &product->b, &product->out}) {
    call.RequireShared(walked->argument.index, walked->argument.what);
  }
  return StartBackground(call, 3, [product](const Context& context) { product->Run(context); });
}

napi_value Linear(Call& call) {
  Parameters parameters(call);
  const bool relu = parameters.Boolean("relu");
  const Walked x(&parameters, 0, "x", nullptr, 2), weight(&parameters, 1, "weight", &x, 2);
  const Walked bias = ReadOptional(&parameters, 2, "bias", &x, 1);
  const Walked y(&parameters, 3, "y", &x, 2);
  const LinearShape shape = {x.loops.sizes[0], x.loops.sizes[1], weight.loops.sizes[0]};
  RequireSize(call, weight, 1, shape.in);
  RequireSize(call, bias, 0, shape.out);
  RequireSize(call, y, 0, shape.batch);
  RequireSize(call, y, 1, shape.out);
  const auto run = [&](auto type) {
    using T = decltype(type);
    Linear<T>(
        call.instance().context(), shape,
        {x.AsMatrix<const T>(), weight.AsMatrix<const T>(), bias.AsVector<const T>(), relu, y.AsMatrix<T>()});
  };
  if (x.argument.elements.type == kFloat32) {
    run(float());
  } else {
    run(double());
  }
  return call.Undefined();
}

napi_value LinearBackward(Call& call) {
  Parameters parameters(call);
  const bool accumulate = parameters.Boolean("accumulate");
  const Walked x(&parameters, 0, "x", nullptr, 2), weight(&parameters, 1, "weight", &x, 2);
  const Walked dy(&parameters, 2, "dy", &x, 2);
  const Walked y = ReadOptional(&parameters, 3, "y", &x, 2);
  const Walked dx = ReadOptional(&parameters, 4, "dx", &x, 2);
  const Walked dweight = ReadOptional(&parameters, 5, "dWeight", &x, 2);
  const Walked dbias = ReadOptional(&parameters, 6, "dBias", &x, 1);
  const LinearShape shape = {x.loops.sizes[0], x.loops.sizes[1], weight.loops.sizes[0]};
  RequireSize(call, weight, 1, shape.in);
  for (const Walked* walked : {&dy, &y}) {
    RequireSize(call, *walked, 0, shape.batch);
    RequireSize(call, *walked, 1, shape.out);
  }
  RequireSize(call, dx, 0, shape.batch);
  RequireSize(call, dx, 1, shape.in);
  RequireSize(call, dweight, 0, shape.out);
  RequireSize(call, dweight, 1, shape.in);
  RequireSize(call, dbias, 0, shape.out);
  const auto run = [&](auto type) {
    using T = decltype(type);
    LinearBackward<T>(
        call.instance().context(), shape,
        {x.AsMatrix<const T>(), weight.AsMatrix<const T>(), dy.AsMatrix<const T>(), y.AsMatrix<const T>(),
         accumulate, dx.AsMatrix<T>(), dweight.AsMatrix<T>(), dbias.AsVector<T>()});
  };
  if (x.argument.elements.type == kFloat32) {
    run(float());
  } else {
    run(double());
  }
  return call.Undefined();
}

}  // namespace handgrad
