// What drivers/sgd.cc hands to the kernels of an instruction set (sgd-inl.h). Plain data: units of every
// instruction set include this file, so there must be no code in it.
#ifndef HANDGRAD_KERNELS_SGD_H_
#define HANDGRAD_KERNELS_SGD_H_

#include <stddef.h>

namespace handgrad {

/// The numbers of a step, as src/kernels/contract.ts describes them.
struct SgdNumbers {
  double lr;
  double momentum;
  double dampening;
  double weight_decay;
  bool nesterov;
  bool first_step;
};

/// n neighbours of each array, all of the kernel's float type.
struct SgdRun {
  size_t n;
  const SgdNumbers* numbers;
  const void* grad;
  /// Null: no momentum.
  void* velocity;
  void* parameter;
};

}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_SGD_H_
