// Vectors of 512 bits: AVX-512 F, DQ, BW and VL, which every server since Skylake-SP and every Zen 4 has.
// The meaning of each name is in vec_scalar.h.
#ifndef HANDGRAD_ISA_VEC_AVX512_H_
#define HANDGRAD_ISA_VEC_AVX512_H_

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12's own headers initialise "undefined" vectors with themselves, and then warn of it wherever they
// are inlined.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/attributes.h"

namespace handgrad {
namespace avx512 {
namespace {

constexpr bool kFusedMultiplyAdd = true;
constexpr bool kCompresses = true;
constexpr bool kSplitExponentOfAll = true;
constexpr bool kFastTails = true;  // lanes that a mask leaves out cost nothing, and fault on nothing
constexpr int kVectorRegisters = 32;

template <typename T>
struct Vec;
template <>
struct Vec<float> {
  static constexpr int kLanes = 16;
  __m512 raw;
};
template <>
struct Vec<double> {
  static constexpr int kLanes = 8;
  __m512d raw;
};
template <>
struct Vec<int32_t> {
  static constexpr int kLanes = 16;
  __m512i raw;
};
template <>
struct Vec<int64_t> {
  static constexpr int kLanes = 8;
  __m512i raw;
};

template <typename T>
struct Mask;
template <>
struct Mask<float> {
  __mmask16 raw;
};
template <>
struct Mask<double> {
  __mmask8 raw;
};

template <typename T>
struct Tail;
template <>
struct Tail<float> {
  HANDGRAD_INLINE Tail(size_t n) : raw(static_cast<__mmask16>((1u << n) - 1)) {}
  __mmask16 raw;
};
template <>
struct Tail<double> {
  HANDGRAD_INLINE Tail(size_t n) : raw(static_cast<__mmask8>((1u << n) - 1)) {}
  __mmask8 raw;
};

// Values

template <typename T>
HANDGRAD_INLINE Vec<T> Zero();
template <>
HANDGRAD_INLINE Vec<float> Zero<float>() {
  return {_mm512_setzero_ps()};
}
template <>
HANDGRAD_INLINE Vec<double> Zero<double>() {
  return {_mm512_setzero_pd()};
}
HANDGRAD_INLINE Vec<float> Broadcast(float x) { return {_mm512_set1_ps(x)}; }
HANDGRAD_INLINE Vec<double> Broadcast(double x) { return {_mm512_set1_pd(x)}; }
HANDGRAD_INLINE Vec<int32_t> Broadcast(int32_t x) { return {_mm512_set1_epi32(x)}; }
HANDGRAD_INLINE Vec<int64_t> Broadcast(int64_t x) { return {_mm512_set1_epi64(x)}; }
template <typename T>
HANDGRAD_INLINE Vec<T> Iota();
template <>
HANDGRAD_INLINE Vec<float> Iota<float>() {
  return {_mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)};
}
template <>
HANDGRAD_INLINE Vec<double> Iota<double>() {
  return {_mm512_setr_pd(0, 1, 2, 3, 4, 5, 6, 7)};
}
HANDGRAD_INLINE float FirstLane(Vec<float> v) { return _mm512_cvtss_f32(v.raw); }
HANDGRAD_INLINE double FirstLane(Vec<double> v) { return _mm512_cvtsd_f64(v.raw); }

// Memory

HANDGRAD_INLINE Vec<float> Load(const float* p) { return {_mm512_loadu_ps(p)}; }
HANDGRAD_INLINE Vec<double> Load(const double* p) { return {_mm512_loadu_pd(p)}; }
HANDGRAD_INLINE void Store(Vec<float> v, float* p) { _mm512_storeu_ps(p, v.raw); }
HANDGRAD_INLINE void Store(Vec<double> v, double* p) { _mm512_storeu_pd(p, v.raw); }
HANDGRAD_INLINE Vec<float> LoadPartial(const float* p, Tail<float> tail) {
  return {_mm512_maskz_loadu_ps(tail.raw, p)};
}
HANDGRAD_INLINE Vec<double> LoadPartial(const double* p, Tail<double> tail) {
  return {_mm512_maskz_loadu_pd(tail.raw, p)};
}
HANDGRAD_INLINE void StorePartial(Vec<float> v, float* p, Tail<float> tail) {
  _mm512_mask_storeu_ps(p, tail.raw, v.raw);
}
HANDGRAD_INLINE void StorePartial(Vec<double> v, double* p, Tail<double> tail) {
  _mm512_mask_storeu_pd(p, tail.raw, v.raw);
}
// Gathers take 64-bit offsets, so that any stride will do; sixteen floats are two gathers of eight.
HANDGRAD_INLINE __m512i LaneOffsets(ptrdiff_t stride) {
  return _mm512_mullo_epi64(_mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7), _mm512_set1_epi64(stride));
}
HANDGRAD_INLINE Vec<float> LoadStridedPartial(const float* p, ptrdiff_t stride, Tail<float> tail) {
  const __m512i offsets = LaneOffsets(stride);
  const __m512i offsets_high = _mm512_add_epi64(offsets, _mm512_set1_epi64(8 * stride));
  const __mmask8 low = static_cast<__mmask8>(tail.raw), high = static_cast<__mmask8>(tail.raw >> 8);
  const __m256 zero = _mm256_setzero_ps();
  return {_mm512_insertf32x8(
      _mm512_castps256_ps512(_mm512_mask_i64gather_ps(zero, low, offsets, p, sizeof(float))),
      _mm512_mask_i64gather_ps(zero, high, offsets_high, p, sizeof(float)), 1)};
}
HANDGRAD_INLINE Vec<double> LoadStridedPartial(const double* p, ptrdiff_t stride, Tail<double> tail) {
  return {_mm512_mask_i64gather_pd(_mm512_setzero_pd(), tail.raw, LaneOffsets(stride), p, sizeof(double))};
}
HANDGRAD_INLINE Vec<float> LoadStrided(const float* p, ptrdiff_t stride) {
  return LoadStridedPartial(p, stride, Tail<float>(16));
}
HANDGRAD_INLINE Vec<double> LoadStrided(const double* p, ptrdiff_t stride) {
  return LoadStridedPartial(p, stride, Tail<double>(8));
}
HANDGRAD_INLINE Vec<float> LoadEven(const float* p) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  return {_mm512_permutex2var_ps(_mm512_loadu_ps(p), even, _mm512_loadu_ps(p + 16))};
}
HANDGRAD_INLINE Vec<double> LoadEven(const double* p) {
  const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
  return {_mm512_permutex2var_pd(_mm512_loadu_pd(p), even, _mm512_loadu_pd(p + 8))};
}
HANDGRAD_INLINE Vec<double> LoadAsDouble(const float* p) { return {_mm512_cvtps_pd(_mm256_loadu_ps(p))}; }
HANDGRAD_INLINE Vec<double> LoadAsDoublePartial(const float* p, Tail<double> tail) {
  return {_mm512_cvtps_pd(_mm256_maskz_loadu_ps(tail.raw, p))};
}
HANDGRAD_INLINE void StoreAsFloat(Vec<double> v, float* p) { _mm256_storeu_ps(p, _mm512_cvtpd_ps(v.raw)); }
HANDGRAD_INLINE void StoreAsFloatPartial(Vec<double> v, float* p, Tail<double> tail) {
  _mm256_mask_storeu_ps(p, tail.raw, _mm512_cvtpd_ps(v.raw));
}
HANDGRAD_INLINE void Stream(Vec<float> v, float* p) { _mm512_stream_ps(p, v.raw); }
HANDGRAD_INLINE void Stream(Vec<double> v, double* p) { _mm512_stream_pd(p, v.raw); }
HANDGRAD_INLINE void StreamFence() { _mm_sfence(); }
HANDGRAD_INLINE void Prefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0); }
HANDGRAD_INLINE void PrefetchToL2(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T1); }
template <typename T>
HANDGRAD_INLINE void KeepInRegister([[maybe_unused]] Vec<T>& v) {
#if defined(__GNUC__)
  __asm__("" : "+v"(v.raw));
#endif
}

