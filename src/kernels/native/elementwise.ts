import { type DType, dtypes } from '../../core/dtype.ts';
import type { Strided } from '../../core/strided.ts';
import type { Kernels } from '../contract.ts';
import type { Addon } from './addon.ts';
import { arrayOf, type Codes, codesOf, parameters, writeOperand, writeShape } from './parameters.ts';

type Elementwise = Pick<Kernels, 'unary' | 'binary' | 'ternary' | 'compare' | 'where' | 'copy' | 'fill'>;

/**
 * The operations that have a result for each place. Each is one call: how the operands are walked is written
 * down here, and looked at there.
 */
export function elementwise(addon: Addon, fallback: Kernels): Elementwise {
  const operations = addon.operations();
  const unaryCodes = codesOf(operations.unary);
  const binaryCodes = {
    float32: codesOf(operations.binaryFloat32),
    float64: codesOf(operations.binaryFloat64),
    int32: codesOf(operations.binaryInt32),
    uint8: codesOf(operations.binaryUint8),
    bool: codesOf(operations.binaryUint8),
  } satisfies Record<DType, Codes>;
  const ternaryCodes = codesOf(operations.ternary);
  const compareCodes = codesOf(operations.compare);

  return {
    unary(op, x, out) {
      const code = unaryCodes[op];
      if (code === undefined || !dtypes[out.dtype].floating) return fallback.unary(op, x, out);
      parameters[0] = code;
      writeWalk(1, out, x);
      addon.unary(arrayOf(x), arrayOf(out));
    },

    binary(op, a, b, out) {
      const code = binaryCodes[out.dtype][op];
      if (code === undefined) return fallback.binary(op, a, b, out);
      parameters[0] = code;
      writeWalk(1, out, a, b);
      addon.binary(arrayOf(a), arrayOf(b), arrayOf(out));
    },

    ternary(op, a, b, c, scale, out) {
      const code = ternaryCodes[op];
      if (code === undefined || !dtypes[out.dtype].floating) return fallback.ternary(op, a, b, c, scale, out);
      parameters[0] = code;
      parameters[1] = scale;
      writeWalk(2, out, a, b, c);
      addon.ternary(arrayOf(a), arrayOf(b), arrayOf(c), arrayOf(out));
    },

    compare(op, a, b, out) {
      const code = compareCodes[op];
      if (code === undefined) return fallback.compare(op, a, b, out);
      parameters[0] = code;
      writeWalk(1, out, a, b);
      addon.compare(arrayOf(a), arrayOf(b), arrayOf(out));
    },

    where(condition, a, b, out) {
      writeWalk(0, out, condition, a, b);
      addon.where(arrayOf(condition), arrayOf(a), arrayOf(b), arrayOf(out));
    },

    copy(x, out) {
      parameters[0] = out.dtype === 'bool' && x.dtype !== 'bool' ? 1 : 0;
      writeWalk(1, out, x);
      addon.copy(arrayOf(x), arrayOf(out));
    },

    fill(value, out) {
      parameters[0] = stored(value, out);
      writeWalk(1, out);
      addon.fill(arrayOf(out));
    },
  };
}

/** Writes the shape of the result, then the walk of each operand, the result last. */
function writeWalk(at: number, out: Strided, a?: Strided, b?: Strided, c?: Strided): void {
  const { shape } = out;
  at = writeShape(at, shape);
  if (a !== undefined) at = writeOperand(at, a, shape);
  if (b !== undefined) at = writeOperand(at, b, shape);
  if (c !== undefined) at = writeOperand(at, c, shape);
  writeOperand(at, out, shape);
}

/** `value` as an array of out's dtype would hold it. */
function stored(value: number, out: Strided): number {
  switch (out.dtype) {
    case 'bool':
      return value !== 0 ? 1 : 0;
    case 'uint8':
      return value & 255;
    case 'int32':
      return value | 0;
    default:
      return value;
  }
}
