#include "bindings/elementwise.h"

#include <string.h>

#include <algorithm>
#include <string>

#include "bindings/operands.h"
#include "bindings/parameters.h"
#include "drivers/elementwise.h"
#include "drivers/library.h"

namespace handgrad {

namespace {

/// Reads the operands and runs `kernel` over them.
void Run(Parameters* parameters, ElementwiseKernel kernel, unsigned scalars, const Argument* arguments,
         size_t count) {
  const Call& call = parameters->call();
  if (kernel == nullptr) {
    call.ThrowType(std::string("there is no such function of a ") + ArrayName(arguments[0].elements.type));
  }
  Elementwise job = {kernel, scalars, {}};
  Loops loops;
  if (ReadElementwise(parameters, arguments, count, &loops, job.operands)) {
    RunElementwise(call.instance().context(), job, &loops);
  }
}

const KernelTable& Kernels(const Call& call) { return *call.instance().kernels; }

ElementwiseKernel BinaryKernel(const Call& call, size_t op, ElementType type) {
  const ElementwiseKernel kernel = Kernels(call).binary[op][type];
  return kernel != nullptr ? kernel : LibraryBinary(op, type);
}

template <typename T>
void Put(T value, unsigned char* bytes) {
  memcpy(bytes, &value, sizeof value);
}

double RequireBetween(const Call& call, double value, double low, double high) {
  if (!(value >= low && value <= high)) call.ThrowRange("value does not fit the type of out");
  return value;
}

void RequireBytes(const Call& call, const Argument& argument) {
  if (argument.elements.type != kUint8) call.ThrowType(std::string(argument.what) + " must be a Uint8Array");
}

}  // namespace

napi_value Unary(Call& call) {
  Parameters parameters(call);
  const size_t op = parameters.Index(kUnaryOps, "code");
  const Argument arguments[] = {ReadArgument(call, 0, "x"), ReadArgument(call, 1, "out")};
  RequireSameType(call, arguments[1], arguments[0]);
  const ElementType type = arguments[0].elements.type;
  const ElementwiseKernel kernel = type < kFloatTypes ? Kernels(call).unary[op][type] : nullptr;
  Run(&parameters, kernel != nullptr ? kernel : LibraryUnary(op, type), 0, arguments, 2);
  return call.Undefined();
}

napi_value Binary(Call& call) {
  Parameters parameters(call);
  const size_t op = parameters.Index(kBinaryOps, "code");
  const Argument arguments[] = {ReadArgument(call, 0, "a"), ReadArgument(call, 1, "b"),
                                ReadArgument(call, 2, "out")};
  RequireSameType(call, arguments[1], arguments[0]);
  RequireSameType(call, arguments[2], arguments[0]);
  Run(&parameters, BinaryKernel(call, op, arguments[0].elements.type), 3, arguments, 3);
  return call.Undefined();
}

napi_value Ternary(Call& call) {
  Parameters parameters(call);
  const size_t op = parameters.Index(kTernaryOps, "code");
  double scale = parameters.Number("scale");
  const Argument arguments[] = {ReadArgument(call, 0, "a"), ReadArgument(call, 1, "b"),
                                ReadArgument(call, 2, "c"), ReadArgument(call, 3, "out")};
  RequireFloats(call, arguments[0]);
  for (const Argument& argument : arguments) RequireSameType(call, argument, arguments[0]);
  // The scale is one more input, before the result: a single element for all places.
  constexpr size_t kScale = 3, kResult = 4;
  Elementwise job = {Kernels(call).ternary[op][arguments[0].elements.type], 2 | 4 | 8, {}};
  Loops loops;
  if (!ReadElementwise(&parameters, arguments, 4, &loops, job.operands)) return call.Undefined();
  loops.operands = 5;
  job.operands[kResult] = job.operands[kScale];
  job.operands[kScale] = {&scale, sizeof scale};
  std::copy_n(loops.strides[kScale], loops.rank, loops.strides[kResult]);
  std::fill_n(loops.strides[kScale], loops.rank, ptrdiff_t{0});
  RunElementwise(call.instance().context(), job, &loops);
  return call.Undefined();
}

napi_value Compare(Call& call) {
  Parameters parameters(call);
  const size_t op = parameters.Index(kCompareOps, "code");
  const Argument arguments[] = {ReadArgument(call, 0, "a"), ReadArgument(call, 1, "b"),
                                ReadArgument(call, 2, "out")};
  RequireSameType(call, arguments[1], arguments[0]);
  RequireBytes(call, arguments[2]);
  Run(&parameters, Kernels(call).compare[op][arguments[0].elements.type], 3, arguments, 3);
  return call.Undefined();
}

napi_value Where(Call& call) {
  Parameters parameters(call);
  const Argument arguments[] = {ReadArgument(call, 0, "condition"), ReadArgument(call, 1, "a"),
                                ReadArgument(call, 2, "b"), ReadArgument(call, 3, "out")};
  RequireBytes(call, arguments[0]);
  RequireSameType(call, arguments[2], arguments[1]);
  RequireSameType(call, arguments[3], arguments[1]);
  const size_t bytes = BytesOf(arguments[1].elements.type);
  const KernelTable& kernels = Kernels(call);
  Run(&parameters,
      bytes == 1   ? kernels.where_1
      : bytes == 4 ? kernels.where_4
                   : kernels.where_8,
      6, arguments, 4);
  return call.Undefined();
}

napi_value Copy(Call& call) {
  Parameters parameters(call);
  const bool to_booleans = parameters.Boolean("booleans");
  const Argument arguments[] = {ReadArgument(call, 0, "x"), ReadArgument(call, 1, "out")};
  const ElementType from = arguments[0].elements.type, to = arguments[1].elements.type;
  if (to_booleans) RequireBytes(call, arguments[1]);
  if (to_booleans || from != to) {
    Run(&parameters, Kernels(call).cast[from][to_booleans ? kElementTypes : to], 0, arguments, 2);
    return call.Undefined();
  }
  Loops loops;
  Operand operands[2];
  if (ReadElementwise(&parameters, arguments, 2, &loops, operands)) {
    RunCopy(call.instance().context(), operands[0], operands[1], &loops);
  }
  return call.Undefined();
}

napi_value Fill(Call& call) {
  Parameters parameters(call);
  const double value = parameters.Number("value");
  const Argument argument = ReadArgument(call, 0, "out");
  Loops loops;
  Operand operands[2];
  if (!ReadElementwise(&parameters, &argument, 1, &loops, operands)) return call.Undefined();
  // A copy from one element that repeats everywhere.
  alignas(8) unsigned char element[8];
  switch (argument.elements.type) {
    case kFloat64:
      Put(value, element);
      break;
    case kFloat32:
      Put(static_cast<float>(value), element);
      break;
    case kInt32:
      Put(static_cast<int32_t>(RequireBetween(call, value, -2147483648.0, 2147483647.0)), element);
      break;
    default:
      Put(static_cast<uint8_t>(RequireBetween(call, value, 0, 255)), element);
  }
  operands[1] = operands[0];
  operands[0] = {element, operands[1].bytes};
  loops.operands = 2;
  std::copy_n(loops.strides[0], loops.rank, loops.strides[1]);
  std::fill_n(loops.strides[0], loops.rank, ptrdiff_t{0});
  RunCopy(call.instance().context(), operands[0], operands[1], &loops);
  return call.Undefined();
}

napi_value Operations(Call& call) {
  const Napi::Env env(call.env());
  Napi::Object operations = Napi::Object::New(env);
  const auto list = [&](const char* family, const char* const* names, size_t count) {
    Napi::Array array = Napi::Array::New(env, count);
    for (size_t i = 0; i < count; ++i) array.Set(static_cast<uint32_t>(i), names[i]);
    operations.Set(family, array);
    return array;
  };
#define HANDGRAD_UNARY(name, Functor) #name,
  static constexpr const char* kUnaryNames[] = {
#include "kernels/kernel_list.inc"
  };
#define HANDGRAD_BINARY(name, Functor) #name,
  static constexpr const char* kBinaryNames[] = {
#include "kernels/kernel_list.inc"
  };
#define HANDGRAD_TERNARY(name, Functor) #name,
  static constexpr const char* kTernaryNames[] = {
#include "kernels/kernel_list.inc"
  };
#define HANDGRAD_COMPARE(name, Functor) #name,
  static constexpr const char* kCompareNames[] = {
#include "kernels/kernel_list.inc"
  };
#define HANDGRAD_FOLD(name, Functor) #name,
  static constexpr const char* kFoldNames[] = {
#include "kernels/kernel_list.inc"
  };
#define HANDGRAD_ARG_FOLD(name, Functor) #name,
  static constexpr const char* kArgFoldNames[] = {
#include "kernels/kernel_list.inc"
  };
  list("argFold", kArgFoldNames, kArgFoldOps);
  list("unary", kUnaryNames, kUnaryOps);
  list("ternary", kTernaryNames, kTernaryOps);
  list("compare", kCompareNames, kCompareOps);
  list("fold", kFoldNames, kFoldOps);
  static constexpr const char* kBinaryFamilies[] = {"binaryFloat32", "binaryFloat64", "binaryInt32",
                                                    "binaryUint8"};
  for (size_t type = 0; type < kElementTypes; ++type) {
    Napi::Array names = list(kBinaryFamilies[type], kBinaryNames, kBinaryOps);
    for (uint32_t op = 0; op < kBinaryOps; ++op) {
      if (BinaryKernel(call, op, static_cast<ElementType>(type)) == nullptr) names.Set(op, env.Null());
    }
  }
  return operations;
}

}  // namespace handgrad
