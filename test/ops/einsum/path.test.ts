import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contractionPath, type Pair } from '../../../src/ops/einsum/path.ts';
import { checkProperty } from '../../support/property.ts';

/** Multiplications along a path, counted by carrying it out on the labels. */
function costOf(terms: number[][], output: number[], sizes: number[], path: readonly Pair[]): number {
  const all = terms.map((labels) => new Set(labels));
  const open = new Set(all.keys());
  let cost = 0;
  for (const [i, j] of path) {
    expect(open.delete(i) && open.delete(j), 'each is contracted once').toBe(true);
    const union = new Set([...all[i], ...all[j]]);
    cost += [...union].reduce((product, label) => product * sizes[label], 1);
    const needed = (label: number) => output.includes(label) || [...open].some((k) => all[k].has(label));
    all.push(new Set([...union].filter(needed)));
    open.add(all.length - 1);
  }
  expect(open.size, 'one is left').toBe(1);
  return cost;
}

/** The least cost of all orders, found by trying all of them. */
function leastCost(terms: number[][], output: number[], sizes: number[]): number {
  let least = Infinity;
  const extend = (path: Pair[], open: number[]) => {
    if (open.length === 1) {
      least = Math.min(least, costOf(terms, output, sizes, path));
      return;
    }
    for (const i of open)
      for (const j of open)
        if (i < j) {
          const next = terms.length + path.length;
          extend([...path, [i, j]], [...open.filter((k) => k !== i && k !== j), next]);
        }
  };
  extend([], [...terms.keys()]);
  return least;
}

const networks = (count: number) =>
  fc.record({
    terms: fc.array(fc.uniqueArray(fc.nat(5), { maxLength: 4 }), { minLength: 1, maxLength: count }),
    sizes: fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 6, maxLength: 6 }),
    wanted: fc.uniqueArray(fc.nat(5), { maxLength: 3 }),
  });

describe('contraction paths', () => {
  test('of few operands are the cheapest of all', () => {
    checkProperty(
      networks(4),
      ({ terms, sizes, wanted }) => {
        const output = wanted.filter((label) => terms.some((labels) => labels.includes(label)));
        // Labels that only one operand has, and nobody needs, are summed away before.
        const kept = terms.map((labels, i) =>
          labels.filter(
            (label) => output.includes(label) || terms.some((other, k) => k !== i && other.includes(label)),
          ),
        );
        const path = contractionPath(kept, output, sizes);
        expect(costOf(kept, output, sizes, path)).toBe(leastCost(kept, output, sizes));
      },
      300,
    );
  });

  test('of many operands contract each once', () => {
    checkProperty(
      networks(14),
      ({ terms, sizes, wanted }) => {
        costOf(terms, wanted, sizes, contractionPath(terms, wanted, sizes));
      },
      200,
    );
  });

  test('a chain of matrices that ends in a vector goes from the vector', () => {
    for (const matrices of [3, 12]) {
      // Matrix i has the labels i and i + 1, the vector the last of them: ab,bc,…,z->a.
      const terms = Array.from({ length: matrices }, (_, i) => [i, i + 1]);
      terms.push([matrices]);
      const sizes = new Array<number>(matrices + 1).fill(50);
      expect(costOf(terms, [0], sizes, contractionPath(terms, [0], sizes))).toBe(matrices * 50 * 50);
    }
  });
});
