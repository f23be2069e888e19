import type { Tensor } from '../../core/tensor.ts';
import { relu as rectified, reluBackward } from '../../ops/elementwise.ts';
import { type BackwardOptions, Module } from '../module.ts';
import { declareSelfContained } from '../selfContained.ts';

/** y = max(x, 0), of any shape. The gradient at 0 is 0. */
export class ReLU extends Module {
  override forward(x: Tensor): Tensor {
    // y, not x: it is above 0 in the same places, and the next layer keeps it anyway.
    const y = rectified(x);
    return this.saveForBackward(y, y);
  }

  /** dx = dy where y > 0, else 0. */
  override backward(dy: Tensor, { inputGrad = true }: BackwardOptions = {}): Tensor | null {
    const [y] = this.savedTensors(dy);
    return inputGrad ? reluBackward(dy, y) : null;
  }
}

declareSelfContained(ReLU);

/** `new ReLU()`. */
export function relu(): ReLU {
  return new ReLU();
}
