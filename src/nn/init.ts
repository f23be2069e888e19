/**
 * Initial values that keep activations, and gradients, at one scale from layer to layer. All fill a tensor in
 * place and return it, and after `manualSeed(s)` hold what PyTorch's `torch.nn.init` gives after `manual_seed(s)`.
 *
 * Sources: X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks",
 * 2010 (xavier); K. He et al., "Delving Deep into Rectifiers", 2015, §2.2 (kaiming).
 */

import { ShapeError } from '../core/errors.ts';
import { formatShape, numelOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { fill_ } from '../ops/conversion.ts';
import { checkTensor, describe } from '../ops/operands.ts';
import { normal_ as drawNormal, uniform_ as drawUniform, type GeneratorOptions } from '../ops/random.ts';

/** By how much a function shrinks what goes through it: the standard deviation before over that after. */
const gains = {
  linear: () => 1,
  conv: () => 1,
  sigmoid: () => 1,
  tanh: () => 5 / 3,
  relu: () => Math.SQRT2,
  leakyRelu: (slope = 0.01) => Math.sqrt(2 / (1 + slope ** 2)),
  selu: () => 3 / 4,
} satisfies Record<string, (slope?: number) => number>;

export type Nonlinearity = keyof typeof gains;

/**
 * What weights are multiplied by so that the function after them leaves the scale as it is, as PyTorch's
 * `calculate_gain` has it.
 *
 * @param slope of `leakyRelu` below 0; 0.01 unless given
 */
export function calculateGain(nonlinearity: Nonlinearity, slope?: number): number {
  if (!Object.hasOwn(gains, nonlinearity)) {
    throw new TypeError(
      `calculateGain: nonlinearity must be one of ${Object.keys(gains).join(', ')}, got ${describe(nonlinearity)}`,
    );
  }
  if (slope !== undefined) checkFinite('calculateGain', 'slope', slope);
  return gains[nonlinearity](slope);
}

/**
 * How many inputs make one output, and how many outputs one input goes into.
 *
 * weight [out, in, ...kernel] → fanIn = in · |kernel|, fanOut = out · |kernel|
 *
 * @throws ShapeError for fewer than 2 dimensions
 */
export function fanInAndFanOut(weight: Tensor): { fanIn: number; fanOut: number } {
  checkTensor('fanInAndFanOut', weight, 'weight');
  if (weight.ndim < 2) {
    throw new ShapeError(`fanInAndFanOut: needs at least 2 dimensions, got ${formatShape(weight.shape)}`);
  }
  const [out, into, ...kernel] = weight.shape;
  return { fanIn: into * numelOf(kernel), fanOut: out * numelOf(kernel) };
}

export interface KaimingOptions extends GeneratorOptions {
  /**
   * Which scale is kept: that of activations going forward (`fanIn`, the default) or of gradients going
   * backward. For a weight that lies [in, out] it is the other way round.
   */
  readonly mode?: 'fanIn' | 'fanOut' | undefined;
  /** What follows the layer; `leakyRelu` with slope `a` unless said otherwise, which for a = 0 is `relu`. */
  readonly nonlinearity?: Nonlinearity | undefined;
  /** The slope of `leakyRelu` below 0; 0 unless said otherwise. */
  readonly a?: number | undefined;
}

/** Normal with mean 0 and std gain / √fan (He et al.; PyTorch's `kaiming_normal_`). */
export function kaimingNormal_(weight: Tensor, options: KaimingOptions = {}): Tensor {
  return drawNormal(weight, 0, kaimingStd('kaimingNormal_', weight, options), options);
}

/** Uniform in ± √3 · gain / √fan, which has that same std (PyTorch's `kaiming_uniform_`). */
export function kaimingUniform_(weight: Tensor, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * kaimingStd('kaimingUniform_', weight, options);
  return drawUniform(weight, -bound, bound, options);
}

function kaimingStd(operation: string, weight: Tensor, options: KaimingOptions): number {
  const { mode = 'fanIn', nonlinearity = 'leakyRelu', a = 0 } = options;
  if (mode !== 'fanIn' && mode !== 'fanOut') {
    throw new TypeError(`${operation}: mode must be 'fanIn' or 'fanOut', got ${describe(mode)}`);
  }
  const fan = fanInAndFanOut(weight)[mode];
  const gain = calculateGain(nonlinearity, a);
  return weight.numel() === 0 ? 0 : gain / Math.sqrt(fan);
}

export interface XavierOptions extends GeneratorOptions {
  /** What `calculateGain` says of the function after the layer; 1 unless said otherwise. */
  readonly gain?: number | undefined;
}

/** Normal with mean 0 and std gain · √(2 / (fanIn + fanOut)) (Glorot and Bengio; PyTorch's `xavier_normal_`). */
export function xavierNormal_(weight: Tensor, options: XavierOptions = {}): Tensor {
  return drawNormal(weight, 0, xavierStd('xavierNormal_', weight, options), options);
}

/** Uniform in ± gain · √(6 / (fanIn + fanOut)), which has that same std (PyTorch's `xavier_uniform_`). */
export function xavierUniform_(weight: Tensor, options: XavierOptions = {}): Tensor {
  const bound = Math.sqrt(3) * xavierStd('xavierUniform_', weight, options);
  return drawUniform(weight, -bound, bound, options);
}

function xavierStd(operation: string, weight: Tensor, { gain = 1 }: XavierOptions): number {
  checkFinite(operation, 'gain', gain);
  const { fanIn, fanOut } = fanInAndFanOut(weight);
  return weight.numel() === 0 ? 0 : gain * Math.sqrt(2 / (fanIn + fanOut));
}

/** Normal with the given mean and standard deviation. */
export function normal_(x: Tensor, mean = 0, std = 1, options?: GeneratorOptions): Tensor {
  return drawNormal(x, mean, std, options);
}

/** Uniform in [a, b). */
export function uniform_(x: Tensor, a = 0, b = 1, options?: GeneratorOptions): Tensor {
  return drawUniform(x, a, b, options);
}

/** `value` everywhere. */
export function constant_(x: Tensor, value: number): Tensor {
  return fill_(x, value);
}

/** 0 everywhere. */
export function zeros_(x: Tensor): Tensor {
  return fill_(x, 0);
}

/** 1 everywhere. */
export function ones_(x: Tensor): Tensor {
  return fill_(x, 1);
}

function checkFinite(operation: string, name: string, value: number): void {
  if (Number.isFinite(value)) return;
  throw new RangeError(`${operation}: ${name} must be a finite number, got ${describe(value)}`);
}
