// Moving elements: tiles from any strides to any strides, conversions, and stores past the caches.
//
//     out[r · out_row + c · out_column] = x[r · x_row + c · x_column]      for r < rows, c < columns
//
// Layout: strides in elements, of any sign; an x stride of 0 repeats. Neighbours are moved as vectors, every other element too, a
// transpose in squares of a vector's width that are turned in registers. Tails: partial vectors, or one by
// one at a transpose's edges. Bits only pass through: elements of 4 bytes may be int32 as well as float.
#ifndef HANDGRAD_KERNELS_COPY_INL_H_
#define HANDGRAD_KERNELS_COPY_INL_H_

#include "kernels/elementwise-inl.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

template <typename T>
HANDGRAD_INLINE void CopyRow(const T* x, T* out, size_t n) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) Store(Load(x + i), out + i);
  if (i < n) StorePartial(LoadPartial(x + i, Tail<T>(n - i)), out + i, Tail<T>(n - i));
}
template <typename T>
HANDGRAD_INLINE void FillRow(T value, T* out, size_t n) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const Vec<T> values = Broadcast(value);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) Store(values, out + i);
  if (i < n) StorePartial(values, out + i, Tail<T>(n - i));
}
template <>
HANDGRAD_INLINE void CopyRow<uint8_t>(const uint8_t* x, uint8_t* out, size_t n) {
  HANDGRAD_INDEPENDENT
  for (size_t i = 0; i < n; ++i) out[i] = x[i];
}
template <>
HANDGRAD_INLINE void FillRow<uint8_t>(uint8_t value, uint8_t* out, size_t n) {
  for (size_t i = 0; i < n; ++i) out[i] = value;
}

/// Every other element: out[i] = x[2 i]. What will be read `ahead` bytes further on is asked for.
template <typename T>
HANDGRAD_INLINE void CopyEven(const T* x, T* out, size_t n, ptrdiff_t ahead) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  size_t i = 0;
  // Vectors read the element after their last one too, so that one has to be there.
  for (; i + kLanes < n; i += kLanes) {
    PrefetchFrom(x + 2 * i, ahead);
    PrefetchFrom(x + 2 * i, ahead + static_cast<ptrdiff_t>(sizeof(Vec<T>)));
    Store(LoadEven(x + 2 * i), out + i);
  }
  for (; i < n; ++i) out[i] = x[2 * i];
}
template <>
HANDGRAD_INLINE void CopyEven<uint8_t>(const uint8_t* x, uint8_t* out, size_t n, ptrdiff_t) {
  for (size_t i = 0; i < n; ++i) out[i] = x[2 * i];
}

template <typename T>
HANDGRAD_INLINE void CopyElements(const T* x, ptrdiff_t x_row, ptrdiff_t x_column, T* out, ptrdiff_t out_row,
                                  ptrdiff_t out_column, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; ++r, x += x_row, out += out_row) {
    const T* from = x;
    T* to = out;
    for (size_t c = 0; c < columns; ++c, from += x_column, to += out_column) *to = *from;
  }
}

