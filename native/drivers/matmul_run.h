// From a plan to the kernels: what is packed when, and which block of C a task computes. For drivers/matmul.cc alone.
#ifndef HANDGRAD_DRIVERS_MATMUL_RUN_H_
#define HANDGRAD_DRIVERS_MATMUL_RUN_H_

#include <stddef.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "drivers/divide.h"
#include "drivers/matmul.h"
#include "drivers/matmul_tasks.h"
#include "kernels/kernel_table.h"

namespace handgrad {

inline const MatmulKernels<float>& KernelsFor(const KernelTable& table, float) { return table.matmul_f32; }
inline const MatmulKernels<double>& KernelsFor(const KernelTable& table, double) { return table.matmul_f64; }

inline ptrdiff_t Signed(size_t size) { return static_cast<ptrdiff_t>(size); }

/// Follows a plan. `ForEach` is how tasks are run: called with their number and with a function of a task's
/// index and its thread's working space. Its ForgetOwn() has every thread pack B again.
template <typename T, typename ForEach>
class MatmulRun {
 public:
  MatmulRun(const KernelTable& table, const PlannedMatmul<T>& planned, T* shared, const ForEach& for_each)
      : table_(table),
        kernels_(KernelsFor(table, T())),
        plan_(planned.plan),
        a_(planned.operands.a),
        b_(planned.operands.b),
        c_(planned.operands.c),
        end_(planned.operands.end),
        shared_(shared),
        for_each_(for_each) {
    if (plan_.transposed) {
      std::swap(a_, b_);
      a_.strides = a_.strides.Transposed();
      b_.strides = b_.strides.Transposed();
      c_.strides = c_.strides.Transposed();
    }
  }

  void Run() const {
    if (plan_.depth_parts > 1) {
      RunSplit();
    } else if (plan_.family == MatmulFamily::kDot) {
      RunDot();
    } else {
      RunOuter();
    }
  }

 private:
  size_t strip() const { return static_cast<size_t>(plan_.vectors) * kernels_.traits.lanes; }
  size_t tasks() const { return plan_.row_tasks * plan_.column_tasks; }

  /// What is done with the sums over `depth`, which begin at (row, column) of C.
  MatmulTarget<T> Target(const Matrix<T>& c, size_t row, size_t column, const Range& depth,
                         bool gathered) const {
    MatmulTarget<T> target = {};
    target.c = c.data + Signed(row) * c.strides.row + Signed(column) * c.strides.column;
    target.row = c.strides.row;
    target.column = c.strides.column;
    target.finish.add = depth.begin > 0 || (end_.accumulate && !gathered);
    if (depth.end == plan_.shape.depth && !gathered) SetEnd(row, column, &target.finish);
    return target;
  }

  void SetEnd(size_t row, size_t column, MatmulFinish<T>* finish) const {
    finish->relu = end_.relu;
    if (end_.bias == nullptr) return;
    // The bias belongs to the columns of C as the caller sees it.
    finish->bias = end_.bias + (plan_.transposed ? row : column);
    finish->bias_row = plan_.transposed ? 1 : 0;
    finish->bias_column = plan_.transposed ? 0 : 1;
  }

  // Outer products

  /// The columns and the depth that all tasks pass at a time.
  struct Pass {
    Range columns;
    Range depth;
  };

  void RunOuter() const {
    MatmulShape shape = plan_.shape;
    shape.columns -= plan_.rest_columns;
    if (plan_.rest_columns > 0) PackRest();
    if (plan_.own_b) for_each_.ForgetOwn();
    if (!plan_.pack_b || plan_.own_b) {
      const Pass whole = {{0, shape.columns}, {0, shape.depth}};
      for_each_(tasks(), [&](size_t task, T* space) { OuterTask(task, whole, space); });
      return;
    }
    size_t k = 0;
    do {
      const Range depth = {k, std::min(shape.depth, k + plan_.pack_depth)};
      if (plan_.share_a) PackA(depth);
      for (size_t column = 0; column < shape.columns; column += plan_.pack_columns) {
        const Pass pass = {{column, std::min(shape.columns, column + plan_.pack_columns)}, depth};
        PackB(pass);
        for_each_(tasks(), [&](size_t task, T* space) { OuterTask(task, pass, space); });
      }
      k = depth.end;
    } while (k < shape.depth);
  }

  /// The rows of a task.
  Range RowsOf(size_t row_task) const {
    return Part(plan_.shape.rows, kernels_.traits.rows_of[plan_.vectors - 1], plan_.row_tasks, row_task);
  }

