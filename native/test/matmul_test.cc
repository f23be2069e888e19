// Every size, layout, finish and instruction set against exact results: whole numbers, small enough that
// each sum is exact in whatever order it is added. Operands lie between guard pages, their gaps and the
// results are filled with NaN. HANDGRAD_LONG=1 sweeps all sizes from 1 to 130.
#include "drivers/matmul.h"
#include "drivers/matmul_plans.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "runtime/dispatch.h"
#include "test/check.h"
#include "test/guarded.h"

namespace handgrad {
namespace {

using test::Guard;
using test::Guarded;

bool Long() { return std::getenv("HANDGRAD_LONG") != nullptr; }

/// HANDGRAD_TEST_EVERY=7 leaves six of seven cases out of the long lists: for emulators and sanitizers, which take
/// 20 to 40 times as long. Coprime to the 6 layouts, so that the cases that are left still meet all of them.
bool LeftOut(uint32_t turn) {
  const char* every = std::getenv("HANDGRAD_TEST_EVERY");
  return every != nullptr && turn % static_cast<uint32_t>(std::atoi(every)) != 0;
}

/// Whole numbers from −4 to 4, the same for the same seed.
class Digits {
 public:
  explicit Digits(uint32_t seed) : state_(seed * 2654435761u + 1) {}
  int Next() {
    state_ = state_ * 1664525u + 1013904223u;
    return static_cast<int>((state_ >> 16) % 9) - 4;
  }

 private:
  uint32_t state_;
};

std::vector<int> RandomMatrix(size_t rows, size_t columns, uint32_t seed) {
  Digits digits(seed);
  std::vector<int> values(rows * columns);
  for (int& value : values) value = digits.Next();
  return values;
}

/// How a matrix lies: the strides of [rows, columns], and whether they run backwards.
enum class Layout { kRows, kColumns, kWideRows, kWideColumns, kScattered, kBackwards };
constexpr Layout kLayouts[] = {Layout::kRows,        Layout::kColumns,   Layout::kWideRows,
                               Layout::kWideColumns, Layout::kScattered, Layout::kBackwards};

MatrixStrides StridesOf(Layout layout, size_t rows, size_t columns) {
  const ptrdiff_t r = static_cast<ptrdiff_t>(rows), c = static_cast<ptrdiff_t>(columns);
  switch (layout) {
    case Layout::kRows:
      return {c, 1};
    case Layout::kColumns:
      return {1, r};
    case Layout::kWideRows:
      return {c + 3, 1};
    case Layout::kWideColumns:
      return {1, r + 5};
    case Layout::kScattered:
      return {3 * c + 1, 3};
    case Layout::kBackwards:
      return {-(c + 1), -1};
  }
  return {};
}

/// A matrix in guarded memory, with NaN in every gap.
template <typename T>
class Placed {
 public:
  Placed(size_t rows, size_t columns, Layout layout, Guard guard)
      : rows_(rows), columns_(columns), strides_(StridesOf(layout, rows, columns)) {
    const ptrdiff_t last = static_cast<ptrdiff_t>(rows - 1) * std::abs(strides_.row) +
                           static_cast<ptrdiff_t>(columns - 1) * std::abs(strides_.column);
    count_ = rows * columns == 0 ? 0 : static_cast<size_t>(last) + 1;
    memory_ = std::make_unique<Guarded<T>>(count_, guard);
    for (size_t i = 0; i < count_; i++) memory_->data()[i] = std::numeric_limits<T>::quiet_NaN();
    first_ = memory_->data() + (layout == Layout::kBackwards ? last : 0);
  }
  Placed(const std::vector<int>& values, size_t rows, size_t columns, Layout layout, Guard guard)
      : Placed(rows, columns, layout, guard) {
    Fill(values);
  }

  void Fill(const std::vector<int>& values) {
    for (size_t i = 0; i < rows_; i++) {
      for (size_t j = 0; j < columns_; j++) At(i, j) = static_cast<T>(values[i * columns_ + j]);
    }
  }
  T& At(size_t i, size_t j) const {
    return first_[static_cast<ptrdiff_t>(i) * strides_.row + static_cast<ptrdiff_t>(j) * strides_.column];
  }
  Matrix<T> matrix() const { return {first_, strides_}; }
  Matrix<const T> operand() const { return {first_, strides_}; }
  /// Elements of the memory that are NaN: the gaps, once all elements are numbers.
  size_t Nans() const {
    size_t nans = 0;
    for (size_t i = 0; i < count_; i++) nans += std::isnan(memory_->data()[i]) ? 1 : 0;
    return nans;
  }
  size_t gaps() const { return count_ - rows_ * columns_; }