/// x's rows are its neighbours, out's columns are.
template <typename T>
HANDGRAD_INLINE void TransposeTile(const T* x, ptrdiff_t x_column, T* out, ptrdiff_t out_row, size_t rows,
                                   size_t columns) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  size_t r = 0;
  for (; r + kLanes <= rows; r += kLanes) {
    size_t c = 0;
    for (; c + kLanes <= columns; c += kLanes) {
      Vec<T> square[kLanes];
      const T* from = x + static_cast<ptrdiff_t>(r) + static_cast<ptrdiff_t>(c) * x_column;
      T* to = out + static_cast<ptrdiff_t>(r) * out_row + static_cast<ptrdiff_t>(c);
      HANDGRAD_UNROLL
      for (size_t i = 0; i < kLanes; ++i) square[i] = Load(from + static_cast<ptrdiff_t>(i) * x_column);
      Transpose(square);
      HANDGRAD_UNROLL
      for (size_t i = 0; i < kLanes; ++i) Store(square[i], to + static_cast<ptrdiff_t>(i) * out_row);
    }
    CopyElements(x + static_cast<ptrdiff_t>(r) + static_cast<ptrdiff_t>(c) * x_column, 1, x_column,
                 out + static_cast<ptrdiff_t>(r) * out_row + static_cast<ptrdiff_t>(c), out_row, 1, kLanes,
                 columns - c);
  }
  CopyElements(x + static_cast<ptrdiff_t>(r), 1, x_column, out + static_cast<ptrdiff_t>(r) * out_row, out_row,
               1, rows - r, columns);
}
// There are no vectors of bytes; a plain loop does.
template <>
HANDGRAD_INLINE void TransposeTile<uint8_t>(const uint8_t* x, ptrdiff_t x_column, uint8_t* out,
                                            ptrdiff_t out_row, size_t rows, size_t columns) {
  CopyElements(x, 1, x_column, out, out_row, 1, rows, columns);
}

template <typename T>
HANDGRAD_INLINE void CopyTile(const void* x_data, ptrdiff_t x_row, ptrdiff_t x_column, void* out_data,
                              ptrdiff_t out_row, ptrdiff_t out_column, size_t rows, size_t columns) {
  const T* x = static_cast<const T*>(x_data);
  T* out = static_cast<T*>(out_data);
  if (out_column != 1 && out_row == 1) {
    // Rows and columns change places, so that from here on a result's neighbours are in a row.
    const ptrdiff_t out_stride = out_row, x_stride = x_row;
    const size_t count = rows;
    out_row = out_column, x_row = x_column, rows = columns;
    out_column = out_stride, x_column = x_stride, columns = count;
  }
  if (out_column == 1 && x_column == 1) {
    for (size_t r = 0; r < rows; ++r, x += x_row, out += out_row) CopyRow(x, out, columns);
  } else if (out_column == 1 && x_column == 0) {
    for (size_t r = 0; r < rows; ++r, x += x_row, out += out_row) FillRow(*x, out, columns);
  } else if (out_column == 1 && x_column == 2) {
    // Rows may lie apart: then what lies between them is not asked for.
    const ptrdiff_t ahead =
        rows > 1 ? 2 * x_row * static_cast<ptrdiff_t>(sizeof(T)) : static_cast<ptrdiff_t>(kAheadBytes);
    for (size_t r = 0; r < rows; ++r, x += x_row, out += out_row) CopyEven(x, out, columns, ahead);
  } else if (out_column == 1 && x_row == 1) {
    TransposeTile(x, x_column, out, out_row, rows, columns);
  } else {
    CopyElements(x, x_row, x_column, out, out_row, out_column, rows, columns);
  }
}

void copy_tile_1(const void* x, ptrdiff_t x_row, ptrdiff_t x_column, void* out, ptrdiff_t out_row,
                 ptrdiff_t out_column, size_t rows, size_t columns) noexcept {
  CopyTile<uint8_t>(x, x_row, x_column, out, out_row, out_column, rows, columns);
}
void copy_tile_4(const void* x, ptrdiff_t x_row, ptrdiff_t x_column, void* out, ptrdiff_t out_row,
                 ptrdiff_t out_column, size_t rows, size_t columns) noexcept {
  CopyTile<float>(x, x_row, x_column, out, out_row, out_column, rows, columns);
}
void copy_tile_8(const void* x, ptrdiff_t x_row, ptrdiff_t x_column, void* out, ptrdiff_t out_row,
                 ptrdiff_t out_column, size_t rows, size_t columns) noexcept {
  CopyTile<double>(x, x_row, x_column, out, out_row, out_column, rows, columns);
}

