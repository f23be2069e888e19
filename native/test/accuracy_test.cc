// How far functions are off, in units in the last place (ULP) of the exact result. Floats are taken evenly
// from all 2^32, with --all every one of them on all cores;
// doubles at random, of all magnitudes. The reference is libm's with more digits than the type has.
//
//   accuracy_test [--all [FUNCTION]]
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

#include "drivers/library.h"
#include "kernels/kernel_table.h"
#include "runtime/available_cpus.h"
#include "runtime/dispatch.h"
#include "test/check.h"

namespace handgrad {
namespace {

/// The limits are just above what --all showed; docs/accuracy.md has the figures.
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
    {kUnary_expm1, "expm1", expm1, expm1l, 2, 2},
    {kUnary_log, "log", log, logl, 1, 1},
    {kUnary_log1p, "log1p", log1p, log1pl, 1.5, 1.5},
    {kUnary_sin, "sin", sin, sinl, 1.6, 1},
    {kUnary_cos, "cos", cos, cosl, 1.6, 1},
    {kUnary_tanh, "tanh", tanh, tanhl, 2.7, 2.5},
    {kUnary_sigmoid, "sigmoid", Sigmoid<double>, LongSigmoid, 2.5, 2.5},
    {kUnary_erf, "erf", erf, erfl, 1.5, 1.5},
    {kUnary_log2, "log2", log2, log2l, 0.51, 1.5},
    {kUnary_log10, "log10", log10, log10l, 0.51, 2.5},
    {kUnary_tan, "tan", tan, tanl, 0.51, 1.5},
    {kUnary_asin, "asin", asin, asinl, 0.51, 1.5},
    {kUnary_acos, "acos", acos, acosl, 0.51, 1.5},
    {kUnary_atan, "atan", atan, atanl, 0.51, 1.5},
    {kUnary_sinh, "sinh", sinh, sinhl, 0.51, 2.5},
    {kUnary_cosh, "cosh", cosh, coshl, 0.51, 2.5},
};

/// What computes a function: an instruction set, or for all of them the C library.
struct Version {
  const char* name;
  ElementwiseKernel of_floats, of_doubles;
};

std::vector<Version> VersionsOf(UnaryOp op) {
  if (const ElementwiseKernel of_floats = LibraryUnary(op, kFloat32)) {
    return {{"libm", of_floats, LibraryUnary(op, kFloat64)}};
  }
  std::vector<Version> versions;
  for (const KernelTable* table : AvailableTables()) {
    versions.push_back({table->isa, table->unary[op][kFloat32], table->unary[op][kFloat64]});
  }
  return versions;
}

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

/// |value - exact| / ulp, quickly: this is asked some 10^11 times.
double UlpsOffFloat(float value, double exact) {
  const float nearest = static_cast<float>(exact);
  uint32_t bits;
  memcpy(&bits, &nearest, sizeof bits);
  const uint32_t exponent = bits >> 23 & 255;
  if (exponent == 255 || !(fabsf(value) <= std::numeric_limits<float>::max())) return UlpsOff(value, exact);
  // 2^(exponent - 150), as a double's bits
  const uint64_t per_ulp = static_cast<uint64_t>(1023 + 150 - std::max(exponent, 1u)) << 52;
  return fabs(static_cast<double>(value) - exact) * FromBits<double>(per_ulp);
}

/// Floats k · step, of all versions beside one reference.
std::vector<Worst> MeasureFloats(const std::vector<Version>& versions, const Function& function) {
  constexpr uint64_t kChunk = 4096, kAll = uint64_t{1} << 32;
  const uint64_t step = AllFloats() ? 1 : 4099, chunks = kAll / step / kChunk;
  std::vector<Worst> worst(versions.size());
  std::mutex mutex;
  std::atomic<uint64_t> next{0};
  const auto measure = [&] {
    std::vector<float> x(kChunk), y(kChunk);
    std::vector<double> exact(kChunk);
    std::vector<Worst> seen(versions.size());
    for (uint64_t chunk; (chunk = next++) < chunks;) {
      for (uint64_t i = 0; i < kChunk; ++i) {
        x[i] = FromBits<float>((chunk * kChunk + i) * step);
        exact[i] = function.for_float(static_cast<double>(x[i]));
      }
      const void* inputs[] = {x.data()};
      for (size_t v = 0; v < versions.size(); ++v) {
        versions[v].of_floats(inputs, y.data(), kChunk, 0);
        for (size_t i = 0; i < kChunk; ++i) {
          seen[v].See(UlpsOffFloat(y[i], exact[i]), static_cast<double>(x[i]));
        }
      }
    }
    const std::lock_guard<std::mutex> lock(mutex);
    for (size_t v = 0; v < versions.size(); ++v) worst[v].See(seen[v].ulps, seen[v].at);
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < AvailableCpus(); ++i) threads.emplace_back(measure);
  measure();
  for (std::thread& thread : threads) thread.join();
  return worst;
}

Worst MeasureDoubles(ElementwiseKernel kernel, const Function& function) {
  constexpr size_t kChunk = 4096, kCount = 1 << 18;
  std::vector<double> x(kChunk), y(kChunk);
  Worst worst;
  uint64_t state = 88172645463325252ull;
  for (size_t done = 0; done < kCount; done += kChunk) {
    for (size_t i = 0; i < kChunk; ++i) {
      state ^= state << 13, state ^= state >> 7, state ^= state << 17;  // xorshift
      // Any double now and then, else magnitudes from 2^-20 to 2^10, where most of what happens does.
      const uint64_t moderate = (state & 0x800fffffffffffff) | (1003 + (state >> 52) % 30) << 52;
      x[i] = FromBits<double>(i % 4 == 0 ? state : moderate);
    }
    const void* inputs[] = {x.data()};
    kernel(inputs, y.data(), kChunk, 0);
    for (size_t i = 0; i < kChunk; ++i) {
      worst.See(UlpsOff(y[i], function.for_double(static_cast<long double>(x[i]))), x[i]);
    }
  }
  return worst;
}

TEST(FunctionsAreWithinTheirUlps) {
  for (const Function& function : kFunctions) {
    const auto& arguments = test::Arguments();
    if (arguments.size() > 1 && strcmp(arguments[1], function.name) != 0) continue;
    const std::vector<Version> versions = VersionsOf(function.op);
    const std::vector<Worst> floats = MeasureFloats(versions, function);
    for (size_t v = 0; v < versions.size(); ++v) {
      const auto& [name, of_floats, of_doubles] = versions[v];
      printf("  %-8s %-6s float %.3f ULP at %-14.9g", function.name, name, floats[v].ulps, floats[v].at);
      CHECK(floats[v].ulps < function.float_limit, "%s %s", name, function.name);
      // A long double that is no longer than a double cannot judge.
      if (sizeof(long double) > sizeof(double)) {
        const Worst doubles = MeasureDoubles(of_doubles, function);
        printf("  double %.3f ULP at %.17g", doubles.ulps, doubles.at);
        CHECK(doubles.ulps < function.double_limit, "%s %s", name, function.name);
      }
      printf("\n");
      fflush(stdout);
    }
  }
}

}  // namespace
}  // namespace handgrad
