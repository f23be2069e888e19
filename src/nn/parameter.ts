import { ShapeError } from '../core/errors.ts';
import { keep } from '../core/scope.ts';
import { formatShape, shapesEqual } from '../core/shape.ts';
import { allocateTensor, Tensor } from '../core/tensor.ts';
import { copy_, zero_ } from '../ops/conversion.ts';
import { add_ } from '../ops/elementwise.ts';
import { checkFloating, checkTensor, checkWritable } from '../ops/operands.ts';

/**
 * A tensor that is learned, with its gradient beside it.
 *
 * It is a Tensor, and does not merely have one, so that all that takes tensors takes it too: `x.matmul(w)`,
 * `init.kaimingNormal_(layer.weight)`, `layer.weight.shape`. The gradient sits in the subclass because no other
 * tensor has one: there is no tape.
 */
export class Parameter extends Tensor {
  // The memory stays when the gradient is reset; #hasGrad says whether what it holds counts.
  #gradMemory: Tensor | null = null;
  #hasGrad = false;
  #handedOut = false;

  /** @param data its memory becomes the parameter's, without a copy; float32 or float64 */
  constructor(data: Tensor) {
    checkTensor('Parameter', data, 'data');
    checkFloating('Parameter', data, 'data');
    checkWritable('Parameter', data);
    super(data.base, data.shape, data.strides, data.offset, data.owns);
    this.base.keepers++;
  }

  /**
   * The gradient of the loss with respect to this parameter, of its shape, summed over all backwards since
   * `zeroGrad`; null if there was none. Further backwards add to this same tensor until `zeroGrad`; after that
   * it is left as it is.
   */
  get grad(): Tensor | null {
    if (!this.#hasGrad) return null;
    this.#handedOut = true;
    return this.#gradMemory;
  }

  /** Forgets the gradient. Costs nothing: the next backward overwrites instead of adding. */
  zeroGrad(): void {
    this.#hasGrad = false;
  }

  /**
   * Adds to the gradient. This is how the `backward` of a Module says what it found out.
   *
   * @param gradient of the parameter's shape
   */
  accumulateGrad(gradient: Tensor): void {
    checkTensor('accumulateGrad', gradient, 'gradient');
    if (!shapesEqual(gradient.shape, this.shape)) {
      throw new ShapeError(
        `accumulateGrad: the gradient of a parameter of shape ${formatShape(this.shape)} must have that shape, ` +
          `got ${formatShape(gradient.shape)}`,
      );
    }
    Parameter.accumulateGrads([this], ([memory], adds) =>
      adds ? add_(memory as Tensor, gradient) : copy_(memory as Tensor, gradient),
    );
  }

  /**
   * For kernels that compute several gradients at once: `write` gets the memory of each parameter's gradient
   * (null for null), and whether it must add to what is there or overwrite it.
   */
  static accumulateGrads<Result>(
    parameters: readonly (Parameter | null)[],
    write: (gradients: readonly (Tensor | null)[], adds: boolean) => Result,
  ): Result {
    const present = parameters.filter((parameter) => parameter !== null);
    const adds = present.some((parameter) => parameter.#hasGrad);
    const gradients = parameters.map((parameter) =>
      parameter === null ? null : parameter.#memoryForGrad(adds),
    );
    const result = write(gradients, adds);
    // Only now: a write that throws leaves no gradient behind.
    for (const parameter of present) parameter.#hasGrad = true;
    return result;
  }

  #memoryForGrad(adds: boolean): Tensor {
    // Memory is reused from step to step, but not when someone may still look at the gradient of before.
    if (this.#gradMemory === null || (this.#handedOut && !this.#hasGrad)) {
      this.#gradMemory = keep(allocateTensor('backward', this.shape, this.dtype));
      this.#handedOut = false;
    } else if (adds && !this.#hasGrad) {
      zero_(this.#gradMemory);
    }
    return this.#gradMemory;
  }

  /** @internal `grad` for those who do not keep it, such as optimizers. */
  peekGrad(): Tensor | null {
    return this.#hasGrad ? this.#gradMemory : null;
  }

  /**
   * @internal Becomes a view of other memory, of any dtype, and has no gradient then; whoever holds the
   * parameter goes on with it. Returns the way back, to the old memory and gradient.
   */
  replaceData(data: Tensor): () => void {
    const { dtype, shape, strides, offset, base, owns } = this;
    const [gradMemory, hasGrad, handedOut] = [this.#gradMemory, this.#hasGrad, this.#handedOut];
    this.#become(data);
    data.base.keepers++;
    this.#gradMemory = null;
    this.#hasGrad = false;
    return () => {
      this.#become({ dtype, shape, strides, offset, base, owns });
      this.#gradMemory = gradMemory;
      this.#hasGrad = hasGrad;
      this.#handedOut = handedOut;
    };
  }

  // Tensor's fields are readonly to everyone else.
  #become({ dtype, shape, strides, offset, base, owns }: TensorFields): void {
    Object.assign(this, { dtype, shape, strides, offset, base, owns });
  }
}

type TensorFields = Pick<Tensor, 'dtype' | 'shape' | 'strides' | 'offset' | 'base' | 'owns'>;

/** `new Parameter(data)`. */
export function parameter(data: Tensor): Parameter {
  return new Parameter(data);
}
