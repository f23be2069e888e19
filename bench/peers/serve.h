// The part that is the same for every C++ peer of the matmul comparison: a process that reads a line
//
//   batch m k n aTransposed bTransposed seconds
//
// and times products a [m, k] @ b [k, n] of float32 for so long, operands that lie transposed where it says so.
// It answers with a line of JSON: {"best": seconds of a product, "median": …, "checksum": …}. Operands are the
// same in every peer, and so must be the checksum; operands.ts says how it is made, and that only the first answer to a
// shape has it.
#ifndef HANDGRAD_BENCH_PEERS_SERVE_H_
#define HANDGRAD_BENCH_PEERS_SERVE_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace peers {

struct Shape {
  size_t batch, m, k, n;
  int a_transposed, b_transposed;

  bool operator==(const Shape& other) const {
    return batch == other.batch && m == other.m && k == other.k && n == other.n &&
           a_transposed == other.a_transposed && b_transposed == other.b_transposed;
  }
};

struct Free {
  void operator()(float* p) const { std::free(p); }
};
using Floats = std::unique_ptr<float, Free>;

/// On cache lines of their own, which is what every library likes best.
inline Floats Allocate(size_t count) {
  return Floats(static_cast<float*>(std::aligned_alloc(64, (count * 4 + 63) / 64 * 64)));
}

inline double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Times calls for about `seconds`, several at once where they are short. The first one warms the caches, unless
/// it takes so long that this does not matter.
template <typename Call>
void Time(double seconds, const Call& call, double* best, double* median) {
  constexpr double kGroup = 100e-6, kLong = 10e-3;
  size_t repeats = 1;
  std::vector<double> samples;
  const double start = Now(), end = start + seconds;
  call();
  if (Now() - start >= kLong) samples.push_back(Now() - start);
  while (samples.empty() || Now() < end) {
    const double begin = Now();
    for (size_t i = 0; i < repeats; i++) call();
    const double spent = Now() - begin;
    if (spent < kGroup && repeats < (1u << 20)) {
      repeats *= 2;
      if (Now() < end) continue;
      repeats /= 2;
    }
    samples.push_back(spent / static_cast<double>(repeats));
  }
  std::sort(samples.begin(), samples.end());
  *best = samples.front();
  *median = samples[samples.size() / 2];
}

/// Answers until its input ends. An Engine has Prepare(shape, a, b, c) and Run().
template <typename Engine>
int Serve(const char* name, Engine engine) {
  std::printf("{\"peer\": \"%s\"}\n", name);
  std::fflush(stdout);
  Shape shape = {}, asked;
  double seconds;
  Floats a, b, c;
  while (std::scanf("%zu %zu %zu %zu %d %d %lf", &asked.batch, &asked.m, &asked.k, &asked.n,
                    &asked.a_transposed, &asked.b_transposed, &seconds) == 7) {
    const size_t results = asked.batch * asked.m * asked.n;
    const bool fresh = !(asked == shape);
    if (fresh) {
      shape = asked;
      const size_t left = shape.batch * shape.m * shape.k, right = shape.batch * shape.k * shape.n;
      a = Allocate(left), b = Allocate(right), c = Allocate(results);
      for (size_t i = 0; i < left; i++) a.get()[i] = (static_cast<float>((i * 31 + i / 64) % 17) - 8) / 8;
      for (size_t i = 0; i < right; i++) b.get()[i] = (static_cast<float>((i * 29 + i / 64) % 13) - 6) / 8;
      engine.Prepare(shape, a.get(), b.get(), c.get());
    }
    double best, median, checksum = 0;
    Time(
        seconds, [&] { engine.Run(); }, &best, &median);
    std::printf("{\"best\": %.9g, \"median\": %.9g", best, median);
    if (fresh) {
      for (size_t i = 0; i < results; i++) {
        checksum += static_cast<double>(c.get()[i]) * static_cast<double>(i % 7 + 1);
      }
      std::printf(", \"checksum\": %.17g", checksum);
    }
    std::printf("}\n");
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace peers

#endif  // HANDGRAD_BENCH_PEERS_SERVE_H_
