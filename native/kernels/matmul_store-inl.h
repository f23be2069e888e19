// The end of a tile: its sums, out of registers, go into C.
//
//   C[i][j] = relu(sums[i][j] + C[i][j] + bias)        each part only where the finish asks for it
//
// A tile whose columns are whole vectors and lie side by side in C is stored from registers by the tile
// itself (matmul_outer-inl.h). All others come here through a small buffer, which stays in the L1 cache:
// tails, C transposed, any strides.
#ifndef HANDGRAD_KERNELS_MATMUL_STORE_INL_H_
#define HANDGRAD_KERNELS_MATMUL_STORE_INL_H_

#include "kernels/matmul.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

/// How many sums a tile keeps of each element. A multiply-add takes 4 cycles and two begin in each, so fewer
/// than 8 independent sums leave the core waiting.
constexpr int Chains(int sums) { return sums <= 4 ? 4 : sums <= 8 ? 2 : 1; }

/// x > floor ? x : floor, but NaN for NaN. With floor = 0 this is ReLU, with −∞ nothing happens.
template <typename T>
HANDGRAD_INLINE Vec<T> AtLeast(Vec<T> floor, Vec<T> x) {
  return Select(x <= floor, floor, x);
}

template <typename T>
HANDGRAD_INLINE T LowestOf(const MatmulFinish<T>& finish) {
  return finish.relu ? T(0) : -static_cast<T>(__builtin_huge_val());
}

/// One vector of sums that lie side by side in C: `n` of them at `c`, with their bias in `bias`.
template <typename T>
HANDGRAD_INLINE void StoreRun(Vec<T> sums, const MatmulFinish<T>& finish, Vec<T> bias, T* c, Tail<T> n) {
  if (finish.add) sums = sums + LoadPartial(c, n);
  if (finish.bias != nullptr) sums = sums + bias;
  if (finish.relu) sums = AtLeast(Zero<T>(), sums);
  StorePartial(sums, c, n);
}

/// Rows of C are contiguous: vectors of sums as they come.
template <typename T>
void StoreRows(const T* sums, size_t width, size_t rows, size_t columns, const MatmulTarget<T>& target) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const MatmulFinish<T>& finish = target.finish;
  for (size_t i = 0; i < rows; i++) {
    T* c = target.c + static_cast<ptrdiff_t>(i) * target.row;
    for (size_t j = 0; j < columns; j += kLanes) {
      const Tail<T> n(columns - j < kLanes ? columns - j : kLanes);
      Vec<T> bias = Zero<T>();
      if (finish.bias != nullptr) {
        bias = finish.bias_column != 0 ? LoadPartial(finish.bias + j, n) : Broadcast(finish.bias[i]);
      }
      StoreRun(LoadPartial(sums + i * width + j, n), finish, bias, c + j, n);
    }
  }
}

/// Columns of C are contiguous: squares of sums are transposed.
template <typename T>
void StoreColumns(const T* sums, size_t width, size_t rows, size_t columns, const MatmulTarget<T>& target) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const MatmulFinish<T>& finish = target.finish;
  for (size_t i = 0; i < rows; i += kLanes) {
    const size_t high = rows - i < kLanes ? rows - i : kLanes;
    const Tail<T> n(high);
    for (size_t j = 0; j < columns; j += kLanes) {
      const size_t wide = columns - j < kLanes ? columns - j : kLanes;
      Vec<T> square[kLanes];
      for (size_t r = 0; r < kLanes; r++) {
        square[r] = r < high ? LoadPartial(sums + (i + r) * width + j, Tail<T>(wide)) : Zero<T>();
      }
      Transpose(square);
      for (size_t r = 0; r < wide; r++) {
        Vec<T> bias = Zero<T>();
        if (finish.bias != nullptr) {
          bias = finish.bias_row != 0 ? LoadPartial(finish.bias + i, n) : Broadcast(finish.bias[j + r]);
        }
        T* c = target.c + static_cast<ptrdiff_t>(j + r) * target.column + static_cast<ptrdiff_t>(i);
        StoreRun(square[r], finish, bias, c, n);
      }
    }
  }
}

/// Any strides: one number at a time.
template <typename T>
void StoreScattered(const T* sums, size_t width, size_t rows, size_t columns, const MatmulTarget<T>& target) {
  const MatmulFinish<T>& finish = target.finish;
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < columns; j++) {
      const ptrdiff_t row = static_cast<ptrdiff_t>(i), column = static_cast<ptrdiff_t>(j);
      T* c = target.c + row * target.row + column * target.column;
      T value = sums[i * width + j];
      if (finish.add) value = value + *c;
      if (finish.bias != nullptr) {
        value = value + finish.bias[row * finish.bias_row + column * finish.bias_column];
      }
      if (finish.relu && value <= 0) value = 0;
      *c = value;
    }
  }
}

/// Finishes `rows` by `columns` sums, whose rows are `width` apart, into C at target.c.
template <typename T>
HANDGRAD_NOINLINE void StoreSums(const T* sums, size_t width, size_t rows, size_t columns,
                                 const MatmulTarget<T>& target) {
  if (target.column == 1) {
    StoreRows(sums, width, rows, columns, target);
  } else if (target.row == 1) {
    StoreColumns(sums, width, rows, columns, target);
  } else {
    StoreScattered(sums, width, rows, columns, target);
  }
}

/// The target from row i and column j on.
template <typename T>
HANDGRAD_INLINE MatmulTarget<T> At(const MatmulTarget<T>& target, size_t i, size_t j) {
  const ptrdiff_t row = static_cast<ptrdiff_t>(i), column = static_cast<ptrdiff_t>(j);
  MatmulTarget<T> moved = target;
  moved.c += row * target.row + column * target.column;
  if (moved.finish.bias != nullptr) {
    moved.finish.bias += row * target.finish.bias_row + column * target.finish.bias_column;
  }
  return moved;
}

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_MATMUL_STORE_INL_H_
