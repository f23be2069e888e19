// Functions of two elements: out[i] = f(a[i], b[i]). `Apply` is for vectors of floats, `Integers` for one
// pair of int32 or uint8, where sums and products wrap. The loops, their layout and their tails are in
// elementwise-inl.h.
#ifndef HANDGRAD_KERNELS_BINARY_INL_H_
#define HANDGRAD_KERNELS_BINARY_INL_H_

#include "kernels/elementwise-inl.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

struct Add {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> a, Vec<T> b) {
    return a + b;
  }
  template <typename T>
  static HANDGRAD_INLINE T Integers(T a, T b) {
    return static_cast<T>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
  }
};
struct Sub {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> a, Vec<T> b) {
    return a - b;
  }
  template <typename T>
  static HANDGRAD_INLINE T Integers(T a, T b) {
    return static_cast<T>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
  }
};
struct Mul {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> a, Vec<T> b) {
    return a * b;
  }
  template <typename T>
  static HANDGRAD_INLINE T Integers(T a, T b) {
    return static_cast<T>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
  }
};
struct Div {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> a, Vec<T> b) {
    return a / b;
  }
};
struct MinimumOf {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> a, Vec<T> b) {
    // Of equals the one with the sign: -0 is below 0, as JavaScript and IEEE 754-2019 have it.
    return Select(a == b, Or(a, b), Minimum(a, b));
  }
  template <typename T>
  static HANDGRAD_INLINE T Integers(T a, T b) {
    return a < b ? a : b;
  }
};
struct MaximumOf {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> a, Vec<T> b) {
    return Select(a == b, And(a, b), Maximum(a, b));
  }
  template <typename T>
  static HANDGRAD_INLINE T Integers(T a, T b) {
    return a > b ? a : b;
  }
};
struct BitwiseAnd {
  template <typename T>
  static HANDGRAD_INLINE T Integers(T a, T b) {
    return static_cast<T>(a & b);
  }
};
struct BitwiseOr {
  template <typename T>
  static HANDGRAD_INLINE T Integers(T a, T b) {
    return static_cast<T>(a | b);
  }
};
struct BitwiseXor {
  template <typename T>
  static HANDGRAD_INLINE T Integers(T a, T b) {
    return static_cast<T>(a ^ b);
  }
};
struct ReluBackward {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> a, Vec<T> b) {
    return Select(b > Zero<T>(), a, Zero<T>());
  }
  template <typename T>
  static HANDGRAD_INLINE T Integers(T a, T b) {
    return b > 0 ? a : T(0);
  }
};

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_BINARY_INL_H_
