import type { Strided } from '../../core/strided.ts';
import type { Kernels } from '../contract.ts';
import type { Addon } from './addon.ts';
import { arrayOf, arrayOrNull, offsetOf, parameters, writeOperand, writeShape } from './parameters.ts';

type Products = Pick<Kernels, 'matmul' | 'matmulAsync' | 'linear' | 'linearBackward'>;

/** The matrix product, and the layer that is made of it: one call each, operands as they lie. */
export function products(addon: Addon): Products {
  return {
    matmul(a, b, out, accumulate) {
      writeProduct(a, b, out, accumulate);
      addon.matmul(arrayOf(a), arrayOf(b), arrayOf(out));
    },

    matmulAsync(a, b, out) {
      writeProduct(a, b, out, false);
      return addon.matmulAsync(arrayOf(a), arrayOf(b), arrayOf(out));
    },

    linear(x, weight, bias, activation, y) {
      parameters[0] = activation === 'relu' ? 1 : 0;
      let at = writeWhole(1, x);
      at = writeWhole(at, weight);
      at = writeWhole(at, bias);
      writeWhole(at, y);
      addon.linear(arrayOf(x), arrayOf(weight), arrayOrNull(bias), arrayOf(y));
    },

    linearBackward(x, weight, dy, y, accumulate, dx, dWeight, dBias) {
      parameters[0] = accumulate ? 1 : 0;
      let at = writeWhole(1, x);
      at = writeWhole(at, weight);
      at = writeWhole(at, dy);
      at = writeWhole(at, y);
      at = writeWhole(at, dx);
      at = writeWhole(at, dWeight);
      writeWhole(at, dBias);
      addon.linearBackward(
        arrayOf(x),
        arrayOf(weight),
        arrayOf(dy),
        arrayOrNull(y),
        arrayOrNull(dx),
        arrayOrNull(dWeight),
        arrayOrNull(dBias),
      );
    },
  };
}

function writeProduct(a: Strided, b: Strided, out: Strided, accumulate: boolean): void {
  parameters[0] = accumulate ? 1 : 0;
  let at = writeMatrices(1, a, out);
  at = writeMatrices(at, b, out);
  writeMatrices(at, out, out);
}

/** Writes shape and walk of an operand that does not broadcast; nothing for null. */
function writeWhole(at: number, operand: Strided | null): number {
  if (operand === null) return at;
  const { shape, strides } = operand;
  if (shape.length !== 2) return writeOperand(writeShape(at, shape), operand, shape);
  // Most are matrices, and without loops this takes half as long.
  parameters[at] = 2;
  parameters[at + 1] = shape[0];
  parameters[at + 2] = shape[1];
  parameters[at + 3] = offsetOf(operand);
  parameters[at + 4] = strides[0];
  parameters[at + 5] = strides[1];
  return at + 6;
}

/** Writes shape and walk of a batch of matrices, whose batch dimensions broadcast to those of `out`. */
function writeMatrices(at: number, operand: Strided, out: Strided): number {
  const rank = out.shape.length;
  if (rank === 2) return writeWhole(at, operand);
  const { shape, strides } = operand;
  const added = rank - shape.length;
  parameters[at++] = rank;
  for (let d = 0; d < rank - 2; d++) parameters[at++] = out.shape[d];
  for (let d = rank - 2; d < rank; d++) parameters[at++] = shape[d - added];
  parameters[at++] = offsetOf(operand);
  for (let d = 0; d < rank; d++) {
    const repeats = d < added || (d < rank - 2 && shape[d - added] === 1 && out.shape[d] !== 1);
    parameters[at++] = repeats ? 0 : strides[d - added];
  }
  return at;
}
