import { dtypes } from '../../core/dtype.ts';
import { numelOf } from '../../core/shape.ts';
import type { Strided } from '../../core/strided.ts';
import type { Kernels, ReduceOp } from '../contract.ts';
import type { Addon } from './addon.ts';
import { arrayOf, codesOf, offsetOf, parameters, writeOperand, writeShape } from './parameters.ts';

type Reductions = Pick<Kernels, 'reduce' | 'variance' | 'argReduce'>;

/** What each reduction folds with; a mean is a sum, divided, and a norm2 a sum of squares, rooted. */
const folds: Readonly<Record<ReduceOp, string>> = {
  sum: 'sum',
  mean: 'sum',
  prod: 'prod',
  amax: 'amax',
  amin: 'amin',
  norm1: 'norm1',
  norm2: 'norm2',
};

export function reductions(addon: Addon, fallback: Kernels): Reductions {
  const operations = addon.operations();
  const codes = codesOf(operations.fold);
  const argCodes = codesOf(operations.argFold);

  return {
    reduce(op, x, out) {
      const code = codes[folds[op]];
      if (code === undefined || !isNative(x, out)) return fallback.reduce(op, x, out);
      parameters[0] = code;
      parameters[1] = op === 'mean' ? 1 : op === 'norm2' ? 2 : 0;
      writeReduction(x, out);
      addon.reduce(arrayOf(x), arrayOf(out));
    },

    variance(x, correction, std, out) {
      if (!isNative(x, out)) return fallback.variance(x, correction, std, out);
      parameters[0] = correction;
      parameters[1] = std ? 1 : 0;
      writeReduction(x, out);
      addon.variance(arrayOf(x), arrayOf(out));
    },

    argReduce(op, x, dim, out) {
      const code = argCodes[op];
      const { shape } = x;
      if (code === undefined || !dtypes[x.dtype].floating || shape.length === 0 || numelOf(shape) === 0)
        return fallback.argReduce(op, x, dim, out);
      parameters[0] = code;
      writeSearch(x, dim, out);
      addon.argReduce(arrayOf(x), arrayOf(out));
    },
  };
}

/** The addon reduces floats, and at least one of them. */
function isNative(x: Strided, out: Strided): boolean {
  return dtypes[x.dtype].floating && dtypes[out.dtype].floating && numelOf(x.shape) > 0;
}

/** Written as if out broadcast to x: so that its strides are 0 where it is reduced. */
function writeReduction(x: Strided, out: Strided): void {
  let at = writeShape(2, x.shape);
  at = writeOperand(at, x, x.shape);
  writeOperand(at, out, x.shape);
}

/** The dimension that is searched goes last; there out has no part. */
function writeSearch(x: Strided, dim: number, out: Strided): void {
  let at = 1;
  parameters[at++] = x.shape.length;
  at = writeOthers(at, x.shape, dim, x.shape[dim]);
  parameters[at++] = offsetOf(x);
  at = writeOthers(at, x.strides, dim, x.strides[dim]);
  parameters[at++] = offsetOf(out);
  writeOthers(at, out.strides, dim, 0);
}

/** Writes `values` without the one at `dim`, then `last`. */
function writeOthers(at: number, values: readonly number[], dim: number, last: number): number {
  for (let d = 0; d < values.length; d++) if (d !== dim) parameters[at++] = values[d];
  parameters[at++] = last;
  return at;
}