  /// Where packed A is that all columns share: behind packed B, task by task.
  T* SharedA(size_t row, const Range& depth) const {
    return shared_ + plan_.shared_elements - plan_.shape.rows * plan_.block_depth + row * depth.size();
  }

  /// Copies a block of depth of all of A into tiles.
  void PackA(const Range& depth) const {
    for_each_(plan_.row_tasks, [&](size_t task, T*) {
      const Range rows = RowsOf(task);
      kernels_.pack_tiles({rows.size(), depth.size(), plan_.vectors, AtA(rows.begin, depth.begin),
                           a_.strides.row, a_.strides.column, SharedA(rows.begin, depth)});
    });
  }

  /// How far into packed B the strips for the block of depth that begins at k are.
  size_t PackedAt(const Pass& pass, size_t k) const {
    return (k - pass.depth.begin) * RoundUp(pass.columns.size(), strip());
  }

  /// Copies B into strips as wide as a tile, block of depth by block of depth.
  void PackB(const Pass& pass) const {
    const size_t strips = DivideUp(pass.columns.size(), strip());
    const size_t blocks = DivideUp(pass.depth.size(), plan_.block_depth);
    // Tasks of some thousand elements.
    const size_t strips_at_once = std::clamp<size_t>(64 * 1024 / (strip() * plan_.block_depth), 1, strips);
    const size_t groups = DivideUp(strips, strips_at_once);
    for_each_(blocks * groups, [&](size_t task, T*) {
      const size_t k = pass.depth.begin + task / groups * plan_.block_depth;
      const size_t first = task % groups * strips_at_once;
      PackStrips(pass, k, {first, std::min(strips, first + strips_at_once)}, shared_);
    });
  }

  void PackStrips(const Pass& pass, size_t k, const Range& strips, T* packed) const {
    const size_t depth = std::min(plan_.block_depth, pass.depth.end - k);
    for (size_t s = strips.begin; s < strips.end; s++) {
      const size_t column = pass.columns.begin + s * strip();
      kernels_.pack({std::min(strip(), pass.columns.end - column), depth, AtB(k, column), b_.strides.column,
                     b_.strides.row, strip(), packed + PackedAt(pass, k) + s * strip() * depth});
    }
  }

  /// B as this thread has packed it, in its space: at its first task.
  const T* OwnB(const Pass& pass, T* space) const {
    T* packed = space + kOwnBHeader;
    if (*space == 0) {
      const Range strips = {0, DivideUp(pass.columns.size(), strip())};
      for (size_t k = pass.depth.begin; k < pass.depth.end; k += plan_.block_depth) {
        PackStrips(pass, k, strips, packed);
      }
      *space = 1;
    }
    return packed;
  }

  const T* AtA(size_t row, size_t k) const {
    return a_.data + Signed(row) * a_.strides.row + Signed(k) * a_.strides.column;
  }
  const T* AtB(size_t k, size_t column) const {
    return b_.data + Signed(k) * b_.strides.row + Signed(column) * b_.strides.column;
  }

  /// A task's part of C, for those columns and that part of the depth.
  void OuterTask(size_t task, const Pass& pass, T* space) const {
    // Neighbouring tasks share what comes from farther away: packed A, or B where it lies.
    const size_t row_task = plan_.pack_b ? task / plan_.column_tasks : task % plan_.row_tasks;
    const size_t column_task = plan_.pack_b ? task % plan_.column_tasks : task / plan_.row_tasks;
    const Range rows = RowsOf(row_task);
    Range columns = Part(pass.columns.size(), strip(), plan_.column_tasks, column_task);
    columns = {pass.columns.begin + columns.begin, pass.columns.begin + columns.end};
    if (rows.size() == 0 || columns.size() == 0) return;

    const T* packed = shared_;
    if (plan_.own_b) {
      packed = OwnB(pass, space);
      space += plan_.own_elements;
    }
    Matrix<T> c = c_;
    size_t first_row = rows.begin, first_column = columns.begin;
    if (plan_.gather) {
      c = {space, {Signed(RoundUp(columns.size(), strip())), 1}};
      first_row = first_column = 0;
      space += rows.size() * RoundUp(columns.size(), strip());
    }

    for (size_t i = rows.begin; i < rows.end; i += plan_.block_rows) {
      const Range some = {i, std::min(rows.end, i + plan_.block_rows)};
      OuterRows(some, columns, pass, packed, c, first_row + (i - rows.begin), first_column, space);
      if (plan_.rest_columns > 0 && columns.end == pass.columns.end) RestOfRows(some);
    }

    if (plan_.gather) {
      const Range whole = {0, plan_.shape.depth};
      kernels_.store({rows.size(), columns.size(), c.data, static_cast<size_t>(c.strides.row),
                      Target(c_, rows.begin, columns.begin, whole, false)});
    }
  }

