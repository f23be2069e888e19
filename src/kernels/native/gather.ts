import { numelOf, type Shape } from '../../core/shape.ts';
import type { Strided } from '../../core/strided.ts';
import type { IndexedDimension, Kernels } from '../contract.ts';
import type { Addon } from './addon.ts';
import { arrayOf, offsetOf, parameters, writeOperand, writeShape } from './parameters.ts';

/** The addon takes so many indices, and so many dimensions with theirs. */
const maxIndices = 4;
const maxRank = 64;

export function gathering(addon: Addon, fallback: Kernels): Pick<Kernels, 'gather' | 'scatter'> {
  return {
    gather(x, indices, out) {
      if (!isNative(indices, out.shape)) return fallback.gather(x, indices, out);
      write(0, indices, out, x, out.shape);
      return addon.gather(arrayOf(x), arrayOf(out), ...indices.map(({ index }) => arrayOf(index)));
    },

    scatter(x, indices, accumulate, out) {
      if (!isNative(indices, out.shape)) return fallback.scatter(x, indices, accumulate, out);
      parameters[0] = !accumulate ? 0 : out.dtype === 'bool' ? 2 : 1;
      write(1, indices, x, out, out.shape);
      return addon.scatter(arrayOf(x), arrayOf(out), ...indices.map(({ index }) => arrayOf(index)));
    },
  };
}

function isNative(indices: readonly IndexedDimension[], shape: Shape): boolean {
  return indices.length <= maxIndices && shape.length + indices.length <= maxRank && numelOf(shape) > 0;
}

/**
 * Writes the walk over `shape`: the indices, `plain` as it lies, and `moved`, in which the indices choose, with the
 * dimensions that they choose from after the others.
 */
function write(
  at: number,
  indices: readonly IndexedDimension[],
  plain: Strided,
  moved: Strided,
  shape: Shape,
): void {
  parameters[at++] = indices.length;
  for (const { lowest } of indices) parameters[at++] = lowest;
  at = writeShape(at, shape);
  for (const { index } of indices) at = writeOperand(at, index, shape);
  at = writeOperand(at, plain, shape);

  const added = shape.length - moved.shape.length;
  const strideAt = (d: number) => (d < added || moved.shape[d - added] === 1 ? 0 : moved.strides[d - added]);
  parameters[at++] = shape.length + indices.length;
  for (let d = 0; d < shape.length; d++) parameters[at++] = strideAt(d) === 0 ? 1 : shape[d];
  for (const { size } of indices) parameters[at++] = size;
  parameters[at++] = offsetOf(moved);
  for (let d = 0; d < shape.length; d++) parameters[at++] = strideAt(d);
  for (const { step } of indices) parameters[at++] = step;
}
