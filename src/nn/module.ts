import type { DType } from '../core/dtype.ts';
import { ShapeError, StateError } from '../core/errors.ts';
import { formatShape, type Shape, shapesEqual } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { checkTensor } from '../ops/operands.ts';
import type { TensorHandle } from '../ops/sharing.ts';
import { Parameter } from './parameter.ts';
import { adoptHandles, handlesOf, type ParameterHandles, shareParameters } from './sharedParameters.ts';
import { copyOfState, loadState, type StateDict } from './stateDict.ts';

export interface BackwardOptions {
  /** Whether the gradient of the input is wanted; true unless said otherwise. The first layer's rarely is. */
  readonly inputGrad?: boolean | undefined;
}

/** A Module of whatever inputs. */
export type AnyModule = Module<readonly Tensor[]>;

/** What `forward` keeps for `backward`. */
interface Saved {
  /** Of the result, and so of its gradient. */
  readonly shape: Shape;
  readonly dtype: DType;
  readonly tensors: readonly Tensor[];
  /** Of the storages of `tensors`, when they were kept. */
  readonly versions: readonly number[];
}

/**
 * A function with parameters that knows its own gradient. There is no tape: `forward` keeps what `backward`
 * will need, and `backward` takes the gradient of the loss with respect to the result, adds to the gradients of
 * the parameters, and returns the gradient with respect to the input.
 *
 * A subclass assigns Parameters and Modules to properties, alone or in arrays, and they are found there (in
 * `#private` ones they are not):
 *
 *     class Scale extends nn.Module {
 *       factor = nn.parameter(ones([]));
 *       forward(x: Tensor) {
 *         return this.saveForBackward(x.mul(this.factor), x, this.factor);
 *       }
 *       backward(dy: Tensor) {
 *         const [x, factor] = this.savedTensors(dy);
 *         this.factor.accumulateGrad(dy.mul(x).sum());
 *         return dy.mul(factor);
 *       }
 *     }
 */
export abstract class Module<Inputs extends readonly Tensor[] = [input: Tensor]> {
  /** Whether `forward` prepares for `backward`. `train()` and `eval()` set it, in all Modules within too. */
  training = true;

  #saved: Saved | null = null;

  abstract forward(...inputs: Inputs): Tensor;

  /**
   * The gradient with respect to the (first) input of the last `forward`, which is used up by this.
   *
   * @param gradOutput the gradient with respect to what `forward` returned, of its shape and dtype
   * @returns null if `inputGrad` is false
   */
  abstract backward(gradOutput: Tensor, options?: BackwardOptions): Tensor | null;

  // What forward keeps

  /**
   * The last thing that a `forward` does: returns `output`, and in train mode keeps `tensors` (but nulls) for
   * `backward`. In eval mode nothing is kept.
   */
  protected saveForBackward(output: Tensor, ...tensors: readonly (Tensor | null)[]): Tensor {
    this.#drop();
    if (this.training) {
      const present = tensors.filter((tensor) => tensor !== null);
      const versions = present.map((tensor) => tensor.base.version);
      for (const { base } of present) base.keepers++;
      this.#saved = { shape: output.shape, dtype: output.dtype, tensors: present, versions };
    }
    return output;
  }

  /**
   * The first thing that a `backward` does: what `forward` kept, in its order. Each forward gives it once.
   *
   * @throws StateError without a forward before it, or when a kept tensor was changed in place since
   * @throws ShapeError when `gradOutput` has not the shape of the result
   */
  protected savedTensors(gradOutput?: Tensor): readonly Tensor[] {
    const name = this.constructor.name;
    const saved = this.#saved;
    if (saved === null) {
      throw new StateError(
        this.training
          ? `${name}.backward: needs a forward before it, and each forward allows one backward`
          : `${name}.backward: in eval mode forward keeps nothing for it; call train() before forward`,
      );
    }
    if (gradOutput !== undefined) checkGradOutput(name, gradOutput, saved);
    const changed = saved.tensors.find((tensor, i) => tensor.base.version !== saved.versions[i]);
    if (changed !== undefined) {
      throw new StateError(
        `${name}.backward: a tensor of shape ${formatShape(changed.shape)} that forward kept was changed in ` +
          'place since then; change a clone(), or call forward again',
      );
    }
    this.#drop();
    return saved.tensors;
  }

