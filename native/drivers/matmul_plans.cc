#include "drivers/matmul_plans.h"

#include <stdint.h>

namespace handgrad {

namespace {

bool Same(const MatmulShape& x, const MatmulShape& y) {
  return x.rows == y.rows && x.columns == y.columns && x.depth == y.depth;
}

bool Same(const MatrixStrides& x, const MatrixStrides& y) { return x.row == y.row && x.column == y.column; }

bool Same(const MatmulStrides& x, const MatmulStrides& y) {
  return Same(x.a, y.a) && Same(x.b, y.b) && Same(x.c, y.c);
}

}  // namespace

const MatmulPlan& MatmulPlans::Find(const MatmulTraits& traits, size_t element_bytes,
                                    const MatmulShape& shape, const MatmulStrides& strides) {
  // Knuth's multiplicative hashing (The Art of Computer Programming, volume 3, section 6.4): the highest bits of a
  // product with the golden ratio's part of 2^64.
  uint64_t mixed = shape.rows + 3 * shape.columns + 5 * shape.depth;
  mixed += 7 * static_cast<uint64_t>(strides.a.row) + 11 * static_cast<uint64_t>(strides.b.row);
  const size_t place = static_cast<size_t>((mixed * 0x9E3779B97F4A7C15u) >> (64 - kPlaceBits));
  Entry& entry = entries_[place];
  if (entry.traits != &traits || !Same(entry.shape, shape) || !Same(entry.strides, strides)) {
    entry = {&traits, shape, strides, PlanMatmul(traits, element_bytes, shape, strides)};
  }
  return entry.plan;
}

}  // namespace handgrad
