// The numbers of a call: offsets, sizes, strides, codes. JavaScript writes them one after another into a
// block of shared memory (src/kernels/native/parameters.ts), which is much cheaper than as many arguments.
#ifndef HANDGRAD_BINDINGS_PARAMETERS_H_
#define HANDGRAD_BINDINGS_PARAMETERS_H_

#include "bindings/call.h"

namespace handgrad {

/// Reads the block from its start. Another thread of JavaScript's might be writing there: so each number is
/// read once, and what was checked is what is used.
class Parameters {
 public:
  explicit Parameters(const Call& call)
      : call_(call),
        next_(call.instance().parameters),
        end_(call.instance().parameters + call.instance().parameters_length) {}

  double Number(const char* what) {
    if (next_ == end_) Exhausted(what);
    return *static_cast<const volatile double*>(next_++);
  }

  /// A whole number from −2^53 to 2^53.
  int64_t Integer(const char* what) {
    const double value = Number(what);
    // Written so that NaN fails, and before the conversion, which is undefined for what does not fit.
    if (!(__builtin_fabs(value) <= kMaxInteger)) Refuse(value, what);
    const int64_t integer = static_cast<int64_t>(value);
    if (static_cast<double>(integer) != value) Refuse(value, what);
    return integer;
  }

  /// A whole number from 0 to 2^53.
  size_t Size(const char* what) {
    const int64_t value = Integer(what);
    if (value < 0) Refuse(static_cast<double>(value), what);
    return static_cast<size_t>(value);
  }

  /// A whole number from 0 to limit − 1.
  size_t Index(size_t limit, const char* what) {
    const size_t value = Size(what);
    if (value >= limit) Refuse(static_cast<double>(value), what);
    return value;
  }

  bool Boolean(const char* what) { return Index(2, what) == 1; }

  const Call& call() const { return call_; }

 private:
  [[noreturn]] void Refuse(double value, const char* what) const;
  [[noreturn]] void Exhausted(const char* what) const;

  const Call& call_;
  const double* next_;
  const double* end_;
};

}  // namespace handgrad

#endif  // HANDGRAD_BINDINGS_PARAMETERS_H_
