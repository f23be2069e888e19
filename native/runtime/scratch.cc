#include "runtime/scratch.h"

#include <stdlib.h>

#include <limits>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#elif defined(_WIN32)
#include <malloc.h>
#endif

namespace handgrad {

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kHugePage = size_t{2} << 20;

// Parts of threads begin in lines of their own, and a little apart from a power of two: else the same place
// in each part would compete for the same cache sets.
constexpr size_t kPartAlignment = 64;
constexpr size_t kPartStagger = 64 * 5;

void* AllocateAligned(size_t alignment, size_t bytes) {
#if defined(_WIN32)
  return _aligned_malloc(bytes, alignment);
#else
  void* memory = nullptr;
  return posix_memalign(&memory, alignment, bytes) == 0 ? memory : nullptr;
#endif
}

void FreeAligned(void* memory) {
#if defined(_WIN32)
  _aligned_free(memory);
#else
  free(memory);
#endif
}

size_t RoundUp(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

}  // namespace

Scratch::~Scratch() { Release(); }

void Scratch::Release() {
  FreeAligned(base_);
  base_ = nullptr;
  capacity_ = bytes_per_thread_ = shared_bytes_ = 0;
}

void Scratch::Reserve(size_t threads, size_t bytes_per_thread, size_t shared_bytes) {
  constexpr size_t kLimit = std::numeric_limits<size_t>::max() / 4;
  if (shared_bytes > kLimit || (threads > 0 && bytes_per_thread > kLimit / threads - kPage)) {
    throw std::bad_alloc();
  }
  const size_t part = bytes_per_thread == 0 ? 0 : RoundUp(bytes_per_thread, kPartAlignment) + kPartStagger;
  const size_t shared = RoundUp(shared_bytes, kPage);
  size_t bytes = shared + threads * part;
  if (bytes > capacity_) {
    if (successes_left_ == 0) throw std::bad_alloc();
    if (successes_left_ > 0) --successes_left_;
    const bool huge = bytes >= 2 * kHugePage;
    bytes = RoundUp(bytes, huge ? kHugePage : kPage);
    // The old contents are worth nothing, so give them back first.
    Release();
    void* memory = AllocateAligned(huge ? kHugePage : kPage, bytes);
    if (memory == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    if (huge) madvise(memory, bytes, MADV_HUGEPAGE);  // a hint; without it only slower
#endif
    base_ = static_cast<unsigned char*>(memory);
    capacity_ = bytes;
  }
  bytes_per_thread_ = part;
  shared_bytes_ = shared;
}

}  // namespace handgrad
