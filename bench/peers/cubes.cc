// Odd cubes from 1 to 67: our driver beside cblas_sgemm and dnnl_sgemm, on one thread, in turns. Sizes at which
// every tail there is comes up, and where a call costs as much as the arithmetic.
#include <cblas.h>
#include <dnnl.h>
#include <math.h>

#include <algorithm>

#include "drivers/matmul.h"
#include "drivers/matmul_plans.h"
#include "runtime/dispatch.h"
#include "serve.h"

namespace {

constexpr int kRounds = 7;
constexpr double kSeconds = 0.004;

void Require(bool well, const char* what) {
  if (well) return;
  std::fprintf(stderr, "cubes: %s\n", what);
  std::exit(1);
}

/// The best of the rounds so far.
template <typename Call>
void Improve(double* best, const Call& call) {
  double now, median;
  peers::Time(kSeconds, call, &now, &median);
  *best = std::min(*best, now);
}

}  // namespace

int main() {
  // OpenBLAS and OpenMP read their numbers of threads when they are loaded.
  if (std::getenv("OMP_NUM_THREADS") == nullptr) setenv("OMP_NUM_THREADS", "1", 1);
  openblas_set_num_threads(1);
  const handgrad::KernelTable& table = *handgrad::AvailableTables().back();
  handgrad::ThreadPool pool(1);
  handgrad::Scratch scratch, staging;
  handgrad::MatmulPlans plans;
  const handgrad::Context context{table, pool, scratch, staging, &plans};
  std::printf("%s beside OpenBLAS (%s) and oneDNN, one thread\n", table.isa, openblas_get_corename());
  std::printf("%6s %12s %12s %12s %10s\n", "size", "ours ns", "OpenBLAS ns", "oneDNN ns", "times best");

  double sum_best = 0, sum_openblas = 0, sum_onednn = 0, least = 1e9;
  int sizes = 0, least_size = 0;
  for (int size = 1; size <= 67; size += 2, sizes++) {
    const auto n = static_cast<size_t>(size);
    const auto stride = static_cast<ptrdiff_t>(size);
    const peers::Floats a = peers::Allocate(n * n), b = peers::Allocate(n * n), c = peers::Allocate(n * n),
                        d = peers::Allocate(n * n), e = peers::Allocate(n * n);
    for (size_t i = 0; i < n * n; i++) {
      a.get()[i] = (static_cast<float>((i * 31 + i / 64) % 17) - 8) / 8;
      b.get()[i] = (static_cast<float>((i * 29 + i / 64) % 13) - 6) / 8;
    }
    const handgrad::MatmulOperands<float> operands = {
        {a.get(), {stride, 1}}, {b.get(), {stride, 1}}, {c.get(), {stride, 1}}, {}};
    const auto ours = [&] { handgrad::Matmul<float>(context, {}, {n, n, n}, operands); };
    const auto openblas = [&] {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1, a.get(), size, b.get(),
                  size, 0, d.get(), size);
    };
    const auto onednn = [&] {
      dnnl_sgemm('N', 'N', size, size, size, 1, a.get(), size, b.get(), size, 0, e.get(), size);
    };
    double best[3] = {1e9, 1e9, 1e9};
    for (int round = 0; round < kRounds; round++) {
      Improve(&best[0], ours);
      Improve(&best[1], openblas);
      Improve(&best[2], onednn);
    }
    // Eighths are summed without rounding, so that all three have the same bits.
    Require(std::equal(c.get(), c.get() + n * n, d.get()) && std::equal(c.get(), c.get() + n * n, e.get()),
            "the results differ");
    const double ratio = std::min(best[1], best[2]) / best[0];
    std::printf("%6d %12.1f %12.1f %12.1f %10.2f\n", size, best[0] * 1e9, best[1] * 1e9, best[2] * 1e9,
                ratio);
    sum_best += log(ratio), sum_openblas += log(best[1] / best[0]), sum_onednn += log(best[2] / best[0]);
    if (ratio < least) least = ratio, least_size = size;
  }
  std::printf(
      "geometric means: %.3f times the better of both, %.3f times OpenBLAS, %.3f times oneDNN; least %.2f "
      "(%d)\n",
      exp(sum_best / sizes), exp(sum_openblas / sizes), exp(sum_onednn / sizes), least, least_size);
  return 0;
}
