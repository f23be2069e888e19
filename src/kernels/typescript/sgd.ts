import type { Strided } from '../../core/strided.ts';
import type { SgdStep } from '../contract.ts';
import { forEachRun } from './runs.ts';

export function sgdStep(parameter: Strided, grad: Strided, velocity: Strided | null, step: SgdStep): void {
  const { lr, momentum, dampening, weightDecay, nesterov, firstStep } = step;
  const operands = velocity === null ? [parameter, grad] : [parameter, grad, velocity];
  forEachRun(parameter.shape, operands, (at, steps, length) => {
    let [i, j, k] = at;
    for (let n = length; n > 0; n--) {
      const old = parameter.memory[i];
      let g = grad.memory[j] + weightDecay * old;
      if (velocity !== null) {
        const v = firstStep ? g : momentum * velocity.memory[k] + (1 - dampening) * g;
        velocity.memory[k] = v;
        g = nesterov ? g + momentum * v : v;
        k += steps[2];
      }
      parameter.memory[i] = old - lr * g;
      i += steps[0];
      j += steps[1];
    }
  });
}
