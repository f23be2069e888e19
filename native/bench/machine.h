// What this machine can do at most, measured in the same run as what is compared with it: multiply-adds a
// second by instruction set, and bytes a second from memory.
#ifndef HANDGRAD_BENCH_MACHINE_H_
#define HANDGRAD_BENCH_MACHINE_H_

#include <stddef.h>

#include <chrono>
#include <cstring>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace handgrad::bench {

inline double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The shortest time of a call in seconds, over about `budget` seconds of calls.
template <typename Call>
double ShortestTime(double budget, const Call& call) {
  call();
  double best = 1e30;
  const double end = Now() + budget;
  // Short calls are timed several at once: reading the clock takes some tens of nanoseconds.
  int repeats = 1;
  do {
    const double begin = Now();
    for (int i = 0; i < repeats; i++) call();
    const double spent = Now() - begin;
    if (spent / repeats < best) best = spent / repeats;
    if (spent < 20e-6) repeats *= 2;
  } while (Now() < end);
  return best;
}

// Twelve sums that do not wait for each other keep both multiply-add units of a core busy.
constexpr int kSums = 12;
constexpr long kRounds = 100000;

#if defined(__x86_64__)
#define HANDGRAD_PEAK(name, features, vector, zero, step)                      \
  __attribute__((target(features), noinline)) inline double name() {           \
    vector sums[kSums], x = zero(), y = zero();                                \
    _Pragma("GCC unroll 12") for (int i = 0; i < kSums; i++) sums[i] = zero(); \
    for (long round = 0; round < kRounds; round++) {                           \
      _Pragma("GCC unroll 12") for (int i = 0; i < kSums; i++) {               \
        sums[i] = step;                                                        \
        __asm__ volatile("" : "+v"(sums[i]), "+v"(x), "+v"(y));                \
      }                                                                        \
    }                                                                          \
    return kRounds * kSums * 2.0 * (sizeof(vector) / sizeof(float));           \
  }
HANDGRAD_PEAK(PeakAvx512, "avx512f", __m512, _mm512_setzero_ps, _mm512_fmadd_ps(x, y, sums[i]))
HANDGRAD_PEAK(PeakAvx2, "avx2,fma", __m256, _mm256_setzero_ps, _mm256_fmadd_ps(x, y, sums[i]))
// Without fused multiply-adds: half of the operations are products. Fewer sums, or they would be spilled.
__attribute__((noinline)) inline double PeakSse() {
  __m128 sums[8], x = _mm_setzero_ps();
  _Pragma("GCC unroll 8") for (int i = 0; i < 8; i++) sums[i] = _mm_setzero_ps();
  for (long round = 0; round < kRounds; round++) {
    _Pragma("GCC unroll 8") for (int i = 0; i < 8; i++) {
      __m128 product = x;
      __asm__ volatile("mulps %1, %0" : "+x"(product) : "x"(x));
      sums[i] = _mm_add_ps(sums[i], product);
      __asm__ volatile("" : "+x"(sums[i]));
    }
  }
  return kRounds * 8 * 2.0 * 4;
}
#undef HANDGRAD_PEAK
#elif defined(__aarch64__)
__attribute__((noinline)) inline double PeakNeon() {
  float32x4_t sums[kSums], x = vdupq_n_f32(0), y = x;
  _Pragma("GCC unroll 12") for (int i = 0; i < kSums; i++) sums[i] = vdupq_n_f32(0);
  for (long round = 0; round < kRounds; round++) {
    _Pragma("GCC unroll 12") for (int i = 0; i < kSums; i++) {
      sums[i] = vfmaq_f32(sums[i], x, y);
      __asm__ volatile("" : "+w"(sums[i]), "+w"(x), "+w"(y));
    }
  }
  return kRounds * kSums * 2.0 * 4;
}
#endif

/// Floating-point operations on floats in a second, with one thread.
inline double PeakFlops(const char* isa) {
  double (*loop)() = nullptr;
#if defined(__x86_64__)
  if (std::strcmp(isa, "avx512") == 0) loop = PeakAvx512;
  if (std::strcmp(isa, "avx2") == 0) loop = PeakAvx2;
  if (std::strcmp(isa, "sse") == 0) loop = PeakSse;
#elif defined(__aarch64__)
  if (std::strcmp(isa, "neon") == 0) loop = PeakNeon;
#endif
  if (loop == nullptr) return 0;
  double operations = 0;
  const double seconds = ShortestTime(0.2, [&] { operations = loop(); });
  return operations / seconds;
}

}  // namespace handgrad::bench

#endif  // HANDGRAD_BENCH_MACHINE_H_
