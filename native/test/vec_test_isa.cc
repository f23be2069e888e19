// Checks every function of the vector API against plain C++, lane by lane, for the instruction set
// HANDGRAD_ISA. Compiled once for each, with its flags; vec_test.cc runs those that the machine has.
// Includes nothing of the standard library with inline functions: see kernels-inl.h. CMakeLists.txt names
// the instruction set and its header.
#include HANDGRAD_VEC_HEADER
#include "test/vec_test.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

/// Counts what fails, and reports the first failures by line.
struct Checker {
  VecTestReport* report;
  void That(bool ok, int line) {
    report->checks++;
    if (ok) return;
    if (report->failures < 8) report->lines[report->failures] = line;
    report->failures++;
  }
};
#define CHECK_THAT(condition) check.That(condition, __LINE__)

template <typename T>
struct Layout;
template <>
struct Layout<float> {
  using Int = int32_t;
  static constexpr int kMantissaBits = 23, kBias = 127;
};
template <>
struct Layout<double> {
  using Int = int64_t;
  static constexpr int kMantissaBits = 52, kBias = 1023;
};

template <typename T>
bool SameBits(T a, T b) {
  const auto* x = reinterpret_cast<const unsigned char*>(&a);
  const auto* y = reinterpret_cast<const unsigned char*>(&b);
  for (size_t i = 0; i < sizeof(T); i++) {
    if (x[i] != y[i]) return false;
  }
  return true;
}
template <typename T>
bool Same(T a, T b) {
  return SameBits(a, b) || (a != a && b != b);
}

/// Whether the sign bit of a number is set: -0 has it.
template <typename T>
bool Negative(T x) {
  return x < 0 || SameBits(x, T(-0.0));
}
template <typename T>
T PlainMinimum(T a, T b) {
  return a != a ? a : a < b ? a : b;
}
template <typename T>
T PlainMaximum(T a, T b) {
  return a != a ? a : a > b ? a : b;
}
/// Halves to even, by hand, for |x| below 2^31.
template <typename T>
T PlainRound(T x) {
  if (!(x > T(-2147483648.0) && x < T(2147483648.0))) return x;
  const int64_t down = static_cast<int64_t>(x) - (x < T(static_cast<int64_t>(x)) ? 1 : 0);
  const T fraction = x - T(down);
  const int64_t whole = down + (fraction > T(0.5) || (fraction == T(0.5) && (down & 1) != 0) ? 1 : 0);
  return whole == 0 && Negative(x) ? T(-0.0) : T(whole);
}
template <typename T>
T PlainTrunc(T x) {
  if (!(x > T(-2147483648.0) && x < T(2147483648.0))) return x;
  const T whole = T(static_cast<int64_t>(x));
  return whole == 0 && Negative(x) ? T(-0.0) : whole;
}
template <typename T>
T PlainFloor(T x) {
  const T whole = PlainTrunc(x);
  return whole > x ? whole - 1 : whole;
}
template <typename T>
T PlainCeil(T x) {
  const T whole = PlainTrunc(x);
  const T up = whole < x ? whole + 1 : whole;
  return up == 0 && x < 0 ? T(-0.0) : up;
}

/// What Vec<T> holds, in memory.
template <typename T>
struct Lanes {
  T at[Vec<T>::kLanes];
  explicit Lanes(Vec<T> v) { Store(v, at); }
};

