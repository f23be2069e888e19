/** The affine map of a fully connected layer, and its gradients. */

import { ShapeError } from '../core/errors.ts';
import { formatShape, numelOf, shapesEqual } from '../core/shape.ts';
import { allocateResult, type Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import type { Activation } from '../kernels/contract.ts';
import {
  checkFloating,
  checkSameDType,
  checkTensor,
  checkWritable,
  touched,
  withoutOverlap,
} from './operands.ts';
import { reshape } from './views.ts';

export interface LinearOptions {
  /** `relu` also applies max(y, 0), while the result is still in registers. */
  readonly activation?: Activation | undefined;
}

/**
 * y = x · weightᵀ + bias.
 *
 * x [..., in] · weight [out, in] · bias [out] or null → y [..., out]
 *
 * @example
 * const weight = tensor([[1, 0], [0, 1], [1, 1]]);
 * linear(tensor([[3, 4]]), weight).toArray(); // [[3, 4, 7]]
 *
 * @throws ShapeError when the sizes do not fit; TypeError when the dtypes are not one float dtype.
 */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options?: LinearOptions,
): Tensor {
  checkLinear('linear', x, weight, bias);
  const y = allocateResult('linear', x.shape.with(-1, weight.shape[0]), x.dtype);
  kernels().linear(rowsOf(x), weight, bias, options?.activation ?? 'none', rowsOf(y));
  return y;
}

/** What `linearBackward` adds to, where it is given; each of the shape of what it is the gradient of. */
export interface LinearGradients {
  readonly dWeight?: Tensor | null | undefined;
  readonly dBias?: Tensor | null | undefined;
  /** Whether dWeight and dBias are added to what they hold, or overwrite it (the default). */
  readonly accumulate?: boolean | undefined;
  /** Whether dx is wanted; true unless said otherwise. */
  readonly inputGrad?: boolean | undefined;
  /** The result of a forward with activation relu: dy counts only where it is above 0. */
  readonly y?: Tensor | null | undefined;
}

/**
 * The gradients of `linear`: dx = dy · weight is returned (null where `inputGrad` is false), dWeight = dyᵀ · x
 * and dBias = Σ dy over all rows go into the tensors given.
 *
 * x [..., in] · weight [out, in] · dy [..., out] → dx [..., in], dWeight [out, in], dBias [out]
 */
export function linearBackward(
  x: Tensor,
  weight: Tensor,
  dy: Tensor,
  gradients: LinearGradients = {},
): Tensor | null {
  const { dWeight = null, dBias = null, accumulate = false, inputGrad = true, y = null } = gradients;
  checkLinear('linearBackward', x, weight, dBias);
  checkShapeIs('dy', dy, x.shape.with(-1, weight.shape[0]));
  if (y !== null) checkShapeIs('y', y, dy.shape);
  if (dWeight !== null) checkShapeIs('dWeight', dWeight, weight.shape);
  checkSameDType('linearBackward', { x, dy, y, dWeight });
  for (const gradient of [dWeight, dBias]) if (gradient !== null) checkWritable('linearBackward', gradient);
  const dx = inputGrad ? allocateResult('linearBackward', x.shape, x.dtype) : null;
  // Gradients may lie in the memory of an operand, if someone wants that: the operand is then read from a copy.
  const apart = (operand: Tensor) => {
    const fromWeight = dWeight === null ? operand : withoutOverlap(operand, dWeight);
    return dBias === null ? fromWeight : withoutOverlap(fromWeight, dBias);
  };
  kernels().linearBackward(
    rowsOf(apart(x)),
    apart(weight),
    rowsOf(apart(dy)),
    y === null ? null : rowsOf(apart(y)),
    accumulate,
    dx === null ? null : rowsOf(dx),
    dWeight,
    dBias,
  );
  if (dWeight !== null) touched(dWeight);
  if (dBias !== null) touched(dBias);
  return dx;
}

/** [..., n] as [rows, n], which is what the kernels take: a view where one exists. */
function rowsOf(x: Tensor): Tensor {
  return x.ndim === 2 ? x : reshape(x, [numelOf(x.shape.slice(0, -1)), x.shape[x.ndim - 1]]);
}

function checkShapeIs(name: string, x: Tensor, shape: readonly number[]): void {
  checkTensor('linearBackward', x, name);
  if (!shapesEqual(x.shape, shape)) {
    throw new ShapeError(
      `linearBackward: ${name} must have shape ${formatShape(shape)}, got ${formatShape(x.shape)}`,
    );
  }
}

function checkLinear(operation: string, x: Tensor, weight: Tensor, bias: Tensor | null): void {
  checkTensor(operation, x, 'x');
  checkTensor(operation, weight, 'weight');
  checkFloating(operation, x, 'x');
  if (x.ndim === 0 || weight.ndim !== 2 || x.shape[x.ndim - 1] !== weight.shape[1]) {
    throw new ShapeError(
      `${operation}: x [..., in] and weight [out, in] must agree in 'in', got ` +
        `${formatShape(x.shape)} and ${formatShape(weight.shape)}`,
    );
  }
  if (bias !== null) {
    checkTensor(operation, bias, 'bias');
    if (bias.ndim !== 1 || bias.shape[0] !== weight.shape[0]) {
      throw new ShapeError(
        `${operation}: bias must have shape [${weight.shape[0]}] for weight ${formatShape(weight.shape)}, ` +
          `got ${formatShape(bias.shape)}`,
      );
    }
  }
  checkSameDType(operation, { x, weight, bias });
}
