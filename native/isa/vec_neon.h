// Vectors of 128 bits for arm64: NEON, which every 64-bit ARM processor has, with FMA and doubles.
// The meaning of each name is in vec_scalar.h.
#ifndef HANDGRAD_ISA_VEC_NEON_H_
#define HANDGRAD_ISA_VEC_NEON_H_

#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/attributes.h"

namespace handgrad {
namespace neon {
namespace {

constexpr bool kFusedMultiplyAdd = true;
constexpr bool kCompresses = false;
constexpr bool kSplitExponentOfAll = false;
constexpr bool kFastTails = false;
constexpr int kVectorRegisters = 32;

template <typename T>
struct Vec;
template <>
struct Vec<float> {
  static constexpr int kLanes = 4;
  float32x4_t raw;
};
template <>
struct Vec<double> {
  static constexpr int kLanes = 2;
  float64x2_t raw;
};
template <>
struct Vec<int32_t> {
  static constexpr int kLanes = 4;
  int32x4_t raw;
};
template <>
struct Vec<int64_t> {
  static constexpr int kLanes = 2;
  int64x2_t raw;
};

// A lane is true where all its bits are set.
template <typename T>
struct Mask;
template <>
struct Mask<float> {
  uint32x4_t raw;
};
template <>
struct Mask<double> {
  uint64x2_t raw;
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
  return {vdupq_n_f32(0)};
}
template <>
HANDGRAD_INLINE Vec<double> Zero<double>() {
  return {vdupq_n_f64(0)};
}
HANDGRAD_INLINE Vec<float> Broadcast(float x) { return {vdupq_n_f32(x)}; }
HANDGRAD_INLINE Vec<double> Broadcast(double x) { return {vdupq_n_f64(x)}; }
HANDGRAD_INLINE Vec<int32_t> Broadcast(int32_t x) { return {vdupq_n_s32(x)}; }
HANDGRAD_INLINE Vec<int64_t> Broadcast(int64_t x) { return {vdupq_n_s64(x)}; }
HANDGRAD_INLINE float FirstLane(Vec<float> v) { return vgetq_lane_f32(v.raw, 0); }
HANDGRAD_INLINE double FirstLane(Vec<double> v) { return vgetq_lane_f64(v.raw, 0); }

// Memory

HANDGRAD_INLINE Vec<float> Load(const float* p) { return {vld1q_f32(p)}; }
HANDGRAD_INLINE Vec<double> Load(const double* p) { return {vld1q_f64(p)}; }
HANDGRAD_INLINE void Store(Vec<float> v, float* p) { vst1q_f32(p, v.raw); }
HANDGRAD_INLINE void Store(Vec<double> v, double* p) { vst1q_f64(p, v.raw); }
HANDGRAD_INLINE Vec<float> LoadPartial(const float* p, Tail<float> tail) {
  float32x4_t v = vdupq_n_f32(0);
  switch (tail.count) {
    case 0:
      return {v};
    case 3:
      v = vld1q_lane_f32(p + 2, v, 2);
      [[fallthrough]];
    case 2:
      v = vld1q_lane_f32(p + 1, v, 1);
      [[fallthrough]];
    case 1:
      return {vld1q_lane_f32(p, v, 0)};
    default:
      return Load(p);
  }
}
HANDGRAD_INLINE Vec<double> LoadPartial(const double* p, Tail<double> tail) {
  switch (tail.count) {
    case 0:
      return Zero<double>();
    case 1:
      return {vld1q_lane_f64(p, vdupq_n_f64(0), 0)};
    default:
      return Load(p);
  }
}
HANDGRAD_INLINE void StorePartial(Vec<float> v, float* p, Tail<float> tail) {
  switch (tail.count) {
    case 0:
      return;
    case 3:
      vst1q_lane_f32(p + 2, v.raw, 2);
      [[fallthrough]];
    case 2:
      vst1q_lane_f32(p + 1, v.raw, 1);
      [[fallthrough]];
    case 1:
      vst1q_lane_f32(p, v.raw, 0);
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
      vst1q_lane_f64(p, v.raw, 0);
      return;
    default:
      Store(v, p);
  }
}
HANDGRAD_INLINE Vec<float> LoadStrided(const float* p, ptrdiff_t stride) {
  const float lanes[4] = {p[0], p[stride], p[2 * stride], p[3 * stride]};
  return Load(lanes);
}
HANDGRAD_INLINE Vec<double> LoadStrided(const double* p, ptrdiff_t stride) {
  const double lanes[2] = {p[0], p[stride]};
  return Load(lanes);
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
template <typename T>
HANDGRAD_INLINE Vec<T> Iota() {
  const T lanes[4] = {0, 1, 2, 3};
  return Load(lanes);
}
// No intrinsic tells these processors to leave the caches alone.
HANDGRAD_INLINE Vec<float> LoadEven(const float* p) { return {vuzp1q_f32(vld1q_f32(p), vld1q_f32(p + 4))}; }
HANDGRAD_INLINE Vec<double> LoadEven(const double* p) { return {vuzp1q_f64(vld1q_f64(p), vld1q_f64(p + 2))}; }
HANDGRAD_INLINE Vec<double> LoadAsDouble(const float* p) { return {vcvt_f64_f32(vld1_f32(p))}; }
HANDGRAD_INLINE Vec<double> LoadAsDoublePartial(const float* p, Tail<double> tail) {
  if (tail.count == 0) return Zero<double>();
  return tail.count == 1 ? Vec<double>{vcvt_f64_f32(vld1_lane_f32(p, vdup_n_f32(0), 0))} : LoadAsDouble(p);
}
HANDGRAD_INLINE void StoreAsFloat(Vec<double> v, float* p) { vst1_f32(p, vcvt_f32_f64(v.raw)); }
HANDGRAD_INLINE void StoreAsFloatPartial(Vec<double> v, float* p, Tail<double> tail) {
  if (tail.count == 2) StoreAsFloat(v, p);
  if (tail.count == 1) vst1_lane_f32(p, vcvt_f32_f64(v.raw), 0);
}
template <typename T>
HANDGRAD_INLINE void Stream(Vec<T> v, T* p) {
  Store(v, p);
}
HANDGRAD_INLINE void StreamFence() {}
HANDGRAD_INLINE void Prefetch(const void* p) {
#if defined(_MSC_VER) && !defined(__clang__)
  __prefetch(p);
#else
  __builtin_prefetch(p);
#endif
}
HANDGRAD_INLINE void PrefetchToL2(const void* p) {
#if defined(_MSC_VER) && !defined(__clang__)
  __prefetch2(p, 2);  // PLDL2KEEP
#else
  __builtin_prefetch(p, 0, 2);
#endif
}
template <typename T>
HANDGRAD_INLINE void KeepInRegister([[maybe_unused]] Vec<T>& v) {
#if defined(__GNUC__)
  __asm__("" : "+w"(v.raw));
#endif
}

// Arithmetic

HANDGRAD_INLINE Vec<float> operator+(Vec<float> a, Vec<float> b) { return {vaddq_f32(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator+(Vec<double> a, Vec<double> b) { return {vaddq_f64(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> operator-(Vec<float> a, Vec<float> b) { return {vsubq_f32(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator-(Vec<double> a, Vec<double> b) { return {vsubq_f64(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> operator*(Vec<float> a, Vec<float> b) { return {vmulq_f32(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator*(Vec<double> a, Vec<double> b) { return {vmulq_f64(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> operator/(Vec<float> a, Vec<float> b) { return {vdivq_f32(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<double> operator/(Vec<double> a, Vec<double> b) { return {vdivq_f64(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<float> MulAdd(Vec<float> a, Vec<float> b, Vec<float> c) {
  return {vfmaq_f32(c.raw, a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<double> MulAdd(Vec<double> a, Vec<double> b, Vec<double> c) {
  return {vfmaq_f64(c.raw, a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<float> NegMulAdd(Vec<float> a, Vec<float> b, Vec<float> c) {
  return {vfmsq_f32(c.raw, a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<double> NegMulAdd(Vec<double> a, Vec<double> b, Vec<double> c) {
  return {vfmsq_f64(c.raw, a.raw, b.raw)};
}
template <typename T>
HANDGRAD_INLINE Vec<T> MulPlus(Vec<T> a, Vec<T> b, Vec<T> c) {
  return MulAdd(a, b, c);
}
template <typename T>
HANDGRAD_INLINE Vec<T> NegMulPlus(Vec<T> a, Vec<T> b, Vec<T> c) {
  return NegMulAdd(a, b, c);
}
HANDGRAD_INLINE Vec<float> Sqrt(Vec<float> v) { return {vsqrtq_f32(v.raw)}; }
HANDGRAD_INLINE Vec<double> Sqrt(Vec<double> v) { return {vsqrtq_f64(v.raw)}; }
// The machine's own minimum hands NaN on; a comparison and a selection give our rule.
HANDGRAD_INLINE Vec<float> Min(Vec<float> a, Vec<float> b) {
  return {vbslq_f32(vcltq_f32(a.raw, b.raw), a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<double> Min(Vec<double> a, Vec<double> b) {
  return {vbslq_f64(vcltq_f64(a.raw, b.raw), a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<float> Max(Vec<float> a, Vec<float> b) {
  return {vbslq_f32(vcgtq_f32(a.raw, b.raw), a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<double> Max(Vec<double> a, Vec<double> b) {
  return {vbslq_f64(vcgtq_f64(a.raw, b.raw), a.raw, b.raw)};
}
HANDGRAD_INLINE Vec<float> Floor(Vec<float> v) { return {vrndmq_f32(v.raw)}; }
HANDGRAD_INLINE Vec<double> Floor(Vec<double> v) { return {vrndmq_f64(v.raw)}; }
HANDGRAD_INLINE Vec<float> Ceil(Vec<float> v) { return {vrndpq_f32(v.raw)}; }
HANDGRAD_INLINE Vec<double> Ceil(Vec<double> v) { return {vrndpq_f64(v.raw)}; }
HANDGRAD_INLINE Vec<float> Trunc(Vec<float> v) { return {vrndq_f32(v.raw)}; }
HANDGRAD_INLINE Vec<double> Trunc(Vec<double> v) { return {vrndq_f64(v.raw)}; }
HANDGRAD_INLINE Vec<float> Round(Vec<float> v) { return {vrndnq_f32(v.raw)}; }
HANDGRAD_INLINE Vec<double> Round(Vec<double> v) { return {vrndnq_f64(v.raw)}; }

// Bits

HANDGRAD_INLINE Vec<int32_t> BitsOf(Vec<float> v) { return {vreinterpretq_s32_f32(v.raw)}; }
HANDGRAD_INLINE Vec<int64_t> BitsOf(Vec<double> v) { return {vreinterpretq_s64_f64(v.raw)}; }
HANDGRAD_INLINE Vec<float> FromBits(Vec<int32_t> v) { return {vreinterpretq_f32_s32(v.raw)}; }
HANDGRAD_INLINE Vec<double> FromBits(Vec<int64_t> v) { return {vreinterpretq_f64_s64(v.raw)}; }
HANDGRAD_INLINE Vec<int32_t> operator+(Vec<int32_t> a, Vec<int32_t> b) { return {vaddq_s32(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<int64_t> operator+(Vec<int64_t> a, Vec<int64_t> b) { return {vaddq_s64(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<int32_t> operator-(Vec<int32_t> a, Vec<int32_t> b) { return {vsubq_s32(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<int64_t> operator-(Vec<int64_t> a, Vec<int64_t> b) { return {vsubq_s64(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<int32_t> operator&(Vec<int32_t> a, Vec<int32_t> b) { return {vandq_s32(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<int64_t> operator&(Vec<int64_t> a, Vec<int64_t> b) { return {vandq_s64(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<int32_t> operator|(Vec<int32_t> a, Vec<int32_t> b) { return {vorrq_s32(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<int64_t> operator|(Vec<int64_t> a, Vec<int64_t> b) { return {vorrq_s64(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<int32_t> ExclusiveOr(Vec<int32_t> a, Vec<int32_t> b) { return {veorq_s32(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<int64_t> ExclusiveOr(Vec<int64_t> a, Vec<int64_t> b) { return {veorq_s64(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<int32_t> Without(Vec<int32_t> a, Vec<int32_t> b) { return {vbicq_s32(a.raw, b.raw)}; }
HANDGRAD_INLINE Vec<int64_t> Without(Vec<int64_t> a, Vec<int64_t> b) { return {vbicq_s64(a.raw, b.raw)}; }
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
  return FromBits(ExclusiveOr(BitsOf(a), BitsOf(b)));
}
template <typename T>
HANDGRAD_INLINE Vec<T> AndNot(Vec<T> a, Vec<T> b) {
  return FromBits(Without(BitsOf(b), BitsOf(a)));
}
template <int kBits>
HANDGRAD_INLINE Vec<int32_t> ShiftLeft(Vec<int32_t> v) {
  return {vshlq_n_s32(v.raw, kBits)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int64_t> ShiftLeft(Vec<int64_t> v) {
  return {vshlq_n_s64(v.raw, kBits)};
}
template <int kBits>
HANDGRAD_INLINE Vec<int32_t> ShiftRight(Vec<int32_t> v) {
  return {vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_s32(v.raw), kBits))};
}
template <int kBits>
HANDGRAD_INLINE Vec<int64_t> ShiftRight(Vec<int64_t> v) {
  return {vreinterpretq_s64_u64(vshrq_n_u64(vreinterpretq_u64_s64(v.raw), kBits))};
}
HANDGRAD_INLINE Vec<int32_t> ToInt(Vec<float> v) { return {vcvtnq_s32_f32(v.raw)}; }
HANDGRAD_INLINE Vec<int64_t> ToInt(Vec<double> v) { return {vcvtnq_s64_f64(v.raw)}; }
HANDGRAD_INLINE Vec<float> ToFloat(Vec<int32_t> v) { return {vcvtq_f32_s32(v.raw)}; }
HANDGRAD_INLINE Vec<double> ToFloat(Vec<int64_t> v) { return {vcvtq_f64_s64(v.raw)}; }

// Comparisons

HANDGRAD_INLINE Mask<float> operator==(Vec<float> a, Vec<float> b) { return {vceqq_f32(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<double> operator==(Vec<double> a, Vec<double> b) { return {vceqq_f64(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<float> operator<(Vec<float> a, Vec<float> b) { return {vcltq_f32(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<double> operator<(Vec<double> a, Vec<double> b) { return {vcltq_f64(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<float> operator<=(Vec<float> a, Vec<float> b) { return {vcleq_f32(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<double> operator<=(Vec<double> a, Vec<double> b) { return {vcleq_f64(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<float> operator&(Mask<float> a, Mask<float> b) { return {vandq_u32(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<double> operator&(Mask<double> a, Mask<double> b) { return {vandq_u64(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<float> operator|(Mask<float> a, Mask<float> b) { return {vorrq_u32(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<double> operator|(Mask<double> a, Mask<double> b) { return {vorrq_u64(a.raw, b.raw)}; }
HANDGRAD_INLINE Mask<float> operator!(Mask<float> mask) { return {vmvnq_u32(mask.raw)}; }
HANDGRAD_INLINE Mask<double> operator!(Mask<double> mask) {
  return {veorq_u64(mask.raw, vdupq_n_u64(~uint64_t{0}))};
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator!=(Vec<T> a, Vec<T> b) {
  return !(a == b);
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator>(Vec<T> a, Vec<T> b) {
  return b < a;
}
template <typename T>
HANDGRAD_INLINE Mask<T> operator>=(Vec<T> a, Vec<T> b) {
  return b <= a;
}
HANDGRAD_INLINE Vec<float> Select(Mask<float> mask, Vec<float> yes, Vec<float> no) {
  return {vbslq_f32(mask.raw, yes.raw, no.raw)};
}
HANDGRAD_INLINE Vec<double> Select(Mask<double> mask, Vec<double> yes, Vec<double> no) {
  return {vbslq_f64(mask.raw, yes.raw, no.raw)};
}
HANDGRAD_INLINE uint32x4_t MaskWords(Mask<float> mask) { return mask.raw; }
HANDGRAD_INLINE uint32x4_t MaskWords(Mask<double> mask) { return vreinterpretq_u32_u64(mask.raw); }
template <typename T>
HANDGRAD_INLINE bool AnyTrue(Mask<T> mask) {
  return vmaxvq_u32(MaskWords(mask)) != 0;
}
template <typename T>
HANDGRAD_INLINE bool AllTrue(Mask<T> mask) {
  return vminvq_u32(MaskWords(mask)) != 0;
}
template <typename T>
HANDGRAD_INLINE void StoreBoolsPartial(Mask<T> mask, uint8_t* bytes, size_t n) {
  uint32_t words[4];
  vst1q_u32(words, MaskWords(mask));
  constexpr size_t kWordsPerLane = sizeof(T) / sizeof(uint32_t);
  for (size_t i = 0; i < n; i++) bytes[i] = words[i * kWordsPerLane] & 1;
}
template <typename T>
HANDGRAD_INLINE void StoreBools(Mask<T> mask, uint8_t* bytes) {
  StoreBoolsPartial(mask, bytes, Vec<T>::kLanes);
}
HANDGRAD_INLINE void StoreBools(Mask<float> mask, uint8_t* bytes) {
  const uint16x4_t halves = vmovn_u32(mask.raw);
  const uint8x8_t narrow = vand_u8(vmovn_u16(vcombine_u16(halves, halves)), vdup_n_u8(1));
  uint8_t lanes[8];
  vst1_u8(lanes, narrow);
  for (int i = 0; i < 4; i++) bytes[i] = lanes[i];
}
HANDGRAD_INLINE Mask<float> MaskOfWords(Vec<float>, const uint64_t* words) {
  const uint32_t lanes[4] = {static_cast<uint32_t>(words[0]), static_cast<uint32_t>(words[1]),
                             static_cast<uint32_t>(words[2]), static_cast<uint32_t>(words[3])};
  return {vld1q_u32(lanes)};
}
HANDGRAD_INLINE Mask<double> MaskOfWords(Vec<double>, const uint64_t* words) { return {vld1q_u64(words)}; }
template <typename T>
HANDGRAD_INLINE Mask<T> LoadBoolsPartial(const uint8_t* bytes, size_t n) {
  uint64_t words[4] = {};
  for (size_t i = 0; i < n; i++) words[i] = bytes[i] != 0 ? ~uint64_t{0} : 0;
  return MaskOfWords(Zero<T>(), words);
}
template <typename T>
HANDGRAD_INLINE Mask<T> LoadBools(const uint8_t* bytes) {
  return LoadBoolsPartial<T>(bytes, Vec<T>::kLanes);
}

// Across lanes. A step of the tree adds the upper half of each group of lanes to the lower one; of two
// vectors, both sums fit into one.

HANDGRAD_INLINE float32x4_t Halves2(float32x4_t a, float32x4_t b) {
  return vaddq_f32(vcombine_f32(vget_low_f32(a), vget_low_f32(b)),
                   vcombine_f32(vget_high_f32(a), vget_high_f32(b)));
}
HANDGRAD_INLINE Vec<float> ReduceAddEach(const Vec<float>* v) {
  return {vpaddq_f32(Halves2(v[0].raw, v[1].raw), Halves2(v[2].raw, v[3].raw))};
}
HANDGRAD_INLINE Vec<double> ReduceAddEach(const Vec<double>* v) { return {vpaddq_f64(v[0].raw, v[1].raw)}; }
HANDGRAD_INLINE float ReduceAdd(Vec<float> v) {
  return vpadds_f32(vadd_f32(vget_low_f32(v.raw), vget_high_f32(v.raw)));
}
HANDGRAD_INLINE double ReduceAdd(Vec<double> v) { return vpaddd_f64(v.raw); }

HANDGRAD_INLINE void Transpose(Vec<float>* v) {
  const float32x4_t t0 = vzip1q_f32(v[0].raw, v[2].raw), t1 = vzip2q_f32(v[0].raw, v[2].raw);
  const float32x4_t t2 = vzip1q_f32(v[1].raw, v[3].raw), t3 = vzip2q_f32(v[1].raw, v[3].raw);
  v[0].raw = vzip1q_f32(t0, t2);
  v[1].raw = vzip2q_f32(t0, t2);
  v[2].raw = vzip1q_f32(t1, t3);
  v[3].raw = vzip2q_f32(t1, t3);
}
HANDGRAD_INLINE void Transpose(Vec<double>* v) {
  const float64x2_t lower = vzip1q_f64(v[0].raw, v[1].raw), upper = vzip2q_f64(v[0].raw, v[1].raw);
  v[0].raw = lower;
  v[1].raw = upper;
}

}  // namespace
}  // namespace neon
}  // namespace handgrad

#include "isa/vec_common-inl.h"

#endif  // HANDGRAD_ISA_VEC_NEON_H_
