import type { TypedArray } from './dtype.ts';
import type { Generator } from './generator.ts';

/**
 * Fills typed arrays with PyTorch's CPU stream: after the same seed, the same integers, and the same floats to a
 * few units in the last place of what they are computed from (PyTorch's logarithm, sine and cosine are not
 * JavaScript's).
 *
 * The reference is PyTorch 2.x on x86-64 with AVX2, where products are added with one rounding (FMA). Sources:
 * PyTorch's native/cpu/DistributionTemplates.h, native/DistributionTemplates.h, core/DistributionsHelper.h,
 * core/TransformationHelper.h and native/TensorFactories.cpp.
 */

type FloatArray = Float32Array | Float64Array;

const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** Normals come in blocks of 16 uniforms, 8 for the radii and 8 for the angles: two AVX2 registers of float32. */
const NORMAL_BLOCK = 16;
const HALF_BLOCK = NORMAL_BLOCK / 2;

const TWO_PI = 2 * Math.PI;
const TWO_PI_FLOAT32 = Math.fround(TWO_PI);

/** From this many values on, 32 bits modulo their number would draw some of them 1/16 more often: draw 64 bits. */
const WIDE_RANGE = 2 ** 28;

/** PyTorch shuffles longer permutations in another way, with 64-bit draws. */
export const LONGEST_PERMUTATION = Math.floor((2 ** 32 - 1) / 20) - 1;

/**
 * Uniform in [from, to): `torch.rand` with the defaults, `uniform_` otherwise. One draw an element in float32, two
 * in float64. Where the interval's ends differ much in size, rounding may return `to` itself, as in PyTorch.
 *
 * @throws RangeError unless both bounds, and their difference, are finite in the array's type and from <= to
 */
export function fillUniform(generator: Generator, out: FloatArray, from = 0, to = 1): void {
  const largest = requireFinite('uniform_', out, { from, to });
  if (from > to) throw new RangeError(`uniform_: from must not exceed to, got from = ${from}, to = ${to}`);
  if (to - from > largest) {
    throw new RangeError(`uniform_: to - from must be at most ${largest}, got from = ${from}, to = ${to}`);
  }
  if (out instanceof Float32Array) {
    const base = Math.fround(from);
    const range = Math.fround(Math.fround(to) - base);
    // The product is exact in float64: only the sum is rounded, as by FMA.
    for (let i = 0; i < out.length; i++) out[i] = generator.uniform24() * range + base;
  } else {
    const range = to - from;
    for (let i = 0; i < out.length; i++) out[i] = multiplyAdd(generator.uniform53(), range, from);
  }
}

/**
 * Normal with this mean and standard deviation: `torch.randn` with the defaults, `normal_` otherwise.
 *
 * Fewer than 16 elements come one by one from {@link Generator.normal}, in float64 whatever the array's type. From
 * 16 on they are made by blocks, from uniforms of the array's type; unless the length is a multiple of 16, the last
 * 16 are drawn again to make one more whole block. So `randn(17)` shares only its first element with `randn(16)`.
 *
 * @throws RangeError unless mean and std are finite in the array's type and std >= 0
 */
export function fillNormal(generator: Generator, out: FloatArray, mean = 0, std = 1): void {
  requireFinite('normal_', out, { mean, std });
  if (std < 0) throw new RangeError(`normal_: std must be at least 0, got ${std}`);
  if (out.length < NORMAL_BLOCK) {
    for (let i = 0; i < out.length; i++) out[i] = multiplyAdd(generator.normal(), std, mean);
    return;
  }
  fillUniform(generator, out);
  uniformToNormal(out, mean, std);
  if (out.length % NORMAL_BLOCK !== 0) {
    const last = out.subarray(out.length - NORMAL_BLOCK);
    fillUniform(generator, last);
    uniformToNormal(last, mean, std);
  }
}

