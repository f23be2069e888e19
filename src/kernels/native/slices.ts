import { numelOf } from '../../core/shape.ts';
import type { Strided } from '../../core/strided.ts';
import type { Kernels } from '../contract.ts';
import type { Addon } from './addon.ts';
import { arrayOf, arrayOrNull, offsetOf, parameters, writeOperand, writeShape } from './parameters.ts';

type Slices = Pick<Kernels, 'sort' | 'topk' | 'median' | 'scan' | 'histogram'>;

/** Where nothing is there to be done, or no dimension to go along, `fallback` does it. */
export function slices(addon: Addon, fallback: Kernels): Slices {
  return {
    sort(x, dim, descending, values, indices) {
      if (!isNative(x)) return fallback.sort(x, dim, descending, values, indices);
      parameters[0] = descending ? 1 : 0;
      writeAlong(writeAlong(writeAlong(1, x, dim), values, dim), indices, dim);
      addon.sort(arrayOf(x), arrayOrNull(values), arrayOrNull(indices));
    },

    topk(x, dim, largest, values, indices) {
      if (!isNative(x)) return fallback.topk(x, dim, largest, values, indices);
      parameters[0] = largest ? 1 : 0;
      writeAlong(writeAlong(writeAlong(1, x, dim), values, dim), indices, dim);
      addon.sort(arrayOf(x), arrayOf(values), arrayOf(indices));
    },

    median(x, dim, values, indices) {
      if (!isNative(x)) return fallback.median(x, dim, values, indices);
      writeAlong(writeAlong(writeAlong(0, x, dim), values, dim), indices, dim);
      addon.median(arrayOf(x), arrayOf(values), arrayOrNull(indices));
    },

    scan(op, x, dim, out) {
      if (!isNative(x)) return fallback.scan(op, x, dim, out);
      parameters[0] = op === 'cumsum' ? 0 : 1;
      writeAlong(writeAlong(1, x, dim), out, dim);
      addon.scan(arrayOf(x), arrayOf(out));
    },

    histogram(x, low, high, out) {
      if (!Number.isFinite(high - low)) return fallback.histogram(x, low, high, out);
      parameters[0] = low;
      parameters[1] = high;
      const at = writeOperand(writeShape(2, x.shape), x, x.shape);
      writeOperand(writeShape(at, out.shape), out, out.shape);
      addon.histogram(arrayOf(x), arrayOf(out));
    },
  };
}

function isNative(x: Strided): boolean {
  return x.shape.length > 0 && numelOf(x.shape) > 0;
}

/** Writes shape and walk of an operand with `dim` as its last dimension; nothing for null. */
function writeAlong(at: number, operand: Strided | null, dim: number): number {
  if (operand === null) return at;
  const { shape, strides } = operand;
  parameters[at++] = shape.length;
  for (let d = 0; d < shape.length; d++) if (d !== dim) parameters[at++] = shape[d];
  parameters[at++] = shape[dim];
  parameters[at++] = offsetOf(operand);
  for (let d = 0; d < shape.length; d++) if (d !== dim) parameters[at++] = strides[d];
  parameters[at++] = strides[dim];
  return at;
}
