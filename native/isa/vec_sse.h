// Vectors of 128 bits for x86-64: SSE4.1 (2008), for its rounding and blending. Dispatch asks CPUID for it.
// There is no FMA at this level: MulPlus rounds twice.
// The meaning of each name is in vec_scalar.h.
#ifndef HANDGRAD_ISA_VEC_SSE_H_
#define HANDGRAD_ISA_VEC_SSE_H_

#include <smmintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/attributes.h"

namespace handgrad {
namespace sse {
namespace {

constexpr bool kFusedMultiplyAdd = false;
constexpr bool kCompresses = false;
constexpr bool kSplitExponentOfAll = false;
constexpr bool kFastTails = false;
constexpr int kVectorRegisters = 16;

template <typename T>
struct Vec;
template <>
struct Vec<float> {
  static constexpr int kLanes = 4;
  __m128 raw;
};
template <>
struct Vec<double> {
  static constexpr int kLanes = 2;
  __m128d raw;
};
template <>
struct Vec<int32_t> {
  static constexpr int kLanes = 4;
  __m128i raw;
};
template <>
struct Vec<int64_t> {
  static constexpr int kLanes = 2;
  __m128i raw;
};

// A lane is true where all its bits are set.
template <typename T>
struct Mask;
template <>
struct Mask<float> {
  __m128 raw;
};
template <>
struct Mask<double> {
  __m128d raw;
};

template <typename T>
struct Tail {
  HANDGRAD_INLINE Tail(size_t n) : count(n) {}
  size_t count;
};

// Values

template <typename T>
HANDGRAD_INLINE Vec<T> Zero();
template <>
HANDGRAD_INLINE Vec<float> Zero<float>() {
  return {_mm_setzero_ps()};
}
template <>
HANDGRAD_INLINE Vec<double> Zero<double>() {
  return {_mm_setzero_pd()};
}
HANDGRAD_INLINE Vec<float> Broadcast(float x) { return {_mm_set1_ps(x)}; }
HANDGRAD_INLINE Vec<double> Broadcast(double x) { return {_mm_set1_pd(x)}; }
HANDGRAD_INLINE Vec<int32_t> Broadcast(int32_t x) { return {_mm_set1_epi32(x)}; }
HANDGRAD_INLINE Vec<int64_t> Broadcast(int64_t x) { return {_mm_set1_epi64x(x)}; }
template <typename T>
HANDGRAD_INLINE Vec<T> Iota();
template <>
HANDGRAD_INLINE Vec<float> Iota<float>() {
  return {_mm_setr_ps(0, 1, 2, 3)};
}
template <>
HANDGRAD_INLINE Vec<double> Iota<double>() {
  return {_mm_setr_pd(0, 1)};
}
HANDGRAD_INLINE float FirstLane(Vec<float> v) { return _mm_cvtss_f32(v.raw); }
HANDGRAD_INLINE double FirstLane(Vec<double> v) { return _mm_cvtsd_f64(v.raw); }

// Memory

HANDGRAD_INLINE Vec<float> Load(const float* p) { return {_mm_loadu_ps(p)}; }
HANDGRAD_INLINE Vec<double> Load(const double* p) { return {_mm_loadu_pd(p)}; }
HANDGRAD_INLINE void Store(Vec<float> v, float* p) { _mm_storeu_ps(p, v.raw); }
HANDGRAD_INLINE void Store(Vec<double> v, double* p) { _mm_storeu_pd(p, v.raw); }
HANDGRAD_INLINE Vec<float> LoadPartial(const float* p, Tail<float> tail) {
  switch (tail.count) {
    case 0:
      return Zero<float>();
    case 1:
      return {_mm_load_ss(p)};
    case 2:
      return {_mm_unpacklo_ps(_mm_load_ss(p), _mm_load_ss(p + 1))};
    case 3:
      return {_mm_movelh_ps(_mm_unpacklo_ps(_mm_load_ss(p), _mm_load_ss(p + 1)), _mm_load_ss(p + 2))};
    default:
      return Load(p);
  }
}
HANDGRAD_INLINE Vec<double> LoadPartial(const double* p, Tail<double> tail) {
  switch (tail.count) {
    case 0:
      return Zero<double>();
    case 1:
      return {_mm_load_sd(p)};
    default:
      return Load(p);
  }
}
HANDGRAD_INLINE void StorePartial(Vec<float> v, float* p, Tail<float> tail) {
  switch (tail.count) {
    case 0:
      return;
    case 3:
      _mm_store_ss(p + 2, _mm_movehl_ps(v.raw, v.raw));
      [[fallthrough]];
    case 2:
      _mm_store_ss(p + 1, _mm_shuffle_ps(v.raw, v.raw, 0x55));
      [[fallthrough]];
    case 1:
      _mm_store_ss(p, v.raw);
      return;
    default:
      Store(v, p);
  }
}
HANDGRAD_INLINE void StorePartial(Vec<double> v, double* p, Tail<double> tail) {
  switch (tail.count) {
    case 0:
      return;
    case 1:
      _mm_store_sd(p, v.raw);
      return;
    default:
      Store(v, p);
  }
}
HANDGRAD_INLINE Vec<float> LoadStrided(const float* p, ptrdiff_t stride) {
  return {_mm_setr_ps(p[0], p[stride], p[2 * stride], p[3 * stride])};
}
HANDGRAD_INLINE Vec<double> LoadStrided(const double* p, ptrdiff_t stride) {
  return {_mm_setr_pd(p[0], p[stride])};
}
HANDGRAD_INLINE Vec<float> LoadStridedPartial(const float* p, ptrdiff_t stride, size_t n) {
  float lanes[4] = {};
  for (size_t i = 0; i < n; i++) lanes[i] = p[static_cast<ptrdiff_t>(i) * stride];
  return Load(lanes);
}
HANDGRAD_INLINE Vec<double> LoadStridedPartial(const double* p, ptrdiff_t stride, size_t n) {
  double lanes[2] = {};
  for (size_t i = 0; i < n; i++) lanes[i] = p[static_cast<ptrdiff_t>(i) * stride];
  return Load(lanes);
}
HANDGRAD_INLINE Vec<float> LoadEven(const float* p) {
  return {_mm_shuffle_ps(_mm_loadu_ps(p), _mm_loadu_ps(p + 4), 0x88)};
}
HANDGRAD_INLINE Vec<double> LoadEven(const double* p) {
  return {_mm_unpacklo_pd(_mm_loadu_pd(p), _mm_loadu_pd(p + 2))};
}
HANDGRAD_INLINE Vec<double> LoadAsDouble(const float* p) {
  return {_mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))))};
}
HANDGRAD_INLINE Vec<double> LoadAsDoublePartial(const float* p, Tail<double> tail) {
  if (tail.count == 0) return Zero<double>();
  return tail.count == 1 ? Vec<double>{_mm_cvtps_pd(_mm_load_ss(p))} : LoadAsDouble(p);
}
HANDGRAD_INLINE void StoreAsFloat(Vec<double> v, float* p) {
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_castps_si128(_mm_cvtpd_ps(v.raw)));
}
HANDGRAD_INLINE void StoreAsFloatPartial(Vec<double> v, float* p, Tail<double> tail) {
  if (tail.count == 2) StoreAsFloat(v, p);
  if (tail.count == 1) _mm_store_ss(p, _mm_cvtpd_ps(v.raw));
}
HANDGRAD_INLINE void Stream(Vec<float> v, float* p) { _mm_stream_ps(p, v.raw); }
HANDGRAD_INLINE void Stream(Vec<double> v, double* p) { _mm_stream_pd(p, v.raw); }
HANDGRAD_INLINE void StreamFence() { _mm_sfence(); }
HANDGRAD_INLINE void Prefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0); }
HANDGRAD_INLINE void PrefetchToL2(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T1); }
template <typename T>
HANDGRAD_INLINE void KeepInRegister([[maybe_unused]] Vec<T>& v) {
#if defined(__GNUC__)
  __asm__("" : "+x"(v.raw));
#endif
}

