import type { Tensor } from '../../core/tensor.ts';
import { crossEntropy } from '../../ops/losses.ts';
import { declareSelfContained } from '../selfContained.ts';
import { Loss, type LossOptions } from './loss.ts';

/**
 * The mean (or sum) over the rows of −log softmax(input)[target]; its gradient is (softmax − onehot) / rows.
 *
 * input [rows, classes], the logits · target [rows], class indices of dtype int32 or uint8
 */
export class CrossEntropyLoss extends Loss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return this.withGradient(crossEntropy(input, target, this.reduction, this.training));
  }
}

declareSelfContained(CrossEntropyLoss);

/** `new CrossEntropyLoss(options)`. */
export function crossEntropyLoss(options?: LossOptions): CrossEntropyLoss {
  return new CrossEntropyLoss(options);
}