  /// Some rows of a task's part, which begin at (first_row, first_column) of c.
  void OuterRows(const Range& rows, const Range& columns, const Pass& pass, const T* packed,
                 const Matrix<T>& c, size_t first_row, size_t first_column, T* space) const {
    const Range& depth = pass.depth;
    OuterBlock<T> block = {};
    block.vectors = plan_.vectors;
    block.rows = rows.size();
    block.a_packed = plan_.pack_a;
    block.a_row = a_.strides.row;
    block.a_depth = a_.strides.column;
    block.strip_by_strip = !plan_.pack_b;
    // A B that lies is passed strip by strip: by the kernel itself, unless each strip has the next one fetched ahead.
    const size_t call_columns = plan_.pack_b || plan_.look_ahead ? plan_.block_columns : columns.size();
    size_t k = depth.begin;
    do {
      const Range part = {k, std::min(depth.end, k + plan_.block_depth)};
      block.depth = part.size();
      T* free = space;
      block.a = AtA(rows.begin, k);
      if (plan_.share_a) {
        block.a = SharedA(rows.begin, depth);
      } else if (plan_.pack_a) {
        kernels_.pack_tiles(
            {rows.size(), part.size(), plan_.vectors, block.a, a_.strides.row, a_.strides.column, free});
        block.a = free;
        free += RoundUp(rows.size() * plan_.block_depth, 16);
      }
      for (size_t j = columns.begin; j < columns.end; j += call_columns) {
        block.columns = std::min(call_columns, columns.end - j);
        LocateB(pass, packed, k, j, free, &block);
        LookAhead(rows, columns, pass, k, j, &block);
        block.target = Target(c, first_row, first_column + (j - columns.begin), part, plan_.gather);
        kernels_.outer(block);
      }
      k = part.end;
    } while (k < depth.end);
  }

  /// Has what comes from memory next fetched while the block from (k, j) of B is computed: where B lies, the next
  /// strip; else the next rows of A, where they follow each other closely.
  void LookAhead(const Range& rows, const Range& columns, const Pass& pass, size_t k, size_t j,
                 OuterBlock<T>* block) const {
    constexpr size_t kLine = 64 / sizeof(T);
    block->ahead = nullptr;
    block->ahead_more = 0;
    if (!plan_.look_ahead) return;
    const size_t tiles = DivideUp(rows.size(), kernels_.traits.rows_of[plan_.vectors - 1]);
    if (!plan_.pack_b) {
      if (j + strip() >= pass.columns.end) return;
      // Where there are fewer tiles than lines in a row of the strip, each asks for two: 16×144 @ 144×50176 has tiles of
      // 9 × 48 and so two for three lines, and the third came too late.
      const size_t lines = DivideUp(strip(), kLine), each = tiles < lines ? 2 : 1;
      if (each > 1) block->ahead_more = Signed(kLine);
      block->ahead = AtB(k, j + strip());
      block->ahead_step = b_.strides.row;
      block->ahead_tile = Signed(each * kLine);
      block->ahead_cycle = DivideUp(lines, each);
      return;
    }
    const size_t row = static_cast<size_t>(std::max<ptrdiff_t>(a_.strides.row, 0));
    if (plan_.block_rows >= plan_.shape.rows || row < plan_.shape.depth || row > 2 * plan_.shape.depth)
      return;
    // As many elements as the rows have, over all steps of their tiles.
    const size_t strips = DivideUp(columns.size(), strip()), before = (j - columns.begin) / strip();
    const size_t step = DivideUp(rows.size() * row, tiles * strips * pass.depth.size());
    const size_t done = step * tiles * (strips * (k - pass.depth.begin) + before * block->depth);
    block->ahead = AtA(rows.end, 0) + done;
    block->ahead_step = Signed(step);
    block->ahead_tile = Signed(step * block->depth);
    block->ahead_cycle = std::numeric_limits<size_t>::max();
  }

  // The columns that are left

  /// Where the last columns of B are, each of them contiguous.
  Matrix<const T> RestOfB() const {
    if (b_.strides.row == 1) {
      return {AtB(0, plan_.shape.columns - plan_.rest_columns), b_.strides};
    }
    const size_t packed = plan_.rest_columns * plan_.shape.depth;
    return {shared_ + plan_.shared_elements - packed, {1, Signed(plan_.shape.depth)}};
  }

