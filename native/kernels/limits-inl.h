// What the core can do at most: multiply-adds out of registers, and reading memory. Benches compare other kernels
// with these, measured in the same run.
//
//   MultiplyAdds: sum[i] = sum[i] · x + y      kLimitSums vectors of sums, `rounds` times each
//   ReadAll:      total = Σ x[i]               every vector of x is loaded; the tail is loaded in part
//
// The result goes to one number, so that the compiler must compute it.
#ifndef HANDGRAD_KERNELS_LIMITS_INL_H_
#define HANDGRAD_KERNELS_LIMITS_INL_H_

#include "kernels/limits.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

template <size_t kSums>
HANDGRAD_INLINE float SumOf(Vec<float> (&sum)[kSums]) {
  Vec<float> total = sum[0];
  for (size_t i = 1; i < kSums; i++) total = total + sum[i];
  return ReduceAdd(total);
}

void MultiplyAdds(size_t rounds, float* result) noexcept {
  // Each sum comes from the one before it, so that no product can be taken out of the loop. They tend to 2.
  const Vec<float> x = Broadcast(0.5f), y = Broadcast(1.0f);
  Vec<float> sum[kLimitSums];
  HANDGRAD_UNROLL
  for (size_t i = 0; i < kLimitSums; i++) sum[i] = Broadcast(static_cast<float>(i));
  for (size_t round = 0; round < rounds; round++) {
    HANDGRAD_UNROLL
    for (size_t i = 0; i < kLimitSums; i++) sum[i] = MulPlus(sum[i], x, y);
  }
  *result = SumOf(sum);
}

void ReadAll(const float* x, size_t n, float* result) noexcept {
  constexpr size_t kLanes = Vec<float>::kLanes;
  // Memory answers several streams faster than one: 16.6 GB/s for four, 13.3 for one, 15 for 8, on a Xeon.
  constexpr size_t kStreams = 4;
  constexpr size_t kSums = 2;
  constexpr size_t kStep = kSums * kLanes;
  // A vector that lies across two cache lines costs two loads: 105 instead of 189 GB/s from the L2 cache.
  constexpr size_t kLine = 64 / sizeof(float);
  const size_t before_line = (kLine - reinterpret_cast<uintptr_t>(x) / sizeof(float) % kLine) % kLine;
  const size_t head = before_line < n ? before_line : n;
  float head_sum = 0;
  for (size_t i = 0; i < head; i++) head_sum += x[i];
  x += head;
  n -= head;
  const size_t part = n / kStreams / kStep * kStep;
  Vec<float> sum[kStreams * kSums];
  HANDGRAD_UNROLL
  for (size_t i = 0; i < kStreams * kSums; i++) sum[i] = Zero<float>();
  for (size_t at = 0; at < part; at += kStep) {
    HANDGRAD_UNROLL
    for (size_t i = 0; i < kStreams * kSums; i++) {
      sum[i] = sum[i] + Load(x + i / kSums * part + at + i % kSums * kLanes);
    }
  }
  for (size_t at = kStreams * part; at < n; at += kLanes) {
    const size_t left = n - at;
    sum[0] = sum[0] + LoadPartial(x + at, Tail<float>(left < kLanes ? left : kLanes));
  }
  *result = head_sum + SumOf(sum);
}

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_LIMITS_INL_H_
