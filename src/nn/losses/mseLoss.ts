import type { Tensor } from '../../core/tensor.ts';
import { mseLoss as squaredError } from '../../ops/losses.ts';
import { declareSelfContained } from '../selfContained.ts';
import { Loss, type LossOptions } from './loss.ts';

/**
 * The mean (or sum) of (input − target)² over all elements; its gradient is 2 · (input − target) / n.
 *
 * input and target have one shape: [n, 1] against [n] would broadcast to [n, n], which nobody means.
 */
export class MSELoss extends Loss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return this.withGradient(squaredError(input, target, this.reduction, this.training));
  }
}

declareSelfContained(MSELoss);

/** `new MSELoss(options)`. */
export function mseLoss(options?: LossOptions): MSELoss {
  return new MSELoss(options);
}