  /** Scopes may take back what was kept, from here on. */
  #drop(): void {
    if (this.#saved === null) return;
    for (const { base } of this.#saved.tensors) base.keepers--;
    this.#saved = null;
  }

  /** @internal Drops what `forward` kept, here and in all Modules within. */
  forget(): void {
    for (const module of this.modules()) module.#drop();
  }

  /** Train mode (or, with false, eval mode) for this Module and all within. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Eval mode for this Module and all within: `forward` keeps nothing, and there is no `backward`. */
  eval(): this {
    return this.train(false);
  }

  // What is inside

  /** The Parameters and Modules directly in this one, with their names, in the order of the properties. */
  protected *members(): IterableIterator<[name: string, member: Parameter | AnyModule]> {
    for (const [name, value] of Object.entries(this)) {
      if (isMember(value)) yield [name, value];
      else if (Array.isArray(value)) {
        for (const [i, item] of value.entries()) if (isMember(item)) yield [`${name}.${i}`, item];
      }
    }
  }

  /** The Modules directly in this one, with their names. */
  namedChildren(): [name: string, child: AnyModule][] {
    return [...this.members()].filter((entry): entry is [string, AnyModule] => entry[1] instanceof Module);
  }

  /** The Modules directly in this one. */
  children(): AnyModule[] {
    return this.namedChildren().map(([, child]) => child);
  }

  /** This Module, named '', and all within, each once, with dotted names: '0.norm'. */
  namedModules(): [name: string, module: AnyModule][] {
    return uniqueByValue(everyModule(this, '', []));
  }

  /** This Module and all within, each once. */
  modules(): AnyModule[] {
    return this.namedModules().map(([, module]) => module);
  }

  /**
   * All parameters, each once, with dotted names as PyTorch gives them: '0.weight'. A Module's own come before
   * those of the Modules in it.
   */
  namedParameters(): [name: string, parameter: Parameter][] {
    return uniqueByValue(this.#everyParameter());
  }

  /** All parameters, each once, in the order of `namedParameters`. */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** With repetitions, under each of their names. */
  *#everyParameter(): IterableIterator<[name: string, parameter: Parameter]> {
    for (const [path, module] of everyModule(this, '', [])) {
      for (const [name, member] of module.members()) {
        if (member instanceof Parameter) yield [join(path, name), member];
      }
    }
  }

  /** Forgets the gradients of all parameters: the next backward overwrites them. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.zeroGrad();
  }

  /** A copy of every parameter under its name. Shared parameters are there under each of their names, as in PyTorch. */
  stateDict(): StateDict {
    return copyOfState(this.#everyParameter());
  }

  /**
   * Takes over the values in `state`, converted to the parameters' dtypes.
   *
   * @throws StateError that lists every missing, unexpected and misshapen entry; then nothing has changed. With
   *   `strict: false` missing and unexpected entries are let pass.
   */
  loadStateDict(
    state: ReadonlyMap<string, Tensor>,
    options: { readonly strict?: boolean | undefined } = {},
  ): void {
    loadState(this.constructor.name, this.#everyParameter(), state, options.strict ?? true);
  }

  // Between threads

  /**
   * Moves all parameters into memory that every thread of the process sees, as PyTorch's `share_memory`. Whoever holds
   * a parameter, an optimizer say, goes on with it; gradients are forgotten, and so is what `forward` kept.
   */
  shareMemory(): this {
    shareParameters(this.parameters());
    this.forget();
    return this;
  }

  /**
   * The handles of all parameters, after `shareMemory`: what to post to another thread, where a model of the same
   * parts takes them with `adoptParameters`. From then on both are one model: what one learns the other knows.
   *
   * @throws StateError before `shareMemory`
   */
  parameterHandles(): ParameterHandles {
    return handlesOf(this.#everyParameter());
  }

  /**
   * Puts all parameters on the memory of another thread's model.
   *
   * @param handles what its `parameterHandles` gave
   * @throws StateError that lists every missing, unexpected and misshapen entry; then nothing has changed
   */
  adoptParameters(handles: ReadonlyMap<string, TensorHandle>): this {
    adoptHandles(this.constructor.name, this.#everyParameter(), handles);
    this.forget();
    return this;
  }

  // How it prints

  /** What stands between the parentheses when this Module is printed: its sizes and options. */
  protected extraRepr(): string {
    return '';
  }

  /** As PyTorch prints Modules: one line for each within. */
  toString(): string {
    const lines = this.namedChildren().map(([name, child]) => `(${name}): ${child}`.replaceAll('\n', '\n  '));
    const inside = lines.length > 0 ? `\n  ${lines.join('\n  ')}\n` : this.extraRepr();
    return `${this.constructor.name}(${inside})`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** `module` and all within, with repetitions, each under its dotted name. `outer`: the Modules that it is within. */
function* everyModule(
  module: AnyModule,
  path: string,
  outer: readonly AnyModule[],
): IterableIterator<[name: string, module: AnyModule]> {
  if (outer.includes(module)) {
    throw new StateError(`${module.constructor.name}: contains itself, as '${path}'`);
  }
  yield [path, module];
  for (const [name, child] of module.namedChildren()) {
    yield* everyModule(child, join(path, name), [...outer, module]);
  }
}

function isMember(value: unknown): value is Parameter | AnyModule {
  return value instanceof Parameter || value instanceof Module;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** The entries without those whose value has occurred before. */
function uniqueByValue<Value>(entries: Iterable<[string, Value]>): [string, Value][] {
  const seen = new Set<Value>();
  return [...entries].filter(([, value]) => !seen.has(value) && seen.add(value));
}

function checkGradOutput(name: string, gradOutput: Tensor, expected: Saved): void {
  checkTensor(`${name}.backward`, gradOutput, 'gradOutput');
  if (!shapesEqual(gradOutput.shape, expected.shape)) {
    throw new ShapeError(
      `${name}.backward: gradOutput must have the shape of what forward returned, ` +
        `${formatShape(expected.shape)}, got ${formatShape(gradOutput.shape)}`,
    );
  }
  if (gradOutput.dtype !== expected.dtype) {
    throw new TypeError(
      `${name}.backward: gradOutput must have the dtype of what forward returned, ` +
        `${expected.dtype}, got ${gradOutput.dtype}`,
    );
  }
}
