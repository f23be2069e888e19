// How the operands of an operation are walked.
#ifndef HANDGRAD_DRIVERS_LOOPS_H_
#define HANDGRAD_DRIVERS_LOOPS_H_

#include <stddef.h>

namespace handgrad {

constexpr size_t kMaxRank = 64;
constexpr size_t kMaxOperands = 6;

/// Nested loops, outermost first: sizes[d] turns, in which operand i moves by strides[i][d] elements.
struct Loops {
  size_t operands;
  size_t rank;
  size_t sizes[kMaxRank];
  ptrdiff_t strides[kMaxOperands][kMaxRank];

  /// All turns of all loops: 1 when there is none.
  size_t Count() const;
};

/// Leaves out loops of one turn, and makes one of two neighbours where, for every operand, a step of the
/// outer is a full run of the inner. Order, and so what is walked when, stays.
void MergeLoops(Loops* loops);

/// Orders the loops by the strides of `operand`, the largest outermost, so that it is walked through memory
/// as it lies; equal strides (of 0, above all) by those of the operands before it. Only where the order of
/// the elements does not matter.
void SortLoops(Loops* loops, size_t operand);

/// Takes loop `from` to position `to`; those between move up.
void MoveLoop(Loops* loops, size_t from, size_t to);

}  // namespace handgrad

#endif  // HANDGRAD_DRIVERS_LOOPS_H_
