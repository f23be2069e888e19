// How far functions are off, in units in the last place (ULP) of the exact result. Floats are taken evenly
// from all 2^32, with --all every one of them; doubles at random, of all magnitudes. The reference is libm's
// with more digits than the type has.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/kernel_table.h"
#include "runtime/dispatch.h"
#include "test/check.h"

namespace handgrad {
namespace {

struct Function {
  UnaryOp op;
  const char* name;
  double (*for_float)(double);
  long double (*for_double)(long double);
  double float_limit, double_limit;
};

template <typename R>
R Sigmoid(R x) {
  return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}
long double LongSigmoid(long double x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }
long double LongRsqrt(long double x) { return 1 / sqrtl(x); }

const Function kFunctions[] = {
    {kUnary_rsqrt, "rsqrt", [](double x) { return 1 / sqrt(x); }, LongRsqrt, 1.5, 1.5},
    {kUnary_exp, "exp", exp, expl, 1, 1},
    {kUnary_expm1, "expm1", expm1, expm1l, 4, 2.5},
    {kUnary_log, "log", log, logl, 4, 2},
    {kUnary_log1p, "log1p", log1p, log1pl, 4, 2},
    {kUnary_sin, "sin", sin, sinl, 4, 2},
    {kUnary_cos, "cos", cos, cosl, 4, 2},
    {kUnary_tanh, "tanh", tanh, tanhl, 4, 3},
    {kUnary_sigmoid, "sigmoid", Sigmoid<double>, LongSigmoid, 4, 3},
    {kUnary_erf, "erf", erf, erfl, 4, 2},
};

/// |value − exact| in units of the last place that a T as large as `exact` has.
template <typename T, typename Exact>
double UlpsOff(T value, Exact exact) {
  const T nearest = static_cast<T>(exact);
  if (isnan(nearest) || isnan(value)) return isnan(nearest) && isnan(value) ? 0 : INFINITY;
  if (isinf(nearest)) return value == nearest ? 0 : INFINITY;
  if (isinf(value)) {
    // The largest number and infinity are next to each other.
    return fabs(static_cast<double>(nearest)) == static_cast<double>(std::numeric_limits<T>::max())
               ? 1
               : INFINITY;
  }
  int exponent;
  frexp(static_cast<double>(nearest), &exponent);
  const int least = sizeof(T) == 4 ? -149 : -1074, digits = sizeof(T) == 4 ? 24 : 53;
  const Exact ulp = ldexp(static_cast<Exact>(1), std::max(exponent - digits, least));
  return static_cast<double>(fabs(static_cast<Exact>(value) - exact) / ulp);
}

template <typename T>
T FromBits(uint64_t bits) {
  T value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

struct Worst {
  double ulps = 0;
  double at = 0;
  void See(double off, double x) {
    if (off > ulps) ulps = off, at = x;
  }
};

bool AllFloats() {
  const auto& arguments = test::Arguments();
  return !arguments.empty() && strcmp(arguments[0], "--all") == 0;
}

template <typename T>
Worst Measure(const KernelTable& table, const Function& function) {
  constexpr size_t kChunk = 4096;
  std::vector<T> x(kChunk), y(kChunk);
  Worst worst;
  const uint64_t step = sizeof(T) == 8 ? 0 : AllFloats() ? 1 : 4099;
  const uint64_t count = sizeof(T) == 8 ? 1 << 18 : (uint64_t{1} << 32) / step;
  uint64_t state = 88172645463325252ull;
  for (uint64_t done = 0; done < count; done += kChunk) {
    const size_t n = static_cast<size_t>(std::min<uint64_t>(kChunk, count - done));
    for (size_t i = 0; i < n; ++i) {
      state ^= state << 13, state ^= state >> 7, state ^= state << 17;  // xorshift
      if (sizeof(T) == 4) {
        x[i] = FromBits<T>((done + i) * step);
      } else if (i % 4 == 0) {
        x[i] = FromBits<T>(state);  // any double
      } else {
        // Magnitudes from 2^-20 to 2^10, where most of what happens does.
        x[i] = FromBits<T>((state & 0x800fffffffffffff) | (1003 + (state >> 52) % 30) << 52);
      }
    }
    const void* inputs[] = {x.data()};
    table.unary[function.op][sizeof(T) == 4 ? kFloat32 : kFloat64](inputs, y.data(), n, 0);
    for (size_t i = 0; i < n; ++i) {
      const double off = sizeof(T) == 4 ? UlpsOff(y[i], function.for_float(static_cast<double>(x[i])))
                                        : UlpsOff(y[i], function.for_double(static_cast<long double>(x[i])));
      worst.See(off, static_cast<double>(x[i]));
    }
  }
  return worst;
}

TEST(FunctionsAreWithinTheirUlps) {
  for (const KernelTable* table : AvailableTables()) {
    for (const Function& function : kFunctions) {
      const auto& arguments = test::Arguments();
      if (arguments.size() > 1 && strcmp(arguments[1], function.name) != 0) continue;
      const Worst floats = Measure<float>(*table, function);
      printf("  %-6s %-8s float %.3f ULP at %-14.9g", table->isa, function.name, floats.ulps, floats.at);
      CHECK(floats.ulps < function.float_limit, "%s %s", table->isa, function.name);
      // A long double that is no longer than a double cannot judge.
      if (sizeof(long double) > sizeof(double)) {
        const Worst doubles = Measure<double>(*table, function);
        printf("  double %.3f ULP at %.17g", doubles.ulps, doubles.at);
        CHECK(doubles.ulps < function.double_limit, "%s %s", table->isa, function.name);
      }
      printf("\n");
    }
  }
}

}  // namespace
}  // namespace handgrad
