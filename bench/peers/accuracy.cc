// The error of a float32 product against float64, ours beside OpenBLAS's on the same operands: the root of the mean
// square over all elements and all seeds, in units of the product's own root mean square.
//
//   accuracy [seeds]
//
// Operands are uniform on [−1, 1). The reference is cblas_dgemm on the same numbers.
#include <cblas.h>
#include <math.h>
#include <stdint.h>

#include "drivers/matmul.h"
#include "runtime/dispatch.h"
#include "serve.h"

namespace {

struct Case {
  size_t m, k, n;
  bool a_transposed, b_transposed;
};

/// Layers' products, and long sums in every layout: a plan depends on the shape.
constexpr Case kCases[] = {
    {64, 50, 10, false, true},     {64, 784, 50, false, false},   {64, 784, 50, false, true},
    {64, 784, 512, false, true},   {512, 512, 512, false, false}, {16, 4096, 16, false, false},
    {10, 50000, 50, true, false},  {16, 50000, 16, false, false}, {16, 50000, 16, false, true},
    {128, 50000, 50, true, false},
};

/// xorshift64*: quick, and good enough for sums.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}
  float Next() {
    state_ ^= state_ >> 12, state_ ^= state_ << 25, state_ ^= state_ >> 27;
    const auto bits = static_cast<int32_t>((state_ * 0x2545F4914F6CDD1Du) >> 40);
    return static_cast<float>(bits) * 0x1p-23f - 1;
  }

 private:
  uint64_t state_;
};

struct Squares {
  double error = 0;
  void Add(const float* c, const std::vector<double>& exact) {
    for (size_t i = 0; i < exact.size(); i++) error += (c[i] - exact[i]) * (c[i] - exact[i]);
  }
};

}  // namespace

int main(int count, char** arguments) {
  const int seeds = count > 1 ? std::atoi(arguments[1]) : 100;
  openblas_set_num_threads(1);
  handgrad::ThreadPool pool(1);
  handgrad::Scratch scratch, staging;
  const std::vector<const handgrad::KernelTable*> tables = handgrad::AvailableTables();
  std::printf("relative RMS error of a product against float64, %d seeds\n%-26s %12s", seeds, "", "OpenBLAS");
  for (const auto* table : tables) std::printf(" %12s", table->isa);
  std::printf("\n");

  bool all = true;
  for (const Case& shape : kCases) {
    const size_t m = shape.m, k = shape.k, n = shape.n;
    const auto lda = shape.a_transposed ? m : k, ldb = shape.b_transposed ? k : n;
    const peers::Floats a = peers::Allocate(m * k), b = peers::Allocate(k * n), c = peers::Allocate(m * n);
    std::vector<double> exact_a(m * k), exact_b(k * n), exact(m * n);
    std::vector<Squares> squares(1 + tables.size());
    double scale = 0;
    for (int seed = 0; seed < seeds; seed++) {
      Random random(static_cast<uint64_t>(seed) + 1);
      for (size_t i = 0; i < m * k; i++) exact_a[i] = a.get()[i] = random.Next();
      for (size_t i = 0; i < k * n; i++) exact_b[i] = b.get()[i] = random.Next();
      const auto transposed = [](bool is) { return is ? CblasTrans : CblasNoTrans; };
      const auto size = [](size_t value) { return static_cast<blasint>(value); };
      cblas_dgemm(CblasRowMajor, transposed(shape.a_transposed), transposed(shape.b_transposed), size(m),
                  size(n), size(k), 1, exact_a.data(), size(lda), exact_b.data(), size(ldb), 0, exact.data(),
                  size(n));
      for (const double value : exact) scale += value * value;
      cblas_sgemm(CblasRowMajor, transposed(shape.a_transposed), transposed(shape.b_transposed), size(m),
                  size(n), size(k), 1, a.get(), size(lda), b.get(), size(ldb), 0, c.get(), size(n));
      squares[0].Add(c.get(), exact);
      for (size_t i = 0; i < tables.size(); i++) {
        const auto strides = [](bool is_transposed, size_t rows, size_t columns) {
          return is_transposed ? handgrad::MatrixStrides{1, static_cast<ptrdiff_t>(rows)}
                               : handgrad::MatrixStrides{static_cast<ptrdiff_t>(columns), 1};
        };
        handgrad::Matmul<float>({*tables[i], pool, scratch, staging}, {}, {m, n, k},
                                {{a.get(), strides(shape.a_transposed, m, k)},
                                 {b.get(), strides(shape.b_transposed, k, n)},
                                 {c.get(), strides(false, m, n)},
                                 {}});
        squares[1 + i].Add(c.get(), exact);
      }
    }
    char label[64];
    std::snprintf(label, sizeof label, "%zux%zu%s @ %zux%zu%s", m, k, shape.a_transposed ? "t" : "", k, n,
                  shape.b_transposed ? "t" : "");
    std::printf("%-26s", label);
    for (const Squares& one : squares) std::printf(" %12.3g", sqrt(one.error / scale));
    const bool well = squares.back().error <= squares[0].error;
    std::printf("%s\n", well ? "" : "   above OpenBLAS's");
    all = all && well;
  }
  std::printf("%s on %s\n", all ? "never above OpenBLAS's" : "above OpenBLAS's in places",
              tables.back()->isa);
  return all ? 0 : 1;
}
