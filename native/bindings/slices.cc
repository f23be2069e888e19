#include "bindings/slices.h"

#include <math.h>
#include <stdint.h>

#include <algorithm>

#include "bindings/operands.h"
#include "bindings/parameters.h"
#include "drivers/histogram.h"
#include "drivers/slices.h"

namespace handgrad {

namespace {

constexpr size_t kX = 0, kValues = 1, kIndices = 2;

/// Reads x, and the results that there are, whose sizes are x's but for the last one.
class SliceReader {
 public:
  SliceReader(Parameters* parameters, SliceJob* job, Loops* loops)
      : parameters_(parameters), job_(job), loops_(loops) {
    const Argument x = ReadArgument(parameters->call(), kX, "x");
    any_ = ReadOperands(parameters, &x, 1, &x_loops_, &job->operands[kX]);
    if (x_loops_.rank == 0) parameters->call().ThrowRange("there is no dimension to go along");
    job->type = x.elements.type;
    *loops = x_loops_;
    loops->operands = 3;
    loops->rank = x_loops_.rank - 1;
    job->x = {x_loops_.sizes[loops->rank], x_loops_.strides[0][loops->rank]};
    if (job->x.size > INT32_MAX) parameters->call().ThrowRange("a slice is too long for int32");
    for (size_t result : {kValues, kIndices}) {
      job->operands[result] = {nullptr, 4};
      std::fill_n(loops->strides[result], loops->rank, ptrdiff_t{0});
    }
  }

  void ReadResult(size_t index, const char* what, ElementType type, Along* along) {
    const Call& call = parameters_->call();
    const Argument result = {index, what, call.Array(index, type, what)};
    Loops own;
    any_ &= ReadElementwise(parameters_, &result, 1, &own, &job_->operands[index]);
    bool fits = own.rank == x_loops_.rank;
    for (size_t d = 0; fits && d < loops_->rank; ++d) fits = own.sizes[d] == x_loops_.sizes[d];
    if (!fits) call.ThrowRange(std::string(what) + " does not fit the shape of x");
    std::copy_n(own.strides[0], loops_->rank, loops_->strides[index]);
    *along = {own.sizes[loops_->rank], own.strides[0][loops_->rank]};
  }

  bool any() const { return any_; }

 private:
  Parameters* parameters_;
  SliceJob* job_;
  Loops* loops_;
  Loops x_loops_;
  bool any_;
};

}  // namespace

napi_value Sort(Call& call) {
  Parameters parameters(call);
  const bool descending = parameters.Boolean("descending");
  SliceJob job = {};
  Loops loops;
  SliceReader reader(&parameters, &job, &loops);
  const bool writes_values = !call.IsNull(kValues), writes_indices = !call.IsNull(kIndices);
  if (!writes_values && !writes_indices) return call.Undefined();
  if (writes_values) reader.ReadResult(kValues, "values", job.type, &job.values);
  if (writes_indices) reader.ReadResult(kIndices, "indices", kInt32, &job.indices);
  if (!writes_values) job.values.size = job.indices.size;
  if (job.values.size > job.x.size || (writes_indices && job.indices.size != job.values.size)) {
    call.ThrowRange("values and indices must hold as many elements of a slice, and no more than it has");
  }
  if (reader.any()) RunSort(call.instance().context(), job, descending, &loops);
  return call.Undefined();
}

napi_value Median(Call& call) {
  Parameters parameters(call);
  SliceJob job = {};
  Loops loops;
  SliceReader reader(&parameters, &job, &loops);
  reader.ReadResult(kValues, "values", job.type, &job.values);
  job.indices.size = 1;
  if (!call.IsNull(kIndices)) reader.ReadResult(kIndices, "indices", kInt32, &job.indices);
  if (job.values.size != 1 || job.indices.size != 1) call.ThrowRange("a slice has one median");
  if (reader.any()) RunMedian(call.instance().context(), job, &loops);
  return call.Undefined();
}

napi_value Scan(Call& call) {
  Parameters parameters(call);
  const ScanOp op = static_cast<ScanOp>(parameters.Index(kScanOps, "code"));
  SliceJob job = {};
  Loops loops;
  SliceReader reader(&parameters, &job, &loops);
  reader.ReadResult(kValues, "out", job.type < kFloatTypes ? job.type : kFloat64, &job.values);
  if (job.values.size != job.x.size) call.ThrowRange("out does not fit the shape of x");
  if (reader.any()) RunScan(call.instance().context(), job, op, &loops);
  return call.Undefined();
}

napi_value HistogramOf(Call& call) {
  Parameters parameters(call);
  Histogram job;
  job.low = parameters.Number("low");
  job.high = parameters.Number("high");
  if (!(job.low < job.high) || !isfinite(job.high - job.low)) call.ThrowRange("low must be below high");
  const Argument x = ReadArgument(call, 0, "x"), out = ReadArgument(call, 1, "out");
  RequireFloats(call, x);
  RequireSameType(call, out, x);
  job.type = x.elements.type;
  Loops loops, out_loops;
  const bool any = ReadOperands(&parameters, &x, 1, &loops, &job.x);
  const bool counts = ReadElementwise(&parameters, &out, 1, &out_loops, &job.out);
  if (out_loops.rank != 1) call.ThrowRange("out must have one dimension");
  if (!counts) return call.Undefined();
  job.parts = out_loops.sizes[0];
  job.out_stride = out_loops.strides[0][0];
  if (!any) {  // one loop of no turns
    loops.rank = 1;
    loops.sizes[0] = 0;
    loops.strides[0][0] = 0;
  }
  RunHistogram(call.instance().context(), job, &loops);
  return call.Undefined();
}

}  // namespace handgrad
