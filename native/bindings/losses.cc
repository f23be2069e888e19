#include "bindings/losses.h"

#include <string>

#include "bindings/operands.h"
#include "bindings/parameters.h"
#include "drivers/losses.h"

namespace handgrad {

namespace {

/// What a loop of two holds about an operand.
Matrix MatrixOf(const Loops& loops, const Operand* operands, size_t i) {
  return {operands[i].data, loops.strides[i][0], loops.strides[i][1]};
}

void RequireRank(const Call& call, const Loops& loops, size_t rank) {
  if (loops.rank == rank) return;
  call.ThrowRange("rank must be " + std::to_string(rank) + ", got " + std::to_string(loops.rank));
}

constexpr Matrix kNoMatrix = {nullptr, 0, 0};

}  // namespace

napi_value LogSoftmax(Call& call) {
  Parameters parameters(call);
  const Argument arguments[] = {ReadArgument(call, 0, "x"), ReadArgument(call, 1, "out")};
  RequireFloats(call, arguments[0]);
  RequireSameType(call, arguments[1], arguments[0]);
  Loops loops;
  Operand operands[2];
  const bool any = ReadElementwise(&parameters, arguments, 2, &loops, operands);
  RequireRank(call, loops, 2);
  if (any) {
    RunLogSoftmax(call.instance().context(), arguments[0].elements.type, {loops.sizes[0], loops.sizes[1]},
                  MatrixOf(loops, operands, 0), MatrixOf(loops, operands, 1));
  }
  return call.Undefined();
}

napi_value CrossEntropy(Call& call) {
  Parameters parameters(call);
  const double scale = parameters.Number("scale");

  const bool losses = !call.IsNull(2), gradient = !call.IsNull(3);
  Argument by_class[2] = {ReadArgument(call, 0, "logits")};
  RequireFloats(call, by_class[0]);
  if (gradient) {
    by_class[1] = ReadArgument(call, 3, "dLogits");
    RequireSameType(call, by_class[1], by_class[0]);
  }
  Argument by_row[2] = {{1, "targets", call.Array(1, kInt32, "targets")}};
  if (losses) {
    by_row[1] = ReadArgument(call, 2, "losses");
    RequireSameType(call, by_row[1], by_class[0]);
  }

  Loops rows, loops;
  Operand row_operands[2], operands[2];
  const auto read_rows = losses ? ReadElementwise : ReadOperands;
  const auto read_classes = gradient ? ReadElementwise : ReadOperands;
  read_rows(&parameters, by_row, losses ? 2 : 1, &rows, row_operands);
  RequireRank(call, rows, 1);
  read_classes(&parameters, by_class, gradient ? 2 : 1, &loops, operands);
  RequireRank(call, loops, 2);
  if (loops.sizes[0] != rows.sizes[0]) {
    call.ThrowRange("there are " + std::to_string(rows.sizes[0]) + " targets for " +
                    std::to_string(loops.sizes[0]) + " rows");
  }
  if (rows.sizes[0] == 0) return call.ToNumber(0);

  CrossEntropyJob job;
  job.type = by_class[0].elements.type;
  job.shape = {loops.sizes[0], loops.sizes[1]};
  job.logits = MatrixOf(loops, operands, 0);
  job.targets = {static_cast<const int32_t*>(row_operands[0].data), rows.strides[0][0], rows.sizes[0]};
  job.scale = scale;
  job.losses = losses ? row_operands[1].data : nullptr;
  job.losses_step = losses ? rows.strides[1][0] : 0;
  job.d_logits = gradient ? MatrixOf(loops, operands, 1) : kNoMatrix;
  double sum;
  BadIndex bad;
  if (!RunCrossEntropy(call.instance().context(), job, &sum, &bad)) {
    call.ThrowRange("target at row " + std::to_string(bad.position) + " is " + std::to_string(bad.value) +
                    ", but there are " + std::to_string(job.shape.classes) + " classes");
  }
  return call.ToNumber(sum);
}

napi_value SquaredError(Call& call) {
  Parameters parameters(call);
  const double scale = parameters.Number("scale");
  Argument arguments[3] = {ReadArgument(call, 0, "input"), ReadArgument(call, 1, "target")};
  RequireFloats(call, arguments[0]);
  RequireSameType(call, arguments[1], arguments[0]);
  const bool gradient = !call.IsNull(2);
  if (gradient) {
    arguments[2] = ReadArgument(call, 2, "dInput");
    RequireSameType(call, arguments[2], arguments[0]);
  }
  Loops loops;
  Operand operands[3];
  const auto read = gradient ? ReadElementwise : ReadOperands;
  if (!read(&parameters, arguments, gradient ? 3 : 2, &loops, operands)) return call.ToNumber(0);
  return call.ToNumber(
      RunSquaredError(call.instance().context(), arguments[0].elements.type, scale, operands, &loops));
}

}  // namespace handgrad
