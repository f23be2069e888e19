/** What all operations that go element by element have in common: broadcasting, `out`, and the twins in place. */

import type { DType, Promoted } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { broadcastShapes, formatShape, type Shape, shapesEqual } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import {
  checkStorable,
  checkTensor,
  checkWritable,
  type Operand,
  type OutOptions,
  resultTensor,
  storeInto,
  touched,
  withoutPartialOverlap,
} from './operands.ts';

/** An operation whose operands are known to fit: all that it needs but a place for the result. */
export interface Prepared<D extends DType = DType> {
  /** Broadcast to the shape of the result. */
  readonly operands: readonly Tensor[];
  /** Of the result. */
  readonly dtype: D;
  /** Calls the kernel. */
  readonly run: (operands: readonly Tensor[], out: Tensor) => void;
}

/** Checks and promotes the operands of an operation, which is called `name` in errors. */
export type Prepare<Arguments extends readonly unknown[], D extends DType = DType> = (
  name: string,
  ...operands: Arguments
) => Prepared<D>;

/** An operation on one tensor that keeps its dtype. */
export type Unary = <D extends DType>(x: Tensor<D>, options?: OutOptions) => Tensor<D>;
/** An operation on one tensor with results of its float dtype, or of float32. */
export type FloatUnary = <D extends DType>(x: Tensor<D>, options?: OutOptions) => Tensor<Promoted<D>>;
/** An operation on one tensor with results of dtype R. */
export type UnaryTo<R extends DType> = (x: Tensor, options?: OutOptions) => Tensor<R>;
/** An operation on two operands, in the dtype that they promote to. */
export type Binary = <D extends DType = DType>(
  a: Operand<D>,
  b: Operand,
  options?: OutOptions,
) => Tensor<Promoted<D>>;
/** An operation on two operands with results of dtype R. */
export type BinaryTo<R extends DType> = (a: Operand, b: Operand, options?: OutOptions) => Tensor<R>;
export type UnaryInPlace = <D extends DType>(x: Tensor<D>) => Tensor<D>;
export type BinaryInPlace = <D extends DType>(a: Tensor<D>, b: Operand) => Tensor<D>;

interface Definition {
  readonly name: string;
  readonly prepare: Prepare<never>;
}

/** What each operation is made of, for its twin to be made of the same. */
const definitions = new WeakMap<object, Definition>();

/** Notes that `operation` prepares its operands so; `inPlace` makes its twin from that. */
export function defined<Operation extends object, Arguments extends readonly unknown[]>(
  name: string,
  prepare: Prepare<Arguments>,
  operation: Operation,
): Operation {
  definitions.set(operation, { name, prepare });
  return operation;
}

export function unaryOperation<R extends DType>(name: string, prepare: Prepare<[x: Tensor], R>): UnaryTo<R> {
  return defined(name, prepare, (x: Tensor, options?: OutOptions) =>
    deliver(name, options?.out, prepare(name, x)),
  );
}

export function binaryOperation<R extends DType>(
  name: string,
  prepare: Prepare<[a: Operand, b: Operand], R>,
): BinaryTo<R> {
  return defined(name, prepare, (a: Operand, b: Operand, options?: OutOptions) =>
    deliver(name, options?.out, prepare(name, a, b)),
  );
}

/**
 * The twin of an operation: it stores the result in its first operand, whose shape and dtype must be able to
 * hold it, and returns that. The arguments are those of the operation, without `out`.
 */
export function inPlace(operation: Unary | FloatUnary | UnaryTo<DType>): UnaryInPlace;
export function inPlace(operation: Binary | BinaryTo<DType>): BinaryInPlace;
export function inPlace<Rest extends unknown[]>(
  operation: object,
): <D extends DType>(x: Tensor<D>, ...rest: Rest) => Tensor<D>;
export function inPlace(operation: object): <D extends DType>(x: Tensor<D>, ...rest: unknown[]) => Tensor<D> {
  const { name, prepare } = definitions.get(operation) as {
    name: string;
    prepare: Prepare<[x: Tensor, ...rest: unknown[]]>;
  };
  const twin = `${name}_`;
  return (x, ...rest) => {
    checkTensor(twin, x);
    checkWritable(twin, x);
    return storeInSelf(twin, prepare(twin, x, ...rest), x);
  };
}

/** The shape that all operands broadcast to. */
function commonShape(name: string, operands: readonly Tensor[]): Shape {
  let { shape } = operands[0];
  for (let i = 1; i < operands.length; i++) shape = broadcastShapes(name, shape, operands[i].shape);
  return shape;
}

/**
 * The result of an operation, in `out` or in a fresh tensor. `out` comes before what is prepared, for callers to
 * read it first: a getter may run code that takes an operand's memory away.
 */
export function deliver<D extends DType>(
  name: string,
  out: Tensor | undefined,
  prepared: Prepared<D>,
): Tensor<D> {
  const { operands, dtype, run } = prepared;
  const result = resultTensor(name, commonShape(name, operands), dtype, out);
  if (out === undefined) {
    run(operands, result);
    return result;
  }
  runOver(prepared, result);
  return touched(result);
}

function storeInSelf<D extends DType>(name: string, prepared: Prepared, self: Tensor<D>): Tensor<D> {
  const shape = commonShape(name, prepared.operands);
  if (!shapesEqual(shape, self.shape)) {
    throw new ShapeError(
      `${name}: the result has shape ${formatShape(shape)} and does not fit in place into ${formatShape(self.shape)}`,
    );
  }
  if (prepared.dtype !== self.dtype) {
    checkStorable(name, self, prepared.dtype);
    return storeInto(name, self, deliver(name, undefined, prepared));
  }
  runOver(prepared, self);
  return touched(self);
}

/** Runs the kernel on a result that may share memory with the operands. */
function runOver({ operands, run }: Prepared, result: Tensor): void {
  run(
    operands.map((operand) => withoutPartialOverlap(operand, result)),
    result,
  );
}