 private:
  size_t rows_;
  size_t columns_;
  MatrixStrides strides_;
  size_t count_;
  std::unique_ptr<Guarded<T>> memory_;
  T* first_;
};

struct Finish {
  bool accumulate;
  bool bias;
  bool relu;
};
constexpr Finish kPlain = {false, false, false};

std::vector<int> Product(const std::vector<int>& a, const std::vector<int>& b, const MatmulShape& shape) {
  std::vector<int> c(shape.rows * shape.columns, 0);
  for (size_t i = 0; i < shape.rows; i++) {
    for (size_t k = 0; k < shape.depth; k++) {
      const int x = a[i * shape.depth + k];
      for (size_t j = 0; j < shape.columns; j++) c[i * shape.columns + j] += x * b[k * shape.columns + j];
    }
  }
  return c;
}

const char* Name(Layout layout) {
  constexpr const char* kNames[] = {"rows", "columns", "wide rows", "wide columns", "scattered", "backwards"};
  return kNames[static_cast<int>(layout)];
}

struct Case {
  std::vector<int> a, b, product, old, bias;
  MatmulShape shape;
};

Case MakeCase(const MatmulShape& shape) {
  Case made;
  made.shape = shape;
  made.a = RandomMatrix(shape.rows, shape.depth, 1);
  made.b = RandomMatrix(shape.depth, shape.columns, 2);
  made.old = RandomMatrix(shape.rows, shape.columns, 3);
  made.bias = RandomMatrix(1, shape.columns, 4);
  made.product = Product(made.a, made.b, shape);
  return made;
}

template <typename T>
void CheckCase(const Context& context, const Case& given, Layout la, Layout lb, Layout lc, Finish finish,
               Guard guard) {
  const MatmulShape& shape = given.shape;
  const Placed<T> a(given.a, shape.rows, shape.depth, la, guard);
  const Placed<T> b(given.b, shape.depth, shape.columns, lb, guard);
  Placed<T> c(shape.rows, shape.columns, lc, guard);
  const Placed<T> bias(given.bias, 1, shape.columns, Layout::kRows, guard);
  if (finish.accumulate) c.Fill(given.old);
  MatmulOperands<T> operands = {a.operand(), b.operand(), c.matrix(), {}};
  operands.end.accumulate = finish.accumulate;
  operands.end.bias = finish.bias ? bias.operand().data : nullptr;
  operands.end.relu = finish.relu;
  Matmul<T>(context, {}, shape, operands);
  for (size_t i = 0; i < shape.rows; i++) {
    for (size_t j = 0; j < shape.columns; j++) {
      int wanted = given.product[i * shape.columns + j];
      if (finish.accumulate) wanted += given.old[i * shape.columns + j];
      if (finish.bias) wanted += given.bias[j];
      if (finish.relu && wanted < 0) wanted = 0;
      const T got = c.At(i, j);
      if (got != static_cast<T>(wanted)) {
        CHECK(false,
              "%s %zu bytes, %zux%zux%zu, a %s, b %s, c %s, add %d bias %d relu %d: [%zu][%zu] is %g, not %d",
              context.kernels.isa, sizeof(T), shape.rows, shape.depth, shape.columns, Name(la), Name(lb),
              Name(lc), finish.accumulate, finish.bias, finish.relu, i, j, static_cast<double>(got), wanted);
        return;
      }
    }
  }
  CHECK(c.Nans() == c.gaps(), "a gap of C was written, c %s", Name(lc));
}

/// A case in a few layouts and finishes, which change from case to case, so that all meet all sizes.
template <typename T>
void CheckShape(const Context& context, const MatmulShape& shape, uint32_t turn) {
  const Case given = MakeCase(shape);
  for (uint32_t variant = 0; variant < 6; variant++) {
    const uint32_t pick = turn * 6 + variant;
    const Layout la = kLayouts[variant], lb = kLayouts[(variant + turn) % 6], lc = kLayouts[pick / 5 % 6];
    const Finish finish = {pick % 2 == 1, pick % 3 == 1, pick % 4 == 1};
    CheckCase<T>(context, given, la, lb, lc, finish, pick % 2 == 0 ? Guard::kAfter : Guard::kBefore);
  }
}

/// Calls check(context) for each instruction set that the machine has.
template <typename Check>
void ForEachIsa(const Check& check) {
  for (const KernelTable* table : AvailableTables()) {
    ThreadPool pool(2);
    Scratch scratch, staging;
    MatmulPlans plans;
    check(Context{*table, pool, scratch, staging, &plans});
  }
}

std::vector<size_t> SweptSizes() {
  if (!Long()) return {1, 2, 3, 4, 5, 8, 9, 14, 15, 16, 17, 29, 31, 32, 33, 48, 49, 63, 64, 65, 97, 128, 130};
  std::vector<size_t> sizes;
  for (size_t size = 1; size <= 130; size++) sizes.push_back(size);
  return sizes;
}

TEST(SizesOneByOne) {
  ForEachIsa([](const Context& context) {
    uint32_t turn = 0;
    for (size_t swept : SweptSizes()) {
      for (size_t p : {1, 7, 17, 65}) {
        for (size_t q : {1, 7, 17, 65}) {
          for (const MatmulShape& shape :
               {MatmulShape{swept, p, q}, MatmulShape{p, swept, q}, MatmulShape{p, q, swept}}) {
            turn++;
            if (LeftOut(turn)) continue;
            CheckShape<float>(context, shape, turn);
            CheckShape<double>(context, shape, turn);
          }
        }
      }
    }
  });
}

TEST(AllLayoutsAndFinishes) {
  ForEachIsa([](const Context& context) {
    uint32_t turn = 0;
    for (const MatmulShape& shape :
         {MatmulShape{19, 37, 23}, MatmulShape{64, 50, 100}, MatmulShape{3, 5, 300}}) {
      const Case given = MakeCase(shape);
      for (Layout la : kLayouts) {
        for (Layout lb : kLayouts) {
          for (Layout lc : kLayouts) {
            for (int bits = 0; bits < 8; bits++) {
              if (LeftOut(turn++)) continue;
              const Finish finish = {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
              const Guard guard = bits % 2 == 0 ? Guard::kAfter : Guard::kBefore;
              CheckCase<float>(context, given, la, lb, lc, finish, guard);
              if (bits == 7) CheckCase<double>(context, given, la, lb, lc, finish, guard);
            }
          }
        }
      }
    }
  });
}

/// Sizes at which operands are packed, the depth is cut into blocks and C into tasks.
TEST(LargeShapes) {
  ForEachIsa([](const Context& context) {
    const MatmulShape shapes[] = {{300, 410, 530},
                                  {64, 512, 784},
                                  {512, 784, 64},
                                  {1000, 50, 784},
                                  {50, 784, 2100},
                                  {784, 50, 3000},
                                  {1, 1000, 1030},
                                  {1000, 1, 1030},
                                  {70, 33, 2500},
                                  {450, 700, 90},
                                  // B is read from memory where it lies.
                                  {20, 5001, 110},
                                  // B in two blocks, with packed A kept for both.
                                  {150, 1250, 530},
                                  // A depth that is split, with a short last piece.
                                  {50, 37, 4103},
                                  {3, 200, 9001}};
    uint32_t turn = 0;
    for (const MatmulShape& shape : shapes) {
      const Case given = MakeCase(shape);
      for (Layout la : {Layout::kRows, Layout::kColumns, Layout::kScattered}) {
        for (Layout lb : {Layout::kRows, Layout::kColumns, Layout::kBackwards}) {
          for (Layout lc : {Layout::kRows, Layout::kWideColumns, Layout::kScattered}) {
            turn++;
            if (LeftOut(turn)) continue;
            // The slowest set takes a third of the layouts.
            if (std::strcmp(context.kernels.isa, "scalar") == 0 && turn % 3 != 0) continue;
            CheckCase<float>(context, given, la, lb, lc, {turn % 2 == 0, turn % 3 == 0, turn % 5 == 0},
                             Guard::kAfter);
          }
        }
      }
      CheckCase<double>(context, given, Layout::kRows, Layout::kColumns, Layout::kRows, kPlain,
                        Guard::kAfter);
    }
  });
}

/// Rows of A that no cache holds, by few columns, of which the last are dot products.
TEST(LongRows) {
  const Case given = MakeCase({12000, 18, 1500});
  ForEachIsa([&](const Context& context) {
    if (std::strcmp(context.kernels.isa, "scalar") == 0) return;  // some seconds
    CheckCase<float>(context, given, Layout::kRows, Layout::kColumns, Layout::kRows, {true, true, true},
                     Guard::kAfter);
    CheckCase<float>(context, given, Layout::kWideRows, Layout::kRows, Layout::kColumns, kPlain,
                     Guard::kAfter);
  });
}

TEST(NothingToAdd) {
  ForEachIsa([](const Context& context) {
    for (Layout lc : kLayouts) {
      for (int bits = 0; bits < 8; bits++) {
        CheckCase<float>(context, MakeCase({7, 19, 0}), Layout::kRows, Layout::kRows, lc,
                         {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0}, Guard::kAfter);
      }
    }
    for (const MatmulShape& shape : {MatmulShape{0, 5, 3}, MatmulShape{5, 0, 3}, MatmulShape{0, 0, 0}}) {
      CheckCase<float>(context, MakeCase(shape), Layout::kRows, Layout::kRows, Layout::kRows, kPlain,
                       Guard::kAfter);
    }
  });
}

/// A NaN or an infinity reaches exactly the sums that it is in, also where it is multiplied by 0.
TEST(NanAndInfinity) {
  ForEachIsa([](const Context& context) {
    for (const MatmulShape& shape :
         {MatmulShape{20, 35, 33}, MatmulShape{5, 10, 784}, MatmulShape{64, 50, 784}}) {
      for (Layout lb : {Layout::kRows, Layout::kColumns}) {
        for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
          const Placed<float> a(std::vector<int>(shape.rows * shape.depth, 0), shape.rows, shape.depth,
                                Layout::kRows, Guard::kAfter);
          const Placed<float> b(std::vector<int>(shape.depth * shape.columns, 0), shape.depth, shape.columns,
                                lb, Guard::kAfter);
          const Placed<float> c(shape.rows, shape.columns, Layout::kRows, Guard::kAfter);
          a.At(3, 5) = bad;
          b.At(7, 4) = bad;
          MatmulOperands<float> operands = {a.operand(), b.operand(), c.matrix(), {}};
          operands.end.relu = true;  // which must not swallow it
          Matmul<float>(context, {}, shape, operands);
          for (size_t i = 0; i < shape.rows; i++) {
            for (size_t j = 0; j < shape.columns; j++) {
              const bool wanted = i == 3 || j == 4;
              CHECK(std::isnan(c.At(i, j)) == wanted && (wanted || c.At(i, j) == 0.0f),
                    "%s: [%zu][%zu] is %g", context.kernels.isa, i, j, static_cast<double>(c.At(i, j)));
            }
          }
        }
      }
    }
  });
}

TEST(Batches) {
  ForEachIsa([](const Context& context) {
    const size_t outer = 3, inner = 4;
    for (const MatmulShape& shape :
         {MatmulShape{5, 6, 7}, MatmulShape{33, 40, 20}, MatmulShape{200, 150, 90}}) {
      const size_t a_size = shape.rows * shape.depth, b_size = shape.depth * shape.columns;
      const size_t c_size = shape.rows * shape.columns;
      // Which of a's and b's batch dimensions repeat.
      for (int repeats = 0; repeats < 16; repeats++) {
        const size_t steps_a[2] = {(repeats & 1) ? 0 : inner * a_size, (repeats & 2) ? 0 : a_size};
        const size_t steps_b[2] = {(repeats & 4) ? 0 : inner * b_size, (repeats & 8) ? 0 : b_size};
        const std::vector<int> a = RandomMatrix(outer * inner, a_size, 5),
                               b = RandomMatrix(outer * inner, b_size, 6);
        const std::vector<float> fa(a.begin(), a.end()), fb(b.begin(), b.end());
        std::vector<float> c(outer * inner * c_size, std::numeric_limits<float>::quiet_NaN());
        MatmulBatch batch;
        batch.rank = 2;
        batch.sizes[0] = outer;
        batch.sizes[1] = inner;
        for (int d = 0; d < 2; d++) {
          batch.a[d] = static_cast<ptrdiff_t>(steps_a[d]);
          batch.b[d] = static_cast<ptrdiff_t>(steps_b[d]);
          batch.c[d] = static_cast<ptrdiff_t>(d == 0 ? inner * c_size : c_size);
        }
        const ptrdiff_t columns = static_cast<ptrdiff_t>(shape.columns),
                        depth = static_cast<ptrdiff_t>(shape.depth);
        Matmul<float>(context, batch, shape,
                      {{fa.data(), {depth, 1}}, {fb.data(), {columns, 1}}, {c.data(), {columns, 1}}, {}});
        for (size_t o = 0; o < outer; o++) {
          for (size_t i = 0; i < inner; i++) {
            const auto at = [&](const std::vector<int>& all, const size_t* steps, size_t size) {
              const auto begin = all.begin() + static_cast<ptrdiff_t>(o * steps[0] + i * steps[1]);
              return std::vector<int>(begin, begin + static_cast<ptrdiff_t>(size));
            };
            const std::vector<int> wanted = Product(at(a, steps_a, a_size), at(b, steps_b, b_size), shape);
            const float* got = c.data() + (o * inner + i) * c_size;
            for (size_t e = 0; e < c_size; e++) {
              CHECK(got[e] == static_cast<float>(wanted[e]),
                    "%s, repeats %d, product %zu,%zu, element %zu: %g, not %d", context.kernels.isa, repeats,
                    o, i, e, static_cast<double>(got[e]), wanted[e]);
            }
          }
        }
      }
    }
  });
}

/// Fractions, whose sums depend on the order of additions: the same bits for every number of threads and
/// wherever the operands lie.
TEST(ThreadsAndAddressesChangeNothing) {
  uint32_t turn = 0;
  for (const KernelTable* table : AvailableTables()) {
    const MatmulShape shapes[] = {{64, 50, 784},  {300, 200, 700},  {50, 784, 3000}, {2000, 50, 784},
                                  {64, 512, 784}, {150, 1250, 530}, {50, 37, 5000}};
    for (const MatmulShape& shape : shapes) {
      for (int layouts = 0; layouts < 4; layouts++) {
        if (LeftOut(turn++)) continue;
        std::vector<float> first;
        for (size_t threads : {1, 2, 3, 7}) {
          ThreadPool pool(threads);
          Scratch scratch, staging;
          const Context context{*table, pool, scratch, staging};
          const size_t shift = threads;  // another alignment each time
          Digits digits(9);
          std::vector<float> a(shape.rows * shape.depth + 8), b(shape.depth * shape.columns + 8);
          for (size_t i = 0; i < shape.rows * shape.depth; i++)
            a[i + shift] = static_cast<float>(digits.Next()) / 7;
          for (size_t i = 0; i < shape.depth * shape.columns; i++)
            b[i + shift] = static_cast<float>(digits.Next()) / 3;
          std::vector<float> c(shape.rows * shape.columns + 8);
          const MatrixStrides sa =
              StridesOf(layouts & 1 ? Layout::kColumns : Layout::kRows, shape.rows, shape.depth);
          const MatrixStrides sb =
              StridesOf(layouts & 2 ? Layout::kColumns : Layout::kRows, shape.depth, shape.columns);
          const MatrixStrides sc = StridesOf(Layout::kRows, shape.rows, shape.columns);
          Matmul<float>(context, {}, shape,
                        {{a.data() + shift, sa}, {b.data() + shift, sb}, {c.data() + shift, sc}, {}});
          const std::vector<float> result(
              c.begin() + static_cast<ptrdiff_t>(shift),
              c.begin() + static_cast<ptrdiff_t>(shift + shape.rows * shape.columns));
          if (first.empty()) first = result;
          CHECK(std::memcmp(first.data(), result.data(), result.size() * sizeof(float)) == 0,
                "%s %zux%zux%zu: %zu threads give other bits", table->isa, shape.rows, shape.depth,
                shape.columns, threads);
        }
      }
    }
  }
}

}  // namespace
}  // namespace handgrad
