// GFLOP/s of matmul by shape, and what share of the machine's peak that is.
//
//   matmul_bench [--isa avx512] [--threads 1] [--seconds 0.2] [--offset 16] [shape ...]
//
// Operands begin `offset` bytes into a cache line: 16 is where V8 has the elements of a large typed array.
//
// A shape is 64x784@784x50; a `t` behind an operand says that it lies transposed: 64x784@784x50t. Without
// shapes: the list below.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "bench/machine.h"
#include "drivers/matmul.h"
#include "drivers/matmul_plans.h"
#include "runtime/dispatch.h"

namespace {

using handgrad::MatmulShape;

constexpr const char* kShapes[] = {
    // What one training step does: forward, the input's and the weight's gradient of 784-50-10.
    "64x784@784x50t", "64x50@50x784", "50x64t@64x784", "64x50@50x10t", "64x10@10x50", "10x64t@64x50",
    // 784-512-512.
    "64x784@784x512t", "64x512@512x784", "512x64t@64x784", "64x512@512x512t", "64x512@512x512",
    "512x64t@64x512",
    // Squares, and the whole training set.
    "5x784@784x10", "1x784@784x50t", "64x784@784x50", "128x128@128x128", "256x256@256x256", "512x512@512x512",
    "1024x1024@1024x1024", "2048x2048@2048x2048", "50000x784@784x50", "50000x784@784x50t", "50000x784@784x10",
    "784x50000t@50000x50", "50000x50@50x784", "32x288@288x4608", "16x144@144x50176"};

struct Operand {
  size_t rows, columns;
  bool transposed;
};

bool Parse(const char* text, Operand* a, Operand* b) {
  char at = 0;
  int used = 0;
  if (std::sscanf(text, "%zux%zu%n", &a->rows, &a->columns, &used) != 2) return false;
  text += used;
  a->transposed = *text == 't';
  if (a->transposed) text++;
  if (std::sscanf(text, "%c%zux%zu%n", &at, &b->rows, &b->columns, &used) != 3 || at != '@') return false;
  b->transposed = text[used] == 't';
  return a->columns == b->rows;
}

/// Numbers that begin so many bytes into a cache line.
class Floats {
 public:
  Floats(size_t count, size_t offset, size_t period) : memory_(count + 32), data_(memory_.data()) {
    const size_t line = reinterpret_cast<uintptr_t>(data_) % 64;
    data_ += ((128 - line + offset) % 64) / sizeof(float);
    for (size_t i = 0; i < count; i++) data_[i] = static_cast<float>(i % period) / 16;
  }
  float* data() const { return data_; }

 private:
  std::vector<float> memory_;
  float* data_;
};

handgrad::MatrixStrides Strides(const Operand& operand) {
  const auto rows = static_cast<ptrdiff_t>(operand.rows), columns = static_cast<ptrdiff_t>(operand.columns);
  return operand.transposed ? handgrad::MatrixStrides{1, rows} : handgrad::MatrixStrides{columns, 1};
}

void Describe(const handgrad::MatmulPlan& plan, const handgrad::MatmulTraits& traits) {
  const bool outer = plan.family == handgrad::MatmulFamily::kOuter;
  std::printf("  %s%s", outer ? "outer" : "dot", plan.transposed ? "ᵀ" : "");
  if (outer) std::printf(" %d×%dv", traits.rows_of[plan.vectors - 1], plan.vectors);
  if (plan.rest_columns > 0) std::printf(" and %zu columns by dot products,", plan.rest_columns);
  if (plan.depth_parts > 1) std::printf(" in %zu parts,", plan.depth_parts);
  std::printf("%s%s depth %zu%s, %zu×%zu tasks",
              plan.share_a  ? " shareA"
              : plan.pack_a ? " packA"
                            : "",
              plan.pack_b ? " packB" : "", plan.block_depth, plan.gather ? " gather" : "", plan.row_tasks,
              plan.column_tasks);
}

}  // namespace

int main(int count, char** arguments) {
  std::string isa = handgrad::AvailableTables().back()->isa;
  size_t threads = 1;
  double seconds = 0.2;
  size_t offset = 16;
  std::vector<const char*> shapes;
  for (int i = 1; i < count; i++) {
    const std::string argument = arguments[i];
    if (argument == "--isa" && i + 1 < count) {
      isa = arguments[++i];
    } else if (argument == "--threads" && i + 1 < count) {
      threads = std::strtoul(arguments[++i], nullptr, 10);
    } else if (argument == "--offset" && i + 1 < count) {
      offset = std::strtoul(arguments[++i], nullptr, 10) % 64 / sizeof(float) * sizeof(float);
    } else if (argument == "--seconds" && i + 1 < count) {
      seconds = std::strtod(arguments[++i], nullptr);
    } else {
      shapes.push_back(arguments[i]);
    }
  }
  if (shapes.empty()) shapes.assign(std::begin(kShapes), std::end(kShapes));
  const handgrad::KernelTable* table = handgrad::FindTable(isa);
  if (table == nullptr) {
    std::fprintf(stderr, "this machine has no %s kernels\n", isa.c_str());
    return 1;
  }
  const double peak = handgrad::bench::PeakFlops(isa.c_str());
  std::printf("%s, %zu threads, peak of one %.1f GFLOP/s\n", isa.c_str(), threads, peak / 1e9);

  handgrad::ThreadPool pool(threads);
  handgrad::Scratch scratch, staging;
  handgrad::MatmulPlans plans;
  const handgrad::Context context{*table, pool, scratch, staging, &plans};
  for (const char* text : shapes) {
    Operand a, b;
    if (!Parse(text, &a, &b)) {
      std::fprintf(stderr, "not a shape: %s\n", text);
      return 1;
    }
    const MatmulShape shape = {a.rows, b.columns, a.columns};
    const Floats x(a.rows * a.columns, offset, 17), y(b.rows * b.columns, offset, 13),
        z(a.rows * b.columns, offset, 1);
    const handgrad::MatmulOperands<float> operands = {{x.data(), Strides(a)},
                                                      {y.data(), Strides(b)},
                                                      {z.data(), {static_cast<ptrdiff_t>(b.columns), 1}},
                                                      {}};
    const double flops = 2.0 * static_cast<double>(a.rows * a.columns) * static_cast<double>(b.columns);
    const double time = handgrad::bench::ShortestTime(
        seconds, [&] { handgrad::Matmul<float>(context, {}, shape, operands); });
    std::printf("%-22s %9.2f µs %7.1f GFLOP/s %5.1f %%", text, time * 1e6, flops / time / 1e9,
                100 * flops / time / peak);
    Describe(handgrad::PlanFor(*table, shape, operands).plan, table->matmul_f32.traits);
    std::printf("\n");
  }
  return 0;
}
