// Exponential, logarithm, and what is made of them: functions of one vector, for float and double.
//
// Method: the argument is brought near a point where a short polynomial does (Cody and Waite 1980, "Software
// Manual for the Elementary Functions"), by steps of ln 2 for exp, by taking the exponent out for log. The
// polynomials are scripts/polynomials.py's. Errors, in units of the last place of the result, as measured
// over all floats and over samples of doubles (native/test/accuracy_test.cc): exp below 1, the others
// below 4. Infinities, NaN, subnormals and the signs of zeros as IEEE 754 has them.
//
// Where the machine fuses multiplication and addition, MulPlus does; elsewhere last bits differ.
#ifndef HANDGRAD_KERNELS_MATH_INL_H_
#define HANDGRAD_KERNELS_MATH_INL_H_

#include "kernels/kernel_table.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

template <typename T>
struct Constants;

template <>
struct Constants<float> {
  // Added to a number and taken away again, it leaves that number rounded: it has no bits for a fraction.
  static constexpr float kRounding = 0x1.8p23f;
  // ln 2 in two parts; the first has 12 bits, so that its product with an exponent is exact.
  static constexpr float kLn2High = 0x1.62ep-1f, kLn2Low = 0x1.0bfbe8e7bcd5ep-15f;
  // Beyond these exp is 0 and infinite, whatever rounding does.
  static constexpr float kExpLowest = -104.5f, kExpHighest = 89.5f;
  // (e^r - 1 - r) / r^2
  static constexpr float kExp[] = {0.49999994f, 0.166665196f, 0.0416683927f, 0.00836878084f, 0.00138144637f};
  // (log(1 + f) - f + f^2/2) / f^3
  static constexpr float kLog[] = {0.333333135f,  -0.250000089f, 0.200021192f,  -0.166679949f, 0.142195538f,
                                   -0.124055952f, 0.118881606f,  -0.116756141f, 0.0674659833f};
  // erf(x) / x - 1, in x^2, up to 1
  static constexpr float kErf[] = {0.128379166f,   -0.37612626f,     0.112835854f,   -0.0268538129f,
                                   0.00518832775f, -0.000801019371f, 7.85386219e-05f};
  // log(1 - erf x) from 1 on; from kErfOne on erf is 1
  static constexpr float kErfRest[] = {-0.000353741198f, -1.12703991f,    -0.638225794f,  -0.103037246f,
                                       0.0218052603f,    -0.00293959328f, 0.000185572615f};
  static constexpr float kErfOne = 4;
};

template <>
struct Constants<double> {
  static constexpr double kRounding = 0x1.8p52;
  // The first part has 32 bits.
  static constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  static constexpr double kExpLowest = -746, kExpHighest = 710;
  static constexpr double kExp[] = {0.50000000000000111,    0.1666666666666641,     0.041666666666529191,
                                    0.0083333333334956357,  0.0013888888943922317,  0.00019841269504742676,
                                    2.4801492763030272e-05, 2.7557587361585228e-06, 2.7630378562111277e-07,
                                    2.4999959358611647e-08};
  // (log((1 + s) / (1 - s)) / s - 2) / s^2, in s^2
  static constexpr double kLog[] = {0.66666666666667351, 0.3999999999941109,  0.28571428743262356,
                                    0.22222198476039898, 0.18183569736218042, 0.15313903354333666,
                                    0.1479750650714543};
  static constexpr double kErf[] = {0.12837916709551259,     -0.37612638903183748,    0.11283791670954857,
                                    -0.026866170645072896,   0.0052239776247808671,   -0.00085483269787423142,
                                    0.00012055331036906137,  -1.4925593507104406e-05, 1.6460972821337642e-06,
                                    -1.6350025277241966e-07, 1.4657880266360283e-08,  -1.1365667811173143e-09,
                                    5.9452652146036247e-11};
  static constexpr double kErfRest[] = {
      2.6672574915493306e-08, -1.1283795076493335,     -0.63661771646146947,   -0.10278041134511709,
      0.019149384002338621,   0.00016703137967382235,  -0.0016300041798220978, 0.00050711375230465955,
      5.8515644083849295e-05, -0.00013463030039207816, 7.7439002066858662e-05, -2.9775282889146538e-05,
      8.7224050630989334e-06, -2.0230388679626055e-06, 3.7473646398073923e-07, -5.5050156104487632e-08,
      6.2878740704523444e-09, -5.3907021822118441e-10, 3.2648379781626891e-11, -1.2453195548376508e-12,
      2.2489312016770405e-14};
  static constexpr double kErfOne = 6;
};

