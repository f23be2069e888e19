/** FAULTS of a kind that every operation can meet: memory that is gone, and what is no tensor. */

import { describe, expect, test } from 'vitest';
import * as handgrad from '../../src/index.ts';
import { Storage, Tensor, tensor } from '../../src/index.ts';
import { type Figures, readFixture, toTensor } from '../figures.ts';

interface Table {
  readonly inputs: Readonly<Record<string, Figures>>;
  readonly cases: readonly { readonly js: string; readonly throws?: string }[];
}

/** A tensor on an array of the user's, which then goes to another thread. */
function transferred(figures: Figures): Tensor {
  const array = toTensor(figures).toTypedArray();
  const x = new Tensor(new Storage(array, figures[0]), figures[1]);
  if (array.length > 0) structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return x;
}

/** The names in an expression, without methods and what is quoted. */
function namesIn(js: string): string[] {
  return js.replace(/'[^']*'/g, '').match(/(?<!\.)\b[a-z]\w*/g) ?? [];
}

describe.each(['expressions_math', 'expressions_indexing'])(
  'memory that was transferred away: %s',
  (name) => {
    const { inputs, cases } = readFixture<Table>(name);
    const full = Object.keys(inputs).filter((input) => !inputs[input][1].includes(0));
    const touching = cases.filter(
      ({ js, throws }) => !throws && namesIn(js).some((word) => full.includes(word)),
    );

    test('every expression is refused with a TypeError that says so', () => {
      expect(touching.length).toBeGreaterThan(300);
      for (const { js } of touching) {
        const gone = Object.entries(inputs).map(([input, figures]) => [input, transferred(figures)] as const);
        const scope = new Map<string, unknown>([...Object.entries(handgrad), ...gone]);
        scope.delete('var');
        const evaluate = new Function(...scope.keys(), `'use strict'; return (${js});`);
        expect(() => evaluate(...scope.values()), js).toThrow(TypeError);
        expect(() => evaluate(...scope.values()), js).toThrow(/detached/);
      }
    });
  },
);

describe('what is no tensor', () => {
  const strangers = [
    undefined,
    null,
    {},
    [1, 2],
    'text',
    new Float32Array(3),
    Object.create(Tensor.prototype),
  ];
  const attached = Object.entries(Object.getOwnPropertyDescriptors(Tensor.prototype))
    .filter(([, { value, enumerable }]) => typeof value === 'function' && !enumerable)
    .map(([name, { value }]) => [name, value as (...args: unknown[]) => unknown] as const);
  const x = tensor([1, 2]);
  const methods = attached.filter(([name]) => name in handgrad && !name.endsWith('Async'));

  test('every method refuses a foreign this', () => {
    expect(methods.length).toBeGreaterThan(210);
    for (const [name, method] of methods) {
      for (const self of strangers) {
        for (const args of [[], [0], [x], [x, x]])
          expect(() => method.apply(self, args), name).toThrow(TypeError);
      }
    }
    expect(x.toArray()).toEqual([1, 2]);
  });

  test('every operation refuses missing arguments and strangers with a TypeError', () => {
    for (const [name] of methods) {
      const operation = (handgrad as unknown as Record<string, (...args: unknown[]) => unknown>)[name];
      expect(() => operation(), name).toThrow(TypeError);
      for (const stranger of strangers) expect(() => operation(stranger, stranger), name).toThrow(TypeError);
    }
  });
});
