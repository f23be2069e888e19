// What drivers/losses.cc hands to the kernels of an instruction set (losses-inl.h). Plain data: units of
// every instruction set include this file, so there must be no code in it. All arrays are of the kernel's
// float type; strides are in elements.
#ifndef HANDGRAD_KERNELS_LOSSES_H_
#define HANDGRAD_KERNELS_LOSSES_H_

#include <stddef.h>
#include <stdint.h>

namespace handgrad {

/// Rows of classes, which are neighbours in x and in out. out may lie exactly on x.
struct LogSoftmaxRows {
  size_t rows;
  size_t classes;
  const void* x;
  ptrdiff_t x_row;
  void* out;
  ptrdiff_t out_row;
};

/// The same for cross-entropy.
struct CrossEntropyRows {
  size_t rows;
  size_t classes;
  const void* logits;
  ptrdiff_t logits_row;
  /// One for each row, from 0 to classes − 1.
  const int32_t* targets;
  double scale;
  /// Element i at losses[i · losses_step]; null where not wanted.
  void* losses;
  ptrdiff_t losses_step;
  /// Null where not wanted; may lie exactly on the logits.
  void* d_logits;
  ptrdiff_t d_logits_row;
  /// The losses are added to it, one after another.
  double* sum;
};

/// n neighbours of each.
struct SquaredErrorRun {
  size_t n;
  const void* input;
  const void* target;
  double scale;
  /// Null where not wanted; may lie exactly on an input.
  void* d_input;
  /// Set to the sum of the squares.
  double* sum;
};

}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_LOSSES_H_
