#include "bindings/background.h"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include "runtime/available_cpus.h"
#include "runtime/float_environment.h"

namespace handgrad {

namespace {

constexpr size_t kMaxArrays = 4;

struct Job {
  std::function<void(const Context&)> run;
  const KernelTable* kernels;
  size_t threads;
  long allocations_left;
  bool out_of_memory = false;

  const Instance* instance;
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  napi_ref arrays[kMaxArrays] = {};

  void Delete(napi_env env) {
    for (napi_ref array : arrays) {
      if (array != nullptr) napi_delete_reference(env, array);
    }
    if (work != nullptr) napi_delete_async_work(env, work);
    delete this;
  }
};

void Execute(napi_env, void* data) {
  Job* job = static_cast<Job*>(data);
  const FloatEnvironment environment;
  try {
    // They end here: neither threads nor memory outlast the work, whatever becomes of the environment.
    ThreadPool pool(job->threads, &BusyCallers::OfProcess(), AvailableCpus());
    Scratch scratch, staging;
    for (Scratch* memory : {&scratch, &staging}) memory->FailAfter(job->allocations_left);
    job->run({*job->kernels, pool, scratch, staging});
  } catch (const std::bad_alloc&) {
    job->out_of_memory = true;
  }
}

void Complete(napi_env env, napi_status, void* data) {
  Job* job = static_cast<Job*>(data);
  // In an environment that is ending these fail, and nobody waits for the promise.
  napi_value value = nullptr;
  if (job->out_of_memory) {
    value = MakeOutOfMemoryError(env, *job->instance);
    if (value != nullptr) napi_reject_deferred(env, job->deferred, value);
  } else if (napi_get_undefined(env, &value) == napi_ok) {
    napi_resolve_deferred(env, job->deferred, value);
  }
  job->Delete(env);
}

}  // namespace

napi_value StartBackground(Call& call, size_t arrays, std::function<void(const Context&)> run) {
  const napi_env env = call.env();
  Instance& instance = call.instance();
  // One core is left to JavaScript, whose timers would else wait until the scheduler takes a core from the product.
  const size_t threads = std::min(instance.pool.threads(), std::max<size_t>(AvailableCpus(), 2) - 1);
  Job* job = new Job{std::move(run), instance.kernels, threads, instance.scratch.successes_left()};
  job->instance = &instance;
  napi_value promise, name;
  bool started = true;
  for (size_t i = 0; i < arrays && started; ++i) {
    started = napi_create_reference(env, call.argument(i), 1, &job->arrays[i]) == napi_ok;
  }
  started = started && napi_create_string_utf8(env, "handgrad", NAPI_AUTO_LENGTH, &name) == napi_ok &&
            napi_create_async_work(env, nullptr, name, Execute, Complete, job, &job->work) == napi_ok &&
            napi_create_promise(env, &job->deferred, &promise) == napi_ok &&
            napi_queue_async_work(env, job->work) == napi_ok;
  if (started) return promise;
  job->Delete(env);
  throw std::bad_alloc();
}

}  // namespace handgrad
