// Vectors of 256 bits: AVX2 with FMA, which x86 has since Haswell (2013) and Zen.
// The meaning of each name is in vec_scalar.h.
#ifndef HANDGRAD_ISA_VEC_AVX2_H_
#define HANDGRAD_ISA_VEC_AVX2_H_

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/attributes.h"

namespace handgrad {
namespace avx2 {
namespace {

constexpr bool kFusedMultiplyAdd = true;
constexpr bool kCompresses = false;
constexpr bool kSplitExponentOfAll = false;
constexpr bool kFastTails = false;  // vmaskmov takes one instruction more: fine at ends, not in inner loops
constexpr int kVectorRegisters = 16;

template <typename T>
struct Vec;
template <>
struct Vec<float> {
  static constexpr int kLanes = 8;
  __m256 raw;
};
template <>
struct Vec<double> {
  static constexpr int kLanes = 4;
  __m256d raw;
};
template <>
struct Vec<int32_t> {
  static constexpr int kLanes = 8;
  __m256i raw;
};
template <>
struct Vec<int64_t> {
  static constexpr int kLanes = 4;
  __m256i raw;
};

// A lane is true where all its bits are set.
template <typename T>
struct Mask;
template <>
struct Mask<float> {
  __m256 raw;
};
template <>
struct Mask<double> {
  __m256d raw;
};

template <typename T>
struct Tail;
template <>
struct Tail<float> {
  HANDGRAD_INLINE Tail(size_t n)
      : raw(_mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)),
                               _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))) {}
  __m256i raw;
};
template <>
struct Tail<double> {
  HANDGRAD_INLINE Tail(size_t n)
      : raw(_mm256_cmpgt_epi64(_mm256_set1_epi64x(static_cast<int64_t>(n)), _mm256_setr_epi64x(0, 1, 2, 3))) {
  }
  __m256i raw;
};

// Values

template <typename T>
HANDGRAD_INLINE Vec<T> Zero();
template <>
HANDGRAD_INLINE Vec<float> Zero<float>() {
  return {_mm256_setzero_ps()};
}
template <>
HANDGRAD_INLINE Vec<double> Zero<double>() {
  return {_mm256_setzero_pd()};
}
HANDGRAD_INLINE Vec<float> Broadcast(float x) { return {_mm256_set1_ps(x)}; }
HANDGRAD_INLINE Vec<double> Broadcast(double x) { return {_mm256_set1_pd(x)}; }
HANDGRAD_INLINE Vec<int32_t> Broadcast(int32_t x) { return {_mm256_set1_epi32(x)}; }
HANDGRAD_INLINE Vec<int64_t> Broadcast(int64_t x) { return {_mm256_set1_epi64x(x)}; }
template <typename T>
HANDGRAD_INLINE Vec<T> Iota();
template <>
HANDGRAD_INLINE Vec<float> Iota<float>() {
  return {_mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7)};
}
template <>
HANDGRAD_INLINE Vec<double> Iota<double>() {
  return {_mm256_setr_pd(0, 1, 2, 3)};
}
HANDGRAD_INLINE float FirstLane(Vec<float> v) { return _mm256_cvtss_f32(v.raw); }
HANDGRAD_INLINE double FirstLane(Vec<double> v) { return _mm256_cvtsd_f64(v.raw); }

// Memory

