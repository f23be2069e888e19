// Our own threads: libuv's pool serves the file system, and is neither sized nor quick enough for kernels.
#ifndef HANDGRAD_RUNTIME_THREAD_POOL_H_
#define HANDGRAD_RUNTIME_THREAD_POOL_H_

#include <stddef.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/busy_callers.h"

namespace handgrad {

/// Runs the tasks 0 … n − 1 of a job on the calling thread and on helpers.
///
/// A job's tasks are fixed by its caller, from shapes alone; threads only take them, in ascending order.
/// So results do not depend on how many threads there are, nor on which one was quick.
///
/// Helpers start with the first job that wants them. After a job they watch for the next one for some tens
/// of microseconds, then sleep. All members may be called from any thread; a job that is started while
/// another runs is done by its caller alone. Tasks start no jobs.
///
/// Where `callers` is given, those of their pools that are busy at the same time divide `cores` among them.
class ThreadPool {
 public:
  explicit ThreadPool(size_t threads, BusyCallers* callers = nullptr, size_t cores = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Threads that a job may use at most, the caller included.
  size_t threads() const { return threads_.load(std::memory_order_relaxed); }

  /// Ends the helpers there are; the next job starts as many as it may have then.
  void SetThreads(size_t threads);

  /// Ends the helpers. To be called before the code of this library is unmapped.
  void Stop();

  /// To be called before work that may be too small for a job: its caller needs a core too.
  void NoteCall() {
    if (callers_ != nullptr && ++calls_ % kCallsPerNote == 0) callers_->Note(BusyCallers::Now(), &window_);
  }

  /// Calls task(index, thread) for each index below `tasks`, and returns when all have returned. `thread`,
  /// below threads(), is no other's at that time: an index for scratch memory. Tasks must not throw.
  template <typename Task>
  void ParallelFor(size_t tasks, const Task& task) {
    const auto call = [](const void* context, size_t index, size_t thread) {
      (*static_cast<const Task*>(context))(index, thread);
    };
    Run(tasks, call, &task);
  }

 private:
  using Function = void (*)(const void* context, size_t index, size_t thread);

  struct Job {
    Function function = nullptr;
    const void* context = nullptr;
    size_t tasks = 0;
  };

  // Looking at the clock costs as much as a tiny operation has to spare; this many of those take less than a window.
  static constexpr uint32_t kCallsPerNote = 64;

  void Run(size_t tasks, Function function, const void* context);
  void RunWithHelpers(size_t tasks, Function function, const void* context, size_t invited);
  void RunTasks(size_t thread);
  void StartHelpers(size_t helpers);
  void StopHelpers();
  void HelperMain(size_t thread);
  void WakeHelpers(size_t wanted);
  void AwaitUnfinished();
  void LockJobs();

  std::atomic<size_t> threads_;

  BusyCallers* const callers_;
  const size_t cores_;
  std::atomic<uint64_t> window_{0};
  uint32_t calls_ = 0;  // of the one thread that calls NoteCall

  // Set for the length of a job or of a change of the helpers, so that there is one at a time.
  std::atomic<bool> busy_{false};
  std::vector<std::thread> helpers_;

  // The job is written before `unclaimed_` becomes positive, and rewritten only after `unfinished_` is 0.
  // Who takes `unclaimed_` from k to k − 1 owns one task of the job, which cannot end before that task does.
  Job job_;
  // Helpers from this one on leave the job to the others. Written before the job is.
  std::atomic<size_t> invited_{0};
  // Lines of their own: every thread writes these, all the time.
  alignas(64) std::atomic<size_t> unclaimed_{0};
  alignas(64) std::atomic<size_t> unfinished_{0};

  alignas(64) std::mutex sleep_mutex_;
  std::condition_variable work_;      // helpers sleep here
  std::condition_variable finished_;  // the caller sleeps here
  std::atomic<size_t> sleeping_{0};
  std::atomic<bool> caller_sleeps_{false};
  std::atomic<bool> stopping_{false};
};

}  // namespace handgrad

#endif  // HANDGRAD_RUNTIME_THREAD_POOL_H_
