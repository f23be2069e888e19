/** Running totals along a dimension. */

import { type DType, dtypes, type Promoted } from '../core/dtype.ts';
import { normalizeDim } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import type { ScanOp } from '../kernels/contract.ts';
import {
  checkTensor,
  checkWritable,
  floatTypeOf,
  type OutOptions,
  resultTensor,
  storeInto,
  touched,
  withoutPartialOverlap,
} from './operands.ts';
import { atLeast1d } from './reducing.ts';

function scan(operation: ScanOp) {
  return <D extends DType>(x: Tensor<D>, dim: number, options?: OutOptions): Tensor<Promoted<D>> => {
    const out = options?.out;
    checkTensor(operation, x);
    const along = normalizeDim(operation, dim, x.ndim);
    const result = resultTensor(operation, x.shape, floatTypeOf(x, 'float64'), out);
    const operand = out === undefined ? x : withoutPartialOverlap(x, result);
    kernels().scan(operation, atLeast1d(operand), along, atLeast1d(result));
    return out === undefined ? result : touched(result);
  };
}

function scanInPlace(operation: ScanOp) {
  const name = `${operation}_`;
  return <D extends DType>(x: Tensor<D>, dim: number): Tensor<D> => {
    checkTensor(name, x);
    checkWritable(name, x);
    const apply = operation === 'cumsum' ? cumsum : cumprod;
    if (!dtypes[x.dtype].floating) return storeInto(name, x, apply(x, dim));
    apply(x, dim, { out: x });
    return x;
  };
}

/**
 * Σ of the elements up to each one along `dim`, itself included. Integers and booleans give float64, as in `sum`.
 *
 * @example
 * tensor([1, 2, 3]).cumsum(0).toArray(); // [1, 3, 6]
 */
export const cumsum = scan('cumsum');
/** Π of the elements up to each one along `dim`, itself included. Integers and booleans give float64, as in `prod`. */
export const cumprod = scan('cumprod');
/** `cumsum`, stored in x, which must be a float tensor. */
export const cumsum_ = scanInPlace('cumsum');
/** `cumprod`, stored in x, which must be a float tensor. */
export const cumprod_ = scanInPlace('cumprod');
