import type { Kernels } from '../contract.ts';
import type { Addon } from './addon.ts';
import { arrayOf, parameters, writeOperand, writeShape } from './parameters.ts';

export function indexing(addon: Addon): Pick<Kernels, 'indexSelect'> {
  return {
    indexSelect(x, dim, index, out) {
      parameters[0] = dim;
      let at = writeShape(1, index.shape);
      at = writeOperand(at, index, index.shape);
      at = writeShape(at, x.shape);
      at = writeOperand(at, x, x.shape);
      at = writeShape(at, out.shape);
      writeOperand(at, out, out.shape);
      addon.indexSelect(arrayOf(x), arrayOf(index), arrayOf(out));
    },
  };
}