void TestConversions(Checker check) {
  constexpr int kLanes = Vec<double>::kLanes;
  float source[kLanes + 1], target[kLanes + 2];
  for (int i = 0; i <= kLanes; i++) source[i] = 1.0f / static_cast<float>(i + 3);
  const Lanes<double> loaded(LoadAsDouble(source + 1));
  for (int i = 0; i < kLanes; i++) CHECK_THAT(loaded.at[i] == static_cast<double>(source[1 + i]));
  for (int n = 0; n <= kLanes; n++) {
    const Lanes<double> partial(LoadAsDoublePartial(source + 1, n));
    for (float& t : target) t = -1;
    StoreAsFloatPartial(LoadAsDouble(source + 1) / Broadcast(3.0), target + 1, n);
    for (int i = 0; i < kLanes; i++) {
      CHECK_THAT(partial.at[i] == (i < n ? static_cast<double>(source[1 + i]) : 0.0));
      CHECK_THAT(target[1 + i] ==
                 (i < n ? static_cast<float>(static_cast<double>(source[1 + i]) / 3.0) : -1.0f));
    }
    CHECK_THAT(target[0] == -1.0f && target[kLanes + 1] == -1.0f);
  }
  StoreAsFloat(LoadAsDouble(source), target);
  for (int i = 0; i < kLanes; i++) CHECK_THAT(target[i] == source[i]);
}

template <typename T>
void TestMemory(Checker check) {
  constexpr int kLanes = Vec<T>::kLanes;
  T source[8 * 16 * 3], target[2 * 16 + 1];
  for (int i = 0; i < 8 * 16 * 3; i++) source[i] = T(i + 1);
  for (int n = 0; n <= kLanes; n++) {
    const Lanes<T> loaded(LoadPartial(source + 1, n));
    const Lanes<T> strided(LoadStridedPartial(source + 200, -3, n));
    for (T& t : target) t = T(-1);
    StorePartial(Load(source), target + 1, n);
    for (int i = 0; i < kLanes; i++) {
      CHECK_THAT(loaded.at[i] == (i < n ? source[1 + i] : T(0)));
      CHECK_THAT(strided.at[i] == (i < n ? source[200 - 3 * i] : T(0)));
      CHECK_THAT(target[1 + i] == (i < n ? source[i] : T(-1)));
    }
    CHECK_THAT(target[0] == T(-1) && target[kLanes + 1] == T(-1));
  }
  for (int stride = -3; stride <= 7; stride++) {
    const Lanes<T> strided(LoadStrided(source + 100, stride));
    for (int i = 0; i < kLanes; i++) CHECK_THAT(strided.at[i] == source[100 + stride * i]);
  }
  alignas(64) T aligned[kLanes];
  Stream(Load(source + 3), aligned);
  StreamFence();
  const Lanes<T> iota(Iota<T>()), all(Broadcast(T(7))), zero(Zero<T>());
  for (int i = 0; i < kLanes; i++) {
    CHECK_THAT(aligned[i] == source[3 + i]);
    CHECK_THAT(iota.at[i] == T(i) && all.at[i] == T(7) && SameBits(zero.at[i], T(0)));
  }
  CHECK_THAT(FirstLane(Load(source)) == source[0]);
  Prefetch(source);

  for (int pattern = 0; pattern < 300; pattern++) {
    uint8_t bytes[16], back[18];
    for (int i = 0; i < 16; i++)
      bytes[i] = static_cast<uint8_t>(pattern * 37 >> (i % 8) & 1 ? 1 + (pattern & 254) : 0);
    for (int n = 0; n <= kLanes; n++) {
      const Mask<T> mask = n == kLanes ? LoadBools<T>(bytes) : LoadBoolsPartial<T>(bytes, n);
      for (uint8_t& b : back) b = 9;
      StoreBools(mask, back + 1);
      int trues = 0;
      for (int i = 0; i < kLanes; i++) {
        CHECK_THAT(back[1 + i] == (i < n && bytes[i] != 0));
        trues += back[1 + i];
      }
      CHECK_THAT(AnyTrue(mask) == (trues > 0) && AllTrue(mask) == (trues == kLanes));
      CHECK_THAT(back[0] == 9 && back[1 + kLanes] == 9);
      for (uint8_t& b : back) b = 9;
      StoreBoolsPartial(!mask, back + 1, n);
      for (int i = 0; i < kLanes; i++) CHECK_THAT(back[1 + i] == (i < n ? bytes[i] == 0 : 9));
    }
  }
}

