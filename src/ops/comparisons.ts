/**
 * Questions about elements, answered as bool: comparisons, logic, and what kind of number one is.
 *
 * A twin in place (`lt_`) stores 0 or 1 in its first operand, whatever its dtype.
 */

import { dtypes } from '../core/dtype.ts';
import { allocateTensor, type Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import type { BinaryOp, CompareOp } from '../kernels/contract.ts';
import { abs } from './elementwise.ts';
import { cast, checkTensor, type Operand } from './operands.ts';
import {
  type BinaryTo,
  binaryOperation,
  inPlace,
  type Prepare,
  type Prepared,
  unaryOperation,
} from './pointwise.ts';
import { promoteOperands } from './promotion.ts';

function comparing(operation: CompareOp): Prepared['run'] {
  return ([a, b], out) => kernels().compare(operation, a, b, out);
}

function comparison(operation: CompareOp): BinaryTo<'bool'> {
  const run = comparing(operation);
  return binaryOperation(operation, (name, a, b) => ({
    operands: promoteOperands(name, a, b),
    dtype: 'bool',
    run,
  }));
}

/** Whether a equals b. NaN equals nothing. */
export const eq = comparison('eq');
/** Whether a differs from b. NaN differs from everything. */
export const ne = comparison('ne');
/**
 * Whether a < b.
 *
 * @example
 * tensor([1, 5]).lt(3).toArray(); // [true, false]
 */
export const lt = comparison('lt');
/** Whether a ≤ b. */
export const le = comparison('le');
/** Whether a > b. */
export const gt = comparison('gt');
/** Whether a ≥ b. */
export const ge = comparison('ge');

function truthOf(name: string, operand: Operand): Operand {
  if (typeof operand === 'number' || typeof operand === 'boolean') return operand !== 0 && operand !== false;
  return cast(checkTensor(name, operand), 'bool');
}

function logical(name: string, run: Prepared['run']): BinaryTo<'bool'> {
  return binaryOperation(name, (called, a, b) => ({
    operands: promoteOperands(called, truthOf(called, a), truthOf(called, b)),
    dtype: 'bool',
    run,
  }));
}

function combining(operation: BinaryOp): Prepared['run'] {
  return ([a, b], out) => kernels().binary(operation, a, b, out);
}

/**
 * Whether both a and b differ from 0.
 *
 * @example
 * const x = tensor([1, 5, 9]);
 * x.gt(2).logicalAnd(x.lt(8)).toArray(); // [false, true, false]
 */
export const logicalAnd = logical('logicalAnd', combining('minimum'));
/** Whether a or b, or both, differ from 0. */
export const logicalOr = logical('logicalOr', combining('maximum'));
/** Whether one of a and b differs from 0, and the other does not. */
export const logicalXor = logical('logicalXor', comparing('ne'));

/** x compared with one number; what is not a float is compared as it is. */
function against(operation: CompareOp, value: number): Prepare<[x: Tensor], 'bool'> {
  const run = comparing(operation);
  return (name, x) => {
    checkTensor(name, x);
    const bound = allocateTensor(name, [], x.dtype);
    bound.memory[0] = value;
    return { operands: [x, bound], dtype: 'bool', run };
  };
}

/** Whether x is 0, that is false. */
export const logicalNot = unaryOperation('logicalNot', against('eq', 0));

/** The same question about |x|, with one answer for all that are not floats. */
function ofMagnitude(operation: CompareOp, otherwise: boolean): Prepare<[x: Tensor], 'bool'> {
  const withInfinity = against(operation, Infinity);
  return (name, x) => {
    checkTensor(name, x);
    if (dtypes[x.dtype].floating) return withInfinity(name, abs(x));
    const run: Prepared['run'] = (_, out) => kernels().fill(Number(otherwise), out);
    return { operands: [x], dtype: 'bool', run };
  };
}

/** Whether x is neither infinite nor NaN. */
export const isfinite = unaryOperation('isfinite', ofMagnitude('lt', true));
/** Whether x is ∞ or −∞. */
export const isinf = unaryOperation('isinf', ofMagnitude('eq', false));
/** Whether x is NaN. */
export const isnan = unaryOperation('isnan', (name, x) => ({
  operands: [checkTensor(name, x), x],
  dtype: 'bool',
  run: comparing('ne'),
}));

/** `eq`, stored in a. */
export const eq_ = inPlace(eq);
/** `ne`, stored in a. */
export const ne_ = inPlace(ne);
/** `lt`, stored in a. */
export const lt_ = inPlace(lt);
/** `le`, stored in a. */
export const le_ = inPlace(le);
/** `gt`, stored in a. */
export const gt_ = inPlace(gt);
/** `ge`, stored in a. */
export const ge_ = inPlace(ge);
/** `logicalAnd`, stored in a. */
export const logicalAnd_ = inPlace(logicalAnd);
/** `logicalOr`, stored in a. */
export const logicalOr_ = inPlace(logicalOr);
/** `logicalXor`, stored in a. */
export const logicalXor_ = inPlace(logicalXor);
/** `logicalNot`, stored in x. */
export const logicalNot_ = inPlace(logicalNot);
