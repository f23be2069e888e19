/** PyTorch's and NumPy's indexing, reading and writing: `x[...]` and `x[...] = value`. */

import type { DType } from '../../core/dtype.ts';
import { ShapeError } from '../../core/errors.ts';
import { broadcastShapes, formatShape, type Shape, shapesEqual } from '../../core/shape.ts';
import { allocateTensor, Tensor } from '../../core/tensor.ts';
import { kernels } from '../../kernels/active.ts';
import { copy_ } from '../conversion.ts';
import { add_ } from '../elementwise.ts';
import { cast, checkWritable, describe, type Operand, touched, withoutOverlap } from '../operands.ts';
import { storedOperand } from '../promotion.ts';
import type { IndexItem } from './items.ts';
import { maskedSelect } from './masks.ts';
import {
  type IndexPlan,
  lowerArrays,
  type Mask,
  planIndex,
  positionError,
  withTrailingAxes,
} from './plan.ts';

/**
 * x[items], as PyTorch indexes: `index(0)`, `index(':', null)`, `index('1:3', '::-1')`, `index('...', 0)`,
 * `index([0, 2], ':')`, `index(mask)`. Dimensions not named are kept whole.
 *
 * Numbers, slices, `'...'` and null give a view (negative steps too, as in NumPy). Arrays of positions and
 * masks give a copy: they are broadcast with each other, and their dimensions stand where the indexed ones
 * stood, or in front where other items lie between them (numbers aside, as in PyTorch).
 *
 * @example
 * const x = arange(6).view(2, 3);
 * x.index(1).toArray(); // [3, 4, 5]
 * x.index(':', -1).toArray(); // [2, 5]
 * x.index('...', '::2').toArray(); // [[0, 2], [3, 5]]
 * x.index(0, null).shape; // [1, 3]
 * x.index([1, 0, 1], 2).toArray(); // [5, 2, 5]
 * x.index(x.gt(3)).toArray(); // [4, 5]
 *
 * @throws RangeError for an index out of range, too many indices or a second `'...'`; ShapeError for a mask
 *   or arrays that do not fit; TypeError for what is no index.
 */
export function index<D extends DType>(x: Tensor<D>, ...items: IndexItem[]): Tensor<D> {
  const plan = planIndex('index', x, items);
  const { view, arrays } = plan;
  if (arrays.length === 0) return view as Tensor<D>;
  const [first] = arrays;
  if (first.kind === 'mask' && first.mask.ndim === view.ndim)
    return maskedSelect(view as Tensor<D>, first.mask);
  const { origin, indices, positions } = lowerArrays('index', plan);
  const result = allocateTensor('index', origin.shape, x.dtype);
  if (!kernels().gather(origin, indices, result)) throw positionError('index', positions, view);
  return result;
}

export interface IndexPutOptions {
  /** Whether values are added to the elements, each as often as its place is named; otherwise they replace them. */
  readonly accumulate?: boolean | undefined;
}

/**
 * x[indices] = value, for indices as `index` takes them. value is broadcast to the indexed shape and converted
 * to x's dtype. Where positions repeat, the last value in row-major order stays.
 *
 * @example
 * const x = zeros([2, 3]);
 * x.indexPut_([':', 0], 1).indexPut_([1, [1, 2]], tensor([7, 8]));
 * x.toArray(); // [[1, 0, 0], [1, 7, 8]]
 *
 * @throws as `index`, with x unchanged; ShapeError where value does not broadcast into the indexed shape
 */
export function indexPut_<D extends DType>(
  x: Tensor<D>,
  indices: readonly IndexItem[],
  value: Operand,
  options: IndexPutOptions = {},
): Tensor<D> {
  const { accumulate = false } = options;
  if (!Array.isArray(indices)) {
    throw new TypeError(`indexPut_: indices must be an array of index items, got ${describe(indices)}`);
  }
  const plan = planIndex('indexPut_', x, indices);
  const { view, arrays } = plan;
  const source = storedOperand('indexPut_', value, x.dtype);
  checkWritable('indexPut_', view);
  if (arrays.length === 0) {
    const fitting = valueFor(view.shape, source);
    if (accumulate) add_(view, cast(fitting, x.dtype));
    else copy_(view, fitting);
    return x;
  }
  const [first] = arrays;
  if (arrays.length === 1 && first.kind === 'mask' && source.numel() === 1 && !accumulate) {
    putMasked(view, first, valueFor([], source));
    return x;
  }
  putArrays(plan, source, accumulate);
  return x;
}

/** value for every element under the mask: without coordinates, in one pass. */
function putMasked(view: Tensor, { mask, dim }: Mask, value: Tensor): void {
  const aligned = withTrailingAxes(mask, view.ndim - dim - mask.ndim);
  kernels().where(withoutOverlap(aligned, view), withoutOverlap(cast(value, view.dtype), view), view, view);
  touched(view);
}

function putArrays(plan: IndexPlan, value: Tensor, accumulate: boolean): void {
  const { view } = plan;
  const { origin, indices, positions } = lowerArrays('indexPut_', plan);
  const source = withoutOverlap(cast(valueFor(origin.shape, value), view.dtype), view);
  const apart = indices.map((entry) => ({ ...entry, index: withoutOverlap(entry.index, view) }));
  if (!kernels().scatter(source, apart, accumulate, origin))
    throw positionError('indexPut_', positions, view);
  touched(view);
}

/** value once it broadcasts to the indexed shape; as in NumPy it may have more dimensions, of size 1, in front. */
function valueFor(shape: Shape, value: Tensor): Tensor {
  const extra = Math.max(0, value.ndim - shape.length);
  const droppable = value.shape.slice(0, extra).every((size) => size === 1);
  const trimmed = droppable
    ? new Tensor(value.base, value.shape.slice(extra), value.strides.slice(extra), value.offset)
    : value;
  if (!shapesEqual(broadcastShapes('indexPut_', trimmed.shape, shape), shape)) {
    throw new ShapeError(
      `indexPut_: a value of shape ${formatShape(value.shape)} does not broadcast into the indexed shape ${formatShape(shape)}`,
    );
  }
  return trimmed;
}
