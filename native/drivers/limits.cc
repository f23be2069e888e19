#include "drivers/limits.h"

#include <atomic>

namespace handgrad {

namespace {

/// Tasks of each thread, so that one that is held up leaves its work to the others.
constexpr size_t kTasksOfThread = 8;

}  // namespace

double RunMultiplyAdds(const Context& context, size_t rounds) {
  const size_t tasks = context.pool.threads() * kTasksOfThread;
  const size_t rounds_of_task = rounds / kTasksOfThread + 1;
  context.pool.ParallelFor(tasks, [&](size_t, size_t) {
    float sum;
    context.kernels.MultiplyAdds(rounds_of_task, &sum);
  });
  const double operations = 2.0 * kLimitSums * context.kernels.matmul_f32.traits.lanes;
  return operations * static_cast<double>(tasks) * static_cast<double>(rounds_of_task);
}

double RunReadAll(const Context& context, const float* x, size_t n, size_t passes) {
  // One part a thread, read again and again: a part that fits into a core's caches stays there.
  const size_t parts = context.pool.threads();
  std::atomic<double> total{0};
  context.pool.ParallelFor(parts, [&](size_t part, size_t) {
    const size_t begin = n / parts * part;
    const size_t size = part + 1 == parts ? n - begin : n / parts;
    double mine = 0;
    for (size_t pass = 0; pass < passes; pass++) {
      float sum;
      context.kernels.ReadAll(x + begin, size, &sum);
      mine += sum;
    }
    double sum = total.load();
    while (!total.compare_exchange_weak(sum, sum + mine)) {
    }
  });
  return total;
}

}  // namespace handgrad
