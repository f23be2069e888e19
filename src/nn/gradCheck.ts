import { dtypes, type TypedArray } from '../core/dtype.ts';
import { Generator } from '../core/generator.ts';
import { formatShape, type Shape, shapesEqual } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { clone, to } from '../ops/conversion.ts';
import { add, mul } from '../ops/elementwise.ts';
import { checkTensor, touched } from '../ops/operands.ts';
import { rand, randperm } from '../ops/random.ts';
import { sum } from '../ops/reductions.ts';
import type { AnyModule, Module } from './module.ts';

export interface GradCheckOptions {
  /** Half the distance between the two values that a difference is taken of; 1e-5 unless said otherwise. */
  readonly eps?: number | undefined;
  /** The difference that is let pass, relative to the numeric gradient; 1e-4 unless said otherwise. */
  readonly rtol?: number | undefined;
  /** The difference that is let pass in any case; 1e-6 unless said otherwise. */
  readonly atol?: number | undefined;
  /** Of larger tensors so many elements are checked, picked at random; 1000 unless said otherwise. */
  readonly maxElements?: number | undefined;
  /** For what is picked, and the direction in which a result is differentiated; 0 unless said otherwise. */
  readonly seed?: number | undefined;
}

/** One tensor's gradient: how many elements were checked, and the largest difference among them. */
export interface CheckedGradient {
  /** 'input', or the name of a parameter. */
  readonly name: string;
  readonly shape: Shape;
  readonly checked: number;
  readonly maxError: number;
}

/** One element whose gradient is wrong. */
export interface GradientMismatch {
  /** 'input', or the name of a parameter. */
  readonly name: string;
  readonly index: readonly number[];
  /** What `backward` said. */
  readonly analytic: number;
  /** What central differences say. */
  readonly numeric: number;
}

/** `backward` disagrees with central differences. */
export class GradCheckError extends Error {
  override readonly name = 'GradCheckError';
  /** For each tensor with a wrong gradient the element that is most wrong. */
  readonly mismatches: readonly GradientMismatch[];

  constructor(message: string, mismatches: readonly GradientMismatch[]) {
    super(message);
    this.mismatches = mismatches;
  }
}

/**
 * Checks `backward` against central differences, (f(x + eps) − f(x − eps)) / 2 eps, of `forward`: for the input
 * and every parameter. f is the sum of the result's elements, each times a fixed random number, so that no error
 * in one can hide behind another. All is computed in float64; the Module gets its own dtypes, values, gradients
 * and modes back.
 *
 *     gradCheck(nn.linear(4, 3), randn([2, 4]));
 *     gradCheck(nn.crossEntropyLoss(), [randn([2, 4]), tensor([3, 0], { dtype: 'int32' })]);
 *
 * At a kink, such as a ReLU's at exactly 0, there is no derivative, and the two may disagree.
 *
 * @param input the input, or all inputs; the first one's gradient is checked
 * @returns what was checked, a row for each tensor
 * @throws GradCheckError naming parameter, index, and both values, where they disagree
 */
export function gradCheck<Inputs extends readonly Tensor[]>(
  module: Module<Inputs>,
  input: Inputs extends readonly [Tensor] ? Inputs | Tensor : Inputs,
  options: GradCheckOptions = {},
): CheckedGradient[] {
  const given: readonly Tensor[] = Array.isArray(input) ? input : [input];
  for (const tensor of given) checkTensor('gradCheck', tensor);
  const modes = module.modules().map((part) => [part, part.training] as const);
  const wayBack = module.parameters().map((parameter) => parameter.replaceData(float64Copy(parameter)));
  try {
    module.train();
    const inputs = given.map((tensor) => (isFloat(tensor) ? float64Copy(tensor) : tensor));
    return compareGradients(module as AnyModule, inputs, options);
  } finally {
    for (const restore of wayBack) restore();
    for (const [part, mode] of modes) part.training = mode;
    module.forget();
  }
}

/** A tensor that the result depends on, with what `backward` says of it (null: nothing, so 0). */
interface Variable {
  readonly name: string;
  readonly values: Tensor;
  readonly gradient: Tensor | null;
}

