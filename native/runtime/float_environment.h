// The floating-point environment that kernels count on: round to nearest, subnormals kept.
#ifndef HANDGRAD_RUNTIME_FLOAT_ENVIRONMENT_H_
#define HANDGRAD_RUNTIME_FLOAT_ENVIRONMENT_H_

#include <stdint.h>

#include "runtime/cpu.h"

#if defined(HANDGRAD_X64)
#include <xmmintrin.h>
#endif

namespace handgrad {

/// Sets the defaults for its lifetime, where they are not set. Any library that was linked with -ffast-math
/// makes its process flush subnormals to zero, and a new thread inherits that from the one that starts it.
class FloatEnvironment {
 public:
  FloatEnvironment() : saved_(Read()) {
    if ((saved_ & kControl) != kDefault) Write(kDefault);
  }
  ~FloatEnvironment() {
    if ((saved_ & kControl) != kDefault) Write(saved_);
  }
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;

 private:
#if defined(HANDGRAD_X64)
  using Register = uint32_t;
  // MXCSR: all but the six status flags, which record what has happened and change nothing.
  static constexpr Register kControl = 0xffc0;
  static constexpr Register kDefault = 0x1f80;
  static Register Read() { return _mm_getcsr(); }
  static void Write(Register value) { _mm_setcsr(value); }
#elif defined(HANDGRAD_ARM64) && !defined(_MSC_VER)
  using Register = uint64_t;
  // FPCR: flush to zero (24, 19 for half), rounding mode (23, 22), default NaN (25).
  static constexpr Register kControl = 0x3c80000;
  static constexpr Register kDefault = 0;
  static Register Read() {
    Register value;
    __asm__ volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void Write(Register value) { __asm__ volatile("msr fpcr, %0" : : "r"(value)); }
#else
  using Register = uint32_t;
  static constexpr Register kControl = 0, kDefault = 0;
  static Register Read() { return 0; }
  static void Write(Register) {}
#endif

  const Register saved_;
};

}  // namespace handgrad

#endif  // HANDGRAD_RUNTIME_FLOAT_ENVIRONMENT_H_