// Arithmetic

HANDGRAD_INLINE Vec<float> operator+(Vec<float> a, Vec<float> b) { return {_mm_add_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator+(Vec<double> a, Vec<double> b) { return {_mm_add_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> operator-(Vec<float> a, Vec<float> b) { return {_mm_sub_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator-(Vec<double> a, Vec<double> b) { return {_mm_sub_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> operator*(Vec<float> a, Vec<float> b) { return {_mm_mul_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator*(Vec<double> a, Vec<double> b) { return {_mm_mul_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> operator/(Vec<float> a, Vec<float> b) { return {_mm_div_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator/(Vec<double> a, Vec<double> b) { return {_mm_div_pd(a.raw, b.raw)}; }
template <typename T>
HANDGRAD_INLINE Vec<T> MulPlus(Vec<T> a, Vec<T> b, Vec<T> c) {
  return a * b + c;
}
template <typename T>
HANDGRAD_INLINE Vec<T> NegMulPlus(Vec<T> a, Vec<T> b, Vec<T> c) {
  return c - a * b;
}
HANDGRAD_INLINE Vec<float> Sqrt(Vec<float> v) { return {_mm_sqrt_ps(v.raw)}; }
HANDGRAD_INLINE Vec<double> Sqrt(Vec<double> v) { return {_mm_sqrt_pd(v.raw)}; }
// The instructions give their second operand for NaN and for equal: our rule.
HANDGRAD_INLINE Vec<float> Min(Vec<float> a, Vec<float> b) { return {_mm_min_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> Min(Vec<double> a, Vec<double> b) { return {_mm_min_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> Max(Vec<float> a, Vec<float> b) { return {_mm_max_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> Max(Vec<double> a, Vec<double> b) { return {_mm_max_pd(a.raw, b.raw)}; }
template <int kMode>
HANDGRAD_INLINE Vec<float> RoundTo(Vec<float> v) {
  return {_mm_round_ps(v.raw, kMode | _MM_FROUND_NO_EXC)};
}
template <int kMode>
HANDGRAD_INLINE Vec<double> RoundTo(Vec<double> v) {
  return {_mm_round_pd(v.raw, kMode | _MM_FROUND_NO_EXC)};
}
template <typename T>
HANDGRAD_INLINE Vec<T> Floor(Vec<T> v) {
  return RoundTo<_MM_FROUND_TO_NEG_INF>(v);
}
template <typename T>
HANDGRAD_INLINE Vec<T> Ceil(Vec<T> v) {
  return RoundTo<_MM_FROUND_TO_POS_INF>(v);
}
template <typename T>
HANDGRAD_INLINE Vec<T> Trunc(Vec<T> v) {
  return RoundTo<_MM_FROUND_TO_ZERO>(v);
}
template <typename T>
HANDGRAD_INLINE Vec<T> Round(Vec<T> v) {
  return RoundTo<_MM_FROUND_TO_NEAREST_INT>(v);
}

// Bits

HANDGRAD_INLINE Vec<float> And(Vec<float> a, Vec<float> b) { return {_mm_and_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> And(Vec<double> a, Vec<double> b) { return {_mm_and_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> Or(Vec<float> a, Vec<float> b) { return {_mm_or_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> Or(Vec<double> a, Vec<double> b) { return {_mm_or_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> Xor(Vec<float> a, Vec<float> b) { return {_mm_xor_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> Xor(Vec<double> a, Vec<double> b) { return {_mm_xor_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> AndNot(Vec<float> a, Vec<float> b) { return {_mm_andnot_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> AndNot(Vec<double> a, Vec<double> b) { return {_mm_andnot_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<int32_t> BitsOf(Vec<float> v) { return {_mm_castps_si128(v.raw)}; }
HANDGRAD_INLINE Vec<int64_t> BitsOf(Vec<double> v) { return {_mm_castpd_si128(v.raw)}; }
HANDGRAD_INLINE Vec<float> FromBits(Vec<int32_t> v) { return {_mm_castsi128_ps(v.raw)}; }
HANDGRAD_INLINE Vec<double> FromBits(Vec<int64_t> v) { return {_mm_castsi128_pd(v.raw)}; }
HANDGRAD_INLINE Vec<int32_t> operator+(Vec<int32_t> a, Vec<int32_t> b) {
  return {_mm_add_epi32(a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<int64_t> operator+(Vec<int64_t> a, Vec<int64_t> b) {
  return {_mm_add_epi64(a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<int32_t> operator-(Vec<int32_t> a, Vec<int32_t> b) {
  return {_mm_sub_epi32(a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<int64_t> operator-(Vec<int64_t> a, Vec<int64_t> b) {
  return {_mm_sub_epi64(a.raw, b.raw)};
}
template <typename I>
HANDGRAD_INLINE Vec<I> operator&(Vec<I> a, Vec<I> b) {
  return {_mm_and_si128(a.raw, b.raw)};
}
template <typename I>
HANDGRAD_INLINE Vec<I> operator|(Vec<I> a, Vec<I> b) {
  return {_mm_or_si128(a.raw, b.raw)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int32_t> ShiftLeft(Vec<int32_t> v) {
  return {_mm_slli_epi32(v.raw, kBits)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int64_t> ShiftLeft(Vec<int64_t> v) {
  return {_mm_slli_epi64(v.raw, kBits)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int32_t> ShiftRight(Vec<int32_t> v) {
  return {_mm_srli_epi32(v.raw, kBits)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int64_t> ShiftRight(Vec<int64_t> v) {
  return {_mm_srli_epi64(v.raw, kBits)};
}
HANDGRAD_INLINE Vec<int32_t> ToInt(Vec<float> v) { return {_mm_cvtps_epi32(v.raw)}; }
HANDGRAD_INLINE Vec<float> ToFloat(Vec<int32_t> v) { return {_mm_cvtepi32_ps(v.raw)}; }
// There is no instruction for 64-bit integers. 1.5 · 2^52 + x holds x as a whole number in its low bits.
HANDGRAD_INLINE Vec<int64_t> ToInt(Vec<double> v) {
  const Vec<double> magic = Broadcast(6755399441055744.0);
  return BitsOf(v + magic) - BitsOf(magic);
}
HANDGRAD_INLINE Vec<double> ToFloat(Vec<int64_t> v) {
  const Vec<double> magic = Broadcast(6755399441055744.0);
  return FromBits(v + BitsOf(magic)) - magic;
}

// Comparisons

HANDGRAD_INLINE Mask<float> operator==(Vec<float> a, Vec<float> b) { return {_mm_cmpeq_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<double> operator==(Vec<double> a, Vec<double> b) { return {_mm_cmpeq_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<float> operator!=(Vec<float> a, Vec<float> b) { return {_mm_cmpneq_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<double> operator!=(Vec<double> a, Vec<double> b) {
  return {_mm_cmpneq_pd(a.raw, b.raw)};
}
HANDGRAD_INLINE Mask<float> operator<(Vec<float> a, Vec<float> b) { return {_mm_cmplt_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<double> operator<(Vec<double> a, Vec<double> b) { return {_mm_cmplt_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<float> operator<=(Vec<float> a, Vec<float> b) { return {_mm_cmple_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<double> operator<=(Vec<double> a, Vec<double> b) { return {_mm_cmple_pd(a.raw, b.raw)}; }
template <typename T>
HANDGRAD_INLINE Mask<T> operator>(Vec<T> a, Vec<T> b) {
  return b < a;
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator>=(Vec<T> a, Vec<T> b) {
  return b <= a;
}
HANDGRAD_INLINE Vec<float> Select(Mask<float> mask, Vec<float> yes, Vec<float> no) {
  return {_mm_blendv_ps(no.raw, yes.raw, mask.raw)};
}
HANDGRAD_INLINE Vec<double> Select(Mask<double> mask, Vec<double> yes, Vec<double> no) {
  return {_mm_blendv_pd(no.raw, yes.raw, mask.raw)};
}
HANDGRAD_INLINE Mask<float> operator&(Mask<float> a, Mask<float> b) { return {_mm_and_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<double> operator&(Mask<double> a, Mask<double> b) { return {_mm_and_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<float> operator|(Mask<float> a, Mask<float> b) { return {_mm_or_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<double> operator|(Mask<double> a, Mask<double> b) { return {_mm_or_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<float> operator!(Mask<float> mask) {
  return {_mm_xor_ps(mask.raw, _mm_castsi128_ps(_mm_set1_epi32(-1)))};
}
HANDGRAD_INLINE Mask<double> operator!(Mask<double> mask) {
  return {_mm_xor_pd(mask.raw, _mm_castsi128_pd(_mm_set1_epi32(-1)))};
}
HANDGRAD_INLINE int MaskBits(Mask<float> mask) { return _mm_movemask_ps(mask.raw); }
HANDGRAD_INLINE int MaskBits(Mask<double> mask) { return _mm_movemask_pd(mask.raw); }
template <typename T>
HANDGRAD_INLINE bool AnyTrue(Mask<T> mask) {
  return MaskBits(mask) != 0;
}
template <typename T>
HANDGRAD_INLINE bool AllTrue(Mask<T> mask) {
  return MaskBits(mask) == (1 << Vec<T>::kLanes) - 1;
}
HANDGRAD_INLINE void StoreBools(Mask<float> mask, uint8_t* bytes) {
  const __m128i words = _mm_packs_epi32(_mm_castps_si128(mask.raw), _mm_castps_si128(mask.raw));
  _mm_storeu_si32(bytes, _mm_and_si128(_mm_packs_epi16(words, words), _mm_set1_epi8(1)));
}
HANDGRAD_INLINE void StoreBools(Mask<double> mask, uint8_t* bytes) {
  const int bits = MaskBits(mask);
  bytes[0] = static_cast<uint8_t>(bits & 1);
  bytes[1] = static_cast<uint8_t>(bits >> 1);
}
template <typename T>
HANDGRAD_INLINE void StoreBoolsPartial(Mask<T> mask, uint8_t* bytes, size_t n) {
  const int bits = MaskBits(mask);
  for (size_t i = 0; i < n; i++) bytes[i] = static_cast<uint8_t>(bits >> i & 1);
}
template <typename T>
HANDGRAD_INLINE Mask<T> LoadBools(const uint8_t* bytes);
template <>
HANDGRAD_INLINE Mask<float> LoadBools<float>(const uint8_t* bytes) {
  const __m128i wide = _mm_cvtepu8_epi32(_mm_loadu_si32(bytes));
  return {_mm_castsi128_ps(_mm_cmpgt_epi32(wide, _mm_setzero_si128()))};
}
template <>
HANDGRAD_INLINE Mask<double> LoadBools<double>(const uint8_t* bytes) {
  return {_mm_castsi128_pd(_mm_set_epi64x(-int64_t{bytes[1] != 0}, -int64_t{bytes[0] != 0}))};
}
template <typename T>
HANDGRAD_INLINE Mask<T> LoadBoolsPartial(const uint8_t* bytes, size_t n) {
  uint8_t lanes[4] = {};
  for (size_t i = 0; i < n; i++) lanes[i] = bytes[i];
  return LoadBools<T>(lanes);
}

// Across lanes. A step of the tree adds the upper half of each group of lanes to the lower one; of two
// vectors, both sums fit into one.

HANDGRAD_INLINE Vec<float> Halves2(Vec<float> a, Vec<float> b) {
  return {_mm_add_ps(_mm_blend_ps(a.raw, b.raw, 0xc), _mm_shuffle_ps(a.raw, b.raw, 0x4e))};
}
HANDGRAD_INLINE Vec<float> ReduceAddEach(const Vec<float>* v) {
  const Vec<float> even = Halves2(v[0], v[2]), odd = Halves2(v[1], v[3]);
  const __m128 lower = _mm_shuffle_ps(even.raw, odd.raw, 0x88),
               upper = _mm_shuffle_ps(even.raw, odd.raw, 0xdd);
  const __m128 sums = _mm_add_ps(lower, upper);  // of v[0], v[2], v[1], v[3]
  return {_mm_shuffle_ps(sums, sums, 0xd8)};
}
HANDGRAD_INLINE Vec<double> ReduceAddEach(const Vec<double>* v) {
  return {_mm_add_pd(_mm_unpacklo_pd(v[0].raw, v[1].raw), _mm_unpackhi_pd(v[0].raw, v[1].raw))};
}
HANDGRAD_INLINE float ReduceAdd(Vec<float> v) {
  const __m128 two = _mm_add_ps(v.raw, _mm_movehl_ps(v.raw, v.raw));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 0x55)));
}
HANDGRAD_INLINE double ReduceAdd(Vec<double> v) {
  return _mm_cvtsd_f64(_mm_add_sd(v.raw, _mm_unpackhi_pd(v.raw, v.raw)));
}

HANDGRAD_INLINE void Transpose(Vec<float>* v) {
  const __m128 t0 = _mm_unpacklo_ps(v[0].raw, v[1].raw), t1 = _mm_unpackhi_ps(v[0].raw, v[1].raw);
  const __m128 t2 = _mm_unpacklo_ps(v[2].raw, v[3].raw), t3 = _mm_unpackhi_ps(v[2].raw, v[3].raw);
  v[0].raw = _mm_movelh_ps(t0, t2);
  v[1].raw = _mm_movehl_ps(t2, t0);
  v[2].raw = _mm_movelh_ps(t1, t3);
  v[3].raw = _mm_movehl_ps(t3, t1);
}
HANDGRAD_INLINE void Transpose(Vec<double>* v) {
  const __m128d lower = _mm_unpacklo_pd(v[0].raw, v[1].raw), upper = _mm_unpackhi_pd(v[0].raw, v[1].raw);
  v[0].raw = lower;
  v[1].raw = upper;
}

}  // namespace
}  // namespace sse
}  // namespace handgrad

#include "isa/vec_common-inl.h"

#endif  // HANDGRAD_ISA_VEC_SSE_H_
