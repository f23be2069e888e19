import type { Kernels } from '../contract.ts';
import type { Addon } from './addon.ts';
import { arrayOf, arrayOrNull, parameters, writeOperand, writeShape } from './parameters.ts';

export function sgd(addon: Addon): Pick<Kernels, 'sgdStep'> {
  return {
    sgdStep(parameter, grad, velocity, step) {
      parameters[0] = step.lr;
      parameters[1] = step.momentum;
      parameters[2] = step.dampening;
      parameters[3] = step.weightDecay;
      parameters[4] = step.nesterov ? 1 : 0;
      parameters[5] = step.firstStep ? 1 : 0;
      const { shape } = parameter;
      let at = writeShape(6, shape);
      at = writeOperand(at, grad, shape);
      at = writeOperand(at, parameter, shape);
      if (velocity !== null) writeOperand(at, velocity, shape);
      addon.sgdStep(arrayOf(grad), arrayOf(parameter), arrayOrNull(velocity));
    },
  };
}