template <typename T>
void TestLanewise(Checker check, const T* values, int count) {
  constexpr int kLanes = Vec<T>::kLanes;
  // Every pair of values, in every lane.
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < count; j++) {
      T x[kLanes], y[kLanes];
      for (int lane = 0; lane < kLanes; lane++) {
        x[lane] = values[(i + lane) % count];
        y[lane] = values[(j + 3 * lane) % count];
      }
      const Vec<T> a = Load(x), b = Load(y);
      const Lanes<T> sum(a + b), difference(a - b), product(a * b), quotient(a / b), negative(-a);
      const Lanes<T> min(Min(a, b)), max(Max(a, b)), minimum(Minimum(a, b)), maximum(Maximum(a, b));
      const Lanes<T> abs(Abs(a)), sign(CopySign(a, b));
      const Lanes<T> floor(Floor(a)), ceil(Ceil(a)), trunc(Trunc(a)), round(Round(a));
      const Lanes<T> less(Select(a < b, a, b)), most(Select(a <= b, a, b)), more(Select(a > b, a, b));
      const Lanes<T> least(Select(a >= b, a, b)), equal(Select(a == b, a, b)), other(Select(a != b, a, b));
      const Lanes<T> both(Select(((a < b) & IsNan(b)) | !(a == b), a, b));
      const Lanes<T> bits(Or(AndNot(b, a), And(a, b))), flips(Xor(Xor(a, b), b));
      const Lanes<T> plus(MulPlus(a, b, a)), minus(NegMulPlus(a, b, a));
      for (int lane = 0; lane < kLanes; lane++) {
        const T p = x[lane], q = y[lane];
        CHECK_THAT(Same(sum.at[lane], p + q) && Same(difference.at[lane], p - q));
        CHECK_THAT(Same(product.at[lane], p * q) && Same(quotient.at[lane], p / q));
        CHECK_THAT(Same(negative.at[lane], -p));
        CHECK_THAT(Same(min.at[lane], p < q ? p : q) && Same(max.at[lane], p > q ? p : q));
        CHECK_THAT(Same(minimum.at[lane], PlainMinimum(p, q)) && Same(maximum.at[lane], PlainMaximum(p, q)));
        CHECK_THAT(Same(abs.at[lane], Negative(p) ? -p : p));
        CHECK_THAT(q != q || Same(sign.at[lane], Negative(q) == Negative(p) ? p : -p));
        CHECK_THAT(Same(floor.at[lane], PlainFloor(p)) && Same(ceil.at[lane], PlainCeil(p)));
        CHECK_THAT(Same(trunc.at[lane], PlainTrunc(p)) && Same(round.at[lane], PlainRound(p)));
        CHECK_THAT(Same(less.at[lane], p < q ? p : q) && Same(most.at[lane], p <= q ? p : q));
        CHECK_THAT(Same(more.at[lane], p > q ? p : q) && Same(least.at[lane], p >= q ? p : q));
        CHECK_THAT(Same(equal.at[lane], p == q ? p : q) && Same(other.at[lane], p != q ? p : q));
        CHECK_THAT(Same(both.at[lane], !(p == q) ? p : q));
        CHECK_THAT(SameBits(bits.at[lane], p) && SameBits(flips.at[lane], p));
        if (!kFusedMultiplyAdd) {
          CHECK_THAT(Same(plus.at[lane], p * q + p) && Same(minus.at[lane], p - p * q));
        }
      }
    }
  }
  // Whole numbers are exact either way; (1 + e)(1 − e) − 1 = −e² tells one rounding from two.
  const T e = T(1) / T(int64_t{1} << (Layout<T>::kMantissaBits / 2 + 2));
  const T fused = FirstLane(MulPlus(Broadcast(T(1) + e), Broadcast(T(1) - e), Broadcast(T(-1))));
  CHECK_THAT(fused == (kFusedMultiplyAdd ? -e * e : T(0)));
  CHECK_THAT(FirstLane(NegMulPlus(Broadcast(T(3)), Broadcast(T(5)), Broadcast(T(100)))) == T(85));
  for (int i = 1; i < 2000; i++) {
    CHECK_THAT(FirstLane(Sqrt(Broadcast(T(i) * T(i)))) == T(i));
  }
}

