// Vectors of one lane in plain C++, for machines whose vectors we do not know. This file is also the
// reference of the vector API: every vec_*.h gives the same names with the same meaning, so that a kernel
// is written once.
//
// TYPES, for T = float or double (I = int32_t beside float, int64_t beside double):
//   Vec<T>            kLanes numbers in one register; Vec<T>::kLanes is a constant. Vec<I> has as many lanes.
//   Mask<T>           one truth value a lane, from comparisons.
//   Tail<T>(n)        the first n lanes, 0 <= n <= kLanes; numbers convert, loops make one before they start.
//
// CONSTANTS of an instruction set:
//   kFusedMultiplyAdd     whether MulPlus rounds once. Where it is true MulAdd and NegMulAdd exist as well.
//   kSplitExponentOfAll   whether SplitExponent is defined for all v: the exponent of 0 is -infinity, that of infinity
//                         is infinity; the mantissa of negative numbers and of NaN is NaN.
//   kCompresses           whether there is StoreCompressed.
//   kFastTails            whether a partial load costs no more than a whole one, in inner loops too.
//   kVectorRegisters      how many registers tiles can count on.
//
// MEMORY. Pointers need the alignment of T only, but for Stream. Nothing outside the named lanes is touched.
//   Load(p)  Store(v, p)                  kLanes neighbours
//   LoadPartial(p, tail)                  the first n; the other lanes are 0
//   StorePartial(v, p, tail)              the first n; the others keep what they hold
//   LoadStrided(p, stride)                lane i = p[i * stride]; any stride, zero and negative ones too
//   LoadStridedPartial(p, stride, n)      the first n, a count; the other lanes are 0
//   LoadEven(p)                           lane i = p[2 i]; all of 2 kLanes elements must be there
//   LoadAsDouble(p)  StoreAsFloat(v, p)   Vec<double> from and to as many floats (or doubles); Partial as above
//   Stream(v, p)                          past the caches; p aligned to the vector. StreamFence() at the end
//   Prefetch(p)                           a hint that p will be read; any address
//   PrefetchToL2(p)                       the same, not as near, for what will be read a little later
//   KeepInRegister(v)                     a hint to the compiler not to load v again where it is used again
//
// VALUES
//   Zero<T>()  Broadcast(x)  Iota<T>() = 0, 1, 2, …
//   FirstLane(v)
//
// ARITHMETIC as IEEE 754 has it, each rounded once:
//   + - * /  unary -  Sqrt  Abs
//   MulPlus(a, b, c) = a·b + c      NegMulPlus(a, b, c) = c − a·b     rounded once where kFusedMultiplyAdd,
//                                   else twice
//   MulAdd, NegMulAdd               the same, always fused; absent where the machine cannot
//   Min(a, b) = a < b ? a : b       Max(a, b) = a > b ? a : b         so b where either is NaN, or for equal
//   Minimum, Maximum                the same, but NaN where either is
//   Floor, Ceil, Trunc, Round       to whole numbers, Round halves to even; the sign of zero stays
//
// COMPARISONS   == != < <= > >=  give masks; NaN is unequal to all and unordered
//   Select(mask, yes, no)  IsNan(v)   mask & mask, mask | mask, !mask   AnyTrue(mask)  AllTrue(mask)
//   StoreBools(mask, bytes), StoreBoolsPartial(mask, bytes, n)          one byte a lane, 0 or 1
//   LoadBools<T>(bytes), LoadBoolsPartial<T>(bytes, n)                  nonzero is true; lanes from n false
//   StoreCompressed(v, mask, p) -> how many   the lanes where the mask is true, together, to p; what lies behind them,
//                                             up to kLanes, is overwritten too
//
// BITS of the numbers
//   And, Or, Xor, AndNot(a, b) = ~a & b   on Vec<T>;   CopySign(magnitude, sign)
//   BitsOf(v) -> Vec<I>, FromBits(i) -> Vec<T>
//   on Vec<I>: + - & |, ShiftLeft<n>(i), ShiftRight<n>(i) (fills with zeros)
//   ToInt(v)   the nearest whole number, halves to even; |v| < 2^31 (float), 2^51 (double)
//   ToFloat(i) exact where the number fits; |i| < 2^51 (double)
//   Pow2(i) = 2^i for normal results: -126 … 127 (float), -1022 … 1023 (double)
//   Exponent(v) = ⌊log2 v⌋ as a number, for normal v > 0
//   Ldexp(v, n) = v · 2^n, rounded once, for whole n; |n| below twice the largest exponent
//   WholePow2(n)          2^n for whole n, as long as that is a normal number
//   SplitExponent(v, &mantissa, &exponent)   v = mantissa · 2^exponent, 1 <= mantissa < 2; finite v > 0
//
// ACROSS LANES. Trees are fixed: lane i with lane i + kLanes/2, then halves of that, and so on.
//   ReduceAdd(v)   ReduceMinimum(v), ReduceMaximum(v) (NaN if any is)
//   ReduceAddEach(v)   v[kLanes] -> one vector; its lane i is ReduceAdd(v[i]), the same bits
//   Transpose(v)       v[kLanes] as a square matrix, in place
//
// Everything lies in a namespace without a name, so that no unit exports a function that another may call.
#ifndef HANDGRAD_ISA_VEC_SCALAR_H_
#define HANDGRAD_ISA_VEC_SCALAR_H_

