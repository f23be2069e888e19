#include "bindings/plan.h"

#include <algorithm>
#include <string>

#include "drivers/matmul.h"
#include "runtime/dispatch.h"

namespace handgrad {

namespace {

/// Elements of a matrix to plan for: more than any machine holds, and few enough that no count overflows.
constexpr double kMaxElements = 1e15;

void RequireElements(const Call& call, const char* what, size_t rows, size_t columns) {
  if (static_cast<double>(rows) * static_cast<double>(columns) <= kMaxElements) return;
  call.ThrowRange(std::string(what) + " would have more than 10^15 elements");
}

MatrixStrides ReadStrides(const Call& call, size_t index, const char* what) {
  return {static_cast<ptrdiff_t>(call.Integer(index, what)),
          static_cast<ptrdiff_t>(call.Integer(index + 1, what))};
}

template <typename T>
Napi::Object Describe(Napi::Env env, const MatmulTraits& traits, const PlannedMatmul<T>& planned) {
  const MatmulPlan& plan = planned.plan;
  const bool outer = plan.family == MatmulFamily::kOuter;
  Napi::Object result = Napi::Object::New(env);
  const auto number = [&](const char* name, size_t value) { result.Set(name, static_cast<double>(value)); };
  result.Set("family", outer ? "outer" : "dot");
  result.Set("transposed", plan.transposed);
  number("rows", plan.shape.rows);
  number("columns", plan.shape.columns);
  number("depth", plan.shape.depth);
  number("lanes", traits.lanes);
  number("tileRows", outer ? traits.rows_of[plan.vectors - 1] : traits.dot_rows);
  number("tileColumns", outer ? plan.vectors * traits.lanes : traits.dot_columns);
  result.Set("packA", plan.pack_a);
  result.Set("packB", plan.pack_b);
  result.Set("ownB", plan.own_b);
  number("blockDepth", std::min(plan.block_depth, plan.shape.depth));
  number("blockColumns", std::min(plan.block_columns, plan.shape.columns));
  number("packDepth", std::min(plan.pack_depth, plan.shape.depth));
  number("packColumns", std::min(plan.pack_columns, plan.shape.columns));
  result.Set("gather", plan.gather);
  number("restColumns", plan.rest_columns);
  number("depthParts", plan.depth_parts);
  number("rowTasks", plan.row_tasks);
  number("columnTasks", plan.column_tasks);
  number("sharedBytes", planned.shared_bytes());
  number("threadBytes", planned.thread_bytes());
  return result;
}

}  // namespace

napi_value DescribePlan(Call& call) {
  const std::string isa = call.Text(0, "isa");
  const KernelTable* table = FindTable(isa);
  if (table == nullptr) call.ThrowRange("this machine has no " + isa + " kernels");
  const size_t element_bytes = call.Size(1, "elementBytes");
  if (element_bytes != 4 && element_bytes != 8) call.ThrowRange("elementBytes must be 4 or 8");
  const MatmulShape shape = {call.Size(2, "rows"), call.Size(3, "columns"), call.Size(4, "depth")};
  if (shape.rows == 0 || shape.columns == 0)
    call.ThrowRange("there is no plan for a product without elements");
  RequireElements(call, "a", shape.rows, shape.depth);
  RequireElements(call, "b", shape.depth, shape.columns);
  RequireElements(call, "c", shape.rows, shape.columns);
  const MatrixStrides a = ReadStrides(call, 5, "a's strides"), b = ReadStrides(call, 7, "b's strides"),
                      c = ReadStrides(call, 9, "c's strides");
  const Napi::Env env(call.env());
  if (element_bytes == 4) {
    const MatmulOperands<float> operands = {{nullptr, a}, {nullptr, b}, {nullptr, c}, {}};
    return Describe(env, table->matmul_f32.traits, PlanFor(*table, shape, operands));
  }
  const MatmulOperands<double> operands = {{nullptr, a}, {nullptr, b}, {nullptr, c}, {}};
  return Describe(env, table->matmul_f64.traits, PlanFor(*table, shape, operands));
}

}  // namespace handgrad
