#include "bindings/call.h"

#include <math.h>

#include <stdio.h>

#include <exception>
#include <new>

namespace handgrad {

namespace {

std::string Plain(double value) {
  char text[32];
  snprintf(text, sizeof text, "%.17g", value);
  return text;
}

}  // namespace

const char* ArrayName(ElementType type) {
  switch (type) {
    case kFloat32:
      return "Float32Array";
    case kFloat64:
      return "Float64Array";
    case kInt32:
      return "Int32Array";
    default:
      return "Uint8Array";
  }
}

Elements Call::Array(size_t index, const char* what) const {
  napi_typedarray_type type;
  Elements elements;
  // Asking for neither the buffer nor the offset saves making a handle.
  if (napi_get_typedarray_info(env_, arguments_[index], &type, &elements.length, &elements.data, nullptr,
                               nullptr) == napi_ok) {
    switch (type) {
      case napi_float32_array:
        elements.type = kFloat32;
        return elements;
      case napi_float64_array:
        elements.type = kFloat64;
        return elements;
      case napi_int32_array:
        elements.type = kInt32;
        return elements;
      case napi_uint8_array:
        elements.type = kUint8;
        return elements;
      default:
        break;
    }
  }
  ThrowType(std::string(what) + " must be a Float32Array, Float64Array, Int32Array or Uint8Array");
}

Elements Call::Array(size_t index, ElementType type, const char* what) const {
  const Elements elements = Array(index, what);
  if (elements.type != type) {
    ThrowType(std::string(what) + " must be a " + ArrayName(type) + ", got a " + ArrayName(elements.type));
  }
  return elements;
}

bool Call::IsNull(size_t index) const {
  napi_valuetype type;
  return napi_typeof(env_, arguments_[index], &type) == napi_ok &&
         (type == napi_null || type == napi_undefined);
}

int64_t Call::Integer(size_t index, const char* what) const {
  double value;
  if (napi_get_value_double(env_, arguments_[index], &value) != napi_ok) {
    ThrowType(std::string(what) + " must be a number");
  }
  // Written so that NaN fails.
  if (!(value >= -kMaxInteger && value <= kMaxInteger) || value != trunc(value)) ThrowNotInteger(value, what);
  return static_cast<int64_t>(value);
}

size_t Call::Size(size_t index, const char* what) const {
  const int64_t value = Integer(index, what);
  if (value < 0) ThrowNotInteger(static_cast<double>(value), what);
  return static_cast<size_t>(value);
}

std::string Call::Text(size_t index, const char* what) const {
  size_t length = 0;
  if (napi_get_value_string_utf8(env_, arguments_[index], nullptr, 0, &length) != napi_ok) {
    ThrowType(std::string(what) + " must be a string");
  }
  std::string text(length, '\0');
  napi_get_value_string_utf8(env_, arguments_[index], &text[0], length + 1, &length);
  return text;
}

napi_value Call::ToNumber(double value) const {
  napi_value result = nullptr;
  napi_create_double(env_, value, &result);
  return result;
}

void Call::ThrowType(const std::string& message) const {
  throw ArgumentError{ArgumentError::Kind::kType, std::string(name()) + ": " + message};
}

void Call::ThrowRange(const std::string& message) const {
  throw ArgumentError{ArgumentError::Kind::kRange, std::string(name()) + ": " + message};
}

void Call::ThrowNotInteger(double value, const char* what) const {
  ThrowRange(std::string(what) + " is not a whole number in its range: " + Plain(value));
}

void Call::RefuseDetached(size_t index, const char* what) const {
  napi_value buffer;
  bool detached = false;
  if (napi_get_typedarray_info(env_, arguments_[index], nullptr, nullptr, nullptr, &buffer, nullptr) ==
          napi_ok &&
      napi_is_detached_arraybuffer(env_, buffer, &detached) == napi_ok && detached) {
    ThrowType(std::string(what) + "'s buffer is detached");
  }
}

void Call::RequireShared(size_t index, const char* what) const {
  napi_value buffer;
  bool ordinary = true;
  // What holds a typed array's elements is the one kind of buffer or the other. Asking JavaScript's own class
  // could run a program's code.
  if (napi_get_typedarray_info(env_, arguments_[index], nullptr, nullptr, nullptr, &buffer, nullptr) ==
          napi_ok &&
      napi_is_arraybuffer(env_, buffer, &ordinary) == napi_ok && !ordinary) {
    return;
  }
  ThrowType(std::string(what) + " must lie in shared memory");
}

napi_value MakeOutOfMemoryError(napi_env env, const Instance& instance) {
  // No string is built here: there may be no memory for one.
  constexpr const char* kMessage = "no memory for the working space of this operation";
  napi_value constructor, message, error;
  if (napi_create_string_utf8(env, kMessage, NAPI_AUTO_LENGTH, &message) != napi_ok) return nullptr;
  if (instance.out_of_memory_error != nullptr &&
      napi_get_reference_value(env, instance.out_of_memory_error, &constructor) == napi_ok &&
      napi_new_instance(env, constructor, 1, &message, &error) == napi_ok) {
    return error;
  }
  return napi_create_error(env, nullptr, message, &error) == napi_ok ? error : nullptr;
}

void ThrowAsJavaScript(const Call& call) {
  const napi_env env = call.env();
  try {
    throw;
  } catch (const ArgumentError& error) {
    if (error.kind == ArgumentError::Kind::kType) {
      napi_throw_type_error(env, nullptr, error.message.c_str());
    } else {
      napi_throw_range_error(env, nullptr, error.message.c_str());
    }
  } catch (const std::bad_alloc&) {
    const napi_value error = MakeOutOfMemoryError(env, call.instance());
    if (error == nullptr || napi_throw(env, error) != napi_ok) napi_throw_error(env, nullptr, "no memory");
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  } catch (...) {
    napi_throw_error(env, nullptr, "unknown failure");
  }
}

}  // namespace handgrad
