/**
 * Arithmetic, functions and comparisons, element by element.
 *
 * Two operands broadcast as in NumPy and promote as in PyTorch; a number stands for a 0-d tensor. Each function
 * has a twin whose name ends in `_` and which stores the result in its first operand, and takes `{ out }`.
 */

import { type DType, dtypes } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { broadcastShapes, formatShape, shapesEqual } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import type { BinaryOp, CompareOp, UnaryOp } from '../kernels/contract.ts';
import {
  cast,
  checkTensor,
  checkWritable,
  copyOf,
  type Operand,
  type OutOptions,
  promoteOperands,
  resultTensor,
  storeInto,
  touched,
  withoutPartialOverlap,
} from './operands.ts';

type Unary = (x: Tensor, options?: OutOptions) => Tensor;
type UnaryInPlace = (x: Tensor) => Tensor;
type Binary = (a: Operand, b: Operand, options?: OutOptions) => Tensor;
type BinaryInPlace = (a: Tensor, b: Operand) => Tensor;

/** Which dtypes a function is computed in: what comes, or float32 for integers and booleans. */
type Domain = 'any' | 'float';

function domainDType(domain: Domain, dtype: DType): DType {
  return domain === 'float' && !dtypes[dtype].floating ? 'float32' : dtype;
}

function unaryInto(operation: UnaryOp, domain: Domain, x: Tensor, out: Tensor | undefined): Tensor {
  checkTensor(operation, x);
  if (x.dtype === 'bool' && domain === 'any') {
    throw new TypeError(`${operation}: not defined for bool; convert it with to('int32') or to('float32')`);
  }
  const operand = cast(x, domainDType(domain, x.dtype));
  const result = resultTensor(operation, operand.shape, operand.dtype, out);
  kernels().unary(operation, out === undefined ? operand : withoutPartialOverlap(operand, result), result);
  return out === undefined ? result : touched(result);
}

function unary(operation: UnaryOp, domain: Domain): Unary {
  return (x, options) => unaryInto(operation, domain, x, options?.out);
}

function unaryInPlace(operation: UnaryOp, domain: Domain): UnaryInPlace {
  return (x) => {
    checkTensor(operation, x);
    checkWritable(`${operation}_`, x);
    if (domainDType(domain, x.dtype) === x.dtype) return unaryInto(operation, domain, x, x);
    return storeInto(`${operation}_`, x, unaryInto(operation, domain, x, undefined));
  };
}

/** On booleans `+` is or, `*` is and; the order has no difference, so there is no `-`. */
const onBooleans: Partial<Record<BinaryOp, BinaryOp>> = {
  add: 'maximum',
  mul: 'minimum',
  maximum: 'maximum',
  minimum: 'minimum',
};

/** Integers have nothing that 1 % 0 could be. (`div` is of floats, which have.) */
const divides: ReadonlySet<BinaryOp> = new Set(['remainder', 'fmod']);

function binaryInto(
  operation: BinaryOp,
  domain: Domain,
  a: Operand,
  b: Operand,
  out: Tensor | undefined,
): Tensor {
  const [left, right] = promoteOperands(operation, a, b, domain === 'float' ? 'float32' : 'bool');
  const { dtype } = left;
  const kernel = dtype === 'bool' ? onBooleans[operation] : operation;
  if (kernel === undefined) {
    throw new TypeError(
      `${operation}: not defined for bool; convert an operand with to('int32') or to('float32')`,
    );
  }
  if (divides.has(operation) && !dtypes[dtype].floating && copyOf(right).memory.includes(0)) {
    throw new RangeError(`${operation}: integers cannot be divided by zero`);
  }
  const shape = broadcastShapes(operation, left.shape, right.shape);
  const result = resultTensor(operation, shape, dtype, out);
  if (out === undefined) {
    kernels().binary(kernel, left, right, result);
    return result;
  }
  kernels().binary(kernel, withoutPartialOverlap(left, result), withoutPartialOverlap(right, result), result);
  return touched(result);
}

function binary(operation: BinaryOp, domain: Domain = 'any'): Binary {
  return (a, b, options) => binaryInto(operation, domain, a, b, options?.out);
}

function binaryInPlace(operation: BinaryOp, domain: Domain = 'any'): BinaryInPlace {
  const name = `${operation}_`;
  return (a, b) => {
    checkTensor(name, a);
    checkWritable(name, a);
    const [left, right] = promoteOperands(name, a, b, domain === 'float' ? 'float32' : 'bool');
    const shape = broadcastShapes(name, a.shape, right.shape);
    if (!shapesEqual(shape, a.shape)) {
      throw new ShapeError(
        `${name}: the result has shape ${formatShape(shape)} and does not fit in place into ${formatShape(a.shape)}`,
      );
    }
    if (left === a) return binaryInto(operation, domain, a, right, a);
    return storeInto(name, a, binaryInto(operation, domain, left, right, undefined));
  };
}

function comparison(operation: CompareOp): Binary {
  return (a, b, options) => {
    const [left, right] = promoteOperands(operation, a, b);
    const shape = broadcastShapes(operation, left.shape, right.shape);
    const result = resultTensor(operation, shape, 'bool', options?.out);
    if (options?.out === undefined) {
      kernels().compare(operation, left, right, result);
      return result;
    }
    kernels().compare(
      operation,
      withoutPartialOverlap(left, result),
      withoutPartialOverlap(right, result),
      result,
    );
    return touched(result);
  };
}