/// out[i] = x[i] for n elements of 4 bytes, past the caches: for results that will have left them anyway
/// before anyone reads them. Follow with stream_fence before another thread may look.
void stream_4(const void* x_data, void* out_data, size_t n) noexcept {
  constexpr size_t kLanes = Vec<float>::kLanes;
  const float* x = static_cast<const float*>(x_data);
  float* out = static_cast<float*>(out_data);
  const size_t past = reinterpret_cast<uintptr_t>(out) % sizeof(Vec<float>) / sizeof(float);
  const size_t head = past == 0 ? 0 : kLanes - past;
  size_t i = head < n ? head : n;
  CopyRow(x, out, i);
  for (; i + kLanes <= n; i += kLanes) Stream(Load(x + i), out + i);
  CopyRow(x + i, out + i, n - i);
}
void stream_fence() noexcept { StreamFence(); }

// Conversions. From floats to integers: toward zero, and modulo 2^32, as JavaScript stores into an
// Int32Array.

/// The low 32 bits of x without its fraction; 0 for NaN and infinities.
int32_t WrapToInt32(double x) {
  union {
    double number;
    uint64_t bits;
  } view;
  view.number = x;
  const uint64_t bits = view.bits;
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1075;  // x = ± mantissa · 2^exponent
  const uint64_t mantissa = (bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52;
  uint32_t magnitude;
  if (exponent <= -53 || exponent >= 32) {
    magnitude = 0;  // below 1; or a multiple of 2^32, infinite or NaN
  } else if (exponent < 0) {
    magnitude = static_cast<uint32_t>(mantissa >> -exponent);
  } else {
    magnitude = static_cast<uint32_t>(mantissa << exponent);
  }
  return static_cast<int32_t>(bits >> 63 != 0 ? 0u - magnitude : magnitude);
}

template <typename From, typename To>
struct Conversion {
  static void Run(const From* x, To* out, size_t n) {
    HANDGRAD_INDEPENDENT
    for (size_t i = 0; i < n; ++i) out[i] = static_cast<To>(x[i]);
  }
};
/// Floats to integers: blocks whose elements all fit are converted as vectors, the others one by one.
template <typename From, typename To>
struct WrappingConversion {
  static void Run(const From* x, To* out, size_t n) {
    constexpr size_t kBlock = 64;
    for (size_t start = 0; start < n; start += kBlock) {
      const size_t count = n - start < kBlock ? n - start : kBlock;
      int32_t fits = 1;
      for (size_t i = 0; i < count; ++i) {
        fits &= x[start + i] >= From(-2147483648.0) && x[start + i] < From(2147483648.0);
      }
      if (fits) {
        HANDGRAD_INDEPENDENT
        for (size_t i = 0; i < count; ++i)
          out[start + i] = static_cast<To>(static_cast<int32_t>(x[start + i]));
      } else {
        for (size_t i = 0; i < count; ++i) out[start + i] = static_cast<To>(WrapToInt32(x[start + i]));
      }
    }
  }
};
template <>
struct Conversion<float, int32_t> : WrappingConversion<float, int32_t> {};
template <>
struct Conversion<float, uint8_t> : WrappingConversion<float, uint8_t> {};
template <>
struct Conversion<double, int32_t> : WrappingConversion<double, int32_t> {};
template <>
struct Conversion<double, uint8_t> : WrappingConversion<double, uint8_t> {};

template <typename From, typename To>
void CastLoop(const void* const* inputs, void* out, size_t n, unsigned) noexcept {
  Conversion<From, To>::Run(static_cast<const From*>(inputs[0]), static_cast<To*>(out), n);
}
/// To booleans: anything but 0, NaN too.
template <typename From>
void TruthLoop(const void* const* inputs, void* out, size_t n, unsigned) noexcept {
  const From* x = static_cast<const From*>(inputs[0]);
  uint8_t* y = static_cast<uint8_t*>(out);
  HANDGRAD_INDEPENDENT
  for (size_t i = 0; i < n; ++i) y[i] = x[i] != From(0);
}

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_COPY_INL_H_
