// From three loops to our matmul, rung by rung, on C = A · B of n by n floats: what each idea of docs/matmul.md gains.
//
//   ladder_bench [n ...]        prints a line of JSON for each rung: {"rung": …, "size": n, "gflops": …}
//
// The rungs in between are the library's own kernels, told to leave something out.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "drivers/matmul.h"
#include "runtime/dispatch.h"

namespace {

using handgrad::KernelTable;
using handgrad::MatmulKernels;
using handgrad::OuterBlock;

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Problem {
  size_t n;
  std::vector<float> a, b, c;

  explicit Problem(size_t size) : n(size), a(n * n), b(n * n), c(n * n) {
    for (size_t i = 0; i < n * n; i++) {
      a[i] = (static_cast<float>((i * 31 + i / 64) % 17) - 8) / 8;
      b[i] = (static_cast<float>((i * 29 + i / 64) % 13) - 6) / 8;
    }
  }
};

/// A multiple of its true self would be found by comparing sums: all elements are eighths, and exact.
double Sum(const std::vector<float>& values) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); i++) sum += values[i] * static_cast<double>(i % 7 + 1);
  return sum;
}

/// Times `run` for a while, checks what it computed, and prints the line.
template <typename Run>
void Rung(const char* name, Problem* problem, double* expected, const Run& run) {
  constexpr double kSeconds = 0.3;
  std::fill(problem->c.begin(), problem->c.end(), 0.0f);
  double best = 1e30;
  const double end = Now() + kSeconds;
  int runs = 0;
  do {
    const double begin = Now();
    run();
    best = std::min(best, Now() - begin);
    runs++;
  } while (Now() < end || runs < 2);
  const double sum = Sum(problem->c);
  if (*expected == 0) *expected = sum;
  if (sum != *expected) {
    std::fprintf(stderr, "%s computed something else\n", name);
    std::exit(1);
  }
  const double n = static_cast<double>(problem->n);
  std::printf("{\"rung\": \"%s\", \"size\": %zu, \"gflops\": %.4g}\n", name, problem->n,
              2 * n * n * n / best / 1e9);
  std::fflush(stdout);
}

void ThreeLoops(size_t n, const float* a, const float* b, float* c) {
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) {
      float sum = 0;
      for (size_t k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
      c[i * n + j] = sum;
    }
  }
}

/// The inner loop runs along a row of B and of C, where numbers are neighbours: the compiler makes vectors of it.
void RowByRow(size_t n, const float* a, const float* b, float* c) {
  std::fill(c, c + n * n, 0.0f);
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < n; k++) {
      const float x = a[i * n + k];
      for (size_t j = 0; j < n; j++) c[i * n + j] += x * b[k * n + j];
    }
  }
}

/// Calls the library's outer-product kernel on C in steps of so many rows, columns and depth.
class Blocks {
 public:
  Blocks(const MatmulKernels<float>& kernels, Problem* problem) : kernels_(kernels), problem_(problem) {}

  void Run(size_t rows, size_t columns, size_t depth, int vectors, bool pack) {
    const size_t n = problem_->n;
    const size_t strip = static_cast<size_t>(vectors) * kernels_.traits.lanes;
    for (size_t k = 0; k < n; k += depth) {
      for (size_t j = 0; j < n; j += columns) {
        OuterBlock<float> block = {};
        block.vectors = vectors;
        block.depth = std::min(depth, n - k);
        block.columns = std::min(columns, n - j);
        block.b = problem_->b.data() + k * n + j;
        block.b_strip = static_cast<ptrdiff_t>(strip);
        block.b_depth = static_cast<ptrdiff_t>(n);
        if (pack) PackB(strip, &block);
        for (size_t i = 0; i < n; i += rows) {
          block.rows = std::min(rows, n - i);
          block.a = problem_->a.data() + i * n + k;
          block.a_row = static_cast<ptrdiff_t>(n);
          block.a_depth = 1;
          if (pack) PackA(&block);
          block.target = {problem_->c.data() + i * n + j, static_cast<ptrdiff_t>(n), 1, {}};
          block.target.finish.add = k > 0;
          kernels_.outer(block);
        }
      }
    }
  }

 private:
  void PackA(OuterBlock<float>* block) {
    packed_a_.resize(block->rows * block->depth + 64);
    kernels_.pack_tiles({block->rows, block->depth, block->vectors, block->a, block->a_row, block->a_depth,
                         packed_a_.data()});
    block->a = packed_a_.data();
    block->a_packed = true;
  }

  void PackB(size_t strip, OuterBlock<float>* block) {
    const size_t strips = (block->columns + strip - 1) / strip;
    packed_b_.resize(strips * strip * block->depth);
    for (size_t s = 0; s < strips; s++) {
      kernels_.pack({std::min(strip, block->columns - s * strip), block->depth, block->b + s * strip, 1,
                     block->b_depth, strip, packed_b_.data() + s * strip * block->depth});
    }
    block->b = packed_b_.data();
    block->b_strip = static_cast<ptrdiff_t>(strip * block->depth);
    block->b_depth = static_cast<ptrdiff_t>(strip);
  }

  const MatmulKernels<float>& kernels_;
  Problem* problem_;
  std::vector<float> packed_a_, packed_b_;
};

void Climb(size_t n) {
  Problem problem(n);
  double expected = 0;
  const float *a = problem.a.data(), *b = problem.b.data();
  float* c = problem.c.data();
  Rung("three loops in C++", &problem, &expected, [&] { ThreeLoops(n, a, b, c); });
  Rung("along rows", &problem, &expected, [&] { RowByRow(n, a, b, c); });

  const KernelTable& table = *handgrad::AvailableTables().back();
  const MatmulKernels<float>& kernels = table.matmul_f32;
  Blocks blocks(kernels, &problem);
  const int vectors = 2;
  const size_t tile_rows = static_cast<size_t>(kernels.traits.rows_of[vectors - 1]);
  Rung("one row of sums in registers", &problem, &expected, [&] { blocks.Run(1, n, n, vectors, false); });
  Rung("a tile of sums in registers", &problem, &expected, [&] { blocks.Run(n, n, n, vectors, false); });
  Rung("blocks for the caches", &problem, &expected,
       [&] { blocks.Run(8 * tile_rows, 512, 512, vectors, false); });
  Rung("packed", &problem, &expected, [&] { blocks.Run(8 * tile_rows, 512, 512, vectors, true); });

  for (const size_t threads : {1, 2}) {
    handgrad::ThreadPool pool(threads);
    handgrad::Scratch scratch, staging;
    const handgrad::Context context{table, pool, scratch, staging};
    const auto stride = static_cast<ptrdiff_t>(n);
    Rung(threads == 1 ? "the plan" : "two threads", &problem, &expected, [&] {
      handgrad::Matmul<float>(context, {}, {n, n, n},
                              {{a, {stride, 1}}, {b, {stride, 1}}, {c, {stride, 1}}, {}});
    });
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 1) {
    Climb(512);
    Climb(1024);
  }
  for (int i = 1; i < count; i++) Climb(std::strtoul(arguments[i], nullptr, 10));
  return 0;
}
