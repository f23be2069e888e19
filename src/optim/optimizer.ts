import { StateError } from '../core/errors.ts';
import { keep } from '../core/scope.ts';
import { formatShape, shapesEqual } from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import { Parameter } from '../nn/parameter.ts';
import { clone } from '../ops/conversion.ts';
import { checkTensor, describe, touched } from '../ops/operands.ts';

/** What an optimizer must be given again to go on as if it had not stopped. */
export interface OptimizerState<Options> {
  readonly options: Options;
  /** How many parameters it updates. */
  readonly parameterCount: number;
  /** What it remembers, by slot and position of the parameter: 'velocity.0'. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** A parameter that a step changes, and its gradient, of the same shape and dtype. */
export interface Due {
  readonly parameter: Parameter;
  readonly grad: Tensor;
  /** The position of the parameter among all that the optimizer has. */
  readonly i: number;
}

/** Changes parameters, step by step, by what their gradients say. */
export abstract class Optimizer<Options extends { readonly lr: number }> {
  readonly parameters: readonly Parameter[];
  #options: Options;
  readonly #checked: (options: Options) => Options;
  // Made once, and filled anew in each step.
  readonly #entries: { parameter: Parameter; grad: Tensor; i: number }[];
  readonly #due: Due[] = [];

  /** @param checked complains of bad options, or returns a copy of good ones */
  constructor(parameters: Iterable<Parameter>, options: Options, checked: (options: Options) => Options) {
    const name = new.target.name;
    this.parameters = [...parameters];
    if (this.parameters.length === 0) throw new TypeError(`${name}: needs at least one parameter`);
    for (const [i, parameter] of this.parameters.entries()) {
      if (!(parameter instanceof Parameter)) {
        throw new TypeError(`${name}: parameter ${i} must be a Parameter, got ${describe(parameter)}`);
      }
      if (this.parameters.indexOf(parameter) < i) {
        throw new TypeError(`${name}: parameter ${i} is there twice`);
      }
    }
    this.#entries = this.parameters.map((parameter, i) => ({ parameter, grad: parameter, i }));
    this.#checked = checked;
    this.#options = checked(options);
  }

  /** The options that the next step goes by. */
  get options(): Options {
    return this.#options;
  }

  /** Changes some of the options from the next step on. */
  setOptions(changes: Partial<Options>): void {
    this.#options = this.#checked({ ...this.#options, ...changes });
  }

  /** The learning rate; may be changed between steps. */
  get lr(): number {
    return this.#options.lr;
  }

  set lr(value: number) {
    this.#options = this.#checked({ ...this.#options, lr: value });
  }

  /** Updates every parameter that has a gradient. */
  step(): void {
    const due = this.#due;
    due.length = 0;
    for (const entry of this.#entries) {
      const grad = entry.parameter.peekGrad();
      if (grad === null) continue;
      checkTensor('step', entry.parameter, 'parameter');
      checkTensor('step', grad, 'gradient');
      entry.grad = grad;
      due.push(entry);
    }
    if (due.length > 0) this.update(due);
    for (const { parameter } of due) touched(parameter);
  }

  /** Forgets the gradients of all parameters: the next backward overwrites them. */
  zeroGrad(): void {
    for (const parameter of this.parameters) parameter.zeroGrad();
  }

  /** One step of these parameters, all that have a gradient. */
  protected abstract update(due: readonly Due[]): void;

  /** What is remembered for each parameter, by name: the arrays themselves, which `loadStateDict` fills. */
  protected abstract slots(): Readonly<Record<string, (Tensor | null)[]>>;

  /** A copy of options and memory, from which an optimizer of equal parameters can go on. */
  stateDict(): OptimizerState<Options> {
    const tensors = new Map<string, Tensor>();
    for (const [slot, values] of Object.entries(this.slots())) {
      for (const [i, value] of values.entries())
        if (value !== null) tensors.set(`${slot}.${i}`, clone(value));
    }
    return { options: this.#options, parameterCount: this.parameters.length, tensors };
  }

  /**
   * Goes on from `state`, which `stateDict` gave.
   *
   * @throws StateError that lists all that does not fit; then nothing has changed
   */
  loadStateDict(state: OptimizerState<Options>): void {
    if (!(state?.tensors instanceof Map) || typeof state.options !== 'object') {
      throw new TypeError(`loadStateDict: state must be what stateDict() gives, got ${describe(state)}`);
    }
    const faults: string[] = [];
    if (state.parameterCount !== this.parameters.length) {
      faults.push(`it is of ${state.parameterCount} parameters, not ${this.parameters.length}`);
    }
    const slots = this.slots();
    const known = new Map<string, Parameter>();
    for (const slot of Object.keys(slots)) {
      for (const [i, parameter] of this.parameters.entries()) known.set(`${slot}.${i}`, parameter);
    }
    for (const [name, value] of state.tensors) {
      const parameter = known.get(name);
      if (parameter === undefined) faults.push(`unexpected: ${name}`);
      else if (!(value instanceof Tensor) || !shapesEqual(value.shape, parameter.shape)) {
        faults.push(
          `misshapen: ${name} must be a tensor of shape ${formatShape(parameter.shape)}, got ${describe(value)}`,
        );
      }
    }
    const name = this.constructor.name;
    if (faults.length > 0) {
      throw new StateError(`loadStateDict: the state does not fit this ${name}:\n  ${faults.join('\n  ')}`);
    }
    const options = this.#checked(state.options);
    const copies = new Map(Array.from(state.tensors, ([key, value]) => [key, keep(clone(value))]));
    this.#options = options;
    for (const [slot, values] of Object.entries(slots)) {
      for (const i of this.parameters.keys()) values[i] = copies.get(`${slot}.${i}`) ?? null;
    }
  }
}

/** Throws unless `value` is a finite number from `least` on. */
export function checkOption(operation: string, name: string, value: number, least = -Infinity): void {
  if (Number.isFinite(value) && value >= least) return;
  const from = least === -Infinity ? '' : ` from ${least}`;
  throw new RangeError(`${operation}: ${name} must be a finite number${from}, got ${describe(value)}`);
}
