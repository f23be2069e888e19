// The parts that a product is cut into, and who computes them.
#ifndef HANDGRAD_DRIVERS_MATMUL_TASKS_H_
#define HANDGRAD_DRIVERS_MATMUL_TASKS_H_

#include <stddef.h>

#include "drivers/matmul_plan.h"
#include "runtime/scratch.h"
#include "runtime/thread_pool.h"

namespace handgrad {

/// A half-open range of rows, columns or depth.
struct Range {
  size_t begin;
  size_t end;
  size_t size() const { return end - begin; }
};

inline Range Part(size_t size, size_t unit, size_t parts, size_t index) {
  return {PartBegin(size, unit, parts, index), PartBegin(size, unit, parts, index + 1)};
}

/// Runs tasks one after the other, in the given space.
template <typename T>
struct Alone {
  T* space;
  template <typename Task>
  void operator()(size_t tasks, const Task& task) const {
    for (size_t index = 0; index < tasks; index++) task(index, space);
  }
  void ForgetOwn() const { *space = 0; }
};

/// Runs tasks on all threads, each in a space of its own.
template <typename T>
struct OnThreads {
  ThreadPool& pool;
  const Scratch& scratch;
  template <typename Task>
  void operator()(size_t tasks, const Task& task) const {
    pool.ParallelFor(tasks, [&](size_t index, size_t thread) { task(index, Space(thread)); });
  }
  void ForgetOwn() const {
    for (size_t thread = 0; thread < pool.threads(); thread++) *Space(thread) = 0;
  }
  T* Space(size_t thread) const { return static_cast<T*>(scratch.OfThread(thread)); }
};

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_MATMUL_TASKS_H_