HANDGRAD_INLINE Vec<float> Load(const float* p) { return {_mm256_loadu_ps(p)}; }
HANDGRAD_INLINE Vec<double> Load(const double* p) { return {_mm256_loadu_pd(p)}; }
HANDGRAD_INLINE void Store(Vec<float> v, float* p) { _mm256_storeu_ps(p, v.raw); }
HANDGRAD_INLINE void Store(Vec<double> v, double* p) { _mm256_storeu_pd(p, v.raw); }
HANDGRAD_INLINE Vec<float> LoadPartial(const float* p, Tail<float> tail) {
  return {_mm256_maskload_ps(p, tail.raw)};
}
HANDGRAD_INLINE Vec<double> LoadPartial(const double* p, Tail<double> tail) {
  return {_mm256_maskload_pd(p, tail.raw)};
}
HANDGRAD_INLINE void StorePartial(Vec<float> v, float* p, Tail<float> tail) {
  _mm256_maskstore_ps(p, tail.raw, v.raw);
}
HANDGRAD_INLINE void StorePartial(Vec<double> v, double* p, Tail<double> tail) {
  _mm256_maskstore_pd(p, tail.raw, v.raw);
}
// Single loads, put together: gathers are no faster here, and far slower on many processors.
HANDGRAD_INLINE Vec<float> LoadStrided(const float* p, ptrdiff_t stride) {
  return {_mm256_setr_ps(p[0], p[stride], p[2 * stride], p[3 * stride], p[4 * stride], p[5 * stride],
                         p[6 * stride], p[7 * stride])};
}
HANDGRAD_INLINE Vec<double> LoadStrided(const double* p, ptrdiff_t stride) {
  return {_mm256_setr_pd(p[0], p[stride], p[2 * stride], p[3 * stride])};
}
HANDGRAD_INLINE Vec<float> LoadStridedPartial(const float* p, ptrdiff_t stride, size_t n) {
  float lanes[8] = {};
  for (size_t i = 0; i < n; i++) lanes[i] = p[static_cast<ptrdiff_t>(i) * stride];
  return Load(lanes);
}
HANDGRAD_INLINE Vec<double> LoadStridedPartial(const double* p, ptrdiff_t stride, size_t n) {
  double lanes[4] = {};
  for (size_t i = 0; i < n; i++) lanes[i] = p[static_cast<ptrdiff_t>(i) * stride];
  return Load(lanes);
}
HANDGRAD_INLINE Vec<float> LoadEven(const float* p) {
  // Within halves first: 0 2 8 10 and 4 6 12 14, whose pairs are then sorted.
  const __m256 pairs = _mm256_shuffle_ps(_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8), 0x88);
  return {_mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(pairs), 0xd8))};
}
HANDGRAD_INLINE Vec<double> LoadEven(const double* p) {
  return {_mm256_permute4x64_pd(_mm256_unpacklo_pd(_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4)), 0xd8)};
}
HANDGRAD_INLINE Vec<double> LoadAsDouble(const float* p) { return {_mm256_cvtps_pd(_mm_loadu_ps(p))}; }
// The mask has 64 bits a lane; of each the lower half will do.
HANDGRAD_INLINE __m128i HalfTail(Tail<double> tail) {
  return _mm256_castsi256_si128(
      _mm256_permutevar8x32_epi32(tail.raw, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6)));
}
HANDGRAD_INLINE Vec<double> LoadAsDoublePartial(const float* p, Tail<double> tail) {
  return {_mm256_cvtps_pd(_mm_maskload_ps(p, HalfTail(tail)))};
}
HANDGRAD_INLINE void StoreAsFloat(Vec<double> v, float* p) { _mm_storeu_ps(p, _mm256_cvtpd_ps(v.raw)); }
HANDGRAD_INLINE void StoreAsFloatPartial(Vec<double> v, float* p, Tail<double> tail) {
  _mm_maskstore_ps(p, HalfTail(tail), _mm256_cvtpd_ps(v.raw));
}
HANDGRAD_INLINE void Stream(Vec<float> v, float* p) { _mm256_stream_ps(p, v.raw); }
HANDGRAD_INLINE void Stream(Vec<double> v, double* p) { _mm256_stream_pd(p, v.raw); }
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

