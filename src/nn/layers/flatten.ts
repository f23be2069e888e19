import type { Shape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import { flatten as merged, reshape } from '../../ops/views.ts';
import { type BackwardOptions, Module } from '../module.ts';
import { declareSelfContained } from '../selfContained.ts';

/**
 * The dimensions from `startDim` to `endDim`, both included, as one; without arguments all but the batch.
 * x [batch, ...] → y [batch, rest], a view where possible
 */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;
  #inputShape: Shape = [];

  constructor(startDim = 1, endDim = -1) {
    super();
    this.startDim = startDim;
    this.endDim = endDim;
  }

  override forward(x: Tensor): Tensor {
    const y = merged(x, this.startDim, this.endDim);
    this.#inputShape = x.shape;
    return this.saveForBackward(y);
  }

  /** dy in x's shape. */
  override backward(dy: Tensor, { inputGrad = true }: BackwardOptions = {}): Tensor | null {
    this.savedTensors(dy);
    return inputGrad ? reshape(dy, this.#inputShape) : null;
  }

  protected override extraRepr(): string {
    return `startDim=${this.startDim}, endDim=${this.endDim}`;
  }
}

declareSelfContained(Flatten);

/** `new Flatten(startDim, endDim)`. */
export function flatten(startDim?: number, endDim?: number): Flatten {
  return new Flatten(startDim, endDim);
}
