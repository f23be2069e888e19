// What a driver needs to do its work.
#ifndef HANDGRAD_RUNTIME_CONTEXT_H_
#define HANDGRAD_RUNTIME_CONTEXT_H_

#include "kernels/kernel_table.h"
#include "runtime/scratch.h"
#include "runtime/thread_pool.h"

namespace handgrad {

class MatmulPlans;

struct Context {
  /// The kernels of the instruction set that was chosen.
  const KernelTable& kernels;
  ThreadPool& pool;
  /// For what a driver needs while it runs a kernel over its operands.
  Scratch& scratch;
  /// For what a driver keeps while it calls others, which use `scratch`.
  Scratch& staging;
  /// The plans of products made before; null where none are kept.
  MatmulPlans* plans = nullptr;
};

}  // namespace handgrad

#endif  // HANDGRAD_RUNTIME_CONTEXT_H_
