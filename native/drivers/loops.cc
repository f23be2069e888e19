#include "drivers/loops.h"

#include <utility>

namespace handgrad {

namespace {

size_t Magnitude(ptrdiff_t stride) {
  return stride < 0 ? size_t{0} - static_cast<size_t>(stride) : static_cast<size_t>(stride);
}

bool Merges(const Loops& loops, size_t outer, size_t inner) {
  for (size_t i = 0; i < loops.operands; ++i) {
    const ptrdiff_t* strides = loops.strides[i];
    if (strides[outer] != strides[inner] * static_cast<ptrdiff_t>(loops.sizes[inner])) return false;
  }
  return true;
}

void CopyLoop(Loops* loops, size_t from, size_t to) {
  loops->sizes[to] = loops->sizes[from];
  for (size_t i = 0; i < loops->operands; ++i) loops->strides[i][to] = loops->strides[i][from];
}

/// Whether loop `a` belongs inside loop `b`.
bool Inside(const Loops& loops, size_t a, size_t b, size_t operand) {
  const size_t strides_a = Magnitude(loops.strides[operand][a]);
  const size_t strides_b = Magnitude(loops.strides[operand][b]);
  if (strides_a != strides_b) return strides_a < strides_b;
  for (size_t i = 0; i < operand; ++i) {
    const size_t other_a = Magnitude(loops.strides[i][a]), other_b = Magnitude(loops.strides[i][b]);
    if (other_a != other_b) return other_a < other_b;
  }
  return false;
}

}  // namespace

size_t Loops::Count() const {
  size_t count = 1;
  for (size_t d = 0; d < rank; ++d) count *= sizes[d];
  return count;
}

void MergeLoops(Loops* loops) {
  size_t kept = 0;
  for (size_t d = 0; d < loops->rank; ++d) {
    if (loops->sizes[d] == 1) continue;
    if (kept > 0 && Merges(*loops, kept - 1, d)) {
      const size_t size = loops->sizes[kept - 1];
      CopyLoop(loops, d, kept - 1);
      loops->sizes[kept - 1] *= size;
    } else {
      if (kept != d) CopyLoop(loops, d, kept);
      ++kept;
    }
  }
  loops->rank = kept;
}

void SortLoops(Loops* loops, size_t operand) {
  // Few loops, and mostly in order already: insertion, which also keeps the order of equals.
  for (size_t d = 1; d < loops->rank; ++d) {
    size_t at = d;
    while (at > 0 && Inside(*loops, at - 1, at, operand)) {
      MoveLoop(loops, at - 1, at);
      --at;
    }
  }
}

void MoveLoop(Loops* loops, size_t from, size_t to) {
  for (size_t d = from; d < to; ++d) {
    std::swap(loops->sizes[d], loops->sizes[d + 1]);
    for (size_t i = 0; i < loops->operands; ++i) std::swap(loops->strides[i][d], loops->strides[i][d + 1]);
  }
}

}  // namespace handgrad
