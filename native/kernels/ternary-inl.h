// Functions of three elements, and of one number for all: out[i] = f(a[i], b[i], c[i], scale).
//
// Layout: neighbours in memory; b and c may be single elements (`scalars`, bits 1 and 2), a may not; input 3 is the
// number, a double. The result may lie exactly on an input. Tails: partial vectors. All is computed in double, so
// that floats are rounded once, at the end, and no product is fused with a sum: the same bits everywhere.
#ifndef HANDGRAD_KERNELS_TERNARY_INL_H_
#define HANDGRAD_KERNELS_TERNARY_INL_H_

#include "kernels/binary-inl.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

struct Clamp {
  static HANDGRAD_INLINE Vec<double> Apply(Vec<double> a, Vec<double> b, Vec<double> c, Vec<double>) {
    return MinimumOf::Apply(MaximumOf::Apply(a, b), c);
  }
};
struct Lerp {
  static HANDGRAD_INLINE Vec<double> Apply(Vec<double> a, Vec<double> b, Vec<double> c, Vec<double>) {
    const Vec<double> difference = b - a;
    return Select(Abs(c) < Broadcast(0.5), a + c * difference, b - (Broadcast(1.0) - c) * difference);
  }
};
struct Addcmul {
  static HANDGRAD_INLINE Vec<double> Apply(Vec<double> a, Vec<double> b, Vec<double> c, Vec<double> scale) {
    return a + scale * b * c;
  }
};
struct Addcdiv {
  static HANDGRAD_INLINE Vec<double> Apply(Vec<double> a, Vec<double> b, Vec<double> c, Vec<double> scale) {
    return a + scale * b / c;
  }
};

HANDGRAD_INLINE void StoreDoubles(Vec<double> v, double* p) { Store(v, p); }
HANDGRAD_INLINE void StoreDoubles(Vec<double> v, float* p) { StoreAsFloat(v, p); }
HANDGRAD_INLINE void StoreDoublesPartial(Vec<double> v, double* p, Tail<double> tail) {
  StorePartial(v, p, tail);
}
HANDGRAD_INLINE void StoreDoublesPartial(Vec<double> v, float* p, Tail<double> tail) {
  StoreAsFloatPartial(v, p, tail);
}

/// An input as doubles: a pointer, or one number in a register.
template <typename T, bool kScalar>
struct DoubleInput {
  HANDGRAD_INLINE explicit DoubleInput(const void* p) : data(static_cast<const T*>(p)) {}
  HANDGRAD_INLINE Vec<double> At(size_t i) const { return LoadAsDouble(data + i); }
  HANDGRAD_INLINE Vec<double> PartialAt(size_t i, Tail<double> tail) const {
    return LoadAsDoublePartial(data + i, tail);
  }
  const T* data;
};
template <typename T>
struct DoubleInput<T, true> {
  HANDGRAD_INLINE explicit DoubleInput(const void* p)
      : value(Broadcast(static_cast<double>(*static_cast<const T*>(p)))) {}
  HANDGRAD_INLINE Vec<double> At(size_t) const { return value; }
  HANDGRAD_INLINE Vec<double> PartialAt(size_t, Tail<double>) const { return value; }
  const Vec<double> value;
};

template <typename Functor, typename T, bool kScalarB, bool kScalarC>
HANDGRAD_INLINE void TernaryRun(const void* const* inputs, void* out, size_t n) {
  constexpr size_t kLanes = Vec<double>::kLanes;
  const DoubleInput<T, false> a(inputs[0]);
  const DoubleInput<T, kScalarB> b(inputs[1]);
  const DoubleInput<T, kScalarC> c(inputs[2]);
  const Vec<double> scale = Broadcast(*static_cast<const double*>(inputs[3]));
  T* y = static_cast<T*>(out);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) StoreDoubles(Functor::Apply(a.At(i), b.At(i), c.At(i), scale), y + i);
  if (i < n) {
    const Tail<double> tail(n - i);
    StoreDoublesPartial(
        Functor::Apply(a.PartialAt(i, tail), b.PartialAt(i, tail), c.PartialAt(i, tail), scale), y + i, tail);
  }
}

template <typename Functor, typename T>
void TernaryLoop(const void* const* inputs, void* out, size_t n, unsigned scalars) noexcept {
  switch (scalars >> 1 & 3) {
    case 0:
      return TernaryRun<Functor, T, false, false>(inputs, out, n);
    case 1:
      return TernaryRun<Functor, T, true, false>(inputs, out, n);
    case 2:
      return TernaryRun<Functor, T, false, true>(inputs, out, n);
    default:
      return TernaryRun<Functor, T, true, true>(inputs, out, n);
  }
}

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_TERNARY_INL_H_
