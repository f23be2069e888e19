// The loops around functions of one and two elements.
//
//     out[i] = f(x[i])      out[i] = f(a[i], b[i])
//
// Layout: neighbours in memory; either input of two may be one element that stands for all (`scalars`). The
// result may lie exactly on an input, so elements are read before the ones in their place are written.
// Tails: partial vectors, which go through the same function, so that an element's result does not depend on
// where it lies.
#ifndef HANDGRAD_KERNELS_ELEMENTWISE_INL_H_
#define HANDGRAD_KERNELS_ELEMENTWISE_INL_H_

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

/// How many elements to do apart, so that from there on vectors of the result do not straddle cache lines, each
/// of which costs two accesses. JavaScript's large arrays all begin at the same place in a line, so that the
/// inputs are then in step as well.
template <typename T>
HANDGRAD_INLINE size_t HeadOf(const T* out, size_t n) {
  constexpr size_t kBytes = sizeof(Vec<T>);
  if (n < 16 * kBytes / sizeof(T)) return 0;
  return (kBytes - reinterpret_cast<uintptr_t>(out) % kBytes) % kBytes / sizeof(T);
}

// Memory is read faster when asked for early: the processor's own prefetching stops at each page, and while it is
// busy with a function it does not look far ahead. Addresses are numbers here, because they may lie beyond the
// array.
constexpr size_t kAheadBytes = 4096;
HANDGRAD_INLINE void PrefetchFrom(const void* p, ptrdiff_t bytes) {
  Prefetch(reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(p) + static_cast<uintptr_t>(bytes)));
}

template <typename Functor, typename T>
void UnaryLoop(const void* const* inputs, void* out, size_t n, unsigned) noexcept {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const T* x = static_cast<const T*>(inputs[0]);
  T* y = static_cast<T*>(out);
  size_t i = HeadOf(y, n);
  if (i > 0) StorePartial(Functor::Apply(LoadPartial(x, i)), y, i);
  for (; i + kLanes <= n; i += kLanes) {
    PrefetchFrom(x + i, kAheadBytes);
    Store(Functor::Apply(Load(x + i)), y + i);
  }
  if (i < n) {
    const Tail<T> tail(n - i);
    StorePartial(Functor::Apply(LoadPartial(x + i, tail)), y + i, tail);
  }
}

/// An input as the loop sees it: a pointer, or one number in a register.
template <typename T, bool kScalar>
struct Input {
  HANDGRAD_INLINE explicit Input(const void* p) : data(static_cast<const T*>(p)) {}
  HANDGRAD_INLINE Vec<T> At(size_t i) const { return Load(data + i); }
  HANDGRAD_INLINE Vec<T> PartialAt(size_t i, Tail<T> tail) const { return LoadPartial(data + i, tail); }
  const T* data;
};
template <typename T>
struct Input<T, true> {
  HANDGRAD_INLINE explicit Input(const void* p) : value(Broadcast(*static_cast<const T*>(p))) {}
  HANDGRAD_INLINE Vec<T> At(size_t) const { return value; }
  HANDGRAD_INLINE Vec<T> PartialAt(size_t, Tail<T>) const { return value; }
  const Vec<T> value;
};

template <typename Functor, typename T, bool kScalarA, bool kScalarB>
HANDGRAD_INLINE void BinaryRun(const void* const* inputs, void* out, size_t n) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const Input<T, kScalarA> a(inputs[0]);
  const Input<T, kScalarB> b(inputs[1]);
  T* y = static_cast<T*>(out);
  size_t i = HeadOf(y, n);
  if (i > 0) StorePartial(Functor::Apply(a.PartialAt(0, i), b.PartialAt(0, i)), y, i);
  for (; i + kLanes <= n; i += kLanes) Store(Functor::Apply(a.At(i), b.At(i)), y + i);
  if (i < n) {
    const Tail<T> tail(n - i);
    StorePartial(Functor::Apply(a.PartialAt(i, tail), b.PartialAt(i, tail)), y + i, tail);
  }
}

template <typename Functor, typename T>
void BinaryLoop(const void* const* inputs, void* out, size_t n, unsigned scalars) noexcept {
  switch (scalars & 3) {
    case 0:
      return BinaryRun<Functor, T, false, false>(inputs, out, n);
    case 1:
      return BinaryRun<Functor, T, true, false>(inputs, out, n);
    case 2:
      return BinaryRun<Functor, T, false, true>(inputs, out, n);
    default:
      return BinaryRun<Functor, T, true, true>(inputs, out, n);
  }
}

/// Plain loops for integers, which the compiler makes vectors of. The step of a scalar input is 0.
template <typename Functor, typename T, typename Result>
void IntegerLoop(const void* const* inputs, void* out, size_t n, unsigned scalars) noexcept {
  const T* a = static_cast<const T*>(inputs[0]);
  const T* b = static_cast<const T*>(inputs[1]);
  Result* y = static_cast<Result*>(out);
  const T first_a = *a, first_b = *b;
  switch (scalars & 3) {
    case 0:
      HANDGRAD_INDEPENDENT
      for (size_t i = 0; i < n; ++i) y[i] = Functor::Integers(a[i], b[i]);
      return;
    case 1:
      HANDGRAD_INDEPENDENT
      for (size_t i = 0; i < n; ++i) y[i] = Functor::Integers(first_a, b[i]);
      return;
    case 2:
      HANDGRAD_INDEPENDENT
      for (size_t i = 0; i < n; ++i) y[i] = Functor::Integers(a[i], first_b);
      return;
    default:
      for (size_t i = 0; i < n; ++i) y[i] = Functor::Integers(first_a, first_b);
  }
}

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_ELEMENTWISE_INL_H_
