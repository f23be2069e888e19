import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type DType, type Shape, type Tensor, tensor } from '../src/index.ts';

/** Numbers as fixtures hold them: JSON has no NaN and no infinities. */
export type Figure = number | boolean | 'nan' | 'inf' | '-inf';

/** A tensor as fixtures hold it. */
export type Figures = readonly [dtype: DType, shape: Shape, values: readonly Figure[]];

/** What a script in scripts/fixtures/ has written. */
export function readFixture<Fixture>(name: string): Fixture {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8'));
}

export function toTensor([dtype, shape, values]: Figures): Tensor {
  return tensor(values.map(toNumber), { dtype }).reshape([...shape]);
}

export function toNumber(figure: Figure): number {
  return Number(typeof figure === 'string' ? figure.replace('inf', 'Infinity') : figure);
}

/** The elements in row-major order. */
export function flat(x: Tensor): number[] {
  return (x.reshape(-1).toArray() as (number | boolean)[]).map(Number);
}

/** Float errors of a few roundings: of functions whose last bits differ from library to library. */
const roundings: Partial<Record<DType, number>> = { float32: 2e-6, float64: 1e-13 };

/**
 * Expects dtype, shape and values; floats within `rtol` of each value, or `atol` where it is near 0; by default
 * a few roundings of the dtype.
 */
export function expectFigures(
  actual: Tensor,
  figures: Figures,
  tolerance: { readonly rtol?: number; readonly atol?: number; readonly message?: string } = {},
): void {
  const [dtype, shape, values] = figures;
  const { rtol = roundings[dtype] ?? 0, atol = rtol / 10 } = tolerance;
  const got = flat(actual);
  const wanted = values.map(toNumber);
  const isClose = (value: number, i: number) =>
    Object.is(got[i], value) || Math.abs(got[i] - value) <= atol + rtol * Math.abs(value);
  // Compared as a whole where something differs, so that the message shows both.
  const shown = got.length === wanted.length && wanted.every(isClose) ? wanted : got;
  const { message } = tolerance;
  expect({ dtype: actual.dtype, shape: actual.shape, values: shown }, message).toEqual({
    dtype,
    shape,
    values: wanted,
  });
}
