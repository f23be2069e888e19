// Copies lines of a matrix (rows of A, columns of B) side by side, so that a tile reads them in order.
//
//   target[k][i] = source[i · line + k · depth_step],  0 from `lines` on up to `width`
//
// Three layouts: lines already side by side (copied by vectors), depth contiguous (squares are transposed in
// registers), and neither (one number at a time).
#ifndef HANDGRAD_KERNELS_MATMUL_PACK_INL_H_
#define HANDGRAD_KERNELS_MATMUL_PACK_INL_H_

#include "kernels/matmul.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

/// Short pieces of lines far apart are more than the processor's own prefetching follows.
constexpr ptrdiff_t kPrefetchLines = 16;

template <typename T>
HANDGRAD_NOINLINE void PackSideBySide(const PackBlock<T>& block) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const size_t whole = block.lines / kLanes * kLanes;
  const Tail<T> there(block.lines - whole);
  const T* source = block.source;
  T* target = block.target;
  for (size_t k = 0; k < block.depth; k++, source += block.depth_step, target += block.width) {
    const T* ahead = source + kPrefetchLines * block.depth_step;
    size_t i = 0;
    for (; i < whole; i += kLanes) {
      Prefetch(ahead + i);
      Store(Load(source + i), target + i);
    }
    if (i == block.width) continue;
    Prefetch(ahead + i);
    Vec<T> v = LoadPartial(source + i, there);
    for (; i + kLanes <= block.width; i += kLanes, v = Zero<T>()) Store(v, target + i);
    if (i < block.width) StorePartial(v, target + i, Tail<T>(block.width - i));
  }
}

template <typename T>
HANDGRAD_NOINLINE void PackTransposed(const PackBlock<T>& block) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  for (size_t i = 0; i < block.width; i += kLanes) {
    const size_t there = i >= block.lines ? 0 : block.lines - i < kLanes ? block.lines - i : kLanes;
    const size_t room = block.width - i < kLanes ? block.width - i : kLanes;
    const T* source = block.source + static_cast<ptrdiff_t>(i) * block.line;
    T* target = block.target + i;
    size_t k = 0;
    for (; k + kLanes <= block.depth; k += kLanes) {
      Vec<T> square[kLanes];
      HANDGRAD_UNROLL
      for (size_t r = 0; r < kLanes; r++) {
        square[r] = r < there ? Load(source + static_cast<ptrdiff_t>(r) * block.line + k) : Zero<T>();
      }
      Transpose(square);
      if (room == kLanes) {
        HANDGRAD_UNROLL
        for (size_t r = 0; r < kLanes; r++) Store(square[r], target + (k + r) * block.width);
      } else {
        HANDGRAD_UNROLL
        for (size_t r = 0; r < kLanes; r++) StorePartial(square[r], target + (k + r) * block.width, room);
      }
    }
    for (; k < block.depth; k++) {
      for (size_t r = 0; r < room; r++) {
        target[k * block.width + r] = r < there ? source[static_cast<ptrdiff_t>(r) * block.line + k] : T(0);
      }
    }
  }
}

template <typename T>
HANDGRAD_NOINLINE void PackScattered(const PackBlock<T>& block) {
  T* target = block.target;
  for (size_t k = 0; k < block.depth; k++, target += block.width) {
    const T* source = block.source + static_cast<ptrdiff_t>(k) * block.depth_step;
    for (size_t i = 0; i < block.width; i++) {
      target[i] = i < block.lines ? source[static_cast<ptrdiff_t>(i) * block.line] : T(0);
    }
  }
}

template <typename T>
void Pack(const PackBlock<T>& block) noexcept {
  if (block.line == 1) {
    PackSideBySide(block);
  } else if (block.depth_step == 1) {
    PackTransposed(block);
  } else {
    PackScattered(block);
  }
}

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_MATMUL_PACK_INL_H_
