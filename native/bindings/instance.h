// What one environment (the main thread or a worker of Node's) has of its own. There are no statics that
// change: workers load the addon any number of times, and it is unmapped when the last one ends.
#ifndef HANDGRAD_BINDINGS_INSTANCE_H_
#define HANDGRAD_BINDINGS_INSTANCE_H_

#include <napi.h>

#include <vector>

#include "drivers/matmul_plans.h"
#include "kernels/kernel_table.h"
#include "runtime/context.h"
#include "runtime/scratch.h"
#include "runtime/thread_pool.h"

namespace handgrad {

class Instance;

/// A function of the addon: its name in JavaScript and its code.
struct Export {
  const char* name;
  napi_callback function;
};

/// What a function of the addon is given as its `data`.
struct Binding {
  Instance* instance;
  const char* name;
};

class Instance {
 public:
  /// Makes the environment's instance and defines `functions` on `exports`.
  static napi_value Start(napi_env env, napi_value exports, const Export* functions, size_t count);

  Context context() {
    pool.NoteCall();
    return {*kernels, pool, scratch, staging, &plans};
  }

  const KernelTable* kernels;
  ThreadPool pool;
  Scratch scratch;
  Scratch staging;
  MatmulPlans plans;

  // The numbers of a call, in memory that JavaScript writes and that `parameters_reference` keeps there.
  const double* parameters = nullptr;
  size_t parameters_length = 0;
  napi_ref parameters_reference = nullptr;

  // The class that a failed allocation throws.
  napi_ref out_of_memory_error = nullptr;

 private:
  Instance();

  std::vector<Binding> bindings_;
};

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_INSTANCE_H_
