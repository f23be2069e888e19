#include "runtime/freed_memory.h"

#include <stddef.h>
#include <stdlib.h>

namespace handgrad {

void KeepFreedMemory() {
#if defined(__GLIBC__)
  // glibc learns from what is freed: after a block of n bytes that had pages of its own, blocks up to that size come from
  // the heap, and twice as much may lie free at its end. 32 MB is the most that it learns from; whoever has set these
  // limits (mallopt, MALLOC_TRIM_THRESHOLD_) is left alone. The block is never touched, so it costs no memory.
  constexpr size_t kMostLearnedFrom = size_t{32} << 20, kSpareForHeader = size_t{64} << 10;
  void* volatile block =
      malloc(kMostLearnedFrom - kSpareForHeader);  // volatile: else both calls are left out
  free(block);
#endif
}

}  // namespace handgrad
