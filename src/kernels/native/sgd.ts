import type { TypedArray } from '../../core/dtype.ts';
import type { Strided } from '../../core/strided.ts';
import type { Kernels, SgdStep } from '../contract.ts';
import type { Addon } from './addon.ts';
import { arrayOf, parameters as numbers, writeOperand, writeShape } from './parameters.ts';

/** Arrays that the addon takes in one call. */
const MOST_ARRAYS = 15;

export function sgd(addon: Addon): Pick<Kernels, 'sgdStep'> {
  return {
    sgdStep(parameters, grads, velocities, step) {
      const arrays: TypedArray[] = [];
      let count = 0;
      let at = writeStep(step);
      const call = () => {
        if (count === 0) return;
        numbers[0] = count;
        addon.sgdStep(...arrays);
        arrays.length = 0;
        count = 0;
        at = writeStep(step);
      };
      for (let i = 0; i < parameters.length; i++) {
        const parameter = parameters[i];
        const velocity = velocities === null ? null : velocities[i];
        const each = velocity === null ? 2 : 3;
        if (arrays.length + each > MOST_ARRAYS || at + numbersOf(parameter) > numbers.length) call();
        at = writeShape(at, parameter.shape);
        at = writeOperand(at, grads[i], parameter.shape);
        at = writeOperand(at, parameter, parameter.shape);
        arrays.push(arrayOf(grads[i]), arrayOf(parameter));
        if (velocity !== null) {
          at = writeOperand(at, velocity, parameter.shape);
          arrays.push(arrayOf(velocity));
        }
        count++;
      }
      call();
    },
  };
}

/** The first number says how many parameters there are, and is written last. Returns the place after these. */
function writeStep(step: SgdStep): number {
  numbers[1] = step.lr;
  numbers[2] = step.momentum;
  numbers[3] = step.dampening;
  numbers[4] = step.weightDecay;
  numbers[5] = step.nesterov ? 1 : 0;
  numbers[6] = step.firstStep ? 1 : 0;
  return 7;
}

/** How many numbers describe a parameter, with its gradient and velocity, at most. */
function numbersOf({ shape }: Strided): number {
  return 4 + 4 * shape.length;
}
