// Powers and remainders: out[i] = f(a[i], b[i]). For floats only, computed in double, where they are easy to
// get right to the last bit or two of a float. (Doubles would need twice the digits of a double; they are
// left to the TypeScript kernels.) The loops, their layout and their tails are in elementwise-inl.h.
#ifndef HANDGRAD_KERNELS_POWER_INL_H_
#define HANDGRAD_KERNELS_POWER_INL_H_

#include "kernels/math-inl.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

/// A function of two floats by way of doubles.
template <typename Functor>
struct ByDoubles {
  static HANDGRAD_INLINE Vec<float> Apply(Vec<float> a, Vec<float> b) {
    float as[Vec<float>::kLanes], bs[Vec<float>::kLanes];
    Store(a, as), Store(b, bs);
    for (int i = 0; i < Vec<float>::kLanes; i += Vec<double>::kLanes) {
      StoreAsFloat(Functor::OfDoubles(LoadAsDouble(as + i), LoadAsDouble(bs + i)), as + i);
    }
    return Load(as);
  }
};

/// a^b = e^(b log |a|), with the sign of a where b is odd. Special cases as C's pow has them (C17, F.10.4.4):
/// 1 for b = 0 and for a = 1 whatever the other is, NaN included.
struct Pow : ByDoubles<Pow> {
  static HANDGRAD_INLINE Vec<double> OfDoubles(Vec<double> a, Vec<double> b) {
    const Vec<double> zero = Zero<double>(), one = Broadcast(1.0);
    const Vec<double> size = Abs(a);
    Vec<double> power = Exp::Apply(b * Log::Apply(size));
    const Mask<double> whole = Trunc(b) == b;
    const Vec<double> half = b * Broadcast(0.5);
    const Mask<double> odd = whole & (Trunc(half) != half);
    const Mask<double> negative = CopySign(one, a) < zero;
    power = Select(negative & odd, -power, power);
    power = Select((a < zero) & (size < Infinity<double>()) & !whole, NotANumber<double>(), power);
    const Mask<double> infinite_turn = (size == one) & (Abs(b) == Infinity<double>());
    return Select((a == one) | (b == zero) | infinite_turn, one, power);
  }
};

/// a - b trunc(a / b) for floats in doubles, exact. A quotient below 2^29 times b, of 24 bits, is exact in a
/// double; a larger quotient is worked off in parts.
HANDGRAD_INLINE Vec<double> ExactFmod(Vec<double> a, Vec<double> b) {
  const Vec<double> divisor = Abs(b), zero = Zero<double>(), infinity = Infinity<double>();
  const Vec<double> largest_quotient = Broadcast(0x1p28);
  Vec<double> rest = Abs(a);
  const Mask<double> finite = (rest < infinity) & (divisor < infinity) & (divisor > zero);
  while (true) {
    // The divisor times the power of two that makes the quotient small enough: 2^28 divides what is left.
    const Mask<double> too_large = finite & (rest >= divisor * largest_quotient);
    if (!AnyTrue(too_large)) break;
    const Vec<double> excess = Exponent(Select(too_large, rest, largest_quotient)) -
                               Exponent(Select(too_large, divisor, Broadcast(1.0))) - Broadcast(28.0);
    const Vec<double> scaled =
        Select(too_large, divisor * Pow2(ToInt(Select(too_large, excess, zero))), divisor);
    const Vec<double> quotient = Trunc(Select(too_large, rest / scaled, zero));
    Vec<double> left = rest - quotient * scaled;  // exact; one step off where the quotient was rounded up
    left = Select(left < zero, left + scaled, left);
    rest = Select(too_large, left, rest);
  }
  const Vec<double> quotient = Trunc(rest / divisor);
  Vec<double> left = rest - quotient * divisor;
  left = Select(left < zero, left + divisor, left);
  left = Select(left >= divisor, left - divisor, left);
  rest = Select(finite, left, rest);
  // NaN for a infinite or b zero; a itself for b infinite.
  const Mask<double> none = IsNan(a) | IsNan(b) | (Abs(a) == infinity) | (divisor == zero);
  return Select(none, NotANumber<double>(), CopySign(rest, a));
}

struct Fmod : ByDoubles<Fmod> {
  static HANDGRAD_INLINE Vec<double> OfDoubles(Vec<double> a, Vec<double> b) { return ExactFmod(a, b); }
};
struct Remainder : ByDoubles<Remainder> {
  static HANDGRAD_INLINE Vec<double> OfDoubles(Vec<double> a, Vec<double> b) {
    // Where the sign of the rest is not b's, it is one b off.
    const Vec<double> rest = ExactFmod(a, b), zero = Zero<double>();
    const Mask<double> off = ((rest < zero) & (b > zero)) | ((rest > zero) & (b < zero));
    return Select(off, rest + b, rest);
  }
};

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_POWER_INL_H_
