// Comparisons and choices: out[i] = a[i] ? b[i] as a byte, 0 or 1; out[i] = condition[i] ? a[i] : b[i].
//
// Layout: neighbours in memory; a and b may be single elements (`scalars`, bits 0 and 1 of a comparison, 1
// and 2 of a choice, whose condition is bit 0 and never single). Tails: partial vectors. NaN is unequal to
// everything and unordered.
#ifndef HANDGRAD_KERNELS_COMPARE_INL_H_
#define HANDGRAD_KERNELS_COMPARE_INL_H_

#include "kernels/elementwise-inl.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

struct Equal {
  template <typename T>
  static HANDGRAD_INLINE Mask<T> Apply(Vec<T> a, Vec<T> b) {
    return a == b;
  }
  template <typename T>
  static HANDGRAD_INLINE bool Integers(T a, T b) {
    return a == b;
  }
};
struct NotEqual {
  template <typename T>
  static HANDGRAD_INLINE Mask<T> Apply(Vec<T> a, Vec<T> b) {
    return a != b;
  }
  template <typename T>
  static HANDGRAD_INLINE bool Integers(T a, T b) {
    return a != b;
  }
};
struct Less {
  template <typename T>
  static HANDGRAD_INLINE Mask<T> Apply(Vec<T> a, Vec<T> b) {
    return a < b;
  }
  template <typename T>
  static HANDGRAD_INLINE bool Integers(T a, T b) {
    return a < b;
  }
};
struct LessEqual {
  template <typename T>
  static HANDGRAD_INLINE Mask<T> Apply(Vec<T> a, Vec<T> b) {
    return a <= b;
  }
  template <typename T>
  static HANDGRAD_INLINE bool Integers(T a, T b) {
    return a <= b;
  }
};
struct Greater {
  template <typename T>
  static HANDGRAD_INLINE Mask<T> Apply(Vec<T> a, Vec<T> b) {
    return a > b;
  }
  template <typename T>
  static HANDGRAD_INLINE bool Integers(T a, T b) {
    return a > b;
  }
};
struct GreaterEqual {
  template <typename T>
  static HANDGRAD_INLINE Mask<T> Apply(Vec<T> a, Vec<T> b) {
    return a >= b;
  }
  template <typename T>
  static HANDGRAD_INLINE bool Integers(T a, T b) {
    return a >= b;
  }
};

template <typename Functor, typename T, bool kScalarA, bool kScalarB>
HANDGRAD_INLINE void CompareRun(const void* const* inputs, void* out, size_t n) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const Input<T, kScalarA> a(inputs[0]);
  const Input<T, kScalarB> b(inputs[1]);
  uint8_t* y = static_cast<uint8_t*>(out);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) StoreBools(Functor::Apply(a.At(i), b.At(i)), y + i);
  if (i < n) {
    const Tail<T> tail(n - i);
    StoreBoolsPartial(Functor::Apply(a.PartialAt(i, tail), b.PartialAt(i, tail)), y + i, n - i);
  }
}

template <typename Functor, typename T>
void CompareLoop(const void* const* inputs, void* out, size_t n, unsigned scalars) noexcept {
  switch (scalars & 3) {
    case 0:
      return CompareRun<Functor, T, false, false>(inputs, out, n);
    case 1:
      return CompareRun<Functor, T, true, false>(inputs, out, n);
    case 2:
      return CompareRun<Functor, T, false, true>(inputs, out, n);
    default:
      return CompareRun<Functor, T, true, true>(inputs, out, n);
  }
}

template <typename T, bool kScalarA, bool kScalarB>
HANDGRAD_INLINE void WhereRun(const void* const* inputs, void* out, size_t n) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const uint8_t* condition = static_cast<const uint8_t*>(inputs[0]);
  const Input<T, kScalarA> a(inputs[1]);
  const Input<T, kScalarB> b(inputs[2]);
  T* y = static_cast<T*>(out);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) Store(Select(LoadBools<T>(condition + i), a.At(i), b.At(i)), y + i);
  if (i < n) {
    const Tail<T> tail(n - i);
    StorePartial(
        Select(LoadBoolsPartial<T>(condition + i, n - i), a.PartialAt(i, tail), b.PartialAt(i, tail)), y + i,
        tail);
  }
}

/// For elements of the size of T; their bits only pass through.
template <typename T>
void WhereLoop(const void* const* inputs, void* out, size_t n, unsigned scalars) noexcept {
  switch (scalars >> 1 & 3) {
    case 0:
      return WhereRun<T, false, false>(inputs, out, n);
    case 1:
      return WhereRun<T, true, false>(inputs, out, n);
    case 2:
      return WhereRun<T, false, true>(inputs, out, n);
    default:
      return WhereRun<T, true, true>(inputs, out, n);
  }
}

void WhereBytes(const void* const* inputs, void* out, size_t n, unsigned scalars) noexcept {
  const uint8_t* condition = static_cast<const uint8_t*>(inputs[0]);
  const uint8_t* a = static_cast<const uint8_t*>(inputs[1]);
  const uint8_t* b = static_cast<const uint8_t*>(inputs[2]);
  uint8_t* y = static_cast<uint8_t*>(out);
  const size_t step_a = scalars & 2 ? 0 : 1, step_b = scalars & 4 ? 0 : 1;
  for (size_t i = 0; i < n; ++i) y[i] = condition[i] != 0 ? a[i * step_a] : b[i * step_b];
}

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_COMPARE_INL_H_
