#include "runtime/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <exception>

#include "runtime/cpu.h"
#include "runtime/float_environment.h"

#if defined(__linux__) || defined(__APPLE__)
#include <pthread.h>
#include <signal.h>
#endif

namespace handgrad {

namespace {

// The kernels of a training step follow each other within this time, and waking a sleeper costs about as
// much as a small kernel.
constexpr std::chrono::microseconds kHelperSpin{40};
// Helpers are at their last tasks, which are short by design. Longer means that one lost its CPU.
constexpr std::chrono::microseconds kCallerSpin{100};

void Pause() {
#if defined(HANDGRAD_X64)
  _mm_pause();
#elif defined(HANDGRAD_ARM64) && !defined(_MSC_VER)
  __asm__ volatile("yield");
#endif
}

/// Watches for `ready` for about that time; whether it came.
template <typename Ready>
bool Spin(std::chrono::microseconds duration, const Ready& ready) {
  if (ready()) return true;
  const auto end = std::chrono::steady_clock::now() + duration;
  do {
    // Reading the clock costs as much as several looks.
    for (int i = 0; i < 16; ++i) {
      if (ready()) return true;
      Pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  return ready();
}

/// Blocks all signals for its lifetime: a thread started meanwhile never runs the process's handlers.
class SignalsBlocked {
 public:
#if defined(__linux__) || defined(__APPLE__)
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &saved_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &saved_, nullptr); }

 private:
  sigset_t saved_;
#endif
};

}  // namespace

ThreadPool::ThreadPool(size_t threads, BusyCallers* callers, size_t cores)
    : threads_(std::max<size_t>(threads, 1)), callers_(callers), cores_(cores) {}

ThreadPool::~ThreadPool() { Stop(); }

void ThreadPool::LockJobs() {
  while (busy_.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
}

void ThreadPool::SetThreads(size_t threads) {
  LockJobs();
  StopHelpers();
  threads_.store(std::max<size_t>(threads, 1), std::memory_order_relaxed);
  busy_.store(false, std::memory_order_release);
}

void ThreadPool::Stop() {
  LockJobs();
  StopHelpers();
  busy_.store(false, std::memory_order_release);
}

void ThreadPool::StartHelpers(size_t helpers) {
  if (helpers_.size() >= helpers) return;
  const SignalsBlocked blocked;
  try {
    helpers_.reserve(helpers);
    while (helpers_.size() < helpers) {
      const size_t thread = helpers_.size() + 1;
      helpers_.emplace_back([this, thread] { HelperMain(thread); });
    }
  } catch (const std::exception&) {
    // No more threads, or no memory for them: the job is done by those that there are.
  }
}

void ThreadPool::StopHelpers() {
  {
    const std::lock_guard<std::mutex> lock(sleep_mutex_);
    stopping_.store(true);
  }
  work_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
  helpers_.clear();
  stopping_.store(false);
}

void ThreadPool::Run(size_t tasks, Function function, const void* context) {
  size_t invited = threads();
  if (callers_ != nullptr && tasks > 1) {
    const size_t busy = callers_->Note(BusyCallers::Now(), &window_);
    // Alone, a caller has what it asked for, be it more than there are cores.
    if (busy > 1) invited = std::min(invited, std::max<size_t>(cores_ / busy, 1));
    callers_->BeginJob();
  }
  const bool alone = invited == 1 || tasks < 2 || busy_.exchange(true, std::memory_order_acquire);
  if (alone) {
    for (size_t index = 0; index < tasks; ++index) function(context, index, 0);
  } else {
    RunWithHelpers(tasks, function, context, invited);
    busy_.store(false, std::memory_order_release);
  }
  if (callers_ != nullptr && tasks > 1) callers_->EndJob();
}

void ThreadPool::RunWithHelpers(size_t tasks, Function function, const void* context, size_t invited) {
  const size_t wanted = std::min(invited, tasks) - 1;
  StartHelpers(wanted);

  job_ = {function, context, tasks};
  invited_.store(invited);
  unfinished_.store(tasks, std::memory_order_relaxed);
  unclaimed_.store(tasks);
  WakeHelpers(wanted);
  RunTasks(0);
  AwaitUnfinished();
}

void ThreadPool::RunTasks(size_t thread) {
  for (size_t unclaimed = unclaimed_.load(); unclaimed > 0;) {
    if (!unclaimed_.compare_exchange_weak(unclaimed, unclaimed - 1)) continue;
    job_.function(job_.context, job_.tasks - unclaimed, thread);
    const bool last = unfinished_.fetch_sub(1) == 1;
    if (last && caller_sleeps_.load()) {
      // Taking the lock makes sure that the caller has either seen the 0 or begun to wait.
      { const std::lock_guard<std::mutex> lock(sleep_mutex_); }
      finished_.notify_one();
    }
    unclaimed = unclaimed_.load();
  }
}

// Whoever goes to sleep announces it and then looks once more for work; whoever brings work publishes it and
// then looks for sleepers. In the single order of sequentially consistent operations one of them sees the
// other, so no wake-up is lost, and nobody takes a lock while everybody is awake.

void ThreadPool::WakeHelpers(size_t wanted) {
  const size_t sleeping = sleeping_.load();
  if (sleeping == 0) return;
  if (invited_.load() <= helpers_.size()) {
    // Who wakes must be one of those who are invited, and one cannot choose.
    { const std::lock_guard<std::mutex> lock(sleep_mutex_); }
    work_.notify_all();
    return;
  }
  const size_t awake = helpers_.size() - std::min(sleeping, helpers_.size());
  if (awake >= wanted) return;
  { const std::lock_guard<std::mutex> lock(sleep_mutex_); }
  for (size_t i = std::min(sleeping, wanted - awake); i > 0; --i) work_.notify_one();
}

void ThreadPool::HelperMain(size_t thread) {
#if defined(__linux__)
  pthread_setname_np(pthread_self(), "handgrad");
#endif
  const FloatEnvironment environment;
  const auto wanted = [this, thread] {
    return (unclaimed_.load() > 0 && thread < invited_.load()) || stopping_.load();
  };
  while (true) {
    if (!Spin(kHelperSpin, wanted)) {
      std::unique_lock<std::mutex> lock(sleep_mutex_);
      sleeping_.fetch_add(1);
      work_.wait(lock, wanted);
      sleeping_.fetch_sub(1);
    }
    if (stopping_.load()) return;
    RunTasks(thread);
  }
}

void ThreadPool::AwaitUnfinished() {
  const auto finished = [this] { return unfinished_.load() == 0; };
  if (Spin(kCallerSpin, finished)) return;
  std::unique_lock<std::mutex> lock(sleep_mutex_);
  caller_sleeps_.store(true);
  finished_.wait(lock, finished);
  caller_sleeps_.store(false);
}

}  // namespace handgrad
