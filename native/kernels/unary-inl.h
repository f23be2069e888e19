// Functions of one element that need no more than a few instructions: out[i] = f(x[i]). All are exact, or
// rounded once as IEEE 754 has it; rsqrt rounds twice. The loop around them, its layout and its tails are in
// elementwise-inl.h; those with polynomials are in math-inl.h.
#ifndef HANDGRAD_KERNELS_UNARY_INL_H_
#define HANDGRAD_KERNELS_UNARY_INL_H_

#include "kernels/elementwise-inl.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

struct Neg {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    return -x;
  }
};
struct AbsOf {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    return Abs(x);
  }
};
struct Sign {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    // What is neither above nor below 0 is 0, -0 or NaN, and stays.
    const Vec<T> zero = Zero<T>();
    return Select((x > zero) | (x < zero), CopySign(Broadcast(T(1)), x), x);
  }
};
struct Square {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    return x * x;
  }
};
struct Relu {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    return Max(Zero<T>(), x) + Zero<T>();  // Max in this order keeps NaN, but -0 too; -0 + 0 is 0
  }
};
struct FloorOf {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    return Floor(x);
  }
};
struct CeilOf {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    return Ceil(x);
  }
};
struct RoundOf {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    return Round(x);
  }
};
struct TruncOf {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    return Trunc(x);
  }
};
struct SqrtOf {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    return Sqrt(x);
  }
};
struct Rsqrt {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    return Broadcast(T(1)) / Sqrt(x);
  }
};
struct Reciprocal {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    return Broadcast(T(1)) / x;
  }
};

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_UNARY_INL_H_
