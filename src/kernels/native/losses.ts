import type { Kernels } from '../contract.ts';
import type { Addon } from './addon.ts';
import { arrayOf, arrayOrNull, parameters, writeOperand, writeShape } from './parameters.ts';

/** Each is one call; which results are wanted is told by the arrays that are null. */
export function losses(addon: Addon): Pick<Kernels, 'logSoftmax' | 'crossEntropy' | 'squaredError'> {
  return {
    logSoftmax(x, out) {
      const { shape } = x;
      let at = writeShape(0, shape);
      at = writeOperand(at, x, shape);
      writeOperand(at, out, shape);
      addon.logSoftmax(arrayOf(x), arrayOf(out));
    },

    crossEntropy(logits, targets, scale, losses, dLogits) {
      parameters[0] = scale;
      let at = writeShape(1, targets.shape);
      at = writeOperand(at, targets, targets.shape);
      if (losses !== null) at = writeOperand(at, losses, targets.shape);
      const { shape } = logits;
      at = writeShape(at, shape);
      at = writeOperand(at, logits, shape);
      if (dLogits !== null) writeOperand(at, dLogits, shape);
      return addon.crossEntropy(arrayOf(logits), arrayOf(targets), arrayOrNull(losses), arrayOrNull(dLogits));
    },

    squaredError(input, target, scale, dInput) {
      const { shape } = input;
      parameters[0] = scale;
      let at = writeShape(1, shape);
      at = writeOperand(at, input, shape);
      at = writeOperand(at, target, shape);
      if (dInput !== null) writeOperand(at, dInput, shape);
      return addon.squaredError(arrayOf(input), arrayOf(target), arrayOrNull(dInput));
    },
  };
}
