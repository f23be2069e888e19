#include "drivers/losses.h"

#include <algorithm>

#include "drivers/copy_tile.h"
#include "drivers/runs.h"
#include "drivers/tiles.h"

namespace handgrad {

namespace {

constexpr size_t Bytes(ElementType type) { return type == kFloat32 ? sizeof(float) : sizeof(double); }

/// Rows of classes, cut into tasks that depend on the shape alone. Where classes are not neighbours, a few
/// rows at a time are brought together in scratch memory.
class RowTasks {
 public:
  /// x is read, and out written where it is not null.
  RowTasks(ElementType type, MatrixShape shape, const Matrix& x, const Matrix& out)
      : bytes_(Bytes(type)), shape_(shape), x_(x), out_(out) {
    gathers_x_ = x.column != 1 && shape.classes > 1;
    gathers_out_ = out.data != nullptr && out.column != 1 && shape.classes > 1;
    const size_t classes = std::max<size_t>(1, shape.classes);  // with none, every target is refused
    rows_of_task_ = std::max<size_t>(1, kTaskElements / classes);
    rows_at_once_ =
        gathers() ? std::min(rows_of_task_, std::max<size_t>(1, kGathered / classes)) : rows_of_task_;
  }

  size_t count() const { return DivideUp(shape_.rows, rows_of_task_); }
  size_t bytes_per_thread() const {
    return gathers() ? std::min(rows_at_once_, shape_.rows) * shape_.classes * bytes_ : 0;
  }

  /// Calls run(task, first, rows, x, x_row, out, out_row) until all rows have been done. x and out are
  /// addresses of row `first`; a task's rows are done in order.
  template <typename Run>
  void ForEach(const Context& context, const Run& run) const {
    context.pool.ParallelFor(count(), [&](size_t task, size_t thread) {
      const size_t end = std::min(shape_.rows, (task + 1) * rows_of_task_);
      for (size_t first = task * rows_of_task_; first < end; first += rows_at_once_) {
        RunRows(context, task, first, std::min(rows_at_once_, end - first),
                gathers() ? context.scratch.OfThread(thread) : nullptr, run);
      }
    });
  }

 private:
  // An exp costs several times what an addition does, so this is less than kGrain.
  static constexpr size_t kTaskElements = 8192;
  static constexpr size_t kGathered = 2048;

  bool gathers() const { return gathers_x_ || gathers_out_; }

  template <typename Run>
  void RunRows(const Context& context, size_t task, size_t first, size_t rows, void* place,
               const Run& run) const {
    const ptrdiff_t place_row = static_cast<ptrdiff_t>(shape_.classes);
    const void* x = Advance(x_.data, static_cast<ptrdiff_t>(first) * x_.row, bytes_);
    void* out =
        out_.data == nullptr ? nullptr : Advance(out_.data, static_cast<ptrdiff_t>(first) * out_.row, bytes_);
    const CopyTileKernel copy = CopyTileOf(context.kernels, bytes_);
    if (gathers_x_) copy(x, x_.row, x_.column, place, place_row, 1, rows, shape_.classes);
    // The kernels may write over what they read, so one place serves both.
    run(task, first, rows, gathers_x_ ? place : x, gathers_x_ ? place_row : x_.row,
        gathers_out_ ? place : out, gathers_out_ ? place_row : out_.row);
    if (gathers_out_) copy(place, place_row, 1, out, out_.row, out_.column, rows, shape_.classes);
  }

  size_t bytes_;
  MatrixShape shape_;
  Matrix x_;
  Matrix out_;
  bool gathers_x_;
  bool gathers_out_;
  size_t rows_of_task_;
  size_t rows_at_once_;
};

}  // namespace

void RunLogSoftmax(const Context& context, ElementType type, MatrixShape shape, const Matrix& x,
                   const Matrix& out) {
  const RowTasks tasks(type, shape, x, out);
  context.scratch.Reserve(context.pool.threads(), tasks.bytes_per_thread());
  tasks.ForEach(context, [&](size_t, size_t, size_t rows, const void* from, ptrdiff_t from_row, void* to,
                             ptrdiff_t to_row) {
    context.kernels.logSoftmax[type]({rows, shape.classes, from, from_row, to, to_row});
  });
}

bool RunCrossEntropy(const Context& context, const CrossEntropyJob& job, double* sum, BadIndex* bad) {
  const RowTasks tasks(job.type, job.shape, job.logits, job.d_logits);
  const size_t sums_bytes = tasks.count() * sizeof(double);
  context.scratch.Reserve(context.pool.threads(), tasks.bytes_per_thread(),
                          sums_bytes + job.shape.rows * sizeof(int32_t));
  double* sums = static_cast<double*>(context.scratch.Shared());
  int32_t* targets = reinterpret_cast<int32_t*>(sums + tasks.count());
  if (!CopyChecked(job.targets, job.shape.classes, targets, bad)) return false;
  std::fill_n(sums, tasks.count(), 0.0);
  tasks.ForEach(context, [&](size_t task, size_t first, size_t rows, const void* logits, ptrdiff_t logits_row,
                             void* d_logits, ptrdiff_t d_logits_row) {
    CrossEntropyRows part = {rows,    job.shape.classes, logits,   logits_row,   targets + first, job.scale,
                             nullptr, job.losses_step,   d_logits, d_logits_row, sums + task};
    if (job.losses != nullptr) {
      part.losses = Advance(job.losses, static_cast<ptrdiff_t>(first) * job.losses_step, Bytes(job.type));
    }
    context.kernels.crossEntropy[job.type](part);
  });
  *sum = 0;
  for (size_t task = 0; task < tasks.count(); ++task) *sum += sums[task];
  return true;
}

double RunSquaredError(const Context& context, ElementType type, double scale, const Operand* operands,
                       Loops* loops) {
  constexpr size_t kInput = 0, kTarget = 1, kGradient = 2;
  const bool gradient = loops->operands > kGradient;
  const Runs runs(operands, loops, kInput, 1u << kGradient);
  runs.ForEach(context, loops->operands, runs.count() * sizeof(double),
               [&](char* const* data, size_t n, size_t index) {
                 double* sums = static_cast<double*>(context.scratch.Shared());
                 context.kernels.squaredError[type]({n, data[kInput], data[kTarget], scale,
                                                     gradient ? data[kGradient] : nullptr, sums + index});
               });
  double sum = 0;
  const double* sums = static_cast<const double*>(context.scratch.Shared());
  for (size_t i = 0; i < runs.count(); ++i) sum += sums[i];
  return sum;
}

}  // namespace handgrad
