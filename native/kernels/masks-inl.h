// Counting and picking what is not zero:
//
//     count = the number of i < n with x[i] != 0 (NaN counts)
//     out   = the x[i] whose mask[i] != 0, in order
//
// Layout: neighbours in memory. Which elements are chosen is often as good as random, and a branch on it would be
// predicted wrongly every other time: so each element is stored, and only moving on behind it depends on the mask.
// Where an instruction moves the chosen lanes together, vectors do the same. No more than `count` places are
// written, whatever has become of the mask since it was counted. Tails: one by one.
#ifndef HANDGRAD_KERNELS_MASKS_INL_H_
#define HANDGRAD_KERNELS_MASKS_INL_H_

#include "kernels/masks.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

// Loops of their own, so that the compiler makes vectors of them; of a length whose count fits any lane.
constexpr size_t kCountedAtOnce = size_t{1} << 20;

template <typename T>
void CountNonzero(const void* data, size_t n, size_t* count) noexcept {
  const T* x = static_cast<const T*>(data);
  size_t total = 0;
  for (size_t start = 0; start < n; start += kCountedAtOnce) {
    const size_t end = n - start < kCountedAtOnce ? n : start + kCountedAtOnce;
    uint32_t found = 0;
    for (size_t i = start; i < end; ++i) found += x[i] != T(0);
    total += found;
  }
  *count = total;
}

/// Eight bytes at a time: each that is not 0 adds 1 to its own byte of the sums, which holds up to 255.
template <>
void CountNonzero<uint8_t>(const void* data, size_t n, size_t* count) noexcept {
  const uint8_t* x = static_cast<const uint8_t*>(data);
  constexpr uint64_t kOnes = 0x0101010101010101, kLow = 0x7f7f7f7f7f7f7f7f;
  constexpr size_t kWords = 255;
  size_t total = 0, i = 0;
  while (n - i >= 8) {
    const size_t words = (n - i) / 8 < kWords ? (n - i) / 8 : kWords;
    uint64_t sums = 0;
    for (size_t w = 0; w < words; ++w) {
      uint64_t bytes;
      __builtin_memcpy(&bytes, x + i + 8 * w, 8);
      // The top bit of each byte: carried there by the others, or set already.
      sums += (((bytes & kLow) + kLow) | bytes) >> 7 & kOnes;
    }
    constexpr uint64_t kEven = 0x00ff00ff00ff00ff;
    total += static_cast<size_t>(((sums & kEven) + (sums >> 8 & kEven)) * 0x0001000100010001 >> 48);
    i += 8 * words;
  }
  for (; i < n; ++i) total += x[i] != 0;
  *count = total;
}

template <typename T>
HANDGRAD_INLINE void MaskedSelect(const MaskedSelectRun& job) {
  const T* x = static_cast<const T*>(job.x);
  T* out = static_cast<T*>(job.out);
  size_t i = 0, found = 0;
  if constexpr (kCompresses && sizeof(T) > 1) {
    constexpr size_t kLanes = Vec<T>::kLanes;
    for (; i + kLanes <= job.n && found + kLanes <= job.count; i += kLanes) {
      found += StoreCompressed(Load(x + i), LoadBools<T>(job.mask + i), out + found);
    }
  }
  for (; i < job.n && found < job.count; ++i) {
    out[found] = x[i];
    found += job.mask[i] != 0;
  }
}

void maskedSelect_1(const MaskedSelectRun& job) noexcept { MaskedSelect<uint8_t>(job); }
void maskedSelect_4(const MaskedSelectRun& job) noexcept { MaskedSelect<float>(job); }
void maskedSelect_8(const MaskedSelectRun& job) noexcept { MaskedSelect<double>(job); }

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_MASKS_INL_H_
