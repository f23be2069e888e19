/** Softmax and the losses, each with its gradient from the same pass. */

import type { DType, FloatDType } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { formatShape, normalizeDim, shapesEqual } from '../core/shape.ts';
import { allocateResult, type Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import { exp } from './elementwise.ts';
import {
  cast,
  checkFloating,
  checkReduction,
  checkSameDType,
  checkTensor,
  floatTypeOf,
  type Reduction,
} from './operands.ts';
import { reshape, transpose } from './views.ts';

/**
 * The logarithm of the softmax along `dim`: x − max − log Σ exp(x − max), which cannot overflow.
 * x [..., classes] → [..., classes]
 */
export function logSoftmax<D extends DType>(x: Tensor<D>, dim = -1): Tensor<D> {
  checkTensor('logSoftmax', x);
  checkFloating('logSoftmax', x);
  const along = normalizeDim('logSoftmax', dim, x.ndim);
  if (x.ndim > 0 && along !== x.ndim - 1) return transpose(logSoftmax(transpose(x, along, -1)), along, -1);
  const classes = x.ndim === 0 ? 1 : x.shape[along];
  const rows = reshape(x, [classes === 0 ? 0 : x.numel() / classes, classes]);
  const result = allocateResult('logSoftmax', rows.shape, x.dtype);
  kernels().logSoftmax(rows, result);
  return reshape(result, x.shape);
}

/**
 * exp(x) / Σ exp(x) along `dim`. x [..., classes] → [..., classes], each slice summing to 1
 *
 * @example
 * softmax(tensor([0, 0])).toArray(); // [0.5, 0.5]
 */
export function softmax<D extends DType>(x: Tensor<D>, dim = -1): Tensor<D> {
  checkTensor('softmax', x);
  const result = logSoftmax(x, dim);
  exp(result, { out: result });
  return result;
}

/** A loss with the gradient that starts the chain. */
export interface LossWithGradient {
  /** 0-d for reductions mean and sum. */
  readonly loss: Tensor<FloatDType>;
  /** The gradient of the loss with respect to the first operand, of its shape; null if it was not wanted. */
  readonly gradient: Tensor | null;
}

/**
 * Cross-entropy of logits against class indices: −log softmax(logits)[target], averaged or summed over rows,
 * with its gradient (softmax − onehot) / rows.
 *
 * logits [rows, classes] · targets [rows] of whole numbers → loss [] and gradient [rows, classes]
 *
 * @example
 * const { loss, gradient } = crossEntropy(zeros([1, 2]), tensor([1], { dtype: 'int32' }));
 * loss.item(); // Math.log(2)
 * gradient.toArray(); // [[0.5, -0.5]]
 *
 * @throws RangeError when a target is not a class, naming its row.
 */
export function crossEntropy(
  logits: Tensor,
  targets: Tensor,
  reduction: Reduction = 'mean',
  wantGradient = true,
): LossWithGradient {
  checkTensor('crossEntropy', logits, 'logits');
  checkTensor('crossEntropy', targets, 'targets');
  checkFloating('crossEntropy', logits, 'logits');
  if (logits.ndim !== 2 || targets.ndim !== 1 || targets.shape[0] !== logits.shape[0]) {
    throw new ShapeError(
      `crossEntropy: logits [rows, classes] and targets [rows] must agree in rows, got ` +
        `${formatShape(logits.shape)} and ${formatShape(targets.shape)}`,
    );
  }
  if (targets.dtype !== 'int32' && targets.dtype !== 'uint8') {
    throw new TypeError(
      `crossEntropy: targets must be class indices of dtype int32 or uint8, got ${targets.dtype}`,
    );
  }
  const scale = reductionScale('crossEntropy', reduction, logits.shape[0]);
  const gradient = wantGradient ? allocateResult('crossEntropy', logits.shape, logits.dtype) : null;
  const total = kernels().crossEntropy(logits, cast(targets, 'int32'), scale, null, gradient);
  return { loss: scalarLoss('crossEntropy', total * scale, logits), gradient };
}

/**
 * Squared error, averaged or summed over all elements, with its gradient 2 · (input − target) / n.
 *
 * The shapes must be equal: [n, 1] against [n] would broadcast to [n, n], which no loss means.
 *
 * @example
 * mseLoss(tensor([1, 2]), tensor([1, 4])).loss.item(); // 2
 * mseLoss(zeros([3, 1]), zeros([3])); // throws ShapeError
 */
export function mseLoss(
  input: Tensor,
  target: Tensor,
  reduction: Reduction = 'mean',
  wantGradient = true,
): LossWithGradient {
  checkTensor('mseLoss', input);
  checkTensor('mseLoss', target, 'target');
  checkFloating('mseLoss', input);
  if (!shapesEqual(input.shape, target.shape)) {
    throw new ShapeError(
      `mseLoss: input and target must have one shape, got ${formatShape(input.shape)} and ` +
        `${formatShape(target.shape)} (a trailing 1 goes with squeeze(-1))`,
    );
  }
  checkSameDType('mseLoss', { input, target });
  const scale = reductionScale('mseLoss', reduction, input.numel());
  const gradient = wantGradient ? allocateResult('mseLoss', input.shape, input.dtype) : null;
  const total = kernels().squaredError(input, target, scale, gradient);
  return { loss: scalarLoss('mseLoss', total * scale, input), gradient };
}

/** What a summed loss is multiplied by; the mean over nothing is NaN, as in PyTorch. */
function reductionScale(operation: string, reduction: Reduction, count: number): number {
  return checkReduction(operation, reduction) === 'mean' ? 1 / count : 1;
}

function scalarLoss(operation: string, value: number, like: Tensor): Tensor<FloatDType> {
  const loss = allocateResult(operation, [], floatTypeOf(like));
  loss.memory[0] = value;
  return loss;
}