  void PackRest() const {
    if (b_.strides.row == 1) return;
    const MatmulShape& shape = plan_.shape;
    kernels_.pack({shape.depth, plan_.rest_columns, AtB(0, shape.columns - plan_.rest_columns),
                   b_.strides.row, b_.strides.column, shape.depth, const_cast<T*>(RestOfB().data)});
  }

  /// Those rows of the columns that are left, as Cᵀ = Bᵀ · Aᵀ: the wider side of a dot-product tile is that of its
  /// columns, and there are more rows of A than columns left of B.
  void RestOfRows(const Range& rows) const {
    const Matrix<const T> rest = RestOfB();
    const size_t column = plan_.shape.columns - plan_.rest_columns;
    DotBlock<T> block = {};
    block.rows = plan_.rest_columns;
    block.columns = rows.size();
    block.a_row = rest.strides.column;
    block.b_column = a_.strides.row;
    size_t k = 0;
    do {
      const Range part = {k, std::min(plan_.shape.depth, k + plan_.rest_depth)};
      block.depth = part.size();
      block.a = rest.data + Signed(k);
      block.b = AtA(rows.begin, k);
      block.target = Target(c_, rows.begin, column, part, false);
      std::swap(block.target.row, block.target.column);
      std::swap(block.target.finish.bias_row, block.target.finish.bias_column);
      kernels_.dot(block);
      k = part.end;
    } while (k < plan_.shape.depth);
  }

  /// Points the block at B's rows from k and columns from j on: packed, or as they lie.
  void LocateB(const Pass& pass, const T* packed, size_t k, size_t j, T* free, OuterBlock<T>* block) const {
    block->b_last = nullptr;
    if (plan_.pack_b) {
      block->b = packed + PackedAt(pass, k) + (j - pass.columns.begin) * block->depth;
      block->b_depth = Signed(strip());
      block->b_strip = Signed(strip() * block->depth);
      return;
    }
    block->b = AtB(k, j);
    block->b_depth = b_.strides.row;
    block->b_strip = Signed(strip());
    const size_t over = block->columns % strip();
    if (kernels_.traits.masks || over % kernels_.traits.lanes == 0) return;
    const size_t last = j + block->columns - over;
    kernels_.pack({over, block->depth, AtB(k, last), b_.strides.column, b_.strides.row, strip(), free});
    block->b_last = free;
  }

  // Dot products

  void RunDot() const {
    const MatmulShape& shape = plan_.shape;
    Matrix<const T> b = b_;
    if (plan_.pack_b) {
      // B's columns, each made contiguous.
      const size_t at_once =
          std::clamp<size_t>(64 * 1024 / std::max<size_t>(shape.depth, 1), 1, shape.columns);
      for_each_(DivideUp(shape.columns, at_once), [&](size_t task, T*) {
        const size_t column = task * at_once;
        kernels_.pack({shape.depth, std::min(at_once, shape.columns - column), AtB(0, column), b_.strides.row,
                       b_.strides.column, shape.depth, shared_ + column * shape.depth});
      });
      b = {shared_, {1, Signed(shape.depth)}};
    }
    for_each_(tasks(), [&](size_t task, T*) { DotTask(task, b); });
  }

  void DotTask(size_t task, const Matrix<const T>& b) const {
    const MatmulShape& shape = plan_.shape;
    const Range rows = Part(shape.rows, kernels_.traits.dot_rows, plan_.row_tasks, task / plan_.column_tasks);
    const Range columns =
        Part(shape.columns, kernels_.traits.dot_columns, plan_.column_tasks, task % plan_.column_tasks);
    if (rows.size() == 0 || columns.size() == 0) return;
    DotBlock<T> block = {};
    block.columns = columns.size();
    block.a_row = a_.strides.row;
    block.b_column = b.strides.column;
    size_t k = 0;
    do {
      const Range part = {k, std::min(shape.depth, k + plan_.block_depth)};
      block.depth = part.size();
      block.b = b.data + Signed(k) + Signed(columns.begin) * b.strides.column;
      for (size_t i = rows.begin; i < rows.end; i += plan_.block_rows) {
        block.rows = std::min(plan_.block_rows, rows.end - i);
        block.a = AtA(i, k);
        block.target = Target(c_, i, columns.begin, part, false);
        kernels_.dot(block);
      }
      k = part.end;
    } while (k < shape.depth);
  }

  // A long depth

  /// The sums of a part of the depth.
  T* SumsOf(size_t part) const {
    return shared_ + part * RoundUp(plan_.shape.rows * plan_.shape.columns, 16);
  }

