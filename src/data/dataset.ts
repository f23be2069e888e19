import { ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { checkTensor } from '../ops/operands.ts';
import { select } from '../ops/views.ts';

/** Inputs and what to learn of them, row by row: x [n, ...] · y [n, ...], not copied. */
export class Dataset {
  readonly x: Tensor;
  readonly y: Tensor;

  /** @throws ShapeError unless x and y have the same number of rows */
  constructor(x: Tensor, y: Tensor) {
    checkTensor('dataset', x, 'x');
    checkTensor('dataset', y, 'y');
    if (x.ndim === 0 || y.ndim === 0 || x.length !== y.length) {
      const shapes = `x ${formatShape(x.shape)}, y ${formatShape(y.shape)}`;
      throw new ShapeError(`dataset: x and y must have the same number of rows, got ${shapes}`);
    }
    this.x = x;
    this.y = y;
  }

  /** Number of rows. */
  get length(): number {
    return this.x.length;
  }

  /** Row i (from the end where it is negative) of x and of y, as views. */
  at(i: number): [x: Tensor, y: Tensor] {
    return [select(this.x, 0, i), select(this.y, 0, i)];
  }
}

/** x [n, ...] · y [n, ...] → a {@link Dataset} of n rows. */
export function dataset(x: Tensor, y: Tensor): Dataset {
  return new Dataset(x, y);
}
