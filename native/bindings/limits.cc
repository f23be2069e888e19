#include "bindings/limits.h"

#include <string>

#include "drivers/limits.h"

namespace handgrad {

namespace {

/// Some seconds of work: a call cannot be interrupted.
constexpr size_t kMaxRounds = 1000 * 1000 * 1000;

size_t ReadRounds(const Call& call, size_t index, const char* what) {
  const size_t rounds = call.Size(index, what);
  if (rounds > kMaxRounds) call.ThrowRange(std::string(what) + " must be at most 10^9");
  return rounds;
}

}  // namespace

napi_value MultiplyAdds(Call& call) {
  return call.ToNumber(RunMultiplyAdds(call.instance().context(), ReadRounds(call, 0, "rounds")));
}

napi_value ReadAll(Call& call) {
  const Elements x = call.Array(0, kFloat32, "x");
  const size_t passes = ReadRounds(call, 1, "passes");
  return call.ToNumber(
      RunReadAll(call.instance().context(), static_cast<const float*>(x.data), x.length, passes));
}

}  // namespace handgrad