#include <stddef.h>
#include <stdint.h>

#include "isa/attributes.h"

#if defined(__x86_64__) || defined(_M_X64)
#include <emmintrin.h>
#elif defined(__aarch64__) || defined(_M_ARM64)
#include <arm_neon.h>
#endif

namespace handgrad {
namespace scalar {
namespace {

constexpr bool kFusedMultiplyAdd = false;  // libm's fma is a slow call where the machine has no instruction
constexpr bool kCompresses = false;
constexpr bool kSplitExponentOfAll = false;
constexpr bool kFastTails = true;
constexpr int kVectorRegisters = 16;

template <typename T>
struct Vec {
  static constexpr int kLanes = 1;
  T raw;
};

template <typename T>
struct Mask {
  bool raw;
};

template <typename T>
struct Tail {
  HANDGRAD_INLINE Tail(size_t n) : raw(n != 0) {}
  bool raw;
};

/// How the bits of a number are seen as an integer and back, and the layout of those bits.
template <typename T>
struct Bits;
template <>
struct Bits<float> {
  using Int = int32_t;
  using Unsigned = uint32_t;
  static constexpr int kMantissaBits = 23;
  static constexpr int kBias = 127;
};
template <>
struct Bits<double> {
  using Int = int64_t;
  using Unsigned = uint64_t;
  static constexpr int kMantissaBits = 52;
  static constexpr int kBias = 1023;
};

// Memory

template <typename T>
HANDGRAD_INLINE Vec<T> Load(const T* p) {
  return {*p};
}
template <typename T>
HANDGRAD_INLINE void Store(Vec<T> v, T* p) {
  *p = v.raw;
}
template <typename T>
HANDGRAD_INLINE Vec<T> LoadPartial(const T* p, Tail<T> tail) {
  return {tail.raw ? *p : T(0)};
}
template <typename T>
HANDGRAD_INLINE Vec<T> LoadPartial(const T* p, size_t n) {
  return LoadPartial(p, Tail<T>(n));
}
template <typename T>
HANDGRAD_INLINE void StorePartial(Vec<T> v, T* p, Tail<T> tail) {
  if (tail.raw) *p = v.raw;
}
template <typename T>
HANDGRAD_INLINE void StorePartial(Vec<T> v, T* p, size_t n) {
  StorePartial(v, p, Tail<T>(n));
}
template <typename T>
HANDGRAD_INLINE Vec<T> LoadStrided(const T* p, ptrdiff_t) {
  return {*p};
}
template <typename T>
HANDGRAD_INLINE Vec<T> LoadStridedPartial(const T* p, ptrdiff_t, Tail<T> tail) {
  return LoadPartial(p, tail);
}
template <typename T>
HANDGRAD_INLINE Vec<T> LoadStridedPartial(const T* p, ptrdiff_t, size_t n) {
  return LoadPartial(p, Tail<T>(n));
}
template <typename T>
HANDGRAD_INLINE Vec<T> LoadEven(const T* p) {
  return Load(p);
}
HANDGRAD_INLINE Vec<double> LoadAsDouble(const float* p) { return {*p}; }
HANDGRAD_INLINE Vec<double> LoadAsDoublePartial(const float* p, Tail<double> tail) {
  return {tail.raw ? *p : 0.0};
}
HANDGRAD_INLINE void StoreAsFloat(Vec<double> v, float* p) { *p = static_cast<float>(v.raw); }
HANDGRAD_INLINE void StoreAsFloatPartial(Vec<double> v, float* p, Tail<double> tail) {
  if (tail.raw) *p = static_cast<float>(v.raw);
}
template <typename T>
HANDGRAD_INLINE void Stream(Vec<T> v, T* p) {
  *p = v.raw;
}
HANDGRAD_INLINE void StreamFence() {}
HANDGRAD_INLINE void Prefetch(const void*) {}
HANDGRAD_INLINE void PrefetchToL2(const void*) {}
template <typename T>
HANDGRAD_INLINE void KeepInRegister(Vec<T>&) {}

// Values

template <typename T>
HANDGRAD_INLINE Vec<T> Zero() {
  return {T(0)};
}
template <typename T>
HANDGRAD_INLINE Vec<T> Broadcast(T x) {
  return {x};
}
template <typename T>
HANDGRAD_INLINE Vec<T> Iota() {
  return {T(0)};
}
template <typename T>
HANDGRAD_INLINE T FirstLane(Vec<T> v) {
  return v.raw;
}

// Bits

template <typename T>
HANDGRAD_INLINE Vec<typename Bits<T>::Int> BitsOf(Vec<T> v) {
  union {
    T number;
    typename Bits<T>::Int bits;
  } view;
  view.number = v.raw;
  return {view.bits};
}
HANDGRAD_INLINE Vec<float> FromBits(Vec<int32_t> v) {
  union {
    int32_t bits;
    float number;
  } view;
  view.bits = v.raw;
  return {view.number};
}
HANDGRAD_INLINE Vec<double> FromBits(Vec<int64_t> v) {
  union {
    int64_t bits;
    double number;
  } view;
  view.bits = v.raw;
  return {view.number};
}
HANDGRAD_INLINE Vec<int32_t> operator&(Vec<int32_t> a, Vec<int32_t> b) { return {a.raw & b.raw}; }
HANDGRAD_INLINE Vec<int64_t> operator&(Vec<int64_t> a, Vec<int64_t> b) { return {a.raw & b.raw}; }
HANDGRAD_INLINE Vec<int32_t> operator|(Vec<int32_t> a, Vec<int32_t> b) { return {a.raw | b.raw}; }
HANDGRAD_INLINE Vec<int64_t> operator|(Vec<int64_t> a, Vec<int64_t> b) { return {a.raw | b.raw}; }
HANDGRAD_INLINE Vec<int32_t> operator+(Vec<int32_t> a, Vec<int32_t> b) {
  return {static_cast<int32_t>(static_cast<uint32_t>(a.raw) + static_cast<uint32_t>(b.raw))};
}
HANDGRAD_INLINE Vec<int64_t> operator+(Vec<int64_t> a, Vec<int64_t> b) {
  return {static_cast<int64_t>(static_cast<uint64_t>(a.raw) + static_cast<uint64_t>(b.raw))};
}
HANDGRAD_INLINE Vec<int32_t> operator-(Vec<int32_t> a, Vec<int32_t> b) {
  return {static_cast<int32_t>(static_cast<uint32_t>(a.raw) - static_cast<uint32_t>(b.raw))};
}
HANDGRAD_INLINE Vec<int64_t> operator-(Vec<int64_t> a, Vec<int64_t> b) {
  return {static_cast<int64_t>(static_cast<uint64_t>(a.raw) - static_cast<uint64_t>(b.raw))};
}
template <int kBits>
HANDGRAD_INLINE Vec<int32_t> ShiftLeft(Vec<int32_t> v) {
  return {static_cast<int32_t>(static_cast<uint32_t>(v.raw) << kBits)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int64_t> ShiftLeft(Vec<int64_t> v) {
  return {static_cast<int64_t>(static_cast<uint64_t>(v.raw) << kBits)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int32_t> ShiftRight(Vec<int32_t> v) {
  return {static_cast<int32_t>(static_cast<uint32_t>(v.raw) >> kBits)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int64_t> ShiftRight(Vec<int64_t> v) {
  return {static_cast<int64_t>(static_cast<uint64_t>(v.raw) >> kBits)};
}

template <typename T>
HANDGRAD_INLINE Vec<T> And(Vec<T> a, Vec<T> b) {
  return FromBits(BitsOf(a) & BitsOf(b));
}
template <typename T>
HANDGRAD_INLINE Vec<T> Or(Vec<T> a, Vec<T> b) {
  return FromBits(BitsOf(a) | BitsOf(b));
}
template <typename T>
HANDGRAD_INLINE Vec<T> Xor(Vec<T> a, Vec<T> b) {
  return FromBits(Vec<typename Bits<T>::Int>{BitsOf(a).raw ^ BitsOf(b).raw});
}
template <typename T>
HANDGRAD_INLINE Vec<T> AndNot(Vec<T> a, Vec<T> b) {
  return FromBits(Vec<typename Bits<T>::Int>{~BitsOf(a).raw & BitsOf(b).raw});
}

// Arithmetic

template <typename T>
HANDGRAD_INLINE Vec<T> operator+(Vec<T> a, Vec<T> b) {
  return {a.raw + b.raw};
}
template <typename T>
HANDGRAD_INLINE Vec<T> operator-(Vec<T> a, Vec<T> b) {
  return {a.raw - b.raw};
}
template <typename T>
HANDGRAD_INLINE Vec<T> operator*(Vec<T> a, Vec<T> b) {
  return {a.raw * b.raw};
}
template <typename T>
HANDGRAD_INLINE Vec<T> operator/(Vec<T> a, Vec<T> b) {
  return {a.raw / b.raw};
}
template <typename T>
HANDGRAD_INLINE Vec<T> MulPlus(Vec<T> a, Vec<T> b, Vec<T> c) {
  return {a.raw * b.raw + c.raw};  // two roundings: units are compiled with -ffp-contract=off
}
template <typename T>
HANDGRAD_INLINE Vec<T> NegMulPlus(Vec<T> a, Vec<T> b, Vec<T> c) {
  return {c.raw - a.raw * b.raw};
}
// sqrt as an instruction: the compiler's own may call libm to set errno.
#if defined(__x86_64__) || defined(_M_X64)
HANDGRAD_INLINE Vec<float> Sqrt(Vec<float> v) { return {_mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(v.raw)))}; }
HANDGRAD_INLINE Vec<double> Sqrt(Vec<double> v) {
  const __m128d x = _mm_set_sd(v.raw);
  return {_mm_cvtsd_f64(_mm_sqrt_sd(x, x))};
}
#elif defined(__aarch64__) || defined(_M_ARM64)
HANDGRAD_INLINE Vec<float> Sqrt(Vec<float> v) { return {vget_lane_f32(vsqrt_f32(vdup_n_f32(v.raw)), 0)}; }
HANDGRAD_INLINE Vec<double> Sqrt(Vec<double> v) { return {vget_lane_f64(vsqrt_f64(vdup_n_f64(v.raw)), 0)}; }
#else
HANDGRAD_INLINE Vec<float> Sqrt(Vec<float> v) { return {__builtin_sqrtf(v.raw)}; }
HANDGRAD_INLINE Vec<double> Sqrt(Vec<double> v) { return {__builtin_sqrt(v.raw)}; }
#endif
template <typename T>
HANDGRAD_INLINE Vec<T> Min(Vec<T> a, Vec<T> b) {
  return {a.raw < b.raw ? a.raw : b.raw};
}
template <typename T>
HANDGRAD_INLINE Vec<T> Max(Vec<T> a, Vec<T> b) {
  return {a.raw > b.raw ? a.raw : b.raw};
}

// Comparisons

template <typename T>
HANDGRAD_INLINE Mask<T> operator==(Vec<T> a, Vec<T> b) {
  return {a.raw == b.raw};
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator!=(Vec<T> a, Vec<T> b) {
  return {a.raw != b.raw};
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator<(Vec<T> a, Vec<T> b) {
  return {a.raw < b.raw};
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator<=(Vec<T> a, Vec<T> b) {
  return {a.raw <= b.raw};
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator>(Vec<T> a, Vec<T> b) {
  return {a.raw > b.raw};
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator>=(Vec<T> a, Vec<T> b) {
  return {a.raw >= b.raw};
}
template <typename T>
HANDGRAD_INLINE Vec<T> Select(Mask<T> mask, Vec<T> yes, Vec<T> no) {
  return mask.raw ? yes : no;
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator&(Mask<T> a, Mask<T> b) {
  return {a.raw && b.raw};
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator|(Mask<T> a, Mask<T> b) {
  return {a.raw || b.raw};
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator!(Mask<T> mask) {
  return {!mask.raw};
}
template <typename T>
HANDGRAD_INLINE bool AnyTrue(Mask<T> mask) {
  return mask.raw;
}
template <typename T>
HANDGRAD_INLINE bool AllTrue(Mask<T> mask) {
  return mask.raw;
}
template <typename T>
HANDGRAD_INLINE void StoreBools(Mask<T> mask, uint8_t* bytes) {
  *bytes = mask.raw;
}
template <typename T>
HANDGRAD_INLINE void StoreBoolsPartial(Mask<T> mask, uint8_t* bytes, size_t n) {
  if (n != 0) *bytes = mask.raw;
}
template <typename T>
HANDGRAD_INLINE Mask<T> LoadBools(const uint8_t* bytes) {
  return {*bytes != 0};
}
template <typename T>
HANDGRAD_INLINE Mask<T> LoadBoolsPartial(const uint8_t* bytes, size_t n) {
  return {n != 0 && *bytes != 0};
}

// Whole numbers. Adding and taking away 2^mantissa leaves no bits for a fraction, so the addition itself
// rounds to whole numbers, halves to even.

template <typename T>
HANDGRAD_INLINE Vec<T> Round(Vec<T> v) {
  const T limit = T(int64_t{1} << Bits<T>::kMantissaBits);
  const Vec<T> magnitude = Abs(v);
  if (!(magnitude.raw < limit)) return v;  // whole already, infinite or NaN
  return CopySign(Vec<T>{(magnitude.raw + limit) - limit}, v);
}
template <typename T>
HANDGRAD_INLINE Vec<T> Floor(Vec<T> v) {
  const Vec<T> r = Round(v);
  return CopySign(Vec<T>{r.raw > v.raw ? r.raw - T(1) : r.raw}, v);
}
template <typename T>
HANDGRAD_INLINE Vec<T> Ceil(Vec<T> v) {
  const Vec<T> r = Round(v);
  return CopySign(Vec<T>{r.raw < v.raw ? r.raw + T(1) : r.raw}, v);
}
template <typename T>
HANDGRAD_INLINE Vec<T> Trunc(Vec<T> v) {
  return CopySign(Floor(Abs(v)), v);
}
template <typename T>
HANDGRAD_INLINE Vec<typename Bits<T>::Int> ToInt(Vec<T> v) {
  // Converting what does not fit, NaN above all, is undefined in C++.
  const T whole = Round(v).raw, limit = T(typename Bits<T>::Unsigned{1} << (8 * sizeof(T) - 1));
  return {whole >= -limit && whole < limit ? static_cast<typename Bits<T>::Int>(whole) : 0};
}
HANDGRAD_INLINE Vec<float> ToFloat(Vec<int32_t> v) { return {static_cast<float>(v.raw)}; }
HANDGRAD_INLINE Vec<double> ToFloat(Vec<int64_t> v) { return {static_cast<double>(v.raw)}; }

// Across lanes

template <typename T>
HANDGRAD_INLINE T ReduceAdd(Vec<T> v) {
  return v.raw;
}
template <typename T>
HANDGRAD_INLINE Vec<T> ReduceAddEach(const Vec<T>* v) {
  return v[0];
}
template <typename T>
HANDGRAD_INLINE void Transpose(Vec<T>*) {}

}  // namespace
}  // namespace scalar
}  // namespace handgrad

#include "isa/vec_common-inl.h"

#endif  // HANDGRAD_ISA_VEC_SCALAR_H_
