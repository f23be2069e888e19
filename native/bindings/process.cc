#include "bindings/process.h"

#include <algorithm>
#include <new>
#include <string>
#include <vector>

#include "runtime/cpu.h"
#include "runtime/dispatch.h"
#include "runtime/huge_pages.h"

namespace handgrad {

namespace {

// More threads than any machine has; a guard against counts that would exhaust the process.
constexpr size_t kMaxThreads = 1024;

template <typename Item>
Napi::Array ToArray(Napi::Env env, const std::vector<Item>& items) {
  Napi::Array array = Napi::Array::New(env, items.size());
  for (size_t i = 0; i < items.size(); ++i) array.Set(static_cast<uint32_t>(i), items[i]);
  return array;
}

std::vector<std::string> IsaNames() {
  std::vector<std::string> names;
  for (const KernelTable* table : AvailableTables()) names.emplace_back(table->isa);
  return names;
}

}  // namespace

napi_value Info(Call& call) {
  const Napi::Env env(call.env());
  Instance& instance = call.instance();
  Napi::Object info = Napi::Object::New(env);
  info.Set("cpu", ToArray(env, FeatureNames(DetectCpu())));
  info.Set("isas", ToArray(env, IsaNames()));
  info.Set("isa", instance.kernels->isa);
  info.Set("threads", static_cast<double>(instance.pool.threads()));
  info.Set("scratchBytes", static_cast<double>(instance.scratch.capacity() + instance.staging.capacity()));
  return info;
}

napi_value SetIsa(Call& call) {
  const std::string name = call.Text(0, "isa");
  const KernelTable* table = FindTable(name);
  if (table == nullptr) {
    std::string names;
    for (const std::string& isa : IsaNames()) names += (names.empty() ? "" : ", ") + isa;
    call.ThrowRange("this machine has no " + name + " kernels, but " + names);
  }
  call.instance().kernels = table;
  return call.Undefined();
}

napi_value NumThreads(Call& call) {
  return call.ToNumber(static_cast<double>(call.instance().pool.threads()));
}

napi_value SetNumThreads(Call& call) {
  const size_t count = call.Size(0, "count");
  if (count < 1 || count > kMaxThreads) {
    call.ThrowRange("count must be from 1 to " + std::to_string(kMaxThreads) + ", got " +
                    std::to_string(count));
  }
  call.instance().pool.SetThreads(count);
  return call.Undefined();
}

napi_value Initialize(Call& call) {
  const napi_env env = call.env();
  Instance& instance = call.instance();
  const Elements block = call.Array(0, kFloat64, "parameters");
  // Shared memory can neither be detached nor shrink: its address stays good as long as someone holds it.
  napi_value global, shared_array_buffer, buffer;
  bool shared = false;
  if (napi_get_typedarray_info(env, call.argument(0), nullptr, nullptr, nullptr, &buffer, nullptr) !=
          napi_ok ||
      napi_get_global(env, &global) != napi_ok ||
      napi_get_named_property(env, global, "SharedArrayBuffer", &shared_array_buffer) != napi_ok ||
      napi_instanceof(env, buffer, shared_array_buffer, &shared) != napi_ok || !shared) {
    call.ThrowType("parameters must be a Float64Array of shared memory");
  }
  napi_valuetype type;
  if (napi_typeof(env, call.argument(1), &type) != napi_ok || type != napi_function) {
    call.ThrowType("OutOfMemoryError must be a class");
  }
  // The references last as long as the environment, so an earlier block is let go only here.
  for (napi_ref* reference : {&instance.parameters_reference, &instance.out_of_memory_error}) {
    if (*reference != nullptr) napi_delete_reference(env, *reference);
    *reference = nullptr;
  }
  instance.parameters = nullptr;
  if (napi_create_reference(env, call.argument(0), 1, &instance.parameters_reference) != napi_ok ||
      napi_create_reference(env, call.argument(1), 1, &instance.out_of_memory_error) != napi_ok) {
    throw std::bad_alloc();
  }
  instance.parameters = static_cast<const double*>(block.data);
  instance.parameters_length = block.length;
  return call.Undefined();
}

napi_value FailAllocations(Call& call) {
  const int64_t after = std::max<int64_t>(call.Integer(0, "after"), -1);
  for (Scratch* scratch : {&call.instance().scratch, &call.instance().staging}) {
    scratch->FailAfter(static_cast<long>(after));
    scratch->Release();
  }
  return call.Undefined();
}

napi_value AdviseHugePages(Call& call) {
  const Elements x = call.Array(0, kUint8, "x");
  handgrad::AdviseHugePages(const_cast<void*>(static_cast<const void*>(x.data)), x.length);
  return call.Undefined();
}

napi_value BytesToCacheLine(Call& call) {
  const Elements x = call.Array(0, kUint8, "x");
  return call.ToNumber(static_cast<double>(-reinterpret_cast<uintptr_t>(x.data) % 64));
}

}  // namespace handgrad
