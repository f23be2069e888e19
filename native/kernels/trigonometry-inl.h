// Sine and cosine, for float and double, of any finite argument.
//
// Method: x = k pi/2 + r with |r| <= pi/4, then a polynomial for the sine or cosine of r
// (scripts/polynomials.py). Up to 2^20 steps pi/2 is taken off in three parts (Cody and Waite 1980), beyond
// that x is multiplied by as many bits of 2/pi as matter (Payne and Hanek 1983, "Radian reduction for
// trigonometric functions"). Floats are computed in double, and so hardly more than half an ULP off; doubles
// are within 2.
#ifndef HANDGRAD_KERNELS_TRIGONOMETRY_INL_H_
#define HANDGRAD_KERNELS_TRIGONOMETRY_INL_H_

#include "kernels/math-inl.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

using Doubles = Vec<double>;

// (sin r - r) / r^3 and (cos r - 1 + r^2/2) / r^4, in r^2
constexpr double kSin[] = {-0.16666666666666632,   0.0083333333333223698,   -0.00019841269829771167,
                           2.7557313678665974e-06, -2.5050755961473334e-08, 1.5896666512384127e-10};
constexpr double kCos[] = {0.041666666666666602,    -0.0013888888888874064, 2.4801587289443492e-05,
                           -2.7557314340663663e-07, 2.0875721624377234e-09, -1.1359559368044994e-11};

// pi/2: two parts of 33 bits, whose products with up to 2^20 are exact, and a last one.
constexpr double kHalfPi1 = 0x1.921fb544p+0, kHalfPi2 = 0x1.0b4611a6p-34, kHalfPi3 = 0x1.3198a2e037073p-69;
constexpr double kMostSteps = 1048576;
constexpr double kLargest = kMostSteps * 1.57;

// The bits of 2/pi behind the point.
constexpr uint32_t kTwoOverPi[] = {
    0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561,
    0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484,
    0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f,
    0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b,
    0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab};

/// x = k pi/2 + r + low, k modulo 4.
struct ReducedAngle {
  double k, r, low;
};

