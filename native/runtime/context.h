// What a driver needs to do its work.
#ifndef HANDGRAD_RUNTIME_CONTEXT_H_
#define HANDGRAD_RUNTIME_CONTEXT_H_

#include "kernels/kernel_table.h"
#include "runtime/scratch.h"
#include "runtime/thread_pool.h"

namespace handgrad {

struct Context {
  /// The kernels of the instruction set that was chosen.
  const KernelTable& kernels;
  ThreadPool& pool;
  Scratch& scratch;
};

}  // namespace handgrad

#endif  // HANDGRAD_RUNTIME_CONTEXT_H_
