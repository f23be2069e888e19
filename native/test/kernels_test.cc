// Every row of kernel_list.inc that is made from a family, on every instruction set, against the scalar kernels:
// each length up to 70, operands and results between guard pages, results that were NaN. Where scalar and
// vector code need not agree to the last bit (polynomials with and without fused operations) a few ULP are
// allowed; how near they are to the truth is measured by accuracy_test.cc. Scalar kernels themselves are tested
// against JavaScript's formulas by test/kernels.
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <memory>
#include <string>
#include <vector>

#include "kernels/kernel_table.h"
#include "runtime/dispatch.h"
#include "test/check.h"
#include "test/guarded.h"

namespace handgrad {
namespace {

using test::Guard;
using test::Guarded;

constexpr size_t kLongest = 70;

template <typename T>
constexpr ElementType kTypeOf = sizeof(T) == 1   ? kUint8
                                : sizeof(T) == 8 ? kFloat64
                                                 : kFloat32;
template <>
constexpr ElementType kTypeOf<int32_t> = kInt32;

uint32_t state = 1;
uint32_t Next() {
  state ^= state << 13, state ^= state >> 17, state ^= state << 5;  // xorshift
  return state;
}

/// Numbers of many sizes, and those at which functions turn.
template <typename T>
T Value() {
  static const double kSpecial[] = {0,    -0.0,     1,         -1,           0.5,   -2.5,    1.5,  3,
                                    1e30, INFINITY, -INFINITY, NAN,          1e-40, -1e-40,  88.7, -104,
                                    1e10, 16777217, -3.5e9,    4294967297.0, 0.25,  1 / 3.0, 700,  -9};
  const uint32_t pick = Next() % 40;
  if (sizeof(T) == 1) return static_cast<T>(Next() % 3 == 0 ? 0 : Next());
  if (kTypeOf<T> == kInt32) return static_cast<T>(pick < 10 ? Next() % 7 - 3 : Next());
  if (pick < sizeof kSpecial / sizeof *kSpecial) return static_cast<T>(kSpecial[pick]);
  return static_cast<T>((static_cast<double>(Next()) / 4294967296.0 - 0.5) *
                        ldexp(1, static_cast<int>(Next() % 16)));
}

template <typename T>
bool SameBits(T a, T b) {
  return memcmp(&a, &b, sizeof a) == 0;
}

/// Whether two results agree: the same, or NaN both, or within a relative error.
template <typename T>
bool Agree(T a, T b, double error) {
  if (SameBits(a, b) || (a != a && b != b)) return true;
  if (error == 0) return false;
  const double difference = fabs(static_cast<double>(a) - static_cast<double>(b));
  const double least = sizeof(T) == 4 ? 1e-44 : 1e-322;
  return difference <= error * fabs(static_cast<double>(b)) + least;
}

template <typename T>
constexpr double kFewUlps = sizeof(T) == 4 ? 8e-7 : 2e-15;

/// Inputs and results of one call, all of them against a guard page.
template <typename In, typename Out>
struct Operands {
  Operands(size_t n, size_t inputs, Guard guard) : count(n), out(n, guard), expected(n) {
    for (size_t i = 0; i < inputs; ++i) {
      arrays.push_back(std::make_unique<Guarded<In>>(n, guard));
      for (size_t k = 0; k < n; ++k) arrays.back()->data()[k] = Value<In>();
      pointers.push_back(arrays.back()->data());
    }
  }
  void Run(ElementwiseKernel kernel, ElementwiseKernel reference, unsigned scalars, double error,
           const std::string& what) {
    reference(pointers.data(), expected.data(), count, scalars);
    memset(static_cast<void*>(out.data()), 0xff, count * sizeof(Out));
    kernel(pointers.data(), out.data(), count, scalars);
    for (size_t k = 0; k < count; ++k) {
      CHECK(Agree(out.data()[k], expected[k], error), "%s, %zu of %zu: %.17g, scalar %.17g", what.c_str(), k,
            count, static_cast<double>(out.data()[k]), static_cast<double>(expected[k]));
    }
  }
  size_t count;
  std::vector<std::unique_ptr<Guarded<In>>> arrays;
  std::vector<const void*> pointers;
  Guarded<Out> out;
  std::vector<Out> expected;
};

/// Calls test(table, scalar table) for every instruction set but the scalar one, then length and guard.
template <typename Test>
void ForEachLength(const Test& test) {
  const std::vector<const KernelTable*> tables = AvailableTables();
  for (size_t t = 1; t < tables.size(); ++t) {
    for (size_t n = 1; n <= kLongest; ++n) {
      for (Guard guard : {Guard::kBefore, Guard::kAfter}) test(*tables[t], *tables[0], n, guard);
    }
    // Long enough for heads that align the result.
    for (size_t n : {1000, 4099}) test(*tables[t], *tables[0], n, Guard::kAfter);
  }
}

/// Up to here functions are exact, or rounded once.
constexpr size_t kExactUnary = kUnary_rsqrt;

template <typename T>
void TestUnary() {
  ForEachLength([](const KernelTable& table, const KernelTable& scalar, size_t n, Guard guard) {
    static const char* const kNames[] = {
#define HANDGRAD_UNARY(name, Functor) #name,
#include "kernels/kernel_list.inc"
    };
    for (size_t op = 0; op < kUnaryOps; ++op) {
      if (table.unary[op][kTypeOf<T>] == nullptr) continue;  // the C library's, the same for all
      const double error = op < kExactUnary ? 0 : kFewUlps<T>;
      Operands<T, T> operands(n, 1, guard);
      operands.Run(table.unary[op][kTypeOf<T>], scalar.unary[op][kTypeOf<T>], 0, error,
                   std::string(table.isa) + " " + kNames[op]);
    }
  });
}

template <typename T>
void TestBinary() {
  ForEachLength([](const KernelTable& table, const KernelTable& scalar, size_t n, Guard guard) {
    static const char* const kNames[] = {
#define HANDGRAD_BINARY(name, Functor) #name,
#include "kernels/kernel_list.inc"
    };
    for (size_t op = 0; op < kBinaryOps; ++op) {
      const ElementwiseKernel kernel = table.binary[op][kTypeOf<T>];
      CHECK((kernel == nullptr) == (scalar.binary[op][kTypeOf<T>] == nullptr), "%s", kNames[op]);
      if (kernel == nullptr) continue;
      for (unsigned scalars = 0; scalars < 4; ++scalars) {
        Operands<T, T> operands(n, 2, guard);
        operands.Run(kernel, scalar.binary[op][kTypeOf<T>], scalars, op == kBinary_pow ? kFewUlps<T> : 0,
                     std::string(table.isa) + " " + kNames[op]);
      }
    }
  });
}

template <typename T>
void TestCompare() {
  ForEachLength([](const KernelTable& table, const KernelTable& scalar, size_t n, Guard guard) {
    for (size_t op = 0; op < kCompareOps; ++op) {
      for (unsigned scalars = 0; scalars < 4; ++scalars) {
        Operands<T, uint8_t> operands(n, 2, guard);
        operands.Run(table.compare[op][kTypeOf<T>], scalar.compare[op][kTypeOf<T>], scalars, 0,
                     std::string(table.isa) + " compare " + std::to_string(op));
      }
    }
  });
}

template <typename T>
void TestWhere() {
  ForEachLength([](const KernelTable& table, const KernelTable& scalar, size_t n, Guard guard) {
    const auto kernel_of = [](const KernelTable& kernels) {
      return sizeof(T) == 1 ? kernels.where_1 : sizeof(T) == 4 ? kernels.where_4 : kernels.where_8;
    };
    Guarded<uint8_t> condition(n, guard);
    for (size_t k = 0; k < n; ++k) condition.data()[k] = Value<uint8_t>();
    for (unsigned scalars : {0u, 2u, 4u, 6u}) {
      Operands<T, T> operands(n, 3, guard);
      operands.pointers[0] = condition.data();
      operands.Run(kernel_of(table), kernel_of(scalar), scalars, 0, std::string(table.isa) + " where");
    }
  });
}

template <typename From, typename To>
void TestCast(size_t to) {
  ForEachLength([to](const KernelTable& table, const KernelTable& scalar, size_t n, Guard guard) {
    const ElementwiseKernel kernel = table.cast[kTypeOf<From>][to];
    if (kernel == nullptr) return;
    Operands<From, To> operands(n, 1, guard);
    operands.Run(kernel, scalar.cast[kTypeOf<From>][to], 0, 0, std::string(table.isa) + " cast");
  });
}
template <typename From>
void TestCasts() {
  TestCast<From, float>(kFloat32);
  TestCast<From, double>(kFloat64);
  TestCast<From, int32_t>(kInt32);
  TestCast<From, uint8_t>(kUint8);
  TestCast<From, uint8_t>(kElementTypes);
}

/// Whole numbers, whose sums and products of ±1 and ±2 are exact in any order.
template <typename T>
void FillWhole(T* x, size_t n, bool small) {
  for (size_t k = 0; k < n; ++k)
    x[k] = static_cast<T>(small ? (Next() % 2 ? 1 : -1) : static_cast<int>(Next() % 19) - 9);
}

template <typename T>
void TestFolds() {
  ForEachLength([](const KernelTable& table, const KernelTable& scalar, size_t n, Guard guard) {
    for (size_t rows : {1, 2, 3, 4, 5, 9}) {
      if (n > kLongest && rows > 4) continue;
      Guarded<T> x(rows * n, guard);
      Guarded<double> centers(n > rows ? n : rows, guard), totals(n > rows ? n : rows, guard);
      std::vector<double> expected(n > rows ? n : rows);
      for (size_t op = 0; op < kFoldOps; ++op) {
        FillWhole(x.data(), rows * n, op == kFold_prod);
        FillWhole(centers.data(), n > rows ? n : rows, false);
        for (ptrdiff_t step : {0, 1}) {
          const ptrdiff_t stride = static_cast<ptrdiff_t>(n);
          scalar.fold_rows[op][kTypeOf<T>](x.data(), stride, rows, n, centers.data(), step, expected.data());
          table.fold_rows[op][kTypeOf<T>](x.data(), stride, rows, n, centers.data(), step, totals.data());
          for (size_t r = 0; r < rows; ++r) {
            CHECK(totals.data()[r] == expected[r], "%s fold %zu of rows of %zu: %g, scalar %g", table.isa, op,
                  n, totals.data()[r], expected[r]);
          }
          for (size_t c = 0; c < n; ++c) totals.data()[c] = expected[c] = op == kFold_prod ? 1 : -3;
          scalar.fold_columns[op][kTypeOf<T>](x.data(), stride, rows, n, centers.data(), step,
                                              expected.data());
          table.fold_columns[op][kTypeOf<T>](x.data(), stride, rows, n, centers.data(), step, totals.data());
          for (size_t c = 0; c < n; ++c) {
            CHECK(totals.data()[c] == expected[c], "%s fold %zu down %zu rows: %g, scalar %g", table.isa, op,
                  rows, totals.data()[c], expected[c]);
          }
        }
      }
      for (size_t op = 0; op < kArgFoldOps; ++op) {
        for (size_t k = 0; k < rows * n; ++k) x.data()[k] = Value<T>();
        std::vector<int32_t> places(rows), wanted(rows);
        scalar.arg_fold[op][kTypeOf<T>](x.data(), static_cast<ptrdiff_t>(n), rows, n, wanted.data());
        table.arg_fold[op][kTypeOf<T>](x.data(), static_cast<ptrdiff_t>(n), rows, n, places.data());
        CHECK(places == wanted, "%s search %zu in rows of %zu", table.isa, op, n);
      }
    }
  });
}

template <typename T>
void TestCopyTile() {
  for (const KernelTable* table : AvailableTables()) {
    const auto copy = sizeof(T) == 1   ? table->copy_tile_1
                      : sizeof(T) == 4 ? table->copy_tile_4
                                       : table->copy_tile_8;
    for (size_t rows : {1, 2, 3, 7, 8, 16, 17, 33}) {
      for (size_t columns : {1, 2, 5, 8, 15, 16, 31, 34}) {
        const ptrdiff_t r = static_cast<ptrdiff_t>(rows), c = static_cast<ptrdiff_t>(columns);
        // Row-major, column-major, repeated, every other, and backward.
        const ptrdiff_t layouts[][2] = {{c, 1}, {1, r}, {1, 0}, {0, 1}, {2 * c, 2}, {-c, -1}};
        for (const auto& from : layouts) {
          for (const auto& to : layouts) {
            if (to[0] == 0 || to[1] == 0) continue;
            for (Guard guard : {Guard::kBefore, Guard::kAfter}) {
              const auto span = [&](const ptrdiff_t* strides) {
                return static_cast<size_t>(1 + (r - 1) * labs(strides[0]) + (c - 1) * labs(strides[1]));
              };
              Guarded<T> x(span(from), guard), out(span(to), guard);
              for (size_t k = 0; k < span(from); ++k) x.data()[k] = Value<T>();
              memset(static_cast<void*>(out.data()), 0xff, span(to) * sizeof(T));
              const T* first = x.data() + (from[0] < 0 ? span(from) - 1 : 0);
              T* target = out.data() + (to[0] < 0 ? span(to) - 1 : 0);
              copy(first, from[0], from[1], target, to[0], to[1], rows, columns);
              for (ptrdiff_t i = 0; i < r; ++i) {
                for (ptrdiff_t j = 0; j < c; ++j) {
                  CHECK(SameBits(target[i * to[0] + j * to[1]], first[i * from[0] + j * from[1]]),
                        "%s copy of %zu x %zu at %td, %td", table->isa, rows, columns, i, j);
                }
              }
            }
          }
        }
      }
    }
  }
}

template <typename T>
void TestTernary() {
  ForEachLength([](const KernelTable& table, const KernelTable& scalar, size_t n, Guard guard) {
    double scale = -0.3;
    for (size_t op = 0; op < kTernaryOps; ++op) {
      for (unsigned scalars : {8u, 10u, 12u, 14u}) {
        Operands<T, T> operands(n, 3, guard);
        operands.pointers.push_back(&scale);
        operands.Run(table.ternary[op][kTypeOf<T>], scalar.ternary[op][kTypeOf<T>], scalars, 0,
                     std::string(table.isa) + " ternary " + std::to_string(op));
      }
    }
  });
}

template <typename T>
void TestMasks() {
  for (const KernelTable* table : AvailableTables()) {
    const auto select = sizeof(T) == 1   ? table->maskedSelect_1
                        : sizeof(T) == 4 ? table->maskedSelect_4
                                         : table->maskedSelect_8;
    for (size_t n : {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 70, 2041, 5000}) {
      for (uint32_t share : {0, 1, 5, 9, 10}) {
        for (Guard guard : {Guard::kBefore, Guard::kAfter}) {
          Guarded<T> x(n, guard);
          Guarded<uint8_t> mask(n, guard);
          std::vector<T> wanted;
          size_t expected = 0, count;
          for (size_t k = 0; k < n; ++k) {
            x.data()[k] = Next() % 3 == 0 ? T(0) : Value<T>();
            expected += x.data()[k] != T(0);
            mask.data()[k] = Next() % 10 < share ? static_cast<uint8_t>(1 + Next() % 255) : 0;
            if (mask.data()[k] != 0) wanted.push_back(x.data()[k]);
          }
          table->countNonzero[kTypeOf<T>](x.data(), n, &count);
          CHECK(count == expected, "%s counts %zu of %zu, not %zu", table->isa, count, n, expected);
          // Just as large as it must be, and smaller, as if the mask had changed after it was counted.
          for (size_t room : {wanted.size(), wanted.size() / 2}) {
            Guarded<T> out(room, guard);
            select({x.data(), mask.data(), n, out.data(), room});
            for (size_t k = 0; k < room; ++k) {
              CHECK(SameBits(out.data()[k], wanted[k]), "%s select %zu of %zu", table->isa, k, n);
            }
          }
        }
      }
    }
  }
}

TEST(Unary) {
  TestUnary<float>();
  TestUnary<double>();
}
TEST(Binary) {
  TestBinary<float>();
  TestBinary<double>();
  TestBinary<int32_t>();
  TestBinary<uint8_t>();
}
TEST(Ternary) {
  TestTernary<float>();
  TestTernary<double>();
}
TEST(Masks) {
  TestMasks<float>();
  TestMasks<double>();
  TestMasks<int32_t>();
  TestMasks<uint8_t>();
}
TEST(Compare) {
  TestCompare<float>();
  TestCompare<double>();
  TestCompare<int32_t>();
  TestCompare<uint8_t>();
}
TEST(Where) {
  TestWhere<float>();
  TestWhere<double>();
  TestWhere<uint8_t>();
}
TEST(Cast) {
  TestCasts<float>();
  TestCasts<double>();
  TestCasts<int32_t>();
  TestCasts<uint8_t>();
}
TEST(Folds) {
  TestFolds<float>();
  TestFolds<double>();
}
TEST(CopyTile) {
  TestCopyTile<uint8_t>();
  TestCopyTile<float>();
  TestCopyTile<double>();
}
TEST(Stream) {
  for (const KernelTable* table : AvailableTables()) {
    for (size_t n = 0; n <= kLongest; ++n) {
      for (Guard guard : {Guard::kBefore, Guard::kAfter}) {
        for (size_t shift = 0; shift <= (n < 5 ? n : 5); ++shift) {
          Guarded<float> x(n, guard), out(n, guard);
          for (size_t k = 0; k < n; ++k) x.data()[k] = Value<float>();
          table->stream_4(x.data() + shift, out.data() + shift, n - shift);
          table->stream_fence();
          for (size_t k = shift; k < n; ++k) {
            CHECK(SameBits(x.data()[k], out.data()[k]), "%s stream of %zu at %zu", table->isa, n, k);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace handgrad