/// For finite |x| from 2^20 on. x = m 2^e with a whole m of 53 bits: of x 2/pi, bits of 2/pi worth 4 and more
/// give whole turns, which are left out; of the rest 192 bits are enough, since no double is nearer to a
/// multiple of pi/2 than 2^-62.
HANDGRAD_NOINLINE ReducedAngle ReduceLarge(double x) {
  union {
    double number;
    uint64_t bits;
  } view;
  view.number = x;
  const int exponent = static_cast<int>(view.bits >> 52 & 0x7ff) - 1075;
  const uint64_t mantissa = (view.bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52;
  const uint64_t low_half = mantissa & 0xffffffff, high_half = mantissa >> 32;

  // The bits of 2/pi from the one worth 2^(1 - e) on (so 2 after multiplying), 7 words; before the point are
  // 0s.
  const int first = exponent - 2;  // bits behind the point that come before it
  uint32_t window[7];
  for (int i = 0; i < 7; ++i) {
    const int bit = first + 32 * i;
    uint64_t two_words = 0;
    const int word = bit >= 0 ? bit / 32 : -((31 - bit) / 32);
    for (int j = 0; j < 2; ++j) {
      const bool inside =
          word + j >= 0 && word + j < static_cast<int>(sizeof kTwoOverPi / sizeof *kTwoOverPi);
      two_words = two_words << 32 | (inside ? kTwoOverPi[word + j] : 0);
    }
    window[i] = static_cast<uint32_t>(two_words >> (32 - (bit - 32 * word)));
  }
  // product = mantissa window, in words of 32, the lowest last; what overflows at the top is whole turns.
  uint32_t product[7] = {};
  uint64_t carry = 0;
  for (int i = 6; i >= 0; --i) {
    const uint64_t sum = low_half * window[i] + carry;
    product[i] = static_cast<uint32_t>(sum);
    carry = sum >> 32;
  }
  carry = 0;
  for (int i = 6; i >= 1; --i) {
    const uint64_t sum = high_half * window[i] + product[i - 1] + carry;
    product[i - 1] = static_cast<uint32_t>(sum);
    carry = sum >> 32;
  }
  // The top two bits are k, the rest is a fraction of a step; from a half on it belongs to the next k.
  uint32_t k = product[0] >> 30;
  for (int i = 0; i < 6; ++i) product[i] = product[i] << 2 | product[i + 1] >> 30;
  product[6] <<= 2;
  const bool next = product[0] >> 31 != 0;
  if (next) {
    k = k + 1;
    uint32_t borrow = 1;  // two's complement: the distance to the next step
    for (int i = 6; i >= 0; --i) {
      product[i] = ~product[i] + borrow;
      borrow = borrow != 0 && product[i] == 0 ? 1 : 0;
    }
  }
  // As a double and what is missing from it: leading zeros away, then 53 bits, then the next.
  int shift = 0;
  while (shift < 160 && product[0] >> 31 == 0) {
    for (int i = 0; i < 6; ++i) product[i] = product[i] << 1 | product[i + 1] >> 31;
    product[6] <<= 1;
    ++shift;
  }
  const uint64_t top = static_cast<uint64_t>(product[0]) << 32 | product[1];
  const uint64_t bottom = static_cast<uint64_t>(product[2]) << 32 | product[3];
  view.bits = static_cast<uint64_t>(1023 - 64 - shift) << 52;  // 2^(-64 - shift)
  const double unit = view.number;
  const double high = static_cast<double>(top >> 11 << 11) * unit;
  const double rest = (static_cast<double>(top & 0x7ff) + static_cast<double>(bottom) * 0x1p-64) * unit;
  // Times pi/2, in two parts as well: products of parts of 26 bits are exact.
  const double a = static_cast<double>(top >> 38 << 38) * unit, b = high - a;
  const double p = high * 1.5707963267948966;
  const double error =
      ((a * 0x1.921fb5p+0 - p) + a * 0x1.110b46p-26 + b * 0x1.921fb5p+0) + b * 0x1.110b46p-26;
  ReducedAngle angle;
  angle.r = p;
  angle.low = error + high * 6.123233995736766e-17 + rest * 1.5707963267948966;
  angle.k = static_cast<double>(k & 3);
  if (next) angle.r = -angle.r, angle.low = -angle.low;
  if (x < 0) angle.r = -angle.r, angle.low = -angle.low, angle.k = static_cast<double>((4 - (k & 3)) & 3);
  return angle;
}

struct ReducedAngles {
  Doubles k, r, low;
};

HANDGRAD_INLINE ReducedAngles ReduceAngles(Doubles x) {
  ReducedAngles angles;
  const Doubles k = Round(x * Broadcast(0.63661977236758134));
  // Exact: a whole number of the last places of kHalfPi1 or of x, and small.
  const Doubles first = x - k * Broadcast(kHalfPi1);
  // Not exact: `lost` is what rounding takes (Knuth's sum of two).
  const Doubles step = k * Broadcast(kHalfPi2);
  const Doubles second = first - step;
  const Doubles back = second - first;
  const Doubles lost = (first - (second - back)) - (step + back);
  const Doubles more = k * Broadcast(kHalfPi3) - lost;
  angles.r = second - more;
  angles.low = (second - angles.r) - more;
  angles.k = k - Broadcast(4.0) * Floor(k * Broadcast(0.25));

  const Mask<double> large = (Abs(x) > Broadcast(kLargest)) & (Abs(x) < Infinity<double>());
  if (AnyTrue(large)) {
    constexpr int kLanes = Doubles::kLanes;
    double xs[kLanes], ks[kLanes], rs[kLanes], lows[kLanes];
    Store(x, xs), Store(angles.k, ks), Store(angles.r, rs), Store(angles.low, lows);
    for (int i = 0; i < kLanes; ++i) {
      const double size = xs[i] < 0 ? -xs[i] : xs[i];
      if (!(size > kLargest && size < __builtin_inf())) continue;
      const ReducedAngle angle = ReduceLarge(xs[i]);
      ks[i] = angle.k, rs[i] = angle.r, lows[i] = angle.low;
    }
    angles.k = Load(ks), angles.r = Load(rs), angles.low = Load(lows);
  }
  return angles;
}

/// sin(k pi/2 + r + low), or with k + 1 the cosine.
HANDGRAD_INLINE Doubles SineOf(ReducedAngles angles, int quarter_turns) {
  Doubles k = angles.k + Broadcast(static_cast<double>(quarter_turns));
  k = k - Select(k >= Broadcast(4.0), Broadcast(4.0), Zero<double>());
  const Doubles r = angles.r, low = angles.low, one = Broadcast(1.0), half = Broadcast(0.5);
  const Doubles z = r * r;
  // sin(r + low) = r + (r^3 S + low cos r), with cos r = 1 - z/2 as good as needed for so small a term.
  const Doubles sine = r + MulPlus(r * z, Polynomial(z, kSin), low * NegMulPlus(half, z, one));
  // cos(r + low) = 1 - z/2 + (z^2 C - r low); `head` holds 1 - z/2 rounded, and what it lost is added.
  const Doubles half_z = half * z;
  const Doubles head = one - half_z;
  const Doubles cosine = head + (((one - head) - half_z) + NegMulPlus(r, low, z * z * Polynomial(z, kCos)));
  const Mask<double> odd = (k == one) | (k == Broadcast(3.0));
  const Doubles value = Select(odd, cosine, sine);
  return Select(k >= Broadcast(2.0), -value, value);
}

HANDGRAD_INLINE Doubles SineOrCosine(Doubles x, int quarter_turns) {
  const Doubles value = SineOf(ReduceAngles(x), quarter_turns);
  // Of infinities there is none, and the sine of -0 is -0.
  const Doubles special = quarter_turns == 0 ? x : Broadcast(1.0);
  return Select(x == Zero<double>(), special,
                Select(Abs(x) < Infinity<double>(), value, NotANumber<double>()));
}
HANDGRAD_INLINE Vec<float> SineOrCosineByDoubles(Vec<float> x, int quarter_turns) {
  float lanes[Vec<float>::kLanes];
  Store(x, lanes);
  for (int i = 0; i < Vec<float>::kLanes; i += Doubles::kLanes) {
    StoreAsFloat(SineOrCosine(LoadAsDouble(lanes + i), quarter_turns), lanes + i);
  }
  return Load(lanes);
}

// pi/2 in three parts of 24 bits, and the polynomials as above.
constexpr float kHalfPiFloat1 = 0x1.921fb4p+0f, kHalfPiFloat2 = 0x1.4442dp-24f,
                kHalfPiFloat3 = 0x1.846988p-48f;
constexpr float kSinFloat[] = {-0.166666552f, 0.00833217613f, -0.000195169778f};
constexpr float kCosFloat[] = {0.0416666456f, -0.00138873642f, 2.44380917e-05f};
// Up to here k has so few bits that k pi/2 is as good as its parts.
constexpr float kLargestFloat = 100000;

HANDGRAD_INLINE Vec<float> SineOrCosine(Vec<float> x, int quarter_turns) {
  if (!kFusedMultiplyAdd) return SineOrCosineByDoubles(x, quarter_turns);
  if (!AllTrue(Abs(x) < Broadcast(kLargestFloat))) return SineOrCosineByDoubles(x, quarter_turns);
  const Vec<float> rounding = Broadcast(Constants<float>::kRounding), one = Broadcast(1.0f);
  const Vec<float> k = MulPlus(x, Broadcast(0.636619772f), rounding) - rounding;
  // Products are exact inside a fused operation, and so is the first difference; each of the others rounds
  // what it leaves, however little that is.
  Vec<float> r = NegMulPlus(k, Broadcast(kHalfPiFloat1), x);
  r = NegMulPlus(k, Broadcast(kHalfPiFloat2), r);
  r = NegMulPlus(k, Broadcast(kHalfPiFloat3), r);
  const Vec<float> z = r * r;
  const Vec<float> sine = MulPlus(r * z, Polynomial(z, kSinFloat), r);
  const Vec<float> cosine = MulPlus(z * z, Polynomial(z, kCosFloat), NegMulPlus(Broadcast(0.5f), z, one));
  const Vec<int32_t> quarter = ToInt(k) + Broadcast(int32_t{quarter_turns});
  const Mask<float> odd = ToFloat(quarter & Broadcast(int32_t{1})) == one;
  const Vec<float> sign = FromBits(ShiftLeft<30>(quarter & Broadcast(int32_t{2})));
  const Vec<float> value = Xor(Select(odd, cosine, sine), sign);
  return quarter_turns == 0 ? Select(x == Zero<float>(), x, value) : value;  // the sine of -0 is -0
}

struct Sin {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    return SineOrCosine(x, 0);
  }
};
struct Cos {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    return SineOrCosine(x, 1);
  }
};

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_TRIGONOMETRY_INL_H_
