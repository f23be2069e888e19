#include "bindings/instance.h"

#include <memory>

#include "runtime/available_cpus.h"
#include "runtime/dispatch.h"
#include "runtime/freed_memory.h"

namespace handgrad {

Instance::Instance()
    : kernels(AvailableTables().back()), pool(AvailableCpus(), &BusyCallers::OfProcess(), AvailableCpus()) {
  KeepFreedMemory();
}

napi_value Instance::Start(napi_env env, napi_value exports, const Export* functions, size_t count) {
  std::unique_ptr<Instance> owned(new Instance());
  Instance* instance = owned.get();

  const auto finalize = [](napi_env finalize_env, void* data, void*) {
    auto* ending = static_cast<Instance*>(data);
    for (napi_ref reference : {ending->parameters_reference, ending->out_of_memory_error}) {
      if (reference != nullptr) napi_delete_reference(finalize_env, reference);
    }
    delete ending;
  };
  if (napi_set_instance_data(env, instance, finalize, nullptr) != napi_ok) return nullptr;
  owned.release();

  // Before any finalizer, and while the code is still mapped: no helper may outlive either.
  const auto stop = [](void* data) { static_cast<Instance*>(data)->pool.Stop(); };
  if (napi_add_env_cleanup_hook(env, stop, instance) != napi_ok) return nullptr;

  instance->bindings_.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    instance->bindings_.push_back({instance, functions[i].name});
    napi_value function;
    if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function,
                             &instance->bindings_.back(), &function) != napi_ok ||
        napi_set_named_property(env, exports, functions[i].name, function) != napi_ok) {
      return nullptr;  // the pending exception is thrown by `require`
    }
  }
  return exports;
}

}  // namespace handgrad
