import type { Strided } from '../../core/strided.ts';
import type { SgdStep } from '../contract.ts';
import { forEachRun } from './runs.ts';

/** Changes parameter and velocity; grad, of the same shape, is only read. */
export function sgdStep(parameter: Strided, grad: Strided, velocity: Strided | null, step: SgdStep): void {
  if (velocity === null) plainStep(parameter, grad, step);
  else momentumStep(parameter, grad, velocity, step);
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
