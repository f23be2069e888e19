// How the threads of Node that compute at the same time (the main thread, workers, a product in the background)
// share the cores. Each has a pool of its own; together they must not keep more threads busy than there are
// cores, for a helper that has lost its core keeps the whole job waiting.
#ifndef HANDGRAD_RUNTIME_BUSY_CALLERS_H_
#define HANDGRAD_RUNTIME_BUSY_CALLERS_H_

#include <stddef.h>
#include <stdint.h>

#include <atomic>

namespace handgrad {

/// Counts who has lately called kernels. Between two jobs a caller runs JavaScript and needs its core all the
/// same, so those count who called in this window of time or in the last one.
///
/// The one of the process is a static that changes, as nothing else in this library: it is a few atomic numbers,
/// needs no start and no end, and so may outlive every environment.
class BusyCallers {
 public:
  constexpr BusyCallers() = default;
  BusyCallers(const BusyCallers&) = delete;
  BusyCallers& operator=(const BusyCallers&) = delete;

  static BusyCallers& OfProcess();

  /// Notes a call at `now` (nanoseconds), by the caller whose last one was in `*window`; returns how many
  /// callers are busy, this one included.
  size_t Note(int64_t now, std::atomic<uint64_t>* window);

  /// Around a job: one that takes longer than a window counts until it ends.
  void BeginJob() { running_.fetch_add(1, std::memory_order_relaxed); }
  void EndJob() { running_.fetch_sub(1, std::memory_order_relaxed); }

  /// Nanoseconds of the clock that Note goes by.
  static int64_t Now();

 private:
  // The window, and how many callers were seen in it and in the one before: in one word, so that it changes at
  // once. Counts beyond 12 bits stay there.
  std::atomic<uint64_t> seen_{0};
  std::atomic<size_t> running_{0};
};

}  // namespace handgrad

#endif  // HANDGRAD_RUNTIME_BUSY_CALLERS_H_
