#include "runtime/thread_pool.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "runtime/available_cpus.h"
#include "test/check.h"

namespace handgrad {
namespace {

/// Runs one job and checks that each task ran once, on a thread index in range.
void CheckJob(ThreadPool& pool, size_t tasks) {
  std::vector<int> runs(tasks, 0);  // not atomic: a task that ran twice at once is a race that TSan reports
  std::atomic<size_t> worst_thread{0};
  pool.ParallelFor(tasks, [&](size_t index, size_t thread) {
    ++runs[index];
    size_t seen = worst_thread.load();
    while (seen < thread && !worst_thread.compare_exchange_weak(seen, thread)) {
    }
  });
  for (size_t i = 0; i < tasks; ++i) CHECK(runs[i] == 1, "task %zu of %zu ran %d times", i, tasks, runs[i]);
  CHECK(worst_thread.load() < pool.threads(), "thread index %zu", worst_thread.load());
}

TEST(EachTaskRunsOnce) {
  for (size_t threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    for (int round = 0; round < 200; ++round) {
      for (size_t tasks : {0, 1, 2, 3, 8, 100}) CheckJob(pool, tasks);
    }
  }
}

TEST(WakesAfterSleeping) {
  ThreadPool pool(3);
  for (int round = 0; round < 50; ++round) {
    CheckJob(pool, 5);
    // From well within the time that helpers watch to well beyond it.
    std::this_thread::sleep_for(std::chrono::microseconds(round * 10));
  }
}

TEST(HelpersTakePart) {
  ThreadPool pool(2);
  // Two tasks that wait for each other end only when two threads run them.
  std::atomic<int> arrived{0};
  pool.ParallelFor(2, [&](size_t, size_t) {
    arrived.fetch_add(1);
    while (arrived.load() < 2) std::this_thread::yield();
  });
  CHECK(arrived.load() == 2, "%d", arrived.load());
}

TEST(ResizesBetweenJobs) {
  ThreadPool pool(1);
  for (int round = 0; round < 30; ++round) {
    pool.SetThreads(1 + round % 5);
    CheckJob(pool, 16);
    if (round % 7 == 0) pool.Stop();
  }
}

TEST(ManyCallersAtOnce) {
  ThreadPool pool(3);
  std::atomic<size_t> total{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 300; ++round) {
        pool.ParallelFor(7, [&](size_t index, size_t) { total.fetch_add(index + 1); });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(total.load() == 4 * 300 * 28, "%zu", total.load());
}

TEST(WritesAreSeenAfterTheJob) {
  ThreadPool pool(3);
  std::vector<uint64_t> values(1000);
  for (uint64_t round = 0; round < 500; ++round) {
    pool.ParallelFor(10, [&](size_t index, size_t) {
      for (size_t i = index * 100; i < index * 100 + 100; ++i) values[i] = round + i;
    });
    uint64_t sum = 0;
    for (uint64_t value : values) sum += value;
    CHECK(sum == round * 1000 + 499500, "%llu", static_cast<unsigned long long>(sum));
  }
}

TEST(AtLeastOneCpu) { CHECK(AvailableCpus() >= 1, "%zu", AvailableCpus()); }

}  // namespace
}  // namespace handgrad
