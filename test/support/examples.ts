import { expect } from 'vitest';
import * as handgrad from '../../src/index.ts';

/**
 * Runs an example of the documentation over the public API. A line that ends in `; // RESULT` is checked: what it
 * gives, or declares, must be RESULT, an expression or `throws ShapeError`. Floats count as equal within 1e-4, as
 * one prints them.
 */
export function runExample(code: string): void {
  const lines = code.split('\n').map((line) => {
    const checked = /^(?:const (\w+) = )?(.+); \/\/ (.+)$/.exec(line);
    if (checked === null) return line;
    const [, name, expression, result] = checked;
    const error = /^throws (\w+)$/.exec(result)?.[1];
    if (error !== undefined) return `refuse(() => ${expression}, '${error}', ${JSON.stringify(line)});`;
    const declared = name === undefined ? '' : `const ${name} = ${expression}; `;
    return `${declared}check(${name ?? expression}, ${result}, ${JSON.stringify(line)});`;
  });
  const scope: Record<string, unknown> = { ...handgrad, check, refuse };
  delete scope['var']; // a reserved word: it can only be a method here
  new Function(...Object.keys(scope), `'use strict'; {\n${lines.join('\n')}\n}`)(...Object.values(scope));
}

function check(got: unknown, wanted: unknown, line: string): void {
  expect(near(got, wanted) ? wanted : got, line).toEqual(wanted);
}

function near(got: unknown, wanted: unknown): boolean {
  if (typeof got === 'number' && typeof wanted === 'number')
    return Object.is(got, wanted) || Math.abs(got - wanted) <= 1e-4 * Math.abs(wanted);
  if (Array.isArray(got) && Array.isArray(wanted))
    return got.length === wanted.length && got.every((part, i) => near(part, wanted[i]));
  return false;
}

function refuse(run: () => unknown, error: string, line: string): void {
  expect(run, line).toThrow(expect.objectContaining({ name: error }));
}
