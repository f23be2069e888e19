/**
 * Expressions side by side: what JavaScript gives must be what PyTorch or NumPy gave for the Python beside it.
 * The pairs are in scripts/fixtures/expressions_*.py, which write the results to test/fixtures.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { DType } from '../src/core/dtype.ts';
import * as handgrad from '../src/index.ts';

/** Not finite values are strings, as Python writes them: 'nan', 'inf', '-inf'. */
type Scalar = number | boolean | string;

interface Values {
  readonly dtype: DType;
  readonly shape: number[];
  readonly values: Scalar[];
}

type Result = Scalar | Values | Result[];

interface Table {
  readonly tolerance: number;
  readonly inputs: Readonly<Record<string, Values>>;
  readonly cases: readonly { readonly js: string; readonly python: string; readonly result: Result }[];
}

const fixtures = new URL('./fixtures/', import.meta.url);
const files = readdirSync(fixtures).filter((file) => /^expressions_\w+\.json$/.test(file));

for (const file of files) {
  const { tolerance, inputs, cases } = JSON.parse(readFileSync(new URL(file, fixtures), 'utf8')) as Table;
  describe(file, () => {
    for (const { js, python, result } of cases) {
      test(js, () => {
        check(evaluate(js, inputs), result, tolerance, `${js}   (Python: ${python})`);
      });
    }
  });
}

/** What the expression gives over the public API, with fresh inputs. */
function evaluate(source: string, inputs: Table['inputs']): unknown {
  const fresh = Object.entries(inputs).map(([name, values]) => [name, tensorOf(values)] as const);
  const scope = new Map<string, unknown>([...Object.entries(handgrad), ...fresh]);
  scope.delete('var'); // a reserved word: it can only be a method here
  return new Function(...scope.keys(), `'use strict'; return (${source});`)(...scope.values());
}

function tensorOf({ dtype, shape, values }: Values): handgrad.Tensor {
  return handgrad.tensor(values.map(numberOf), { dtype }).view(shape);
}

function numberOf(value: Scalar): number {
  const named: Record<string, number> = { nan: NaN, inf: Infinity, '-inf': -Infinity };
  return typeof value === 'string' ? named[value] : Number(value);
}

function check(got: unknown, expected: Result, tolerance: number, context: string): void {
  if (Array.isArray(expected)) {
    expect(Array.isArray(got), context).toBe(true);
    const list = got as unknown[];
    expect(list.length, context).toBe(expected.length);
    for (const [i, part] of expected.entries()) check(list[i], part, tolerance, `${context} [${i}]`);
  } else if (typeof expected !== 'object') {
    if (typeof expected === 'boolean') expect(got, context).toBe(expected);
    else expect(isClose(got as number, numberOf(expected), tolerance), `${context}: ${got}`).toBe(true);
  } else {
    expect(got, context).toBeInstanceOf(handgrad.Tensor);
    checkTensor(got as handgrad.Tensor, expected, tolerance, context);
  }
}

function checkTensor(got: handgrad.Tensor, expected: Values, tolerance: number, context: string): void {
  expect({ dtype: got.dtype, shape: [...got.shape] }, context).toEqual({
    dtype: expected.dtype,
    shape: expected.shape,
  });
  const values = got.contiguous().reshape(-1).toArray() as (number | boolean)[];
  const wanted = tensorOf(expected).reshape(-1).toArray() as (number | boolean)[];
  const wrong = values.findIndex((value, i) => !isClose(Number(value), Number(wanted[i]), tolerance));
  expect(wrong, `${context}: element ${wrong} is ${values[wrong]}, not ${wanted[wrong]}`).toBe(-1);
}

/** Equal (NaN to NaN, −0 to 0), or within the relative tolerance. */
function isClose(value: number, wanted: number, tolerance: number): boolean {
  if (Object.is(value, wanted) || value === wanted) return true;
  return Number.isFinite(wanted) && Math.abs(value - wanted) <= tolerance * Math.abs(wanted);
}