HANDGRAD_INLINE Vec<float> operator+(Vec<float> a, Vec<float> b) { return {_mm256_add_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator+(Vec<double> a, Vec<double> b) { return {_mm256_add_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> operator-(Vec<float> a, Vec<float> b) { return {_mm256_sub_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator-(Vec<double> a, Vec<double> b) { return {_mm256_sub_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> operator*(Vec<float> a, Vec<float> b) { return {_mm256_mul_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator*(Vec<double> a, Vec<double> b) { return {_mm256_mul_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> operator/(Vec<float> a, Vec<float> b) { return {_mm256_div_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator/(Vec<double> a, Vec<double> b) { return {_mm256_div_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> MulAdd(Vec<float> a, Vec<float> b, Vec<float> c) {
  return {_mm256_fmadd_ps(a.raw, b.raw, c.raw)};
}
HANDGRAD_INLINE Vec<double> MulAdd(Vec<double> a, Vec<double> b, Vec<double> c) {
  return {_mm256_fmadd_pd(a.raw, b.raw, c.raw)};
}
HANDGRAD_INLINE Vec<float> NegMulAdd(Vec<float> a, Vec<float> b, Vec<float> c) {
  return {_mm256_fnmadd_ps(a.raw, b.raw, c.raw)};
}
HANDGRAD_INLINE Vec<double> NegMulAdd(Vec<double> a, Vec<double> b, Vec<double> c) {
  return {_mm256_fnmadd_pd(a.raw, b.raw, c.raw)};
}
template <typename T>
HANDGRAD_INLINE Vec<T> MulPlus(Vec<T> a, Vec<T> b, Vec<T> c) {
  return MulAdd(a, b, c);
}
template <typename T>
HANDGRAD_INLINE Vec<T> NegMulPlus(Vec<T> a, Vec<T> b, Vec<T> c) {
  return NegMulAdd(a, b, c);
}
HANDGRAD_INLINE Vec<float> Sqrt(Vec<float> v) { return {_mm256_sqrt_ps(v.raw)}; }
HANDGRAD_INLINE Vec<double> Sqrt(Vec<double> v) { return {_mm256_sqrt_pd(v.raw)}; }
// The instructions give their second operand for NaN and for equal: our rule.
HANDGRAD_INLINE Vec<float> Min(Vec<float> a, Vec<float> b) { return {_mm256_min_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> Min(Vec<double> a, Vec<double> b) { return {_mm256_min_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> Max(Vec<float> a, Vec<float> b) { return {_mm256_max_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> Max(Vec<double> a, Vec<double> b) { return {_mm256_max_pd(a.raw, b.raw)}; }
template <int kMode>
HANDGRAD_INLINE Vec<float> RoundTo(Vec<float> v) {
  return {_mm256_round_ps(v.raw, kMode | _MM_FROUND_NO_EXC)};
}
template <int kMode>
HANDGRAD_INLINE Vec<double> RoundTo(Vec<double> v) {
  return {_mm256_round_pd(v.raw, kMode | _MM_FROUND_NO_EXC)};
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

HANDGRAD_INLINE Vec<float> And(Vec<float> a, Vec<float> b) { return {_mm256_and_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> And(Vec<double> a, Vec<double> b) { return {_mm256_and_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> Or(Vec<float> a, Vec<float> b) { return {_mm256_or_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> Or(Vec<double> a, Vec<double> b) { return {_mm256_or_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> Xor(Vec<float> a, Vec<float> b) { return {_mm256_xor_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> Xor(Vec<double> a, Vec<double> b) { return {_mm256_xor_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> AndNot(Vec<float> a, Vec<float> b) { return {_mm256_andnot_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> AndNot(Vec<double> a, Vec<double> b) { return {_mm256_andnot_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<int32_t> BitsOf(Vec<float> v) { return {_mm256_castps_si256(v.raw)}; }
HANDGRAD_INLINE Vec<int64_t> BitsOf(Vec<double> v) { return {_mm256_castpd_si256(v.raw)}; }
HANDGRAD_INLINE Vec<float> FromBits(Vec<int32_t> v) { return {_mm256_castsi256_ps(v.raw)}; }
HANDGRAD_INLINE Vec<double> FromBits(Vec<int64_t> v) { return {_mm256_castsi256_pd(v.raw)}; }
HANDGRAD_INLINE Vec<int32_t> operator+(Vec<int32_t> a, Vec<int32_t> b) {
  return {_mm256_add_epi32(a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<int64_t> operator+(Vec<int64_t> a, Vec<int64_t> b) {
  return {_mm256_add_epi64(a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<int32_t> operator-(Vec<int32_t> a, Vec<int32_t> b) {
  return {_mm256_sub_epi32(a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<int64_t> operator-(Vec<int64_t> a, Vec<int64_t> b) {
  return {_mm256_sub_epi64(a.raw, b.raw)};
}
template <typename I>
HANDGRAD_INLINE Vec<I> operator&(Vec<I> a, Vec<I> b) {
  return {_mm256_and_si256(a.raw, b.raw)};
}
template <typename I>
HANDGRAD_INLINE Vec<I> operator|(Vec<I> a, Vec<I> b) {
  return {_mm256_or_si256(a.raw, b.raw)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int32_t> ShiftLeft(Vec<int32_t> v) {
  return {_mm256_slli_epi32(v.raw, kBits)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int64_t> ShiftLeft(Vec<int64_t> v) {
  return {_mm256_slli_epi64(v.raw, kBits)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int32_t> ShiftRight(Vec<int32_t> v) {
  return {_mm256_srli_epi32(v.raw, kBits)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int64_t> ShiftRight(Vec<int64_t> v) {
  return {_mm256_srli_epi64(v.raw, kBits)};
}
HANDGRAD_INLINE Vec<int32_t> ToInt(Vec<float> v) { return {_mm256_cvtps_epi32(v.raw)}; }
HANDGRAD_INLINE Vec<float> ToFloat(Vec<int32_t> v) { return {_mm256_cvtepi32_ps(v.raw)}; }
// There is no instruction for 64-bit integers. 1.5 · 2^52 + x holds x as a whole number in its low bits.
HANDGRAD_INLINE Vec<int64_t> ToInt(Vec<double> v) {
  const Vec<double> magic = Broadcast(6755399441055744.0);
  return BitsOf(v + magic) - BitsOf(magic);
}
HANDGRAD_INLINE Vec<double> ToFloat(Vec<int64_t> v) {
  const Vec<double> magic = Broadcast(6755399441055744.0);
  return FromBits(v + BitsOf(magic)) - magic;
}

// Comparisons. Ordered ones are false for NaN (OQ), != is true (UQ); Q: quiet, no exception flag.

template <int kHow>
HANDGRAD_INLINE Mask<float> Compare(Vec<float> a, Vec<float> b) {
  return {_mm256_cmp_ps(a.raw, b.raw, kHow)};
}
template <int kHow>
HANDGRAD_INLINE Mask<double> Compare(Vec<double> a, Vec<double> b) {
  return {_mm256_cmp_pd(a.raw, b.raw, kHow)};
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator==(Vec<T> a, Vec<T> b) {
  return Compare<_CMP_EQ_OQ>(a, b);
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator!=(Vec<T> a, Vec<T> b) {
  return Compare<_CMP_NEQ_UQ>(a, b);
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator<(Vec<T> a, Vec<T> b) {
  return Compare<_CMP_LT_OQ>(a, b);
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator<=(Vec<T> a, Vec<T> b) {
  return Compare<_CMP_LE_OQ>(a, b);
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator>(Vec<T> a, Vec<T> b) {
  return Compare<_CMP_GT_OQ>(a, b);
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator>=(Vec<T> a, Vec<T> b) {
  return Compare<_CMP_GE_OQ>(a, b);
}
HANDGRAD_INLINE Vec<float> Select(Mask<float> mask, Vec<float> yes, Vec<float> no) {
  return {_mm256_blendv_ps(no.raw, yes.raw, mask.raw)};
}
HANDGRAD_INLINE Vec<double> Select(Mask<double> mask, Vec<double> yes, Vec<double> no) {
  return {_mm256_blendv_pd(no.raw, yes.raw, mask.raw)};
}
HANDGRAD_INLINE Mask<float> operator&(Mask<float> a, Mask<float> b) { return {_mm256_and_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<double> operator&(Mask<double> a, Mask<double> b) {
  return {_mm256_and_pd(a.raw, b.raw)};
}
HANDGRAD_INLINE Mask<float> operator|(Mask<float> a, Mask<float> b) { return {_mm256_or_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<double> operator|(Mask<double> a, Mask<double> b) {
  return {_mm256_or_pd(a.raw, b.raw)};
}
HANDGRAD_INLINE Mask<float> operator!(Mask<float> mask) {
  return {_mm256_xor_ps(mask.raw, _mm256_castsi256_ps(_mm256_set1_epi32(-1)))};
}
HANDGRAD_INLINE Mask<double> operator!(Mask<double> mask) {
  return {_mm256_xor_pd(mask.raw, _mm256_castsi256_pd(_mm256_set1_epi32(-1)))};
}
HANDGRAD_INLINE int MaskBits(Mask<float> mask) { return _mm256_movemask_ps(mask.raw); }
HANDGRAD_INLINE int MaskBits(Mask<double> mask) { return _mm256_movemask_pd(mask.raw); }
template <typename T>
HANDGRAD_INLINE bool AnyTrue(Mask<T> mask) {
  return MaskBits(mask) != 0;
}
template <typename T>
HANDGRAD_INLINE bool AllTrue(Mask<T> mask) {
  return MaskBits(mask) == (1 << Vec<T>::kLanes) - 1;
}
/// One byte a lane, 0 or 1, in the low bytes.
HANDGRAD_INLINE __m128i MaskBytes(Mask<float> mask) {
  const __m256i wide = _mm256_castps_si256(mask.raw);
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
  return _mm_and_si128(_mm_packs_epi16(words, words), _mm_set1_epi8(1));
}
HANDGRAD_INLINE __m128i MaskBytes(Mask<double> mask) {
  const __m256i wide = _mm256_castpd_si256(mask.raw);
  const __m128 pairs = _mm_shuffle_ps(_mm_castsi128_ps(_mm256_castsi256_si128(wide)),
                                      _mm_castsi128_ps(_mm256_extracti128_si256(wide, 1)), 0x88);
  const __m128i words = _mm_packs_epi32(_mm_castps_si128(pairs), _mm_castps_si128(pairs));
  return _mm_and_si128(_mm_packs_epi16(words, words), _mm_set1_epi8(1));
}
HANDGRAD_INLINE void StoreBools(Mask<float> mask, uint8_t* bytes) {
  _mm_storel_epi64(reinterpret_cast<__m128i*>(bytes), MaskBytes(mask));
}
HANDGRAD_INLINE void StoreBools(Mask<double> mask, uint8_t* bytes) {
  _mm_storeu_si32(bytes, MaskBytes(mask));
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
  const __m256i wide = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes)));
  return {_mm256_castsi256_ps(_mm256_cmpgt_epi32(wide, _mm256_setzero_si256()))};
}
template <>
HANDGRAD_INLINE Mask<double> LoadBools<double>(const uint8_t* bytes) {
  const __m256i wide = _mm256_cvtepu8_epi64(_mm_loadu_si32(bytes));
  return {_mm256_castsi256_pd(_mm256_cmpgt_epi64(wide, _mm256_setzero_si256()))};
}
template <typename T>
HANDGRAD_INLINE Mask<T> LoadBoolsPartial(const uint8_t* bytes, size_t n) {
  uint8_t lanes[8] = {};
  for (size_t i = 0; i < n; i++) lanes[i] = bytes[i];
  return LoadBools<T>(lanes);
}

// Across lanes. A step of the tree adds the upper half of each group of lanes to the lower one. Of two
// vectors, both sums fit into one: a blend takes a's lower and b's upper halves, a shuffle a's upper and b's
// lower ones. (Blends run beside the arithmetic; shuffles have one port, so one of each is the cheapest.)

HANDGRAD_INLINE Vec<float> Halves4(Vec<float> a, Vec<float> b) {
  return {_mm256_add_ps(_mm256_blend_ps(a.raw, b.raw, 0xf0), _mm256_permute2f128_ps(a.raw, b.raw, 0x21))};
}
HANDGRAD_INLINE Vec<float> Halves2(Vec<float> a, Vec<float> b) {
  return {_mm256_add_ps(_mm256_blend_ps(a.raw, b.raw, 0xcc), _mm256_shuffle_ps(a.raw, b.raw, 0x4e))};
}
HANDGRAD_INLINE Vec<float> Halves1(Vec<float> a, Vec<float> b) {
  const __m256 pairs = _mm256_shuffle_ps(a.raw, b.raw, 0x8d);  // a1 a3 b0 b2
  return {_mm256_add_ps(_mm256_blend_ps(a.raw, b.raw, 0xaa), _mm256_permute_ps(pairs, 0xd8))};
}
HANDGRAD_INLINE Vec<float> ReduceAddEach(const Vec<float>* v) {
  const Vec<float> even = Halves2(Halves4(v[0], v[4]), Halves4(v[2], v[6]));
  const Vec<float> odd = Halves2(Halves4(v[1], v[5]), Halves4(v[3], v[7]));
  return Halves1(even, odd);
}
HANDGRAD_INLINE Vec<double> DoubleHalves2(Vec<double> a, Vec<double> b) {
  return {_mm256_add_pd(_mm256_blend_pd(a.raw, b.raw, 0xc), _mm256_permute2f128_pd(a.raw, b.raw, 0x21))};
}
HANDGRAD_INLINE Vec<double> DoubleHalves1(Vec<double> a, Vec<double> b) {
  return {_mm256_add_pd(_mm256_blend_pd(a.raw, b.raw, 0xa), _mm256_shuffle_pd(a.raw, b.raw, 0x5))};
}
HANDGRAD_INLINE Vec<double> ReduceAddEach(const Vec<double>* v) {
  return DoubleHalves1(DoubleHalves2(v[0], v[2]), DoubleHalves2(v[1], v[3]));
}
HANDGRAD_INLINE float ReduceAdd(Vec<float> v) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(v.raw), _mm256_extractf128_ps(v.raw, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
HANDGRAD_INLINE double ReduceAdd(Vec<double> v) {
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(v.raw), _mm256_extractf128_pd(v.raw, 1));
  return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

// Squares of 8 by 8 floats: rows of 2 by 2, then of 4 by 4, then whole halves.
HANDGRAD_INLINE void Transpose(Vec<float>* v) {
  __m256 t[8], u[8];
  HANDGRAD_UNROLL
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_ps(v[i].raw, v[i + 1].raw);
    t[i + 1] = _mm256_unpackhi_ps(v[i].raw, v[i + 1].raw);
  }
  HANDGRAD_UNROLL
  for (int i = 0; i < 8; i += 4) {
    u[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
    u[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
    u[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    u[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
  HANDGRAD_UNROLL
  for (int i = 0; i < 4; i++) {
    v[i].raw = _mm256_permute2f128_ps(u[i], u[i + 4], 0x20);
    v[i + 4].raw = _mm256_permute2f128_ps(u[i], u[i + 4], 0x31);
  }
}
HANDGRAD_INLINE void Transpose(Vec<double>* v) {
  const __m256d t0 = _mm256_unpacklo_pd(v[0].raw, v[1].raw), t1 = _mm256_unpackhi_pd(v[0].raw, v[1].raw);
  const __m256d t2 = _mm256_unpacklo_pd(v[2].raw, v[3].raw), t3 = _mm256_unpackhi_pd(v[2].raw, v[3].raw);
  v[0].raw = _mm256_permute2f128_pd(t0, t2, 0x20);
  v[1].raw = _mm256_permute2f128_pd(t1, t3, 0x20);
  v[2].raw = _mm256_permute2f128_pd(t0, t2, 0x31);
  v[3].raw = _mm256_permute2f128_pd(t1, t3, 0x31);
}

}  // namespace
}  // namespace avx2
}  // namespace handgrad

#include "isa/vec_common-inl.h"

#endif  // HANDGRAD_ISA_VEC_AVX2_H_
