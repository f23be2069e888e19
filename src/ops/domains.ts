/** Functions of the kernels as operations on tensors: which dtypes each is computed in, and what it refuses. */

import { type DType, dtypes } from '../core/dtype.ts';
import { allocateTensor, type Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import type { BinaryOp, UnaryOp } from '../kernels/contract.ts';
import { cast, checkTensor } from './operands.ts';
import {
  type Binary,
  binaryOperation,
  type FloatUnary,
  type Prepared,
  type Unary,
  unaryOperation,
} from './pointwise.ts';
import { promoteOperands } from './promotion.ts';

/** Which dtypes a function is computed in: any but bool; floats, float32 for others; integers and bool only. */
type Domain = 'any' | 'float' | 'integer';

export function unary(operation: UnaryOp): Unary;
export function unary(operation: UnaryOp, domain: 'float'): FloatUnary;
export function unary(operation: UnaryOp, domain: Domain = 'any'): Unary | FloatUnary {
  const run: Prepared['run'] = ([x], out) => kernels().unary(operation, x, out);
  const apply = unaryOperation(operation, (name, x) => {
    checkTensor(name, x);
    if (x.dtype === 'bool' && domain === 'any') throw notForBooleans(name, 'it');
    const dtype = domain === 'float' && !dtypes[x.dtype].floating ? 'float32' : x.dtype;
    return { operands: [cast(x, dtype)], dtype, run };
  });
  return apply as Unary | FloatUnary; // the dtype is what the domain says
}

/** On booleans `+` is or, `*` is and; the order has no difference, so there is no `-`. */
const onBooleans: Partial<Record<BinaryOp, BinaryOp>> = {
  add: 'maximum',
  mul: 'minimum',
  maximum: 'maximum',
  minimum: 'minimum',
  bitwiseAnd: 'bitwiseAnd',
  bitwiseOr: 'bitwiseOr',
  bitwiseXor: 'bitwiseXor',
};

/** What integers must not be given, though floats may. */
type IntegerRule = (name: string, a: Tensor, b: Tensor) => void;

export const noZeroDivisor: IntegerRule = (name, a, b) => {
  if (a.numel() > 0 && holds('eq', b, 0)) throw new RangeError(`${name}: integers cannot be divided by zero`);
};

export const noNegativeExponent: IntegerRule = (name, _, b) => {
  if (b.dtype !== 'uint8' && holds('lt', b, 0)) {
    throw new RangeError(
      `${name}: integers have no whole negative powers; convert an operand with to('float32')`,
    );
  }
};

export function binary(operation: BinaryOp, domain: Domain = 'any', integerRule?: IntegerRule): Binary {
  const runner =
    (op: BinaryOp): Prepared['run'] =>
    ([a, b], out) =>
      kernels().binary(op, a, b, out);
  const run = runner(operation);
  const forBooleans = onBooleans[operation];
  const runBooleans = forBooleans && runner(forBooleans);
  const apply = binaryOperation(operation, (name, a, b) => {
    const operands = promoteOperands(name, a, b, domain === 'float' ? 'float32' : 'bool');
    const { dtype } = operands[0];
    if (dtype === 'bool') {
      if (runBooleans === undefined) throw notForBooleans(name, 'an operand');
      return { operands, dtype, run: runBooleans };
    }
    if (dtypes[dtype].floating) {
      if (domain === 'integer') throw onlyForIntegers(name, dtype);
    } else integerRule?.(name, operands[0], operands[1]);
    return { operands, dtype, run };
  });
  return apply as Binary; // the dtype is what the operands promote to
}

function notForBooleans(name: string, what: string): TypeError {
  return new TypeError(`${name}: not defined for bool; convert ${what} with to('int32') or to('float32')`);
}

export function onlyForIntegers(name: string, dtype: DType): TypeError {
  return new TypeError(`${name}: only for integers and bool, got ${dtype}; convert it with to('int32')`);
}

/** Whether any element of x stands so to `value`. */
function holds(comparison: 'eq' | 'lt', x: Tensor, value: number): boolean {
  if (x.numel() === 0) return false;
  const bound = allocateTensor(comparison, [], x.dtype);
  bound.memory[0] = value;
  const flags = allocateTensor(comparison, x.shape, 'bool');
  kernels().compare(comparison, x, bound, flags);
  const found = allocateTensor(comparison, new Array<number>(x.ndim).fill(1), 'bool');
  kernels().reduce('amax', flags, found);
  return found.memory[0] === 1;
}
