/** Operands of one operation, brought to one dtype: `core/dtype.ts` has the rules, this applies them. */

import { type DType, dtypeOfScalar, dtypes, promoteTypes, promoteWeighted } from '../core/dtype.ts';
import { allocate } from '../core/storage.ts';
import { allocateResult, checkAttached, Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import { cast, checkTensor, describe, type Operand } from './operands.ts';

// Numbers become 0-d tensors in a few reused places a dtype (one for each operand of an operation), which costs
// no allocation: a kernel reads them before the next operation begins. 32 elements, because V8 keeps arrays of
// up to 64 bytes in its own heap and would move them out at their first way into native code.
const scalarPlaces: Readonly<Record<DType, Tensor[]>> = {
  bool: [],
  uint8: [],
  int32: [],
  float32: [],
  float64: [],
};

/** `value` as a 0-d tensor, until the next operation begins; `position` is that of the operand. */
function scalarOperand(value: number | boolean, dtype: DType, position: number): Tensor {
  const places = scalarPlaces[dtype];
  places[position] ??= new Tensor(allocate('scalar', dtype, 32), []);
  const place = places[position];
  place.memory[0] = dtype === 'bool' ? Number(Boolean(value)) : Number(value);
  return place;
}

/** A 0-d tensor of its own for a value to be stored, converted to `dtype` as `fill_` does; a tensor stays itself. */
export function storedOperand(operation: string, value: Operand, dtype: DType): Tensor {
  if (!isScalar(value)) return checkTensor(operation, value, 'value');
  const result = allocateResult(operation, [], dtype);
  kernels().fill(Number(value), result);
  return result;
}

function isScalar(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

function promoteOptional(a: DType | null, b: DType): DType {
  return a === null ? b : promoteTypes(a, b);
}

function weighOptional(heavy: DType | null, light: DType | null): DType | null {
  return heavy === null || light === null ? (heavy ?? light) : promoteWeighted(heavy, light);
}

/** The dtype that operands promote to: first those of one weight among each other, then across the weights. */
function commonDType(operands: readonly Operand[]): DType {
  let [withDims, zeroDim, scalar]: (DType | null)[] = [null, null, null];
  for (const operand of operands) {
    if (isScalar(operand)) scalar = promoteOptional(scalar, dtypeOfScalar(operand));
    else if (operand.ndim === 0) zeroDim = promoteOptional(zeroDim, operand.dtype);
    else withDims = promoteOptional(withDims, operand.dtype);
  }
  return weighOptional(weighOptional(withDims, zeroDim), scalar) ?? 'bool';
}

/** Operands as tensors of the dtype that they promote to, or of `atLeast` where that ranks higher. */
export function promoteAll(
  operation: string,
  operands: readonly Operand[],
  atLeast: DType = 'bool',
): Tensor[] {
  operands.forEach((operand, i) => {
    if (isScalar(operand)) return;
    if (!(operand instanceof Tensor)) {
      throw new TypeError(
        `${operation}: operand ${i + 1} must be a Tensor or a number, got ${describe(operand)}`,
      );
    }
    checkAttached(operation, operand);
  });
  const dtype = promoteTypes(commonDType(operands), atLeast);
  return operands.map((operand, i) =>
    isScalar(operand) ? scalarOperand(operand, dtype, i) : cast(operand, dtype),
  );
}

/** `promoteAll` of two operands. */
export function promoteOperands(
  operation: string,
  a: Operand,
  b: Operand,
  atLeast: DType = 'bool',
): readonly [Tensor, Tensor] {
  // The two ordinary cases, without a detour: tensors of one dtype, and a tensor with a number of its kind.
  if (a instanceof Tensor && dtypes[a.dtype].rank >= dtypes[atLeast].rank) {
    if (b instanceof Tensor) {
      if (a.dtype === b.dtype) {
        checkAttached(operation, a);
        checkAttached(operation, b);
        return [a, b];
      }
    } else if (isScalar(b) && promoteWeighted(a.dtype, dtypeOfScalar(b)) === a.dtype) {
      checkAttached(operation, a);
      return [a, scalarOperand(b, a.dtype, 1)];
    }
  }
  const [left, right] = promoteAll(operation, [a, b], atLeast);
  return [left, right];
}
