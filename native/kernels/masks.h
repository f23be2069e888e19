// What drivers/masks.cc hands to the kernels of an instruction set (masks-inl.h). Plain data: units of every
// instruction set include this file, so there must be no code in it.
#ifndef HANDGRAD_KERNELS_MASKS_H_
#define HANDGRAD_KERNELS_MASKS_H_

#include <stddef.h>
#include <stdint.h>

namespace handgrad {

/// n elements, and a byte for each that says whether it goes into out, which has room for `count`.
struct MaskedSelectRun {
  const void* x;
  const uint8_t* mask;
  size_t n;
  void* out;
  size_t count;
};

}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_MASKS_H_
