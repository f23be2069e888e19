import type { Kernels } from '../contract.ts';
import type { Addon } from './addon.ts';
import { arrayOf, arrayOrNull, writeOperand, writeShape } from './parameters.ts';

export function masks(addon: Addon): Pick<Kernels, 'nonzero' | 'maskedSelect'> {
  return {
    nonzero(x, out) {
      const at = writeOperand(writeShape(0, x.shape), x, x.shape);
      if (out !== null) writeOperand(writeShape(at, out.shape), out, out.shape);
      return addon.nonzero(arrayOf(x), arrayOrNull(out));
    },

    maskedSelect(x, mask, out) {
      let at = writeShape(0, mask.shape);
      at = writeOperand(at, mask, mask.shape);
      at = writeOperand(at, x, mask.shape);
      writeOperand(writeShape(at, out.shape), out, out.shape);
      addon.maskedSelect(arrayOf(mask), arrayOf(x), arrayOf(out));
    },
  };
}