/** a + b; `or` on booleans. a and b broadcast to the result's shape. */
export const add = binary('add');
/** a − b. Not defined for two booleans. */
export const sub = binary('sub');
/** a · b, element by element; `and` on booleans. The matrix product is `matmul`. */
export const mul = binary('mul');
/** a / b as real numbers: integers and booleans give float32. */
export const div = binary('div', 'float');
/** a to the power of b. */
export const pow = binary('pow');
/** The smaller of a and b; NaN where either is NaN. */
export const minimum = binary('minimum');
/** The larger of a and b; NaN where either is NaN. */
export const maximum = binary('maximum');
/** a − b · ⌊a / b⌋, with the sign of b, as Python's `%`. */
export const remainder = binary('remainder');
/** a − b · trunc(a / b), with the sign of a, as C's `fmod` and JavaScript's `%`. */
export const fmod = binary('fmod');
/** a + b, stored in a. */
export const add_ = binaryInPlace('add');
/** a − b, stored in a. */
export const sub_ = binaryInPlace('sub');
/** a · b, stored in a. */
export const mul_ = binaryInPlace('mul');
/** a / b, stored in a, which must be a float tensor. */
export const div_ = binaryInPlace('div', 'float');
/** a to the power of b, stored in a. */
export const pow_ = binaryInPlace('pow');

/** Whether a equals b, as bool. NaN equals nothing. */
export const eq = comparison('eq');
/** Whether a differs from b, as bool. NaN differs from everything. */
export const ne = comparison('ne');
/** Whether a < b, as bool. */
export const lt = comparison('lt');
/** Whether a ≤ b, as bool. */
export const le = comparison('le');
/** Whether a > b, as bool. */
export const gt = comparison('gt');
/** Whether a ≥ b, as bool. */
export const ge = comparison('ge');

/** −x. */
export const neg = unary('neg', 'any');
/** |x|. */
export const abs = unary('abs', 'any');
/** −1, 0 or 1; NaN for NaN. */
export const sign = unary('sign', 'any');
/** x · x. */
export const square = unary('square', 'any');
/** max(x, 0); NaN stays NaN. */
export const relu = unary('relu', 'any');
/** The gradient of `relu`: dy where x > 0, else 0. For x one may also give relu(x), which is above 0 in the same places. */
export const reluBackward = binary('reluBackward');
/** The largest whole number ≤ x. */
export const floor = unary('floor', 'any');
/** The smallest whole number ≥ x. */
export const ceil = unary('ceil', 'any');
/** The nearest whole number; halves go to the even one. */
export const round = unary('round', 'any');
/** x without its fraction. */
export const trunc = unary('trunc', 'any');
/** √x; NaN below 0. */
export const sqrt = unary('sqrt', 'float');
/** 1 / √x. */
export const rsqrt = unary('rsqrt', 'float');
/** 1 / x. */
export const reciprocal = unary('reciprocal', 'float');
/** e to the power of x. */
export const exp = unary('exp', 'float');
/** exp(x) − 1, accurate near 0. */
export const expm1 = unary('expm1', 'float');
/** The natural logarithm; −∞ at 0, NaN below. */
export const log = unary('log', 'float');
/** log(1 + x), accurate near 0. */
export const log1p = unary('log1p', 'float');
/** The sine of x in radians. */
export const sin = unary('sin', 'float');
/** The cosine of x in radians. */
export const cos = unary('cos', 'float');
/** The hyperbolic tangent. */
export const tanh = unary('tanh', 'float');
/** 1 / (1 + exp(−x)). */
export const sigmoid = unary('sigmoid', 'float');
/** The error function, 2/√π · ∫₀ˣ exp(−t²) dt. */
export const erf = unary('erf', 'float');
/** −x, stored in x. */
export const neg_ = unaryInPlace('neg', 'any');
/** max(x, 0), stored in x. */
export const relu_ = unaryInPlace('relu', 'any');
/** √x, stored in x. */
export const sqrt_ = unaryInPlace('sqrt', 'float');
/** e to the power of x, stored in x. */
export const exp_ = unaryInPlace('exp', 'float');

/** x, but not below `minimum`: max(x, minimum). NaN stays NaN. */
export function clampMin(x: Tensor, minimumValue: Operand, options?: OutOptions): Tensor {
  return maximum(x, minimumValue, options);
}

/** x, but not above `maximum`: min(x, maximum). NaN stays NaN. */
export function clampMax(x: Tensor, maximumValue: Operand, options?: OutOptions): Tensor {
  return minimum(x, maximumValue, options);
}

/** x held between `low` and `high`; either may be null for no bound. Where low > high, high wins. */
export function clamp(x: Tensor, low: Operand | null, high: Operand | null = null): Tensor {
  if (low === null && high === null) throw new TypeError('clamp: at least one of low and high must be given');
  const raised = low === null ? x : clampMin(x, low);
  return high === null ? raised : clampMax(raised, high);
}

/** Whether x is NaN, as bool. */
export function isnan(x: Tensor): Tensor {
  return ne(x, x);
}
