// Operations on tensors beside plain C loops with the same traffic, in turns in one run: how much of what memory
// gives they reach. Operands are as large as MNIST's training set (50000 x 784 floats), and results lie there
// already.
//
//   tensors_bench [THREADS]
//
// The plain loops are what -O3 makes of them, on one thread, so compare at one thread; the sums have sixteen
// totals, because with one they would wait for the adder and not for memory.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include "drivers/elementwise.h"
#include "drivers/reduce.h"
#include "runtime/context.h"
#include "runtime/dispatch.h"

namespace handgrad {
namespace {

constexpr size_t kRows = 50000, kColumns = 784, kCount = kRows * kColumns;
constexpr int kRounds = 9;

struct Case {
  const char* name;
  size_t bytes;  // that have to be read and written
  double wanted;
  std::function<void()> ours, plain;
};

double Seconds(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Loops over rows and columns; strides of operand i are (strides[2 i], strides[2 i + 1]).
Loops Walk(std::vector<ptrdiff_t> strides) {
  Loops loops;
  loops.operands = strides.size() / 2;
  loops.rank = 2;
  loops.sizes[0] = kRows;
  loops.sizes[1] = kColumns;
  for (size_t i = 0; i < strides.size(); ++i) loops.strides[i / 2][i % 2] = strides[i];
  return loops;
}

void Main(size_t threads) {
  const KernelTable& kernels = *AvailableTables().back();
  ThreadPool pool(threads);
  Scratch scratch, staging;
  const Context context = {kernels, pool, scratch, staging};
  std::vector<float> a(kCount), b(kCount), out(kCount), row(kColumns), column(kRows), total(kRows);
  for (size_t i = 0; i < kCount; ++i) a[i] = static_cast<float>(i % 1000) / 1000, b[i] = a[i] + 1;
  for (size_t i = 0; i < kColumns; ++i) row[i] = static_cast<float>(i);
  for (size_t i = 0; i < kRows; ++i) column[i] = static_cast<float>(i % 7);
  const ptrdiff_t width = kColumns;
  const auto operand = [](std::vector<float>& x) { return Operand{x.data(), sizeof(float)}; };

  const auto binary = [&](BinaryOp op, std::vector<float>& second, ptrdiff_t row_step, ptrdiff_t step) {
    Loops loops = Walk({width, 1, row_step, step, width, 1});
    RunElementwise(context, {kernels.binary[op][kFloat32], 3, {operand(a), operand(second), operand(out)}},
                   &loops);
  };
  const auto unary = [&](UnaryOp op) {
    Loops loops = Walk({width, 1, width, 1});
    RunElementwise(context, {kernels.unary[op][kFloat32], 0, {operand(a), operand(out)}}, &loops);
  };
  const auto reduce = [&](FoldOp op, ptrdiff_t row_step, ptrdiff_t step) {
    RunReduce(context, {kFloat32, operand(a), kFloat32, operand(total)}, op, kPlain,
              Walk({width, 1, row_step, step}));
  };
  const float* const x = a.data();
  float* const y = out.data();
  [[maybe_unused]] volatile float sink;
  const auto sum = [](const float* from, size_t n) {
    float totals[16] = {};
    for (size_t i = 0; i + 16 <= n; i += 16)
      for (size_t lane = 0; lane < 16; ++lane) totals[lane] += from[i + lane];
    float all = 0;
    for (float each : totals) all += each;
    return all;
  };

  const std::vector<Case> cases = {
      {"relu(a)", 2 * kCount * 4, 0.85, [&] { unary(kUnary_relu); },
       [&] {
         for (size_t i = 0; i < kCount; ++i) y[i] = x[i] > 0 ? x[i] : 0;
       }},
      {"exp(a), beside relu's loop", 2 * kCount * 4, 0.85, [&] { unary(kUnary_exp); },
       [&] {
         for (size_t i = 0; i < kCount; ++i) y[i] = x[i] > 0 ? x[i] : 0;
       }},
      {"a + b", 3 * kCount * 4, 0.85, [&] { binary(kBinary_add, b, width, 1); },
       [&, z = b.data()] {
         for (size_t i = 0; i < kCount; ++i) y[i] = x[i] + z[i];
       }},
      {"a - row", 2 * kCount * 4, 0.85, [&] { binary(kBinary_sub, row, 0, 1); },
       [&, z = row.data()] {
         for (size_t r = 0; r < kRows; ++r)
           for (size_t c = 0; c < kColumns; ++c) y[r * kColumns + c] = x[r * kColumns + c] - z[c];
       }},
      {"a * column", 2 * kCount * 4, 0.85, [&] { binary(kBinary_mul, column, 1, 0); },
       [&, z = column.data()] {
         for (size_t r = 0; r < kRows; ++r)
           for (size_t c = 0; c < kColumns; ++c) y[r * kColumns + c] = x[r * kColumns + c] * z[r];
       }},
      {"a.t() made contiguous, beside a copy", 2 * kCount * 4, 0.60,
       [&] {
         Loops loops = Walk({width, 1, 1, static_cast<ptrdiff_t>(kRows)});
         RunCopy(context, operand(a), operand(out), &loops);
       },
       [&] {
         for (size_t i = 0; i < kCount; ++i) y[i] = x[i];
       }},
      {"sum()", kCount * 4, 0.85, [&] { reduce(kFold_sum, 0, 0); }, [&] { sink = sum(x, kCount); }},
      {"sum(0)", kCount * 4, 0.85, [&] { reduce(kFold_sum, 0, 1); },
       [&] {
         std::fill_n(y, kColumns, 0.0f);
         for (size_t r = 0; r < kRows; ++r)
           for (size_t c = 0; c < kColumns; ++c) y[c] += x[r * kColumns + c];
       }},
      {"sum(1)", kCount * 4, 0.85, [&] { reduce(kFold_sum, 1, 0); },
       [&] {
         for (size_t r = 0; r < kRows; ++r) y[r] = sum(x + r * kColumns, kColumns);
       }},
      {"amax()", kCount * 4, 0.85, [&] { reduce(kFold_amax, 0, 0); }, [&] { sink = sum(x, kCount); }},
  };
  printf("%s, %zu thread(s); seconds are the best of %d\n", kernels.isa, threads, kRounds);
  printf("%-38s %10s %10s %8s %7s %7s\n", "", "ours", "plain loop", "GB/s", "share", "wanted");
  for (const Case& each : cases) {
    double ours = 1e9, plain = 1e9;
    for (int round = 0; round < kRounds; ++round) {
      ours = std::min(ours, Seconds(each.ours));
      plain = std::min(plain, Seconds(each.plain));
    }
    printf("%-38s %7.2f ms %7.2f ms %8.1f %6.0f%% %6.0f%%\n", each.name, ours * 1e3, plain * 1e3,
           static_cast<double>(each.bytes) / ours / 1e9, plain / ours * 100, each.wanted * 100);
  }
}

}  // namespace
}  // namespace handgrad

int main(int count, char** arguments) {
  handgrad::Main(count > 1 ? static_cast<size_t>(atoi(arguments[1])) : 1);
  return 0;
}
