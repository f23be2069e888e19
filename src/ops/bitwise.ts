/** Operations on the bits of integers, in two's complement, and on booleans. Floats are a TypeError. */

import { dtypes } from '../core/dtype.ts';
import { kernels } from '../kernels/active.ts';
import { binary, onlyForIntegers } from './domains.ts';
import { checkTensor } from './operands.ts';
import { inPlace, type Prepared, type Unary, unaryOperation } from './pointwise.ts';
import { promoteOperands } from './promotion.ts';

/** a & b, bit by bit, of integers or booleans. */
export const bitwiseAnd = binary('bitwiseAnd', 'integer');
/** a | b, bit by bit, of integers or booleans. */
export const bitwiseOr = binary('bitwiseOr', 'integer');
/** a ^ b, bit by bit, of integers or booleans. */
export const bitwiseXor = binary('bitwiseXor', 'integer');
/** All bits of x turned over, of integers; `logicalNot` on booleans. */
export const bitwiseNot = unaryOperation('bitwiseNot', (name, x) => {
  checkTensor(name, x);
  if (dtypes[x.dtype].floating) throw onlyForIntegers(name, x.dtype);
  // In two's complement ~x = −1 − x; on booleans 1 − x, which is 1 ≠ x.
  const operands = promoteOperands(name, x.dtype === 'bool' ? true : -1, x);
  const run: Prepared['run'] = ([ones, bits], out) =>
    kernels().binary(x.dtype === 'bool' ? 'bitwiseXor' : 'sub', ones, bits, out);
  return { operands, dtype: x.dtype, run };
}) as Unary;

/** `bitwiseAnd`, stored in a. */
export const bitwiseAnd_ = inPlace(bitwiseAnd);
/** `bitwiseOr`, stored in a. */
export const bitwiseOr_ = inPlace(bitwiseOr);
/** `bitwiseXor`, stored in a. */
export const bitwiseXor_ = inPlace(bitwiseXor);
/** `bitwiseNot`, stored in x. */
export const bitwiseNot_ = inPlace(bitwiseNot);
