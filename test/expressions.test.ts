/**
 * Expressions side by side: what JavaScript gives must be what PyTorch or NumPy gave for the Python beside it.
 * The pairs are in scripts/fixtures/expressions_*.py, which write the results to test/fixtures.
 */

import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as handgrad from '../src/index.ts';
import { expectFigures, type Figure, type Figures, readFixture, toNumber, toTensor } from './figures.ts';
import { onBothKernels } from './onBothKernels.ts';

type Result =
  | { readonly tensor: Figures }
  | { readonly list: readonly Result[] }
  | { readonly value: Figure };

interface Tolerance {
  readonly rtol?: number;
  readonly atol?: number;
}

interface Case extends Tolerance {
  readonly js: string;
  readonly python: string;
  readonly result?: Result;
  /** The name of the error, where Python refuses as well. */
  readonly throws?: string;
}

interface Table {
  /** Null for a few roundings. */
  readonly rtol: number | null;
  readonly inputs: Readonly<Record<string, Figures>>;
  readonly cases: readonly Case[];
}

const tables = readdirSync(new URL('./fixtures/', import.meta.url)).flatMap(
  (file) => /^expressions_\w+(?=\.json$)/.exec(file)?.[0] ?? [],
);

for (const name of tables) {
  const { rtol, inputs, cases } = readFixture<Table>(name);
  onBothKernels(name, () => {
    for (const { js, python, result, throws, ...own } of cases) {
      test(js, () => {
        const tolerance = rtol === null ? own : { rtol, ...own };
        if (result) check(evaluate(js, inputs), result, tolerance, `${js}   (Python: ${python})`);
        else expect(() => evaluate(js, inputs)).toThrow(expect.objectContaining({ name: throws }));
      });
    }
  });
}

/** What the expression gives over the public API, with fresh inputs; a call of a number may come before it. */
function evaluate(source: string, inputs: Table['inputs']): unknown {
  const fresh = Object.entries(inputs).map(([name, figures]) => [name, toTensor(figures)] as const);
  const scope = new Map<string, unknown>([...Object.entries(handgrad), ...fresh]);
  scope.delete('var'); // a reserved word: it can only be a method here
  const [, before = '', expression] = /^(\w+\(\d+\); )?(.+)$/.exec(source) as RegExpExecArray;
  return new Function(...scope.keys(), `'use strict'; ${before}return (${expression});`)(...scope.values());
}

function check(got: unknown, expected: Result, tolerance: Tolerance, message: string): void {
  if ('list' in expected) {
    // {values, indices} and the like are tuples in Python.
    const list = Array.isArray(got) ? got : Object.values(got as object);
    expect(list.length, message).toBe(expected.list.length);
    for (const [i, part] of expected.list.entries()) check(list[i], part, tolerance, `${message} [${i}]`);
  } else if ('tensor' in expected) {
    expect(got, message).toBeInstanceOf(handgrad.Tensor);
    expectFigures(got as handgrad.Tensor, expected.tensor, { ...tolerance, message });
  } else if (typeof expected.value === 'boolean') {
    expect(got, message).toBe(expected.value);
  } else {
    const wanted = toNumber(expected.value);
    expect(typeof got, message).toBe('number');
    const { rtol = 1e-13 } = tolerance;
    const isClose = Object.is(got, wanted) || Math.abs((got as number) - wanted) <= rtol * Math.abs(wanted);
    expect(isClose ? wanted : got, message).toBe(wanted);
  }
}
