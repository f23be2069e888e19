// Runs the checks of vec_test_isa.cc for each instruction set that this machine has.
#include "test/vec_test.h"

#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "runtime/cpu.h"

namespace {

template <typename T>
std::vector<T> EdgeValues() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values = {T(0),
                           T(-0.0),
                           T(1),
                           T(-1),
                           T(0.5),
                           T(-0.5),
                           T(1.5),
                           T(2.5),
                           T(-2.5),
                           T(0.49999997),
                           T(1e-3),
                           T(-3.75),
                           T(123456),
                           Limits::infinity(),
                           -Limits::infinity(),
                           Limits::quiet_NaN(),
                           Limits::max(),
                           -Limits::max(),
                           Limits::min(),
                           Limits::denorm_min(),
                           -Limits::denorm_min()};
  const T whole = std::ldexp(T(1), Limits::digits - 1);  // from here on there are no fractions
  for (T x : {whole, whole / 2 + T(0.5), whole - 1}) {
    if (std::abs(x) < T(2147483648.0)) values.push_back(x);
    if (std::abs(x) < T(2147483648.0)) values.push_back(-x);
  }
  return values;
}

int failures = 0;

void Run(const char* isa, bool present,
         void (*test)(const handgrad::VecTestValues&, handgrad::VecTestReport*)) {
  if (!present) {
    std::printf("vec %-7s skipped: this machine lacks it\n", isa);
    return;
  }
  const std::vector<float> floats = EdgeValues<float>();
  const std::vector<double> doubles = EdgeValues<double>();
  handgrad::VecTestReport report = {};
  test({floats.data(), static_cast<int>(floats.size()), doubles.data(), static_cast<int>(doubles.size())},
       &report);
  std::printf("vec %-7s %ld checks, %ld failures\n", isa, report.checks, report.failures);
  for (int i = 0; i < 8 && i < report.failures; i++) std::printf("  vec_test_isa.cc:%d\n", report.lines[i]);
  if (report.failures > 0) failures++;
}

}  // namespace

int main() {
  const handgrad::CpuFeatures cpu = handgrad::DetectCpu();
  Run("scalar", true, handgrad::scalar::TestVec);
#if defined(HANDGRAD_X64)
  Run("sse", cpu.sse41, handgrad::sse::TestVec);
  Run("avx2", cpu.avx2 && cpu.fma, handgrad::avx2::TestVec);
  Run("avx512", cpu.avx512f && cpu.avx512dq && cpu.avx512bw && cpu.avx512vl, handgrad::avx512::TestVec);
#elif defined(HANDGRAD_ARM64)
  Run("neon", cpu.neon, handgrad::neon::TestVec);
#endif
  return failures == 0 ? 0 : 1;
}
