import type { Strided } from '../../core/strided.ts';
import type { SgdStep } from '../contract.ts';
import { forEachRun } from './runs.ts';

/** Changes parameters and velocities; grads are only read. */
export function sgdStep(
  parameters: readonly Strided[],
  grads: readonly Strided[],
  velocities: readonly Strided[] | null,
  step: SgdStep,
): void {
  parameters.forEach((parameter, i) => {
    if (velocities === null) plainStep(parameter, grads[i], step);
    else momentumStep(parameter, grads[i], velocities[i], step);
  });
}

function plainStep(parameter: Strided, grad: Strided, { lr, weightDecay }: SgdStep): void {
  const p = parameter.memory;
  const g = grad.memory;
  forEachRun(parameter.shape, [parameter, grad], (at, [di, dj], length) => {
    let [i, j] = at;
    for (let n = length; n > 0; n--, i += di, j += dj) p[i] -= lr * (g[j] + weightDecay * p[i]);
  });
}

function momentumStep(parameter: Strided, grad: Strided, velocity: Strided, step: SgdStep): void {
  const { lr, momentum, dampening, weightDecay, nesterov, firstStep } = step;
  const p = parameter.memory;
  const g = grad.memory;
  const v = velocity.memory;
  forEachRun(parameter.shape, [parameter, grad, velocity], (at, [di, dj, dk], length) => {
    let [i, j, k] = at;
    for (let n = length; n > 0; n--, i += di, j += dj, k += dk) {
      const slope = g[j] + weightDecay * p[i];
      // Before the first step velocity may hold anything.
      const speed = firstStep ? slope : momentum * v[k] + (1 - dampening) * slope;
      v[k] = speed;
      p[i] -= lr * (nesterov ? slope + momentum * speed : speed);
    }
  });
}
