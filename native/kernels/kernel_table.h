// What an instruction set offers: pointers made from the rows of kernel_list.inc. No code here, because the
// units in isa/ include this file, and an inline function compiled with their flags must never be the one
// that the linker keeps for everybody.
#ifndef HANDGRAD_KERNELS_KERNEL_TABLE_H_
#define HANDGRAD_KERNELS_KERNEL_TABLE_H_

#include <stddef.h>
#include <stdint.h>

#include "kernels/indexing.h"
#include "kernels/limits.h"
#include "kernels/losses.h"
#include "kernels/masks.h"
#include "kernels/matmul.h"
#include "kernels/sgd.h"

namespace handgrad {

/// The types that elements are stored in. Booleans are stored as bytes, 0 or 1.
enum ElementType : uint8_t { kFloat32, kFloat64, kInt32, kUint8, kElementTypes };
/// The floats come first, so that they index tables of their own.
constexpr size_t kFloatTypes = 2;

enum UnaryOp : uint8_t {
#define HANDGRAD_UNARY(name, Functor) kUnary_##name,
#include "kernels/kernel_list.inc"
  kUnaryOps
};
enum BinaryOp : uint8_t {
#define HANDGRAD_BINARY(name, Functor) kBinary_##name,
#include "kernels/kernel_list.inc"
  kBinaryOps
};
enum TernaryOp : uint8_t {
#define HANDGRAD_TERNARY(name, Functor) kTernary_##name,
#include "kernels/kernel_list.inc"
  kTernaryOps
};
enum CompareOp : uint8_t {
#define HANDGRAD_COMPARE(name, Functor) kCompare_##name,
#include "kernels/kernel_list.inc"
  kCompareOps
};
enum FoldOp : uint8_t {
#define HANDGRAD_FOLD(name, Functor) kFold_##name,
#include "kernels/kernel_list.inc"
  kFoldOps
};
enum ArgFoldOp : uint8_t {
#define HANDGRAD_ARG_FOLD(name, Functor) kArgFold_##name,
#include "kernels/kernel_list.inc"
  kArgFoldOps
};

/// n elements of each input, neighbours in memory, to n neighbours of the result, which may lie exactly on an
/// input. Where bit i of `scalars` is set, input i is a single element that stands for all n; which inputs
/// may be is said where the kernels are.
using ElementwiseKernel = void (*)(const void* const* inputs, void* out, size_t n, unsigned scalars) noexcept;

/// Folds numbers into totals, along rows or down columns: fold-inl.h says how.
using FoldKernel = void (*)(const void* x, ptrdiff_t row_stride, size_t rows, size_t n, const double* centers,
                            ptrdiff_t center_step, double* totals) noexcept;

/// Finds where in each row the extreme is: arg_fold-inl.h.
using ArgFoldKernel = void (*)(const void* x, ptrdiff_t row_stride, size_t rows, size_t n,
                               int32_t* indices) noexcept;

struct KernelTable {
  // The name that `setKernels` takes: scalar, sse, avx2, avx512, neon.
  const char* isa;

  // By operation and element type; null where there is none.
  ElementwiseKernel unary[kUnaryOps][kFloatTypes];
  ElementwiseKernel binary[kBinaryOps][kElementTypes];
  // (a, b, c, a double for all)
  ElementwiseKernel ternary[kTernaryOps][kFloatTypes];
  ElementwiseKernel compare[kCompareOps][kElementTypes];

  // (condition, a, b), for elements of 1, 4 and 8 bytes.
  ElementwiseKernel where_1, where_4, where_8;

  // By the type of x and of the result, whose last one is booleans.
  ElementwiseKernel cast[kElementTypes][kElementTypes + 1];

  FoldKernel fold_rows[kFoldOps][kFloatTypes];
  FoldKernel fold_columns[kFoldOps][kFloatTypes];
  ArgFoldKernel arg_fold[kArgFoldOps][kFloatTypes];
  // What a fold of nothing is.
  double fold_start[kFoldOps];

  // What matmul and linear are made of, and the sizes of its tiles.
  MatmulKernels<float> matmul_f32;
  MatmulKernels<double> matmul_f64;

#define HANDGRAD_FLOAT_KERNEL(name, Function, parameters) void(*name[kFloatTypes]) parameters noexcept;
#include "kernels/kernel_list.inc"

#define HANDGRAD_TYPED_KERNEL(name, Function, parameters) void(*name[kElementTypes]) parameters noexcept;
#include "kernels/kernel_list.inc"

#define HANDGRAD_KERNEL(name, parameters) void(*name) parameters noexcept;
#include "kernels/kernel_list.inc"
};

}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_KERNEL_TABLE_H_
