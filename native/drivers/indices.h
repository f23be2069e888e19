// Indices that are given as numbers in an array.
#ifndef HANDGRAD_DRIVERS_INDICES_H_
#define HANDGRAD_DRIVERS_INDICES_H_

#include <stddef.h>
#include <stdint.h>

namespace handgrad {

/// n indices as an operand holds them; `data` is the first, `stride` in elements.
struct Indices {
  const int32_t* data;
  ptrdiff_t stride;
  size_t n;
};

/// Which index is none, and what it is.
struct BadIndex {
  size_t position;
  int32_t value;
};

/// Copies indices to neighbours at `out`, where nobody else can change them any more, and looks whether all
/// are from 0 to size − 1. False for one that is not: then *bad is the first.
bool CopyChecked(const Indices& indices, size_t size, int32_t* out, BadIndex* bad);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_INDICES_H_
