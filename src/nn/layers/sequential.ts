import { StateError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import { describe } from '../../ops/operands.ts';
import { type AnyModule, type BackwardOptions, Module } from '../module.ts';
import { declareSelfContained } from '../selfContained.ts';
import { Linear } from './linear.ts';
import { ReLU } from './relu.ts';

/** Modules one after the other: y = last(… second(first(x))). Their names in it are '0', '1', …. */
export class Sequential extends Module {
  readonly layers: readonly Module[];
  readonly #steps: readonly Step[];
  /** The first step that was seen to have parameters; the number of steps if none was. */
  #learning: number;

  constructor(...layers: readonly Module[]) {
    super();
    for (const [i, layer] of layers.entries()) {
      if (layer instanceof Module) continue;
      throw new TypeError(`Sequential: layer ${i} must be a Module, got ${describe(layer)}`);
    }
    this.layers = Object.freeze([...layers]);
    this.#steps = planSteps(this.layers);
    this.#learning = this.#steps.length;
  }

  override forward(x: Tensor): Tensor {
    return this.#steps.reduce((input, step) => step.forward(input), x);
  }

  /** The chain rule: each layer's gradient is handed to the one before it. */
  override backward(gradOutput: Tensor, { inputGrad = true }: BackwardOptions = {}): Tensor | null {
    // Without the gradient of the input there is nothing to find out before the first layer that learns.
    const first = inputGrad ? 0 : this.#firstLearning();
    for (const { layer } of this.#steps.slice(0, first)) layer.forget();

    let gradient: Tensor | null = gradOutput;
    for (let i = this.#steps.length - 1; i >= first; i--) {
      if (gradient === null) {
        const { layer } = this.#steps[i + 1];
        throw new StateError(`Sequential.backward: ${layer.constructor.name} returned no gradient`);
      }
      gradient = this.#steps[i].backward(gradient, { inputGrad: inputGrad || i > first });
    }
    return inputGrad ? gradient : null;
  }

  /** The position of the first step with parameters, 0 if there is none. */
  #firstLearning(): number {
    const learns = ({ layer }: Step) => layer.parameters().length > 0;
    // Who had parameters the last time still counts, so that only those before it are asked again.
    const known = this.#learning;
    const before = this.#steps.findIndex((step, i) => i < known && learns(step));
    if (before >= 0) this.#learning = before;
    else if (known === this.#steps.length) return 0;
    return this.#learning;
  }

  protected override *members(): IterableIterator<[string, AnyModule]> {
    for (const [i, layer] of this.layers.entries()) yield [String(i), layer];
  }
}

/** One layer, or a Linear with the ReLU behind it. */
interface Step {
  readonly layer: Module;
  forward(x: Tensor): Tensor;
  backward(gradOutput: Tensor, options: BackwardOptions): Tensor | null;
}

/**
 * A Linear and the ReLU behind it become one step, whose kernel applies the ReLU while the sums are still in
 * registers: the results are the same, but the layer writes one array instead of two. Subclasses, which may do
 * something else, stay as they are.
 */
function planSteps(layers: readonly Module[]): Step[] {
  const steps: Step[] = [];
  for (let i = 0; i < layers.length; i++) {
    const layer = layers[i];
    const fuses = layer.constructor === Linear && layers[i + 1]?.constructor === ReLU;
    steps.push({
      layer,
      forward: fuses ? (x) => (layer as Linear).forwardRelu(x) : (x) => layer.forward(x),
      backward: (gradOutput, options) => layer.backward(gradOutput, options),
    });
    if (fuses) i++;
  }
  return steps;
}

declareSelfContained(Sequential);

/** `new Sequential(...layers)`. */
export function sequential(...layers: readonly Module[]): Sequential {
  return new Sequential(...layers);
}