/** Turns each whole block of uniforms into normals in place; what is left over stays. */
function uniformToNormal(out: FloatArray, mean: number, std: number): void {
  const end = out.length - (out.length % NORMAL_BLOCK);
  if (out instanceof Float32Array) {
    const mean32 = Math.fround(mean);
    const std32 = Math.fround(std);
    for (let start = 0; start < end; start += NORMAL_BLOCK) boxMuller32(out, start, mean32, std32);
  } else {
    for (let start = 0; start < end; start += NORMAL_BLOCK) boxMuller64(out, start, mean, std);
  }
}

/**
 * Box–Muller in float32. Each intermediate is rounded to float32, the angle above all: near a zero of the cosine
 * the rounding of the angle is most of the result.
 */
function boxMuller32(out: Float32Array, start: number, mean: number, std: number): void {
  for (let i = start; i < start + HALF_BLOCK; i++) {
    // 1 - u lies in (0, 1], where the logarithm is finite, and is exact.
    const radius = Math.fround(Math.sqrt(-2 * Math.fround(Math.log(1 - out[i]))));
    const angle = Math.fround(TWO_PI_FLOAT32 * out[i + HALF_BLOCK]);
    const first = Math.fround(radius * Math.fround(Math.cos(angle)));
    const second = Math.fround(radius * Math.fround(Math.sin(angle)));
    out[i] = first * std + mean;
    out[i + HALF_BLOCK] = second * std + mean;
  }
}

function boxMuller64(out: Float64Array, start: number, mean: number, std: number): void {
  for (let i = start; i < start + HALF_BLOCK; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - out[i]));
    const angle = TWO_PI * out[i + HALF_BLOCK];
    out[i] = multiplyAdd(radius * Math.cos(angle), std, mean);
    out[i + HALF_BLOCK] = multiplyAdd(radius * Math.sin(angle), std, mean);
  }
}

/**
 * Integers from low to high - 1: `torch.randint`, as a draw modulo the number of values, plus low. One draw an
 * element, or two from 2^28 values on (PyTorch 1.13: from 2^32 on).
 *
 * A float32 array cannot hold every integer beyond 2^24: there the values are rounded, and the ends of the interval
 * moved inwards, as PyTorch does it.
 *
 * @throws RangeError unless low < high are safe integers and every value fits the array's type
 */
export function fillRandint(generator: Generator, out: TypedArray, low: number, high: number): void {
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high)) {
    throw new RangeError(`randint: low and high must be safe integers, got low = ${low}, high = ${high}`);
  }
  if (low >= high) {
    throw new RangeError(`randint: low must be less than high, got low = ${low}, high = ${high}`);
  }
  if (out instanceof Int32Array) requireFits('int32', low, high, -(2 ** 31), 2 ** 31 - 1);
  if (out instanceof Uint8Array) requireFits('uint8', low, high, 0, 255);
  const [first, end] = out instanceof Float32Array ? withinFloat32(low, high) : [low, high];
  if (end - first < WIDE_RANGE) {
    const range = end - first;
    for (let i = 0; i < out.length; i++) out[i] = (generator.random() % range) + first;
  } else {
    const base = BigInt(first);
    const range = BigInt(end) - base;
    for (let i = 0; i < out.length; i++) out[i] = Number((generator.random64() % range) + base);
  }
}

/**
 * A random order of 0 … n - 1: `torch.randperm`, the Fisher–Yates shuffle from the front, n - 1 draws.
 *
 * @param out where to write it, n elements; a new array by default
 * @throws RangeError unless n is an integer from 0 to 214,748,363 and `out` has n elements
 */
export function randperm(generator: Generator, n: number, out?: Int32Array): Int32Array {
  if (!Number.isInteger(n) || n < 0 || n > LONGEST_PERMUTATION) {
    throw new RangeError(`randperm: n must be an integer from 0 to ${LONGEST_PERMUTATION}, got ${n}`);
  }
  if (out !== undefined && out.length !== n) {
    throw new RangeError(`randperm: out must have n elements, got ${out.length} for n = ${n}`);
  }
  const order = out ?? new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = 0; i < n - 1; i++) {
    const chosen = i + (generator.random() % (n - i));
    const kept = order[i];
    order[i] = order[chosen];
    order[chosen] = kept;
  }
  return order;
}

/**
 * 1 with probability p, else 0, two draws an element: `bernoulli_(p)`, and so dropout, and `torch.bernoulli` of
 * float64 probabilities (PyTorch builds that hand `bernoulli_(p)` to MKL take MKL's own stream there).
 *
 * @throws RangeError unless 0 <= p <= 1
 */
export function fillBernoulli(generator: Generator, out: TypedArray, p: number): void {
  requireNumber('bernoulli_', 'p', p);
  // Written so that NaN fails.
  if (!(p >= 0 && p <= 1)) throw new RangeError(`bernoulli_: p must lie in [0, 1], got ${p}`);
  for (let i = 0; i < out.length; i++) out[i] = generator.uniform53() < p ? 1 : 0;
}

function requireNumber(operation: string, name: string, value: unknown): void {
  if (typeof value !== 'number') {
    throw new TypeError(`${operation}: ${name} must be a number, got ${typeof value}`);
  }
}

/** Checks that the array's type holds each value, and returns the largest one that it holds. */
function requireFinite(operation: string, out: FloatArray, values: Record<string, number>): number {
  const [dtype, largest]: [string, number] =
    out instanceof Float32Array ? ['float32', LARGEST_FLOAT32] : ['float64', Number.MAX_VALUE];
  for (const [name, value] of Object.entries(values)) {
    requireNumber(operation, name, value);
    if (!(Math.abs(value) <= largest)) {
      throw new RangeError(`${operation}: ${name} must be finite in ${dtype}, got ${value}`);
    }
  }
  return largest;
}

function requireFits(dtype: string, low: number, high: number, least: number, most: number): void {
  if (low < least || high - 1 > most) {
    throw new RangeError(
      `randint: ${dtype} holds integers from ${least} to ${most}, got low = ${low}, high = ${high}`,
    );
  }
}

/** [low, high) for float32: an end whose neighbour inside would be rounded out of it moves in by one float32. */
function withinFloat32(low: number, high: number): [number, number] {
  const second = Math.fround(low + 1);
  const last = Math.fround(high - 1);
  const first = second < low ? nextFloat32(second, 1) : low;
  const end = last >= high ? nextFloat32(last, -1) : high;
  if (first >= end) {
    throw new RangeError(
      `randint: float32 holds no integer in [low, high), got low = ${low}, high = ${high}`,
    );
  }
  return [first, end];
}

const float32 = new Float32Array(1);
const float32Bits = new Int32Array(float32.buffer);

/** The float32 next to a nonzero float32, above (step 1) or below (step -1). */
function nextFloat32(value: number, step: 1 | -1): number {
  float32[0] = value;
  // The bits of a float, read as an integer, count upwards in magnitude.
  float32Bits[0] += value > 0 ? step : -step;
  return float32[0];
}

/** Splits a float64 into halves of 26 bits, whose products are exact. */
const SPLITTER = 2 ** 27 + 1;

/**
 * a·b + c with one rounding (but for rare ties), as the FMA instruction does it: where the two terms cancel, two
 * roundings would leave little of the result. The rounding errors of the product and of the sum are computed, and
 * added at the end (T. J. Dekker, "A floating-point technique for extending the available precision", Numerische
 * Mathematik 18, 1971).
 */
function multiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const aHigh = a * SPLITTER - (a * SPLITTER - a);
  const bHigh = b * SPLITTER - (b * SPLITTER - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  const productError = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  const added = sum - product;
  const sumError = product - (sum - added) + (c - added);
  const result = sum + (sumError + productError);
  // Operands beyond 2^970 overflow when they are split.
  return Number.isNaN(result) ? sum : result;
}
