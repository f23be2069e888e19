// Two passes: the first counts in each run, the second knows from that where the results of each run go. So both can
// use threads. In between the memory may change, if someone shares it: the second pass stays within the places that
// the first has found.
#include "drivers/masks.h"

#include <algorithm>

#include "drivers/runs.h"

namespace handgrad {

namespace {

/// Counts in each run, then where each run's results begin: starts[runs.count()] is the number of all.
const size_t* CountRuns(const Context& context, ElementType type, const Runs& runs) {
  context.staging.Reserve(0, 0, (runs.count() + 1) * sizeof(size_t));
  size_t* starts = static_cast<size_t*>(context.staging.Shared());
  const auto count_nonzero = context.kernels.countNonzero[type];
  runs.ForEach(context, 1, 0,
               [&](char** data, size_t n, size_t index) { count_nonzero(data[0], n, &starts[index]); });
  size_t total = 0;
  for (size_t i = 0; i < runs.count(); ++i) {
    const size_t found = starts[i];
    starts[i] = total;
    total += found;
  }
  starts[runs.count()] = total;
  return starts;
}

/// Where in a run the elements that differ from 0 are, up to `room` of them. Branches would be predicted wrongly
/// as often as not, and vectors have nothing to gain here: one loop for all instruction sets.
template <typename T>
size_t FindNonzero(const char* data, size_t n, size_t room, uint32_t* places) {
  const T* x = reinterpret_cast<const T*>(data);
  size_t found = 0;
  for (size_t i = 0; i < n && found < room; ++i) {
    places[found] = static_cast<uint32_t>(i);
    found += x[i] != T(0);
  }
  return found;
}

size_t FindNonzero(ElementType type, const char* data, size_t n, size_t room, uint32_t* places) {
  switch (type) {
    case kFloat32:
      return FindNonzero<float>(data, n, room, places);
    case kFloat64:
      return FindNonzero<double>(data, n, room, places);
    case kInt32:
      return FindNonzero<int32_t>(data, n, room, places);
    default:
      return FindNonzero<uint8_t>(data, n, room, places);
  }
}

/// Turns places in row-major order into coordinates.
class Unraveler {
 public:
  Unraveler(const Loops& shape, const Coordinates& out)
      : shape_(shape), out_(out), last_(shape.rank - 1), columns_(shape.sizes[last_]) {}

  /// Writes row `row` of the result; calls with ascending places seldom divide.
  void Write(size_t place, size_t row) {
    if (place - first_ >= columns_ || !begun_) MoveTo(place);
    int32_t* to = out_.data + static_cast<ptrdiff_t>(row) * out_.row;
    for (size_t d = 0; d < last_; ++d, to += out_.column) *to = outer_[d];
    *to = static_cast<int32_t>(place - first_);
  }

 private:
  void MoveTo(size_t place) {
    size_t rest = place / columns_;
    first_ = rest * columns_;
    for (size_t d = last_; d-- > 0; rest /= shape_.sizes[d]) {
      outer_[d] = static_cast<int32_t>(rest % shape_.sizes[d]);
    }
    begun_ = true;
  }

  const Loops& shape_;
  const Coordinates& out_;
  const size_t last_;
  const size_t columns_;
  size_t first_ = 0;
  bool begun_ = false;
  int32_t outer_[kMaxRank];
};

/// What a mask chooses, to places that are no neighbours.
template <typename T>
void SelectApart(const MaskedSelectRun& job, ptrdiff_t stride) {
  const T* x = static_cast<const T*>(job.x);
  T* out = static_cast<T*>(job.out);
  size_t found = 0;
  for (size_t i = 0; i < job.n && found < job.count; ++i) {
    *out = x[i];
    const bool chosen = job.mask[i] != 0;
    found += chosen;
    out += chosen ? stride : 0;
  }
}

}  // namespace

size_t RunCountNonzero(const Context& context, ElementType type, const Operand& x, const Loops& loops) {
  Loops walk = loops;
  const Runs runs(&x, &walk, 0, 0);
  return CountRuns(context, type, runs)[runs.count()];
}

size_t RunNonzero(const Context& context, ElementType type, const Operand& x, const Loops& loops,
                  const Coordinates& out) {
  Loops walk = loops;
  const Runs runs(&x, &walk, 0, 0, Runs::Order::kRowMajor);
  const size_t* starts = CountRuns(context, type, runs);
  const size_t total = starts[runs.count()];
  if (total != out.count || loops.rank == 0) return total;
  runs.ForEach(context, 1, 0, [&](char** data, size_t n, size_t index) {
    // In parts whose places fit into a few cache lines of the stack.
    constexpr size_t kPart = 1024;
    uint32_t places[kPart];
    Unraveler unraveler(loops, out);
    size_t row = starts[index];
    for (size_t start = 0; start < n; start += kPart) {
      const size_t room = std::min(kPart, starts[index + 1] - row);
      const size_t found =
          FindNonzero(type, data[0] + start * x.bytes, std::min(kPart, n - start), room, places);
      const size_t first = runs.FirstPlace(index) + start;
      for (size_t k = 0; k < found; ++k) unraveler.Write(first + places[k], row++);
    }
  });
  return total;
}

size_t RunMaskedSelect(const Context& context, const Operand& mask, const Operand& x, const Loops& loops,
                       const Row& out) {
  Loops walk = loops;
  const Operand operands[] = {mask, x};
  const Runs runs(operands, &walk, 0, 0, Runs::Order::kRowMajor);
  const size_t* starts = CountRuns(context, kUint8, runs);
  const size_t total = starts[runs.count()];
  if (total != out.count) return total;
  const KernelTable& kernels = context.kernels;
  const bool together = out.stride == 1;
  const auto select = x.bytes == 1   ? kernels.maskedSelect_1
                      : x.bytes == 4 ? kernels.maskedSelect_4
                                     : kernels.maskedSelect_8;
  runs.ForEach(context, 2, 0, [&](char** data, size_t n, size_t index) {
    const ptrdiff_t start = static_cast<ptrdiff_t>(starts[index]) * out.stride;
    const MaskedSelectRun run = {data[1], reinterpret_cast<const uint8_t*>(data[0]), n,
                                 Advance(out.first.data, start, x.bytes), starts[index + 1] - starts[index]};
    if (together) return select(run);
    if (x.bytes == 1) return SelectApart<uint8_t>(run, out.stride);
    if (x.bytes == 4) return SelectApart<uint32_t>(run, out.stride);
    SelectApart<uint64_t>(run, out.stride);
  });
  return total;
}

}  // namespace handgrad
