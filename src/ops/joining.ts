/** Several tensors as one. */

import { type DType, promoteTypes } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { formatShape, normalizeDim, shapesEqual } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import { checkTensor, describe, type OutOptions, resultTensor, touched, withoutOverlap } from './operands.ts';
import { narrow, reshape, unsqueeze } from './views.ts';

function checkTensors<D extends DType>(operation: string, tensors: readonly Tensor<D>[]): Tensor<D>[] {
  if (!Array.isArray(tensors)) {
    throw new TypeError(`${operation}: tensors must be an array of Tensors, got ${describe(tensors)}`);
  }
  const list = Array.from(tensors as readonly Tensor<D>[]);
  list.forEach((x, i) => {
    checkTensor(operation, x, `tensors[${i}]`);
  });
  if (list.length === 0) throw new ShapeError(`${operation}: needs at least one tensor`);
  return list;
}

/**
 * The tensors one after the other along `dim`. All other dimensions must agree; dtypes promote. Tensors of
 * shape [0] are passed over, as in PyTorch, so that a list may start with an empty one.
 *
 * @example
 * cat([tensor([[1, 2]]), tensor([[3, 4]])]).toArray(); // [[1, 2], [3, 4]]
 * cat([tensor([[1, 2]]), tensor([[3, 4]])], 1).toArray(); // [[1, 2, 3, 4]]
 */
export function cat<D extends DType>(
  tensors: readonly Tensor<D>[],
  dim = 0,
  options?: OutOptions,
): Tensor<D> {
  return joinAlong('cat', checkTensors('cat', tensors), dim, options?.out);
}

/** `cat` under its other name. */
export function concat<D extends DType>(
  tensors: readonly Tensor<D>[],
  dim = 0,
  options?: OutOptions,
): Tensor<D> {
  return joinAlong('concat', checkTensors('concat', tensors), dim, options?.out);
}

/**
 * Tensors of one shape along a new dimension `dim`.
 *
 * @example
 * stack([tensor([1, 2]), tensor([3, 4])], 1).toArray(); // [[1, 3], [2, 4]]
 */
export function stack<D extends DType>(
  tensors: readonly Tensor<D>[],
  dim = 0,
  options?: OutOptions,
): Tensor<D> {
  const list = checkTensors('stack', tensors);
  const [{ shape }] = list;
  for (const [i, x] of list.entries()) {
    if (shapesEqual(x.shape, shape)) continue;
    throw new ShapeError(
      `stack: all tensors must have one shape, but tensors[0] has ${formatShape(shape)} and tensors[${i}] ` +
        formatShape(x.shape),
    );
  }
  const at = normalizeDim('stack', dim, shape.length + 1);
  return joinAlong(
    'stack',
    list.map((x) => unsqueeze(x, at)),
    at,
    options?.out,
  );
}

/** Side by side: along dimension 1, or 0 for vectors. */
export function hstack<D extends DType>(tensors: readonly Tensor<D>[]): Tensor<D> {
  const list = checkTensors('hstack', tensors).map((x) => atLeast(x, 1));
  return joinAlong('hstack', list, list[0].ndim === 1 ? 0 : 1, undefined);
}

/** One below the other: along dimension 0, where vectors [n] count as rows [1, n]. */
export function vstack<D extends DType>(tensors: readonly Tensor<D>[]): Tensor<D> {
  const list = checkTensors('vstack', tensors).map((x) => atLeast(x, 2));
  return joinAlong('vstack', list, 0, undefined);
}

function atLeast<D extends DType>(x: Tensor<D>, rank: 1 | 2): Tensor<D> {
  if (x.ndim >= rank) return x;
  return reshape(x, rank === 1 ? [1] : [1, x.numel()]);
}

function joinAlong<D extends DType>(
  operation: string,
  list: Tensor<D>[],
  dim: number,
  out: Tensor | undefined,
): Tensor<D> {
  // Where all are of shape [0], they are the result.
  const counted = list.filter((x) => x.ndim !== 1 || x.shape[0] > 0);
  const parts = counted.length > 0 ? counted : list;
  const [{ shape }] = parts;
  if (shape.length === 0) throw new ShapeError(`${operation}: 0-d tensors cannot be joined; use stack`);
  const along = normalizeDim(operation, dim, shape.length);
  for (const x of parts) {
    if (x.ndim === shape.length && shapesEqual(x.shape.with(along, 0), shape.with(along, 0))) continue;
    throw new ShapeError(
      `${operation}: sizes must agree but along dimension ${along}, got ${formatShape(shape)} and ` +
        `${formatShape(x.shape)} (tensors[${list.indexOf(x)}])`,
    );
  }
  const length = parts.reduce((sum, x) => sum + x.shape[along], 0);
  // Promotion of tensors among each other ends at the dtype of one of them.
  const dtype = list.reduce<DType>((common, x) => promoteTypes(common, x.dtype), list[0].dtype) as D;
  const result = resultTensor(operation, shape.with(along, length), dtype, out);
  const sources = parts.map((x) => withoutOverlap(x, result));
  let start = 0;
  for (const source of sources) {
    const size = source.shape[along];
    kernels().copy(source, narrow(result, along, start, size));
    start += size;
  }
  return out === undefined ? result : touched(result);
}
