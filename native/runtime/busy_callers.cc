#include "runtime/busy_callers.h"

#include <algorithm>
#include <chrono>

namespace handgrad {

namespace {

// 2^21 ns, 2.1 ms: longer than the JavaScript between the kernels of a training step, and short enough that a
// caller has all cores again soon after the others have stopped.
constexpr int kWindowShift = 21;
constexpr int kCountBits = 12;
constexpr uint64_t kCountMask = (uint64_t{1} << kCountBits) - 1;

struct Seen {
  uint64_t window;
  uint64_t before;
  uint64_t now;
};

Seen Unpack(uint64_t word) {
  return {word >> (2 * kCountBits), (word >> kCountBits) & kCountMask, word & kCountMask};
}

uint64_t Pack(const Seen& seen) {
  return (seen.window << (2 * kCountBits)) | (seen.before << kCountBits) | seen.now;
}

BusyCallers process_callers;

}  // namespace

BusyCallers& BusyCallers::OfProcess() { return process_callers; }

int64_t BusyCallers::Now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

size_t BusyCallers::Note(int64_t now, std::atomic<uint64_t>* window) {
  const uint64_t current = static_cast<uint64_t>(now) >> kWindowShift;
  uint64_t word = seen_.load(std::memory_order_relaxed);
  Seen seen = Unpack(word);
  if (window->load(std::memory_order_relaxed) != current) {
    window->store(current, std::memory_order_relaxed);
    Seen next;
    do {
      seen = Unpack(word);
      // A caller whose look at the clock is older than another's counts in the other's window.
      if (seen.window >= current) {
        next = {seen.window, seen.before, std::min(seen.now + 1, kCountMask)};
      } else {
        next = {current, seen.window + 1 == current ? seen.now : 0, 1};
      }
    } while (!seen_.compare_exchange_weak(word, Pack(next), std::memory_order_relaxed));
    seen = next;
  }
  const size_t lately = static_cast<size_t>(std::max(seen.before, seen.now));
  return std::max({lately, running_.load(std::memory_order_relaxed), size_t{1}});
}

}  // namespace handgrad