/** Everything is float64 by now. */
function compareGradients(
  module: AnyModule,
  inputs: readonly Tensor[],
  options: GradCheckOptions,
): CheckedGradient[] {
  const { eps = 1e-5, maxElements = 1000, seed = 0 } = options;
  if (!(eps > 0)) throw new RangeError(`gradCheck: eps must be above 0, got ${eps}`);
  const owner = module.constructor.name;
  const generator = new Generator(seed);
  const output = module.forward(...inputs);
  if (output.dtype !== 'float64') {
    throw new TypeError(`gradCheck: ${owner}.forward gave ${output.dtype} for float64 input and parameters`);
  }
  const direction = add(rand(output.shape, { dtype: 'float64', generator }), 0.5); // nowhere near 0
  const variables: Variable[] = [
    { name: 'input', values: inputs[0], gradient: module.backward(direction) },
    ...module.namedParameters().map(([name, values]) => ({ name, values, gradient: values.grad })),
  ];
  const value = () => Number(sum(mul(module.forward(...inputs), direction)).item());

  const report: CheckedGradient[] = [];
  const mismatches: GradientMismatch[] = [];
  const faults: string[] = [];
  for (const variable of variables.filter(({ values }) => isFloat(values))) {
    const { name, values } = variable;
    const analytic = checkedGradient(owner, variable);
    const picked = pick(values.numel(), maxElements, generator);
    const wrong: (GradientMismatch & { error: number })[] = [];
    let maxError = 0;
    for (const position of picked) {
      const claimed = analytic[position];
      let numeric = difference(values, position, eps, value);
      // A kink within eps of the value spoils the difference; a smaller step may get past it.
      if (!agree(claimed, numeric, options)) numeric = difference(values, position, eps / 100, value);
      const error = Math.abs(claimed - numeric);
      maxError = Math.max(maxError, error);
      if (agree(claimed, numeric, options)) continue;
      wrong.push({ name, index: indexOf(position, values.shape), analytic: claimed, numeric, error });
    }
    report.push({ name, shape: values.shape, checked: picked.length, maxError });
    if (wrong.length === 0) continue;
    const [{ error: _, ...worst }] = wrong.sort((p, q) => (q.error > p.error ? 1 : -1));
    mismatches.push(worst);
    faults.push(
      `${name}${formatShape(worst.index)}: backward gave ${worst.analytic}, differences say ${worst.numeric} ` +
        `(${wrong.length} of ${picked.length} elements are wrong)`,
    );
  }
  if (mismatches.length === 0) return report;
  throw new GradCheckError(`gradCheck: ${owner}.backward is wrong:\n  ${faults.join('\n  ')}`, mismatches);
}

function agree(analytic: number, numeric: number, { rtol = 1e-4, atol = 1e-6 }: GradCheckOptions): boolean {
  return Math.abs(analytic - numeric) <= atol + rtol * Math.abs(numeric); // false for NaN
}

/** The elements of the gradient, row-major. */
function checkedGradient(owner: string, { name, values, gradient }: Variable): TypedArray {
  if (gradient === null) return new Float64Array(values.numel());
  checkTensor('gradCheck', gradient, `the gradient of ${name}`);
  if (shapesEqual(gradient.shape, values.shape)) return clone(gradient).memory;
  throw new GradCheckError(
    `gradCheck: ${owner}.backward gave ${name}, of shape ${formatShape(values.shape)}, ` +
      `a gradient of shape ${formatShape(gradient.shape)}`,
    [],
  );
}

function difference(variable: Tensor, position: number, step: number, value: () => number): number {
  const { memory } = variable;
  const middle = memory[position];
  const valueAt = (x: number) => {
    memory[position] = x;
    touched(variable);
    return value();
  };
  try {
    const [above, below] = [middle + step, middle - step];
    return (valueAt(above) - valueAt(below)) / (above - below); // the distance that rounding left
  } finally {
    memory[position] = middle;
    touched(variable);
  }
}

/** All positions below `count`, or `most` of them. */
function pick(count: number, most: number, generator: Generator): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return Array.from(randperm(count, { generator }).memory.subarray(0, most)).sort((a, b) => a - b);
}

function indexOf(position: number, shape: Shape): number[] {
  const index: number[] = [];
  for (let d = shape.length - 1, left = position; d >= 0; d--) {
    index.unshift(left % shape[d]);
    left = Math.floor(left / shape[d]);
  }
  return index;
}

function isFloat(x: Tensor): boolean {
  return dtypes[x.dtype].floating;
}

/** Contiguous, and in memory of its own. */
function float64Copy(x: Tensor): Tensor {
  return clone(to(x, 'float64'));
}
