// One step of stochastic gradient descent, in one pass:
//
//     g = grad + weightDecay · parameter
//     velocity = first step ? g : momentum · velocity + (1 − dampening) · g        where there is one
//     parameter −= lr · (no velocity ? g : nesterov ? g + momentum · velocity : velocity)
//
// Layout: neighbours in memory. Tails: partial vectors, which go through the same arithmetic.
#ifndef HANDGRAD_KERNELS_SGD_INL_H_
#define HANDGRAD_KERNELS_SGD_INL_H_

#include "kernels/sgd.h"

namespace handgrad {
namespace HANDGRAD_ISA {
namespace {

enum class Momentum { kNone, kFirst, kPlain };

template <typename T>
struct SgdConstants {
  HANDGRAD_INLINE explicit SgdConstants(const SgdNumbers& numbers)
      : lr(Broadcast(static_cast<T>(numbers.lr))),
        momentum(Broadcast(static_cast<T>(numbers.momentum))),
        fresh(Broadcast(static_cast<T>(1 - numbers.dampening))),
        decay(Broadcast(static_cast<T>(numbers.weight_decay))) {}
  Vec<T> lr, momentum, fresh, decay;
};

/// The new parameter; *velocity becomes the new one.
template <Momentum kMomentum, bool kNesterov, typename T>
HANDGRAD_INLINE Vec<T> SgdMove(const SgdConstants<T>& k, Vec<T> parameter, Vec<T> grad, Vec<T>* velocity) {
  const Vec<T> g = MulPlus(k.decay, parameter, grad);
  if (kMomentum == Momentum::kNone) return NegMulPlus(k.lr, g, parameter);
  const Vec<T> v = kMomentum == Momentum::kFirst ? g : MulPlus(k.momentum, *velocity, k.fresh * g);
  *velocity = v;
  return NegMulPlus(k.lr, kNesterov ? MulPlus(k.momentum, v, g) : v, parameter);
}

template <typename T, Momentum kMomentum, bool kNesterov>
void SgdLoop(const SgdRun& job) {
  constexpr size_t kLanes = Vec<T>::kLanes;
  const SgdConstants<T> constants(*job.numbers);
  const T* grad = static_cast<const T*>(job.grad);
  T* velocity = static_cast<T*>(job.velocity);
  T* parameter = static_cast<T*>(job.parameter);
  Vec<T> v = Zero<T>();
  size_t i = 0;
  for (; i + kLanes <= job.n; i += kLanes) {
    if (kMomentum == Momentum::kPlain) v = Load(velocity + i);
    const Vec<T> p = SgdMove<kMomentum, kNesterov>(constants, Load(parameter + i), Load(grad + i), &v);
    if (kMomentum != Momentum::kNone) Store(v, velocity + i);
    Store(p, parameter + i);
  }
  if (i == job.n) return;
  const Tail<T> tail(job.n - i);
  if (kMomentum == Momentum::kPlain) v = LoadPartial(velocity + i, tail);
  const Vec<T> p = SgdMove<kMomentum, kNesterov>(constants, LoadPartial(parameter + i, tail),
                                                 LoadPartial(grad + i, tail), &v);
  if (kMomentum != Momentum::kNone) StorePartial(v, velocity + i, tail);
  StorePartial(p, parameter + i, tail);
}

template <typename T>
void SgdStep(const SgdRun& job) noexcept {
  const bool nesterov = job.numbers->nesterov;
  if (job.velocity == nullptr) return SgdLoop<T, Momentum::kNone, false>(job);
  if (job.numbers->first_step) {
    return nesterov ? SgdLoop<T, Momentum::kFirst, true>(job) : SgdLoop<T, Momentum::kFirst, false>(job);
  }
  return nesterov ? SgdLoop<T, Momentum::kPlain, true>(job) : SgdLoop<T, Momentum::kPlain, false>(job);
}

}  // namespace
}  // namespace HANDGRAD_ISA
}  // namespace handgrad

#endif  // HANDGRAD_KERNELS_SGD_INL_H_