/// c[0] + c[1] x + c[2] x^2 + ..., by Horner's rule.
template <typename T, size_t kCount>
HANDGRAD_INLINE Vec<T> Polynomial(Vec<T> x, const T (&c)[kCount]) {
  Vec<T> sum = Broadcast(c[kCount - 1]);
  HANDGRAD_UNROLL
  for (size_t k = 1; k < kCount; ++k) sum = MulPlus(sum, x, Broadcast(c[kCount - 1 - k]));
  return sum;
}

template <typename T>
HANDGRAD_INLINE Vec<T> Infinity() {
  return Broadcast(T(__builtin_inf()));
}
template <typename T>
HANDGRAD_INLINE Vec<T> NotANumber() {
  return Broadcast(T(__builtin_nan("")));
}

/// x = n ln 2 + r, |r| <= ln 2 / 2. x within the range of exponents; NaN goes through r.
template <typename T>
struct Reduced {
  Vec<T> n, r;
  /// What rounding r took away. With fused operations nobody needs it.
  Vec<T> lost;
};
template <typename T>
HANDGRAD_INLINE Reduced<T> ReduceByLn2(Vec<T> x) {
  using C = Constants<T>;
  const Vec<T> rounding = Broadcast(C::kRounding);
  const Vec<T> n = MulPlus(x, Broadcast(T(1.4426950408889634)), rounding) - rounding;
  const Vec<T> high = NegMulPlus(n, Broadcast(C::kLn2High), x);  // exact
  const Vec<T> r = NegMulPlus(n, Broadcast(C::kLn2Low), high);
  if constexpr (kFusedMultiplyAdd) return {n, r, r};
  return {n, r, NegMulPlus(n, Broadcast(C::kLn2Low), high - r)};
}

/// e^r - 1 = r + r^2 p(r)
template <typename T>
HANDGRAD_INLINE Vec<T> ReducedExpm1(Reduced<T> x) {
  const Vec<T> p = Polynomial(x.r, Constants<T>::kExp);
  if constexpr (kFusedMultiplyAdd) return MulPlus(x.r * p, x.r, x.r);
  return x.r + MulPlus(x.r * x.r, p, x.lost);
}
/// e^r. Fused: 1 + r (1 + r p(r)), each step rounded once.
template <typename T>
HANDGRAD_INLINE Vec<T> ReducedExp(Reduced<T> x) {
  const Vec<T> one = Broadcast(T(1));
  if constexpr (kFusedMultiplyAdd) {
    return MulPlus(x.r, MulPlus(x.r, Polynomial(x.r, Constants<T>::kExp), one), one);
  }
  return one + ReducedExpm1(x);
}

struct Exp {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    using C = Constants<T>;
    // In this order Min and Max let NaN through.
    const Vec<T> held = Min(Broadcast(C::kExpHighest), Max(Broadcast(C::kExpLowest), x));
    const Reduced<T> reduced = ReduceByLn2(held);
    return Ldexp(ReducedExp(reduced), reduced.n);
  }
};

/// e^x - 1 for x from -60 to 60: 2^n (small + 1) - 1 = 2^n small + (2^n - 1), whose bracket is exact or next
/// to it.
template <typename T>
HANDGRAD_INLINE Vec<T> ModerateExpm1(Vec<T> n, Vec<T> small) {
  const Vec<T> power = WholePow2(n);
  return MulPlus(power, small, power - Broadcast(T(1)));
}

struct Expm1 {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    using C = Constants<T>;
    // Below -60 the result is -1 to the last bit; above 60 the 1 is not to be seen.
    const Vec<T> held = Min(Broadcast(C::kExpHighest), Max(Broadcast(T(-60)), x));
    const Reduced<T> reduced = ReduceByLn2(held);
    const Mask<T> large = held > Broadcast(T(60));
    const Vec<T> moderate = ModerateExpm1(Select(large, Zero<T>(), reduced.n), ReducedExpm1(reduced));
    const Vec<T> result = Select(large, Ldexp(ReducedExp(reduced), reduced.n), moderate);
    return Select(x == Zero<T>(), x, result);
  }
};

