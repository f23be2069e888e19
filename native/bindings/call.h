// Reading the arguments of a call, cheaply and without trust.
//
// A small operation costs little more than its call, so this goes to the C interface directly. And since
// anyone can load the addon and call it, everything is checked: types, whole numbers, and that each element
// that the kernels will touch lies within its array. Between taking a pointer and its last use no JavaScript
// runs, so what was checked stays true.
#ifndef HANDGRAD_BINDINGS_CALL_H_
#define HANDGRAD_BINDINGS_CALL_H_

#include <napi.h>
#include <stddef.h>
#include <stdint.h>

#include <string>

#include "bindings/instance.h"

namespace handgrad {

/// Thrown inside the addon and turned into a JavaScript error where the call entered.
struct ArgumentError {
  enum class Kind { kType, kRange };
  Kind kind;
  std::string message;
};

/// `Float32Array` and so on, as errors name them.
const char* ArrayName(ElementType type);

/// A typed array's memory.
struct Elements {
  void* data;
  size_t length;
  ElementType type;
};

/// Sizes, offsets and strides are whole numbers within ±2^53, so sums of a few never overflow.
constexpr double kMaxInteger = 9007199254740992.0;

/// One call from JavaScript. Arguments count from 0; `what` names one in errors.
class Call {
 public:
  static constexpr size_t kMaxArguments = 16;

  Call(napi_env env, napi_callback_info info, size_t arguments) : env_(env) {
    size_t count = arguments;
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, arguments_, nullptr, &data);
    binding_ = static_cast<const Binding*>(data);
  }

  napi_env env() const { return env_; }
  const char* name() const { return binding_->name; }
  Instance& instance() const { return *binding_->instance; }
  napi_value argument(size_t index) const { return arguments_[index]; }

  /// A Float32Array, Float64Array, Int32Array or Uint8Array.
  Elements Array(size_t index, const char* what) const;
  /// The same, which must be of `type`.
  Elements Array(size_t index, ElementType type, const char* what) const;
  /// Whether the argument is null or left out.
  bool IsNull(size_t index) const;
  /// A whole number from −2^53 to 2^53.
  int64_t Integer(size_t index, const char* what) const;
  /// A whole number from 0 to 2^53.
  size_t Size(size_t index, const char* what) const;
  std::string Text(size_t index, const char* what) const;

  napi_value Undefined() const { return nullptr; }
  napi_value ToNumber(double value) const;

  [[noreturn]] void ThrowType(const std::string& message) const;
  [[noreturn]] void ThrowRange(const std::string& message) const;
  /// Throws a TypeError when that argument's buffer is detached, else returns.
  void RefuseDetached(size_t index, const char* what) const;
  /// Throws a TypeError unless the buffer of that argument, a typed array, is shared memory.
  void RequireShared(size_t index, const char* what) const;

 private:
  [[noreturn]] void ThrowNotInteger(double value, const char* what) const;

  napi_env env_;
  const Binding* binding_;
  napi_value arguments_[kMaxArguments];
};

/// The error of a failed allocation, or null where there is not even memory for that.
napi_value MakeOutOfMemoryError(napi_env env, const Instance& instance);

/// Throws what is in flight as a JavaScript error. To be called inside `catch (...)`.
void ThrowAsJavaScript(const Call& call);

/// The callback that JavaScript calls for `Function`: nothing thrown in it leaves as a C++ exception.
template <napi_value (*Function)(Call&), size_t kArguments>
napi_value Entry(napi_env env, napi_callback_info info) {
  static_assert(kArguments <= Call::kMaxArguments, "raise kMaxArguments");
  Call call(env, info, kArguments);
  try {
    return Function(call);
  } catch (...) {
    ThrowAsJavaScript(call);
    return nullptr;
  }
}

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_CALL_H_
