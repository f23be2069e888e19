// Aligned working memory that is kept from call to call.
#ifndef HANDGRAD_RUNTIME_SCRATCH_H_
#define HANDGRAD_RUNTIME_SCRATCH_H_

#include <stddef.h>

namespace handgrad {

/// One growing buffer, cut into a part for each thread and a part that all share. What it holds is valid
/// until the next Reserve. Reserve before the first write to a result, so that a failed allocation leaves
/// everything as it was.
class Scratch {
 public:
  Scratch() = default;
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// Makes room; throws std::bad_alloc when there is none. Contents are undefined.
  void Reserve(size_t threads, size_t bytes_per_thread, size_t shared_bytes = 0);

  /// The part of one thread, aligned to a cache line.
  void* OfThread(size_t thread) const { return base_ + shared_bytes_ + thread * bytes_per_thread_; }
  /// The part of all, aligned to a page.
  void* Shared() const { return base_; }

  /// Bytes held.
  size_t capacity() const { return capacity_; }

  /// For tests of what a failed allocation does: lets `successes` more growths pass, then fails each; a
  /// negative number ends that.
  void FailAfter(long successes) { successes_left_ = successes; }
  long successes_left() const { return successes_left_; }
  /// Gives everything back.
  void Release();

 private:
  unsigned char* base_ = nullptr;
  size_t capacity_ = 0;
  size_t bytes_per_thread_ = 0;
  size_t shared_bytes_ = 0;
  long successes_left_ = -1;
};

}  // namespace handgrad

#endif  // HANDGRAD_RUNTIME_SCRATCH_H_
