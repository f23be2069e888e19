#include "drivers/library.h"

#include <math.h>

namespace handgrad {

namespace {

double Pow(double a, double b) { return pow(a, b); }
double Fmod(double a, double b) { return fmod(a, b); }

/// As Python has it: the sign of b.
double Remainder(double a, double b) {
  const double rest = fmod(a, b);
  return (rest < 0 && b > 0) || (rest > 0 && b < 0) ? rest + b : rest;
}

/// As Python's //: a less its remainder is a multiple of b, and dividing it is off by less than a half.
double FloorDivide(double a, double b) {
  if (b == 0) return a / b;
  const double rest = fmod(a, b);
  const double multiple = (a - rest) / b;
  const double quotient = rest != 0 && (rest < 0) != (b < 0) ? multiple - 1 : multiple;
  if (quotient == 0) return 0 * (a / b);  // a zero with the sign of a / b
  const double below = floor(quotient);
  return quotient - below > 0.5 ? below + 1 : below;
}

double Atan2(double a, double b) { return atan2(a, b); }

double LogAddExp(double a, double b) {
  if (a == b) return a + 0.6931471805599453;  // equal infinities have no difference
  if (isnan(a) || isnan(b)) return a + b;
  return (a > b ? a : b) + log1p(exp(-fabs(a - b)));
}

using Two = double (*)(double, double);

template <typename T, Two kFunction>
void BinaryByLibrary(const void* const* inputs, void* out, size_t n, unsigned scalars) noexcept {
  const T* a = static_cast<const T*>(inputs[0]);
  const T* b = static_cast<const T*>(inputs[1]);
  T* y = static_cast<T*>(out);
  const size_t step_a = scalars & 1 ? 0 : 1, step_b = scalars & 2 ? 0 : 1;
  for (size_t i = 0; i < n; ++i) {
    y[i] = static_cast<T>(kFunction(static_cast<double>(a[i * step_a]), static_cast<double>(b[i * step_b])));
  }
}

#define HANDGRAD_UNARY_LIBRARY(name)                                                       \
  template <typename T>                                                                    \
  void Unary_##name(const void* const* inputs, void* out, size_t n, unsigned) noexcept {   \
    const T* x = static_cast<const T*>(inputs[0]);                                         \
    T* y = static_cast<T*>(out);                                                           \
    for (size_t i = 0; i < n; ++i) y[i] = static_cast<T>(name(static_cast<double>(x[i]))); \
  }
#include "kernels/kernel_list.inc"

}  // namespace

ElementwiseKernel LibraryUnary(size_t op, ElementType type) {
  if (type >= kFloatTypes) return nullptr;
  switch (op) {
#define HANDGRAD_UNARY_LIBRARY(name) \
  case kUnary_##name:                \
    return type == kFloat32 ? Unary_##name<float> : Unary_##name<double>;
#include "kernels/kernel_list.inc"
    default:
      return nullptr;
  }
}

ElementwiseKernel LibraryBinary(size_t op, ElementType type) {
  if (type >= kFloatTypes) return nullptr;
  switch (op) {
#define HANDGRAD_BINARY_LIBRARY(name, Function) \
  case kBinary_##name:                          \
    return type == kFloat32 ? BinaryByLibrary<float, Function> : BinaryByLibrary<double, Function>;
#include "kernels/kernel_list.inc"
    // Of these there are vectors for floats alone.
    case kBinary_pow:
      return type == kFloat64 ? BinaryByLibrary<double, Pow> : nullptr;
    case kBinary_fmod:
      return type == kFloat64 ? BinaryByLibrary<double, Fmod> : nullptr;
    case kBinary_remainder:
      return type == kFloat64 ? BinaryByLibrary<double, Remainder> : nullptr;
    default:
      return nullptr;
  }
}

}  // namespace handgrad
