#include "runtime/thread_pool.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
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

TEST(PoolsThatShareTheCoresWorkAtOnce) {
  BusyCallers callers;
  std::vector<std::thread> threads;
  for (size_t cores : {1, 2, 6}) {
    threads.emplace_back([&callers, cores] {
      ThreadPool pool(6, &callers, cores);
      for (int round = 0; round < 200; ++round) CheckJob(pool, 20);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(AWindowCountsEachCallerOnce) {
  constexpr int64_t kWindow = int64_t{1} << 21;
  BusyCallers callers;
  std::atomic<uint64_t> first{0}, second{0}, third{0};
  int64_t now = 1000 * kWindow;
  CHECK(callers.Note(now, &first) == 1, "a caller alone");
  CHECK(callers.Note(now + 1, &first) == 1, "the same once more");
  CHECK(callers.Note(now + 2, &second) == 2, "a second one");
  CHECK(callers.Note(now + 3, &third) == 3, "a third one");
  now += kWindow;
  CHECK(callers.Note(now, &first) == 3, "the others were there in the window before");
  now += kWindow;
  CHECK(callers.Note(now, &first) == 1, "the others have gone");
  now += 5 * kWindow;
  CHECK(callers.Note(now, &second) == 1, "the first has gone");
  CHECK(callers.Note(now - kWindow, &third) == 2, "a look at the clock that is late");
  callers.BeginJob();
  callers.BeginJob();
  callers.BeginJob();
  CHECK(callers.Note(now + 5 * kWindow, &first) == 3, "long jobs");
}

TEST(AShareOfOneLeavesHelpersAlone) {
  BusyCallers callers;
  ThreadPool pool(4, &callers, 2);
  CheckJob(pool, 50);
  callers.BeginJob();
  callers.BeginJob();
  std::atomic<size_t> worst{0};
  pool.ParallelFor(50, [&](size_t, size_t thread) {
    if (thread > 0) worst.store(thread);
  });
  CHECK(worst.load() == 0, "thread index %zu", worst.load());
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
