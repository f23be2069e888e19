/** Random tensors. After `manualSeed(s)` they hold what PyTorch's CPU generator draws after `manual_seed(s)`. */

import { checkDType, type DType, dtypes, type Known, type TypedArray } from '../core/dtype.ts';
import { Generator } from '../core/generator.ts';
import {
  fillBernoulli,
  fillNormal,
  fillRandint,
  fillUniform,
  LONGEST_PERMUTATION,
  randperm as shuffled,
} from '../core/random.ts';
import { allocateTensor, type Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import {
  type CreationOptions,
  checkFloating,
  checkTensor,
  checkWritable,
  describe,
  emptyFor,
  optionsLike,
  type Sizes,
  touched,
} from './operands.ts';
import { permute } from './views.ts';

/** What every random function draws from unless it is given a generator. Seeded by chance until `manualSeed`. */
export const defaultGenerator = new Generator();
defaultGenerator.seed();

/**
 * Starts the stream of `seed` in the default generator, and returns that.
 *
 * @example
 * manualSeed(1);
 * rand([3]).toArray(); // [0.7576, 0.2793, 0.4031]
 */
export function manualSeed(seed: number | bigint): Generator {
  return defaultGenerator.manualSeed(seed);
}

export interface GeneratorOptions {
  /** Where the numbers are drawn from; the default generator unless said otherwise. */
  readonly generator?: Generator | undefined;
}

export interface RandomOptions<D extends DType = DType> extends CreationOptions<D>, GeneratorOptions {}

/** Uniform in [0, 1), float32 or float64. */
export function rand<D extends DType = DType>(shape: Sizes, options?: RandomOptions<D>): Tensor<Known<D>> {
  return uniform_(emptyFloats('rand', shape, options), 0, 1, options);
}

/** Normal with mean 0 and standard deviation 1, float32 or float64. */
export function randn<D extends DType = DType>(shape: Sizes, options?: RandomOptions<D>): Tensor<Known<D>> {
  return normal_(emptyFloats('randn', shape, options), 0, 1, options);
}

/** `rand` of x's shape, and of its dtype unless said otherwise. */
export function randLike<D extends DType, R extends DType = D>(
  x: Tensor<D>,
  options?: RandomOptions<R>,
): Tensor<Known<R>> {
  checkTensor('randLike', x);
  const result = emptyFloats('randLike', x.shape, optionsLike(x, options));
  return uniform_(result, 0, 1, options);
}

/** `randn` of x's shape, and of its dtype unless said otherwise. */
export function randnLike<D extends DType, R extends DType = D>(
  x: Tensor<D>,
  options?: RandomOptions<R>,
): Tensor<Known<R>> {
  checkTensor('randnLike', x);
  const result = emptyFloats('randnLike', x.shape, optionsLike(x, options));
  return normal_(result, 0, 1, options);
}

/**
 * Whole numbers from low (0 where it is left out) to high - 1, each as likely as the others; int32 unless said
 * otherwise.
 *
 * @throws RangeError unless low < high, and every value fits the dtype
 */
export function randint<D extends DType = DType>(
  high: number,
  shape: Sizes,
  options?: RandomOptions<D>,
): Tensor<Known<D>>;
export function randint<D extends DType = DType>(
  low: number,
  high: number,
  shape: Sizes,
  options?: RandomOptions<D>,
): Tensor<Known<D>>;
export function randint(
  first: number,
  second: number | Sizes,
  third?: Sizes | RandomOptions,
  fourth?: RandomOptions,
): Tensor {
  const hasLow = typeof third === 'number' || Array.isArray(third);
  const [low, high] = hasLow ? [first, second as number] : [0, first];
  const shape = (hasLow ? third : second) as Sizes;
  const options = (hasLow ? fourth : third) as RandomOptions | undefined;
  const generator = generatorOf('randint', options);
  const result = emptyFor('randint', shape, { dtype: options?.dtype ?? 'int32' });
  if (result.dtype === 'bool' && (low < 0 || high > 2)) {
    throw new RangeError(`randint: bool holds 0 and 1, got low = ${low}, high = ${high}`);
  }
  fillRandint(generator, result.memory, low, high);
  return result;
}

/**
 * 0 … n - 1 in a random order, each as likely as the others; int32 unless said otherwise.
 *
 * @example
 * randperm(5).sort().values.toArray(); // [0, 1, 2, 3, 4]
 */
export function randperm<D extends DType = DType>(n: number, options?: RandomOptions<D>): Tensor<Known<D>> {
  const generator = generatorOf('randperm', options);
  const dtype = checkDType('randperm', options?.dtype ?? 'int32') as D;
  if (dtype === 'bool' || (dtype === 'uint8' && n > 256)) {
    throw new RangeError(`randperm: ${dtype} does not hold the numbers from 0 to ${n} - 1`);
  }
  if (dtype === 'int32' && Number.isInteger(n) && n >= 0 && n <= LONGEST_PERMUTATION) {
    // In place: a loader shuffles in each pass.
    const result = emptyFor('randperm', [n], { dtype });
    shuffled(generator, n, result.memory as Int32Array);
    return result;
  }
  const order = shuffled(generator, n);
  const result = emptyFor('randperm', [n], { dtype });
  result.memory.set(order);
  return result;
}

/** Sets every element of x, a float tensor, to a draw from [from, to). */
export function uniform_<D extends DType>(
  x: Tensor<D>,
  from = 0,
  to = 1,
  options?: GeneratorOptions,
): Tensor<D> {
  checkTensor('uniform_', x);
  checkFloating('uniform_', x);
  const generator = generatorOf('uniform_', options);
  return drawInto('uniform_', x, (values) => fillUniform(generator, values as FloatArray, from, to));
}

/** Sets every element of x, a float tensor, to a draw from the normal distribution. */
export function normal_<D extends DType>(
  x: Tensor<D>,
  mean = 0,
  std = 1,
  options?: GeneratorOptions,
): Tensor<D> {
  checkTensor('normal_', x);
  checkFloating('normal_', x);
  const generator = generatorOf('normal_', options);
  return drawInto('normal_', x, (values) => {
    // PyTorch makes normals in blocks where a tensor is contiguous, and else one by one, as it does for a few.
    const atOnce = x.isContiguous() ? values.length : FEW_NORMALS;
    for (let from = 0; from < values.length; from += atOnce) {
      fillNormal(generator, values.subarray(from, from + atOnce) as FloatArray, mean, std);
    }
  });
}

/** Sets every element of x to 1 with probability p, else to 0. */
export function bernoulli_<D extends DType>(x: Tensor<D>, p = 0.5, options?: GeneratorOptions): Tensor<D> {
  checkTensor('bernoulli_', x);
  const generator = generatorOf('bernoulli_', options);
  return drawInto('bernoulli_', x, (values) => fillBernoulli(generator, values, p));
}

type FloatArray = Float32Array | Float64Array;

/** So many normals `fillNormal` draws one by one; a block has one more. */
const FEW_NORMALS = 15;

/** Fills x in the order in which its elements lie in memory: PyTorch's order for transposed tensors. */
function drawInto<D extends DType>(
  operation: string,
  x: Tensor<D>,
  fill: (values: TypedArray) => void,
): Tensor<D> {
  checkWritable(operation, x);
  if (x.isContiguous()) {
    fill(x.memory.subarray(x.offset, x.offset + x.numel()));
    return touched(x);
  }
  const outermostFirst = x.shape.map((_, d) => d);
  outermostFirst.sort((p, q) => Math.abs(x.strides[q]) - Math.abs(x.strides[p]));
  const places = permute(x, outermostFirst);
  const drawn = allocateTensor(operation, places.shape, x.dtype);
  fill(drawn.memory);
  kernels().copy(drawn, places);
  return touched(x);
}

function emptyFloats<D extends DType>(
  operation: string,
  shape: Sizes,
  options: CreationOptions<D> | undefined,
): Tensor<Known<D>> {
  const result = emptyFor(operation, shape, options);
  if (dtypes[result.dtype].floating) return result;
  throw new TypeError(`${operation}: dtype must be float32 or float64, got ${result.dtype}`);
}

function generatorOf(operation: string, options: GeneratorOptions | undefined): Generator {
  const generator = options?.generator ?? defaultGenerator;
  if (generator instanceof Generator) return generator;
  throw new TypeError(`${operation}: generator must be a Generator, got ${describe(generator)}`);
}