template <typename T>
void TestIntegers(Checker check) {
  for (int i = -1000; i <= 1000; i++) {
    for (T fraction = T(-0.5); fraction <= T(0.5); fraction += T(0.25)) {
      const T x = T(i) + fraction;
      CHECK_THAT(FirstLane(ToFloat(ToInt(Broadcast(x)))) == PlainRound(x));
    }
  }
  using I = typename Layout<T>::Int;
  T power = 1;
  for (int i = 0; i <= Layout<T>::kBias; i++, power *= 2) {
    CHECK_THAT(FirstLane(Pow2(Broadcast(I(i)))) == power);
    CHECK_THAT(i == Layout<T>::kBias || FirstLane(Pow2(Broadcast(I(-i)))) == 1 / power);
    CHECK_THAT(FirstLane(Exponent(Broadcast(power * T(1.75)))) == T(i));
    CHECK_THAT(i == Layout<T>::kBias || FirstLane(Exponent(Broadcast(1 / power))) == T(-i));
  }
  const auto bits = BitsOf(Broadcast(T(-1.5)));
  CHECK_THAT(FirstLane(FromBits((bits & BitsOf(Broadcast(T(-2)))) | BitsOf(Broadcast(T(1))))) == T(-1));
  CHECK_THAT(FirstLane(FromBits(ShiftLeft<4>(ShiftRight<4>(bits)))) == T(-1.5));
  CHECK_THAT(FirstLane(FromBits(bits + Broadcast(I(5)) - Broadcast(I(5)))) == T(-1.5));
}

template <typename T>
void TestAcross(Checker check) {
  constexpr int kLanes = Vec<T>::kLanes;
  uint32_t state = 12345;
  T values[kLanes][kLanes];
  for (auto& row : values) {
    for (T& value : row) {
      state = state * 1664525u + 1013904223u;
      value = T(state >> 8) / T(1 << 20) - T(8);
    }
  }
  Vec<T> rows[kLanes];
  for (int i = 0; i < kLanes; i++) rows[i] = Load(values[i]);
  const Lanes<T> each(ReduceAddEach(rows));
  for (int i = 0; i < kLanes; i++) {
    T tree[kLanes], low = values[i][0], high = low;
    for (int j = 0; j < kLanes; j++) {
      tree[j] = values[i][j];
      low = PlainMinimum(low, tree[j]);
      high = PlainMaximum(high, tree[j]);
    }
    for (int half = kLanes / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; j++) tree[j] = tree[j] + tree[j + half];
    }
    CHECK_THAT(SameBits(tree[0], ReduceAdd(rows[i])) && SameBits(tree[0], each.at[i]));
    CHECK_THAT(ReduceMinimum(rows[i]) == low && ReduceMaximum(rows[i]) == high);
    T poisoned[kLanes];
    for (int j = 0; j < kLanes; j++)
      poisoned[j] = j == i ? T(0) / (values[i][j] - values[i][j]) : values[i][j];
    const T lowest = ReduceMinimum(Load(poisoned)), highest = ReduceMaximum(Load(poisoned));
    CHECK_THAT(lowest != lowest && highest != highest);
  }
  Transpose(rows);
  for (int i = 0; i < kLanes; i++) {
    const Lanes<T> row(rows[i]);
    for (int j = 0; j < kLanes; j++) CHECK_THAT(row.at[j] == values[j][i]);
  }
}

template <typename T>
void TestAll(Checker check, const T* values, int count) {
  TestMemory<T>(check);
  TestLanewise<T>(check, values, count);
  TestIntegers<T>(check);
  TestAcross<T>(check);
}

}  // namespace

void TestVec(const VecTestValues& values, VecTestReport* report) {
  const Checker check = {report};
  TestConversions(check);
  TestAll<float>(check, values.floats, values.float_count);
  TestAll<double>(check, values.doubles, values.double_count);
}

#undef CHECK_THAT

}  // namespace HANDGRAD_ISA
}  // namespace handgrad