// Arithmetic

HANDGRAD_INLINE Vec<float> operator+(Vec<float> a, Vec<float> b) { return {_mm512_add_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator+(Vec<double> a, Vec<double> b) { return {_mm512_add_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> operator-(Vec<float> a, Vec<float> b) { return {_mm512_sub_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator-(Vec<double> a, Vec<double> b) { return {_mm512_sub_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> operator*(Vec<float> a, Vec<float> b) { return {_mm512_mul_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator*(Vec<double> a, Vec<double> b) { return {_mm512_mul_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> operator/(Vec<float> a, Vec<float> b) { return {_mm512_div_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator/(Vec<double> a, Vec<double> b) { return {_mm512_div_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> MulAdd(Vec<float> a, Vec<float> b, Vec<float> c) {
  return {_mm512_fmadd_ps(a.raw, b.raw, c.raw)};
}
HANDGRAD_INLINE Vec<double> MulAdd(Vec<double> a, Vec<double> b, Vec<double> c) {
  return {_mm512_fmadd_pd(a.raw, b.raw, c.raw)};
}
HANDGRAD_INLINE Vec<float> NegMulAdd(Vec<float> a, Vec<float> b, Vec<float> c) {
  return {_mm512_fnmadd_ps(a.raw, b.raw, c.raw)};
}
HANDGRAD_INLINE Vec<double> NegMulAdd(Vec<double> a, Vec<double> b, Vec<double> c) {
  return {_mm512_fnmadd_pd(a.raw, b.raw, c.raw)};
}
template <typename T>
HANDGRAD_INLINE Vec<T> MulPlus(Vec<T> a, Vec<T> b, Vec<T> c) {
  return MulAdd(a, b, c);
}
template <typename T>
HANDGRAD_INLINE Vec<T> NegMulPlus(Vec<T> a, Vec<T> b, Vec<T> c) {
  return NegMulAdd(a, b, c);
}
HANDGRAD_INLINE Vec<float> Sqrt(Vec<float> v) { return {_mm512_sqrt_ps(v.raw)}; }
HANDGRAD_INLINE Vec<double> Sqrt(Vec<double> v) { return {_mm512_sqrt_pd(v.raw)}; }
// The instructions give their second operand for NaN and for equal: our rule.
HANDGRAD_INLINE Vec<float> Min(Vec<float> a, Vec<float> b) { return {_mm512_min_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> Min(Vec<double> a, Vec<double> b) { return {_mm512_min_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> Max(Vec<float> a, Vec<float> b) { return {_mm512_max_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> Max(Vec<double> a, Vec<double> b) { return {_mm512_max_pd(a.raw, b.raw)}; }
template <int kMode>
HANDGRAD_INLINE Vec<float> RoundTo(Vec<float> v) {
  return {_mm512_roundscale_ps(v.raw, kMode | _MM_FROUND_NO_EXC)};
}
template <int kMode>
HANDGRAD_INLINE Vec<double> RoundTo(Vec<double> v) {
  return {_mm512_roundscale_pd(v.raw, kMode | _MM_FROUND_NO_EXC)};
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

HANDGRAD_INLINE Vec<float> And(Vec<float> a, Vec<float> b) { return {_mm512_and_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> And(Vec<double> a, Vec<double> b) { return {_mm512_and_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> Or(Vec<float> a, Vec<float> b) { return {_mm512_or_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> Or(Vec<double> a, Vec<double> b) { return {_mm512_or_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> Xor(Vec<float> a, Vec<float> b) { return {_mm512_xor_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> Xor(Vec<double> a, Vec<double> b) { return {_mm512_xor_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> AndNot(Vec<float> a, Vec<float> b) { return {_mm512_andnot_ps(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> AndNot(Vec<double> a, Vec<double> b) { return {_mm512_andnot_pd(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<int32_t> BitsOf(Vec<float> v) { return {_mm512_castps_si512(v.raw)}; }
HANDGRAD_INLINE Vec<int64_t> BitsOf(Vec<double> v) { return {_mm512_castpd_si512(v.raw)}; }
HANDGRAD_INLINE Vec<float> FromBits(Vec<int32_t> v) { return {_mm512_castsi512_ps(v.raw)}; }
HANDGRAD_INLINE Vec<double> FromBits(Vec<int64_t> v) { return {_mm512_castsi512_pd(v.raw)}; }
HANDGRAD_INLINE Vec<int32_t> operator+(Vec<int32_t> a, Vec<int32_t> b) {
  return {_mm512_add_epi32(a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<int64_t> operator+(Vec<int64_t> a, Vec<int64_t> b) {
  return {_mm512_add_epi64(a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<int32_t> operator-(Vec<int32_t> a, Vec<int32_t> b) {
  return {_mm512_sub_epi32(a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<int64_t> operator-(Vec<int64_t> a, Vec<int64_t> b) {
  return {_mm512_sub_epi64(a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<int32_t> operator&(Vec<int32_t> a, Vec<int32_t> b) {
  return {_mm512_and_si512(a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<int64_t> operator&(Vec<int64_t> a, Vec<int64_t> b) {
  return {_mm512_and_si512(a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<int32_t> operator|(Vec<int32_t> a, Vec<int32_t> b) {
  return {_mm512_or_si512(a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<int64_t> operator|(Vec<int64_t> a, Vec<int64_t> b) {
  return {_mm512_or_si512(a.raw, b.raw)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int32_t> ShiftLeft(Vec<int32_t> v) {
  return {_mm512_slli_epi32(v.raw, kBits)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int64_t> ShiftLeft(Vec<int64_t> v) {
  return {_mm512_slli_epi64(v.raw, kBits)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int32_t> ShiftRight(Vec<int32_t> v) {
  return {_mm512_srli_epi32(v.raw, kBits)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int64_t> ShiftRight(Vec<int64_t> v) {
  return {_mm512_srli_epi64(v.raw, kBits)};
}
HANDGRAD_INLINE Vec<int32_t> ToInt(Vec<float> v) {
  return {_mm512_cvt_roundps_epi32(v.raw, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
HANDGRAD_INLINE Vec<int64_t> ToInt(Vec<double> v) {
  return {_mm512_cvt_roundpd_epi64(v.raw, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
HANDGRAD_INLINE Vec<float> ToFloat(Vec<int32_t> v) { return {_mm512_cvtepi32_ps(v.raw)}; }
HANDGRAD_INLINE Vec<double> ToFloat(Vec<int64_t> v) { return {_mm512_cvtepi64_pd(v.raw)}; }

HANDGRAD_INLINE Vec<float> Ldexp(Vec<float> v, Vec<float> n) { return {_mm512_scalef_ps(v.raw, n.raw)}; }
HANDGRAD_INLINE Vec<double> Ldexp(Vec<double> v, Vec<double> n) { return {_mm512_scalef_pd(v.raw, n.raw)}; }
HANDGRAD_INLINE Vec<float> WholePow2(Vec<float> n) { return Ldexp(Broadcast(1.0f), n); }
HANDGRAD_INLINE Vec<double> WholePow2(Vec<double> n) { return Ldexp(Broadcast(1.0), n); }
// One instruction chooses, bit by bit: from the second where the first is set, else from the third.
HANDGRAD_INLINE Vec<float> CopySign(Vec<float> magnitude, Vec<float> sign) {
  const __m512i bit = _mm512_set1_epi32(INT32_MIN);
  return {_mm512_castsi512_ps(_mm512_ternarylogic_epi32(bit, _mm512_castps_si512(sign.raw),
                                                        _mm512_castps_si512(magnitude.raw), 0xca))};
}
HANDGRAD_INLINE Vec<double> CopySign(Vec<double> magnitude, Vec<double> sign) {
  const __m512i bit = _mm512_set1_epi64(INT64_MIN);
  return {_mm512_castsi512_pd(_mm512_ternarylogic_epi64(bit, _mm512_castpd_si512(sign.raw),
                                                        _mm512_castpd_si512(magnitude.raw), 0xca))};
}
// 0 has the exponent -infinity, infinity has infinity; the mantissa of negative numbers and of NaN is NaN.
HANDGRAD_INLINE void SplitExponent(Vec<float> v, Vec<float>* mantissa, Vec<float>* exponent) {
  mantissa->raw = _mm512_getmant_ps(v.raw, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_nan);
  exponent->raw = _mm512_getexp_ps(v.raw);
}
HANDGRAD_INLINE void SplitExponent(Vec<double> v, Vec<double>* mantissa, Vec<double>* exponent) {
  mantissa->raw = _mm512_getmant_pd(v.raw, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_nan);
  exponent->raw = _mm512_getexp_pd(v.raw);
}

// Comparisons. Ordered ones are false for NaN (OQ), != is true (UQ); Q: quiet, no exception flag.

template <int kHow>
HANDGRAD_INLINE Mask<float> Compare(Vec<float> a, Vec<float> b) {
  return {_mm512_cmp_ps_mask(a.raw, b.raw, kHow)};
}
template <int kHow>
HANDGRAD_INLINE Mask<double> Compare(Vec<double> a, Vec<double> b) {
  return {_mm512_cmp_pd_mask(a.raw, b.raw, kHow)};
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
  return {_mm512_mask_blend_ps(mask.raw, no.raw, yes.raw)};
}
HANDGRAD_INLINE Vec<double> Select(Mask<double> mask, Vec<double> yes, Vec<double> no) {
  return {_mm512_mask_blend_pd(mask.raw, no.raw, yes.raw)};
}
HANDGRAD_INLINE Mask<float> operator&(Mask<float> a, Mask<float> b) {
  return {static_cast<__mmask16>(a.raw & b.raw)};
}
HANDGRAD_INLINE Mask<double> operator&(Mask<double> a, Mask<double> b) {
  return {static_cast<__mmask8>(a.raw & b.raw)};
}
HANDGRAD_INLINE Mask<float> operator|(Mask<float> a, Mask<float> b) {
  return {static_cast<__mmask16>(a.raw | b.raw)};
}
HANDGRAD_INLINE Mask<double> operator|(Mask<double> a, Mask<double> b) {
  return {static_cast<__mmask8>(a.raw | b.raw)};
}
HANDGRAD_INLINE Mask<float> operator!(Mask<float> mask) { return {static_cast<__mmask16>(~mask.raw)}; }
HANDGRAD_INLINE Mask<double> operator!(Mask<double> mask) { return {static_cast<__mmask8>(~mask.raw)}; }
template <typename T>
HANDGRAD_INLINE bool AnyTrue(Mask<T> mask) {
  return mask.raw != 0;
}
HANDGRAD_INLINE bool AllTrue(Mask<float> mask) { return mask.raw == 0xffff; }
HANDGRAD_INLINE bool AllTrue(Mask<double> mask) { return mask.raw == 0xff; }
HANDGRAD_INLINE void StoreBools(Mask<float> mask, uint8_t* bytes) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), _mm_maskz_set1_epi8(mask.raw, 1));
}
HANDGRAD_INLINE void StoreBools(Mask<double> mask, uint8_t* bytes) {
  _mm_storel_epi64(reinterpret_cast<__m128i*>(bytes), _mm_maskz_set1_epi8(mask.raw, 1));
}
template <typename T>
HANDGRAD_INLINE void StoreBoolsPartial(Mask<T> mask, uint8_t* bytes, size_t n) {
  _mm_mask_storeu_epi8(bytes, Tail<T>(n).raw, _mm_maskz_set1_epi8(mask.raw, 1));
}
template <typename T>
HANDGRAD_INLINE Mask<T> LoadBoolsPartial(const uint8_t* bytes, size_t n) {
  const __m128i loaded = _mm_maskz_loadu_epi8(Tail<T>(n).raw, bytes);
  return {static_cast<decltype(Mask<T>::raw)>(_mm_test_epi8_mask(loaded, loaded))};
}
template <typename T>
HANDGRAD_INLINE Mask<T> LoadBools(const uint8_t* bytes) {
  return LoadBoolsPartial<T>(bytes, Vec<T>::kLanes);
}

HANDGRAD_INLINE size_t StoreCompressed(Vec<float> v, Mask<float> mask, float* p) {
  _mm512_storeu_ps(p, _mm512_maskz_compress_ps(mask.raw, v.raw));  // storing through a mask is slow on some
  return static_cast<size_t>(_mm_popcnt_u32(mask.raw));
}
HANDGRAD_INLINE size_t StoreCompressed(Vec<double> v, Mask<double> mask, double* p) {
  _mm512_storeu_pd(p, _mm512_maskz_compress_pd(mask.raw, v.raw));
  return static_cast<size_t>(_mm_popcnt_u32(mask.raw));
}

// Across lanes. A step of the tree adds the upper half of each group of lanes to the lower one. Of two
// vectors, both sums fit into one: a blend takes a's lower and b's upper halves, a shuffle a's upper and b's
// lower ones. (Blends run beside the arithmetic; shuffles have one port, so one of each is the cheapest.)

HANDGRAD_INLINE Vec<float> Halves8(Vec<float> a, Vec<float> b) {
  return {
      _mm512_add_ps(_mm512_mask_blend_ps(0xff00, a.raw, b.raw), _mm512_shuffle_f32x4(a.raw, b.raw, 0x4e))};
}
HANDGRAD_INLINE Vec<float> Halves4(Vec<float> a, Vec<float> b) {
  const __m512d x = _mm512_castps_pd(a.raw), y = _mm512_castps_pd(b.raw);
  // Lanes in fours: a1 b0 a3 b2.
  const __m512i pick = _mm512_setr_epi64(2, 3, 8, 9, 6, 7, 12, 13);
  return {_mm512_add_ps(_mm512_mask_blend_ps(0xf0f0, a.raw, b.raw),
                        _mm512_castpd_ps(_mm512_permutex2var_pd(x, pick, y)))};
}
HANDGRAD_INLINE Vec<float> Halves2(Vec<float> a, Vec<float> b) {
  return {_mm512_add_ps(_mm512_mask_blend_ps(0xcccc, a.raw, b.raw), _mm512_shuffle_ps(a.raw, b.raw, 0x4e))};
}
HANDGRAD_INLINE Vec<float> Halves1(Vec<float> a, Vec<float> b) {
  const __m512 pairs = _mm512_shuffle_ps(a.raw, b.raw, 0x8d);       // a1 a3 b0 b2
  const __m512 blend = _mm512_mask_blend_ps(0xaaaa, a.raw, b.raw);  // a0 b1 a2 b3
  return {_mm512_add_ps(blend, _mm512_permute_ps(pairs, 0xd8))};    // + a1 b0 a3 b2
}
/// The sixteen sums, in order: neighbours in the result meet last.
HANDGRAD_INLINE Vec<float> ReduceAddEach(const Vec<float>* v) {
  const Vec<float> e0 = Halves4(Halves8(v[0], v[8]), Halves8(v[4], v[12]));
  const Vec<float> e2 = Halves4(Halves8(v[2], v[10]), Halves8(v[6], v[14]));
  const Vec<float> e1 = Halves4(Halves8(v[1], v[9]), Halves8(v[5], v[13]));
  const Vec<float> e3 = Halves4(Halves8(v[3], v[11]), Halves8(v[7], v[15]));
  return Halves1(Halves2(e0, e2), Halves2(e1, e3));
}
HANDGRAD_INLINE Vec<double> DoubleHalves4(Vec<double> a, Vec<double> b) {
  return {_mm512_add_pd(_mm512_mask_blend_pd(0xf0, a.raw, b.raw), _mm512_shuffle_f64x2(a.raw, b.raw, 0x4e))};
}
HANDGRAD_INLINE Vec<double> DoubleHalves2(Vec<double> a, Vec<double> b) {
  const __m512i pick = _mm512_setr_epi64(2, 3, 8, 9, 6, 7, 12, 13);
  return {
      _mm512_add_pd(_mm512_mask_blend_pd(0xcc, a.raw, b.raw), _mm512_permutex2var_pd(a.raw, pick, b.raw))};
}
HANDGRAD_INLINE Vec<double> DoubleHalves1(Vec<double> a, Vec<double> b) {
  return {_mm512_add_pd(_mm512_mask_blend_pd(0xaa, a.raw, b.raw), _mm512_shuffle_pd(a.raw, b.raw, 0x55))};
}
HANDGRAD_INLINE Vec<double> ReduceAddEach(const Vec<double>* v) {
  const Vec<double> e0 = DoubleHalves2(DoubleHalves4(v[0], v[4]), DoubleHalves4(v[2], v[6]));
  const Vec<double> e1 = DoubleHalves2(DoubleHalves4(v[1], v[5]), DoubleHalves4(v[3], v[7]));
  return DoubleHalves1(e0, e1);
}

HANDGRAD_INLINE __m256 LowerHalf(Vec<float> v) { return _mm512_castps512_ps256(v.raw); }
HANDGRAD_INLINE __m256 UpperHalf(Vec<float> v) { return _mm512_extractf32x8_ps(v.raw, 1); }
HANDGRAD_INLINE __m256d LowerHalf(Vec<double> v) { return _mm512_castpd512_pd256(v.raw); }
HANDGRAD_INLINE __m256d UpperHalf(Vec<double> v) { return _mm512_extractf64x4_pd(v.raw, 1); }
HANDGRAD_INLINE float ReduceAdd(Vec<float> v) {
  const __m256 eight = _mm256_add_ps(LowerHalf(v), UpperHalf(v));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
HANDGRAD_INLINE double ReduceAdd(Vec<double> v) {
  const __m256d four = _mm256_add_pd(LowerHalf(v), UpperHalf(v));
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

// Squares of 16 by 16 floats: rows of 2 by 2 by pairs, then of 4 by 4, then whole quarters of 128 bits.
HANDGRAD_INLINE void Transpose(Vec<float>* v) {
  __m512 t[16], u[16];
  HANDGRAD_UNROLL
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(v[i].raw, v[i + 1].raw);
    t[i + 1] = _mm512_unpackhi_ps(v[i].raw, v[i + 1].raw);
  }
  HANDGRAD_UNROLL
  for (int i = 0; i < 16; i += 4) {
    u[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
    u[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
    u[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    u[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
  HANDGRAD_UNROLL
  for (int i = 0; i < 4; i++) {
    const __m512 even01 = _mm512_shuffle_f32x4(u[i], u[i + 4], 0x88);
    const __m512 odd01 = _mm512_shuffle_f32x4(u[i], u[i + 4], 0xdd);
    const __m512 even23 = _mm512_shuffle_f32x4(u[i + 8], u[i + 12], 0x88);
    const __m512 odd23 = _mm512_shuffle_f32x4(u[i + 8], u[i + 12], 0xdd);
    v[i].raw = _mm512_shuffle_f32x4(even01, even23, 0x88);
    v[i + 4].raw = _mm512_shuffle_f32x4(odd01, odd23, 0x88);
    v[i + 8].raw = _mm512_shuffle_f32x4(even01, even23, 0xdd);
    v[i + 12].raw = _mm512_shuffle_f32x4(odd01, odd23, 0xdd);
  }
}
HANDGRAD_INLINE void Transpose(Vec<double>* v) {
  __m512d t[8];
  HANDGRAD_UNROLL
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm512_unpacklo_pd(v[i].raw, v[i + 1].raw);
    t[i + 1] = _mm512_unpackhi_pd(v[i].raw, v[i + 1].raw);
  }
  HANDGRAD_UNROLL
  for (int i = 0; i < 2; i++) {
    const __m512d even01 = _mm512_shuffle_f64x2(t[i], t[i + 2], 0x88);
    const __m512d odd01 = _mm512_shuffle_f64x2(t[i], t[i + 2], 0xdd);
    const __m512d even23 = _mm512_shuffle_f64x2(t[i + 4], t[i + 6], 0x88);
    const __m512d odd23 = _mm512_shuffle_f64x2(t[i + 4], t[i + 6], 0xdd);
    v[i].raw = _mm512_shuffle_f64x2(even01, even23, 0x88);
    v[i + 2].raw = _mm512_shuffle_f64x2(odd01, odd23, 0x88);
    v[i + 4].raw = _mm512_shuffle_f64x2(even01, even23, 0xdd);
    v[i + 6].raw = _mm512_shuffle_f64x2(odd01, odd23, 0xdd);
  }
}

}  // namespace
}  // namespace avx512
}  // namespace handgrad

#include "isa/vec_common-inl.h"

#endif  // HANDGRAD_ISA_VEC_AVX512_H_
