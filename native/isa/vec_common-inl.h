// The part of the vector API that follows from the rest, for the instruction set HANDGRAD_ISA. Each vec_*.h
// includes it at its end; the meanings are in vec_scalar.h.

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

template <typename T>
HANDGRAD_INLINE Vec<T> operator-(Vec<T> v) {
  return Xor(Broadcast(T(-0.0)), v);  // the sign bit, and so also of zero and NaN
}
template <typename T>
HANDGRAD_INLINE Vec<T> Abs(Vec<T> v) {
  return AndNot(Broadcast(T(-0.0)), v);
}
template <typename T>
HANDGRAD_INLINE Vec<T> CopySign(Vec<T> magnitude, Vec<T> sign) {
  const Vec<T> bit = Broadcast(T(-0.0));
  return Or(AndNot(bit, magnitude), And(bit, sign));
}
// So that a kernel that computes in double is written once for floats and doubles.
HANDGRAD_INLINE Vec<double> LoadAsDouble(const double* p) { return Load(p); }
HANDGRAD_INLINE Vec<double> LoadAsDoublePartial(const double* p, Tail<double> tail) {
  return LoadPartial(p, tail);
}

template <typename T>
HANDGRAD_INLINE Mask<T> IsNan(Vec<T> v) {
  return v != v;
}
template <typename T>
HANDGRAD_INLINE Vec<T> Minimum(Vec<T> a, Vec<T> b) {
  return Select(IsNan(a), a, Min(a, b));  // Min alone gives b, NaN or not, where a is NaN
}
template <typename T>
HANDGRAD_INLINE Vec<T> Maximum(Vec<T> a, Vec<T> b) {
  return Select(IsNan(a), a, Max(a, b));
}

// Rare enough, at the end of a loop, to go through memory.
template <typename T>
HANDGRAD_INLINE T ReduceMinimum(Vec<T> v) {
  T lanes[Vec<T>::kLanes];
  Store(v, lanes);
  for (int half = Vec<T>::kLanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) {
      if (!(lanes[i] < lanes[i + half] || lanes[i] != lanes[i])) lanes[i] = lanes[i + half];
    }
  }
  return lanes[0];
}
template <typename T>
HANDGRAD_INLINE T ReduceMaximum(Vec<T> v) {
  T lanes[Vec<T>::kLanes];
  Store(v, lanes);
  for (int half = Vec<T>::kLanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) {
      if (!(lanes[i] > lanes[i + half] || lanes[i] != lanes[i])) lanes[i] = lanes[i + half];
    }
  }
  return lanes[0];
}

// A float is (1 + mantissa) · 2^(exponent field − bias): a field alone is a power of two.
HANDGRAD_INLINE Vec<float> Pow2(Vec<int32_t> i) {
  return FromBits(ShiftLeft<23>(i + Broadcast(int32_t{127})));
}
HANDGRAD_INLINE Vec<double> Pow2(Vec<int64_t> i) {
  return FromBits(ShiftLeft<52>(i + Broadcast(int64_t{1023})));
}
/// 2^n for a whole n that a normal number can be 2^n of.
template <typename T>
HANDGRAD_INLINE Vec<T> WholePow2(Vec<T> n) {
  return Pow2(ToInt(n));
}
HANDGRAD_INLINE Vec<float> Exponent(Vec<float> v) {
  return ToFloat(ShiftRight<23>(BitsOf(v)) - Broadcast(int32_t{127}));
}
HANDGRAD_INLINE Vec<double> Exponent(Vec<double> v) {
  return ToFloat(ShiftRight<52>(BitsOf(v)) - Broadcast(int64_t{1023}));
}

// Where an instruction does these, vec_*.h has them for Vec<float> and Vec<double> themselves, and those are
// preferred to the templates.

template <typename T>
HANDGRAD_INLINE Vec<T> Ldexp(Vec<T> v, Vec<T> n) {
  // In two steps, because 2^n itself may be too large or too small for a number.
  const Vec<T> half = Floor(n * Broadcast(T(0.5)));
  return v * Pow2(ToInt(half)) * Pow2(ToInt(n - half));
}
template <typename T>
HANDGRAD_INLINE void SplitExponent(Vec<T> v, Vec<T>* mantissa, Vec<T>* exponent) {
  constexpr bool kFloat = sizeof(T) == 4;
  constexpr int kMantissaBits = kFloat ? 23 : 52;
  const Vec<T> infinity = Broadcast(T(__builtin_inf())), one = Broadcast(T(1));
  // Subnormals are scaled up first.
  const Mask<T> subnormal = v < Broadcast(T(kFloat ? 0x1p-126 : 0x1p-1022));
  const Vec<T> normal = Select(subnormal, v * Broadcast(T(int64_t{1} << kMantissaBits)), v);
  *exponent = Exponent(normal) - Select(subnormal, Broadcast(T(kMantissaBits)), Zero<T>());
  *mantissa = Or(AndNot(infinity, normal), one);  // its own fraction, and the exponent of 1
}

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad
