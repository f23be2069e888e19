/** Runs one case of the table on kernels, and says what is wrong with the result. */

import type { DType, TypedArray } from '../../../src/core/dtype.ts';
import type { Strided } from '../../../src/core/strided.ts';
import type { Kernels } from '../../../src/kernels/contract.ts';
import { bitsOf, forEachElement, formatOperand, valuesOf } from './operands.ts';
import { stored } from './values.ts';

/**
 * What a result may be off: by so many representable numbers, of its own size or of a larger one (`sizes`), or
 * absolutely, element by element.
 */
export type Tolerance =
  | { readonly ulps: number; readonly signedZero: boolean; readonly sizes?: ArrayLike<number> }
  | { readonly absolute: ArrayLike<number> };

export const exact: Tolerance = { ulps: 0, signedZero: true };

export interface ExpectedResult {
  readonly out: Strided;
  /** In row-major order of out, before it is rounded to out's dtype; NaN matches NaN alone. */
  readonly expected: ArrayLike<number>;
  readonly tolerance: Tolerance;
}

export interface Case {
  /** Kernel, operation and what else makes the case: `unary exp, in place`. */
  readonly title: string;
  readonly operands: Readonly<Record<string, Strided>>;
  readonly run: (kernels: Kernels) => unknown;
  readonly results: readonly ExpectedResult[];
  /** Where the kernel returns a number. */
  readonly returns?: { readonly expected: number; readonly error: number };
}

/** A thing to test, and kernels to compare it with besides the formulas. */
export interface Subject {
  readonly kernels: Kernels;
  readonly reference?: Kernels | undefined;
}

/** Throws an Error that names kernels, case, operands, index, got and expected. */
export function verify({ kernels, reference }: Subject, checked: Case): void {
  const got = runOnce(kernels, checked);
  compare(kernels.name, checked, got, 'expected', undefined);
  if (reference !== undefined) {
    compare(kernels.name, checked, got, `${reference.name} gives`, runOnce(reference, checked));
  }
}

interface Outcome {
  readonly returned: unknown;
  /** Of each result, in row-major order. */
  readonly values: readonly Float64Array[];
}

/** Runs the case, puts memory back as it was, and makes sure that only the results had changed. */
function runOnce(kernels: Kernels, checked: Case): Outcome {
  const memories = new Set(
    [...Object.values(checked.operands), ...checked.results.map(({ out }) => out)].map((x) => x.memory),
  );
  const before = new Map([...memories].map((memory) => [memory, memory.slice()]));
  const returned = checked.run(kernels);
  const values = checked.results.map(({ out }) => valuesOf(out));
  for (const { out } of checked.results) {
    const bits = bitsOf(out.memory);
    const old = bitsOf(before.get(out.memory) ?? out.memory);
    forEachElement(out, (at) => {
      bits[at] = old[at];
    });
  }
  for (const [memory, old] of before) {
    if (bytesOf(memory).equals(bytesOf(old))) continue;
    const oldBits = bitsOf(old);
    const at = bitsOf(memory).findIndex((bits: number | bigint, i: number) => bits !== oldBits[i]);
    const found = memory[at];
    memory.set(old);
    throw new Error(
      `${describeCase(kernels.name, checked)}\nmemory that is no result's was written, at position ${at} of ` +
        `${memory.length}: ${found} instead of ${old[at]}`,
    );
  }
  return { returned, values };
}

function bytesOf({ buffer, byteOffset, byteLength }: TypedArray): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function compare(
  name: string,
  checked: Case,
  got: Outcome,
  word: string,
  reference: Outcome | undefined,
): void {
  checked.results.forEach(({ out, expected, tolerance }, r) => {
    const target = reference === undefined ? expected : reference.values[r];
    const slack = reference === undefined ? 1 : 2;
    for (let i = 0; i < expected.length; i++) {
      const value = got.values[r][i];
      const wanted = stored(out.dtype, target[i]);
      if (Object.is(value, wanted) || agrees(out.dtype, value, wanted, i, tolerance, slack)) continue;
      throw new Error(
        `${describeCase(name, checked)}\nresult ${formatOperand(out)}, index [${unravel(i, out.shape)}]: ` +
          `got ${value}, ${word} ${wanted} (${describeTolerance(out.dtype, value, wanted, i, tolerance)})`,
      );
    }
  });
  if (checked.returns !== undefined) {
    const value = got.returned;
    const { error } = checked.returns;
    const wanted = reference === undefined ? checked.returns.expected : reference.returned;
    if (typeof value !== 'number' || typeof wanted !== 'number' || !near(value, wanted, error)) {
      throw new Error(`${describeCase(name, checked)}\nreturned ${value}, ${word} ${wanted} ± ${error}`);
    }
  }
}

function agrees(
  dtype: DType,
  value: number,
  wanted: number,
  i: number,
  tolerance: Tolerance,
  slack: number,
): boolean {
  if ('absolute' in tolerance) return near(value, wanted, slack * tolerance.absolute[i]);
  if (value === 0 && wanted === 0) return !tolerance.signedZero;
  if (tolerance.ulps === 0) return false;
  const { ulps, sizes } = tolerance;
  if (sizes !== undefined && near(value, wanted, slack * ulps * ulpOf(dtype, sizes[i]))) return true;
  return ulpsApart(dtype, value, wanted) <= slack * ulps;
}

function near(value: number, wanted: number, error: number): boolean {
  if (!Number.isFinite(wanted)) return Object.is(value, wanted);
  return Math.abs(value - wanted) <= error;
}

/** How many representable numbers lie between two, counted across 0 too; infinity comes after the largest. */
export function ulpsApart(dtype: DType, a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : Infinity;
  return Math.abs(Number(orderOf(dtype, a) - orderOf(dtype, b)));
}

function orderOf(dtype: DType, value: number): bigint {
  const size = Math.abs(value);
  const bits =
    dtype === 'float32'
      ? BigInt(new Int32Array(new Float32Array([size]).buffer)[0])
      : new BigInt64Array(new Float64Array([size]).buffer)[0];
  return value < 0 ? -bits : bits;
}

/** The distance from a number of this size to the next. */
function ulpOf(dtype: DType, size: number): number {
  const [bits, least] = dtype === 'float32' ? [23, 2 ** -149] : [52, 2 ** -1074];
  return size === 0 ? least : Math.max(least, 2 ** (Math.floor(Math.log2(size)) - bits));
}

function describeCase(name: string, { title, operands }: Case): string {
  const list = Object.entries(operands).map(([key, x]) => `\n  ${key}: ${formatOperand(x)}`);
  return `${name}: ${title}${list.join('')}`;
}

function describeTolerance(
  dtype: DType,
  value: number,
  wanted: number,
  i: number,
  tolerance: Tolerance,
): string {
  if ('absolute' in tolerance) return `off by ${Math.abs(value - wanted)}, allowed ${tolerance.absolute[i]}`;
  if (dtype !== 'float32' && dtype !== 'float64') return 'must be equal';
  const { ulps, sizes } = tolerance;
  const ofSize = sizes === undefined ? '' : ` of its own or of ${sizes[i]}`;
  return `${ulpsApart(dtype, value, wanted)} ULP off, allowed ${ulps}${ofSize}`;
}

function unravel(flat: number, shape: readonly number[]): string {
  const index: number[] = [];
  let rest = flat;
  for (let d = shape.length - 1; d >= 0; d--) {
    index.unshift(rest % shape[d]);
    rest = Math.floor(rest / shape[d]);
  }
  return index.join(', ');
}
