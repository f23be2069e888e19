import { keep } from '../core/scope.ts';
import type { Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import type { Parameter } from '../nn/parameter.ts';
import { to } from '../ops/conversion.ts';
import { zerosLike } from '../ops/creation.ts';
import { checkOption, type Due, Optimizer } from './optimizer.ts';

export interface SGDOptions {
  /** The learning rate; 0.001 unless said otherwise. */
  readonly lr?: number | undefined;
  /** How much of the last step's velocity stays; 0 unless said otherwise. */
  readonly momentum?: number | undefined;
  /** How much of the gradient is kept out of the velocity; 0 unless said otherwise. */
  readonly dampening?: number | undefined;
  /** λ of the penalty λ/2 · ‖parameter‖²; 0 unless said otherwise. */
  readonly weightDecay?: number | undefined;
  /** Whether to look ahead by one velocity (Sutskever et al. 2013); needs momentum and no dampening. */
  readonly nesterov?: boolean | undefined;
}

type AllSGDOptions = { readonly [Name in keyof SGDOptions]-?: NonNullable<SGDOptions[Name]> };

const defaults: AllSGDOptions = { lr: 0.001, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false };

/**
 * Stochastic gradient descent, as PyTorch's `SGD`:
 *
 *     g = grad + weightDecay · parameter
 *     velocity = momentum · velocity + (1 − dampening) · g       (at first: g)
 *     parameter −= lr · (nesterov ? g + momentum · velocity : velocity)
 *
 * without momentum: parameter −= lr · g. All parameters are one kernel call.
 */
export class SGD extends Optimizer<AllSGDOptions> {
  readonly #velocities: (Tensor | null)[];

  constructor(parameters: Iterable<Parameter>, options: SGDOptions = {}) {
    super(parameters, withDefaults(options), checked);
    this.#velocities = this.parameters.map(() => null);
  }

  protected override update(due: readonly Due[]): void {
    if (this.options.momentum === 0) {
      this.#step(due, null, false);
      return;
    }
    // A parameter that gets its first gradient late has its first step late.
    const first = due.filter(({ i }) => this.#velocities[i] === null);
    const later = due.filter(({ i }) => this.#velocities[i] !== null);
    for (const group of [first, later]) {
      const velocities = group.map(({ parameter, i }) => this.#velocityOf(parameter, i));
      this.#step(group, velocities, group === first);
    }
  }

  #step(due: readonly Due[], velocities: readonly Tensor[] | null, firstStep: boolean): void {
    const parameters = due.map(({ parameter }) => parameter);
    const grads = due.map(({ grad }) => grad);
    kernels().sgdStep(parameters, grads, velocities, { ...this.options, firstStep });
  }

  #velocityOf(parameter: Parameter, i: number): Tensor {
    const old = this.#velocities[i];
    // A state dict may come from parameters of another dtype.
    if (old !== null && old.dtype === parameter.dtype) return old;
    const velocity = keep(old === null ? zerosLike(parameter) : to(old, parameter.dtype));
    this.#velocities[i] = velocity;
    return velocity;
  }

  protected override slots(): Record<string, (Tensor | null)[]> {
    return { velocity: this.#velocities };
  }
}

function withDefaults(options: SGDOptions): AllSGDOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

function checked({ lr, momentum, dampening, weightDecay, nesterov }: AllSGDOptions): AllSGDOptions {
  checkOption('SGD', 'lr', lr, 0);
  checkOption('SGD', 'momentum', momentum, 0);
  checkOption('SGD', 'dampening', dampening);
  checkOption('SGD', 'weightDecay', weightDecay, 0);
  if (nesterov && (momentum === 0 || dampening !== 0)) {
    throw new RangeError(
      `SGD: nesterov needs a momentum above 0 and no dampening, got momentum ${momentum}, dampening ${dampening}`,
    );
  }
  return Object.freeze({ lr, momentum, dampening, weightDecay, nesterov: Boolean(nesterov) });
}

/** `new SGD(parameters, options)`. */
export function sgd(parameters: Iterable<Parameter>, options?: SGDOptions): SGD {
  return new SGD(parameters, options);
}
