import type { DType } from '../../core/dtype.ts';
import type { Generator } from '../../core/generator.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Activation } from '../../kernels/contract.ts';
import { linear as affine, linearBackward } from '../../ops/linear.ts';
import { emptyFor } from '../../ops/operands.ts';
import { fanInAndFanOut, kaimingUniform_, uniform_ } from '../init.ts';
import { type BackwardOptions, Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import { declareSelfContained } from '../selfContained.ts';

export interface LinearOptions {
  /** Whether a bias is added; true unless said otherwise. */
  readonly bias?: boolean | undefined;
  /** float32 (the default) or float64. */
  readonly dtype?: DType | undefined;
  /** What the initial values are drawn from; the default generator unless said otherwise. */
  readonly generator?: Generator | undefined;
}

/**
 * y = x · weightᵀ + bias, the fully connected layer.
 *
 * x [..., in] · weight [out, in] · bias [out] → y [..., out]; all leading dimensions count as batch, a vector as one row
 *
 * Weight and bias begin uniform in ±1/√in, drawn as PyTorch's `nn.Linear` draws them.
 */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    const { bias = true, dtype, generator } = options;
    this.weight = new Parameter(emptyFor('Linear', [outFeatures, inFeatures], { dtype }));
    this.bias = bias ? new Parameter(emptyFor('Linear', [outFeatures], { dtype })) : null;
    // PyTorch words 1/√in so: Kaiming's bound for a leaky ReLU, √(6 / ((1 + a²) · in)), with a = √5.
    kaimingUniform_(this.weight, { a: Math.sqrt(5), generator });
    if (this.bias !== null && inFeatures > 0) {
      const bound = 1 / Math.sqrt(fanInAndFanOut(this.weight).fanIn);
      uniform_(this.bias, -bound, bound, { generator });
    }
  }

  override forward(x: Tensor): Tensor {
    return this.#forward(x, 'none');
  }

  /** @internal `forward` and a ReLU on its result in one kernel; `backward` is then that of both. */
  forwardRelu(x: Tensor): Tensor {
    return this.#forward(x, 'relu');
  }

  #forward(x: Tensor, activation: Activation): Tensor {
    const y = affine(x, this.weight, this.bias, { activation });
    return this.saveForBackward(y, x, this.weight, activation === 'relu' ? y : null);
  }

  /**
   * dx = dy · weight, dWeight = dyᵀ · x, dBias = Σ dy, over all rows; with a ReLU, dy counts only where y > 0.
   *
   * dy [..., out] → dx [..., in], null where `inputGrad` is false
   */
  override backward(dy: Tensor, { inputGrad = true }: BackwardOptions = {}): Tensor | null {
    const [x, weight, y = null] = this.savedTensors(dy);
    return Parameter.accumulateGrads([this.weight, this.bias], ([dWeight, dBias], accumulate) =>
      linearBackward(x, weight, dy, { y, dWeight, dBias, accumulate, inputGrad }),
    );
  }

  protected override extraRepr(): string {
    const [outFeatures, inFeatures] = this.weight.shape;
    return `inFeatures=${inFeatures}, outFeatures=${outFeatures}, bias=${this.bias !== null}`;
  }
}

declareSelfContained(Linear);

/** `new Linear(inFeatures, outFeatures, options)`. */
export function linear(inFeatures: number, outFeatures: number, options?: LinearOptions): Linear {
  return new Linear(inFeatures, outFeatures, options);
}