/// log(1 + f) - f = f^2 (-1/2 + f p(f)). `extra` is to be added to the result; here it still counts.
HANDGRAD_INLINE Vec<float> LogRest(Vec<float> f, Vec<float> extra) {
  return MulPlus(f * f, MulPlus(f, Polynomial(f, Constants<float>::kLog), Broadcast(-0.5f)), extra);
}
/// The polynomial would be long. With s = f / (2 + f), log(1 + f) = log((1 + s) / (1 - s)) = 2 s + s R, and
/// since 2 s = f - s f and s f = f^2/2 - s f^2/2, the rest is s (f^2/2 + R) - f^2/2.
HANDGRAD_INLINE Vec<double> LogRest(Vec<double> f, Vec<double> extra) {
  const Vec<double> s = f / (Broadcast(2.0) + f);
  const Vec<double> z = s * s;
  const Vec<double> half_square = Broadcast(0.5) * f * f;
  const Vec<double> rest = MulPlus(z, Polynomial(z, Constants<double>::kLog), half_square);
  return MulPlus(s, rest, extra) - half_square;
}

/// log x for finite x > 0; for all x where SplitExponent is for all.
template <typename T>
HANDGRAD_INLINE Vec<T> LogOfPositive(Vec<T> x) {
  using C = Constants<T>;
  const Vec<T> one = Broadcast(T(1));
  Vec<T> m, n;
  SplitExponent(x, &m, &n);
  const Mask<T> high = m > Broadcast(T(1.4142135623730951));
  m = Select(high, m * Broadcast(T(0.5)), m);  // in [sqrt 1/2, sqrt 2]
  n = Select(high, n + one, n);
  const Vec<T> f = m - one;
  return MulPlus(n, Broadcast(C::kLn2High), f + LogRest(f, n * Broadcast(C::kLn2Low)));
}

/// The logarithm where x is not positive and finite.
template <typename T>
HANDGRAD_INLINE Vec<T> OrSpecialLog(Vec<T> result, Vec<T> x) {
  result = Select(x == Infinity<T>(), x, result);
  result = Select(x == Zero<T>(), -Infinity<T>(), result);
  return Select(x >= Zero<T>(), result, NotANumber<T>());
}

struct Log {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    // What SplitExponent gives for 0 and infinity goes through all sums and products as it should.
    if constexpr (kSplitExponentOfAll) return LogOfPositive(x);
    return OrSpecialLog(LogOfPositive(x), x);
  }
};

struct Log1p {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    const Vec<T> one = Broadcast(T(1));
    // u = 1 + x, rounded; what was lost, x - (u - 1), comes in by the derivative 1 / u.
    const Vec<T> u = one + x;
    const Vec<T> lost = (x - (u - one)) / u;
    const Vec<T> result = OrSpecialLog(LogOfPositive(u) + lost, u);
    return Select(x == Zero<T>(), x, result);
  }
};

struct Tanh {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    // (e^2x - 1) / (e^2x + 1); from 22 on that is 1 to the last bit.
    const Vec<T> held = Min(Broadcast(T(22)), Abs(x));
    const Reduced<T> reduced = ReduceByLn2(held + held);
    const Vec<T> t = ModerateExpm1(reduced.n, ReducedExpm1(reduced));
    return CopySign(t / (t + Broadcast(T(2))), x);
  }
};

struct Sigmoid {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    // With exp of negative numbers only, which cannot overflow: small results keep all their digits.
    const Vec<T> one = Broadcast(T(1));
    const Vec<T> e = Exp::Apply(-Abs(x));
    return Select(x >= Zero<T>(), one, e) / (one + e);
  }
};

struct Erf {
  template <typename T>
  static HANDGRAD_INLINE Vec<T> Apply(Vec<T> x) {
    using C = Constants<T>;
    const Vec<T> size = Min(Broadcast(C::kErfOne), Abs(x));
    const Vec<T> small = MulPlus(size, Polynomial(size * size, C::kErf), size);
    // 1 - e^q: errors of e^q, which is at most 0.16, hardly show.
    const Vec<T> large = Broadcast(T(1)) - Exp::Apply(Polynomial(size, C::kErfRest));
    return CopySign(Select(size > Broadcast(T(1)), large, small), x);
  }
};

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_MATH_INL_H_
