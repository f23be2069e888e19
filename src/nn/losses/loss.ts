import type { Tensor } from '../../core/tensor.ts';
import { mul } from '../../ops/elementwise.ts';
import type { LossWithGradient } from '../../ops/losses.ts';
import { checkReduction, type Reduction } from '../../ops/operands.ts';
import { Module } from '../module.ts';

export interface LossOptions {
  /** How the losses of the elements or rows become one number: their mean (the default) or their sum. */
  readonly reduction?: Reduction | undefined;
}

/** A Module of (input, target) that ends in one number, and whose `backward()` starts the chain. */
export abstract class Loss extends Module<[input: Tensor, target: Tensor]> {
  readonly reduction: Reduction;

  constructor(options: LossOptions = {}) {
    super();
    const { reduction = 'mean' } = options;
    this.reduction = checkReduction(this.constructor.name, reduction);
  }

  /** The loss, a 0-d tensor. */
  abstract override forward(input: Tensor, target: Tensor): Tensor;

  /** The last line of `forward`: keeps the gradient, which came from the same pass as the loss. */
  protected withGradient({ loss, gradient }: LossWithGradient): Tensor {
    return this.saveForBackward(loss, gradient);
  }

  /**
   * The gradient of the loss with respect to `input`, of its shape.
   *
   * @param gradOutput 0-d, what the gradient is multiplied by; 1 unless given
   */
  override backward(gradOutput?: Tensor): Tensor {
    const [gradient] = this.savedTensors(gradOutput);
    return gradOutput === undefined ? gradient : mul(gradient, gradOutput);
  }

  protected override extraRepr(): string {
    return `reduction='${this.reduction}'`;
  }
}