  void RunSplit() const {
    for_each_(plan_.depth_parts, [&](size_t part, T* space) { SumPart(part, space); });
    const size_t tasks = std::min(plan_.shape.rows, plan_.depth_parts);
    for_each_(tasks, [&](size_t task, T*) { AddParts(Part(plan_.shape.rows, 1, tasks, task)); });
  }

  /// Adds up the products of a part's pieces, one after the other.
  void SumPart(size_t part, T* space) const {
    const MatmulShape& shape = plan_.shape;
    const Range depth = Part(shape.depth, plan_.piece_depth, plan_.depth_parts, part);
    const Matrix<T> sums = {SumsOf(part), {Signed(shape.columns), 1}};
    for (size_t k = depth.begin; k < depth.end; k += plan_.piece_depth) {
      PlannedMatmul<T> piece = {};
      piece.operands = {{AtA(0, k), a_.strides}, {AtB(k, 0), b_.strides}, sums, {}};
      piece.operands.end.accumulate = k > depth.begin;
      piece.plan = PlanPiece(kernels_.traits, sizeof(T), shape, {a_.strides, b_.strides, sums.strides},
                             std::min(plan_.piece_depth, depth.end - k));
      const Alone<T> alone = {space + RoundUp(piece.plan.shared_elements, 16)};
      MatmulRun<T, Alone<T>>(table_, piece, space, alone).Run();
    }
  }

  /// Adds neighbours' sums, then those of neighbouring pairs, and so on; the last sums go into C.
  void AddParts(const Range& rows) const {
    const size_t columns = plan_.shape.columns, first = rows.begin * columns;
    for (size_t apart = 1; apart < plan_.depth_parts; apart *= 2) {
      for (size_t part = 0; part + apart < plan_.depth_parts; part += 2 * apart) {
        MatmulTarget<T> target = {SumsOf(part) + first, Signed(columns), 1, {}};
        target.finish.add = true;
        kernels_.store({rows.size(), columns, SumsOf(part + apart) + first, columns, target});
      }
    }
    const Range whole = {0, plan_.shape.depth};
    kernels_.store(
        {rows.size(), columns, SumsOf(0) + first, columns, Target(c_, rows.begin, 0, whole, false)});
  }

  const KernelTable& table_;
  const MatmulKernels<T>& kernels_;
  const MatmulPlan& plan_;
  Matrix<const T> a_;
  Matrix<const T> b_;
  Matrix<T> c_;
  MatmulEnd<T> end_;
  T* shared_;
  const ForEach& for_each_;
};

/// All of C with one call of the kernel. Operands are read where they are, and every member has its value at once: copying
/// them, or setting all to zero first, takes as long as a tile of 8 × 8.
template <typename T>
void RunDirect(const MatmulKernels<T>& kernels, const MatmulPlan& plan, const MatmulOperands<T>& operands) {
  const bool turned = plan.transposed;
  const Matrix<const T>& a = turned ? operands.b : operands.a;
  const Matrix<const T>& b = turned ? operands.a : operands.b;
  const auto row = [&](const MatrixStrides& strides) { return turned ? strides.column : strides.row; };
  const auto column = [&](const MatrixStrides& strides) { return turned ? strides.row : strides.column; };
  const MatmulEnd<T>& end = operands.end;
  const MatmulTarget<T> target = {operands.c.data,
                                  row(operands.c.strides),
                                  column(operands.c.strides),
                                  {end.accumulate, end.bias, turned ? 1 : 0, turned ? 0 : 1, end.relu}};
  const MatmulShape& shape = plan.shape;
  if (plan.family == MatmulFamily::kDot) {
    kernels.dot(
        {shape.rows, shape.columns, shape.depth, a.data, row(a.strides), b.data, column(b.strides), target});
  } else {
    const ptrdiff_t strip = Signed(static_cast<size_t>(plan.vectors) * kernels.traits.lanes);
    kernels.outer({shape.rows, shape.columns, shape.depth, plan.vectors, a.data, row(a.strides),
                   column(a.strides), false, b.data, strip, row(b.strides), nullptr, false, nullptr, 0, 0, 0,
                   0, target});
  }
}

template <typename T, typename ForEach>
void Follow(const KernelTable& table, const PlannedMatmul<T>& planned, T* shared, const ForEach& for_each) {
  if (planned.plan.direct) {
    RunDirect(KernelsFor(table, T()), planned.plan, planned.operands);
  } else {
    MatmulRun<T, ForEach>(table, planned, shared, for_each).Run();
  }
}

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_MATMUL_RUN_H_
