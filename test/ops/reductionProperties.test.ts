import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as handgrad from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { checkProperty } from '../support/property.ts';
import { elements, indices, layOut, layouts, numel, position, shapes } from '../support/tensors.ts';

const { NaN: nan } = Number;
const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
const average = (values: number[]) => total(values) / values.length;
const spread = (values: number[]) => {
  const center = average(values);
  return values.length < 2 ? nan : total(values.map((value) => (value - center) ** 2)) / (values.length - 1);
};

/** The definitions, of the elements that become one. */
const definitions = {
  sum: total,
  mean: (values) => (values.length === 0 ? nan : average(values)),
  prod: (values) => values.reduce((product, value) => product * value, 1),
  amax: (values) => Math.max(...values),
  amin: (values) => Math.min(...values),
  var: spread,
  std: (values) => Math.sqrt(spread(values)),
  any: (values) => Number(values.some((value) => value !== 0)),
  all: (values) => Number(values.every((value) => value !== 0)),
  countNonzero: (values) => values.filter((value) => value !== 0).length,
  norm: (values) => Math.hypot(...values),
  logsumexp: (values) => Math.log(total(values.map(Math.exp))),
} satisfies Record<string, (values: number[]) => number>;

type Name = keyof typeof definitions;
type Reduction = (
  x: handgrad.Tensor,
  dims?: handgrad.Dims,
  options?: handgrad.ReductionOptions,
) => handgrad.Tensor;
const library: Record<Name, Reduction> = handgrad;

const cases = fc
  .record({
    shape: shapes.filter((shape) => numel(shape) < 5000),
    layout: layouts,
    chosen: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    fromEnd: fc.boolean(),
    everything: fc.boolean(),
    keepdim: fc.boolean(),
    into: fc.option(layouts),
    name: fc.constantFrom(...(Object.keys(definitions) as Name[])),
    values: fc.array(fc.constantFrom(-3, -2, -1, 0, 1, 2, 3, 4), { minLength: 7, maxLength: 7 }),
  })
  .map(({ shape, layout, chosen, ...rest }) => {
    const reduced = shape.map((_, d) => d).filter((d) => rest.everything || chosen[d]);
    const x = layOut((i) => rest.values[i % 7] / (rest.name === 'prod' ? 2 : 1), shape, layout);
    return { ...rest, x, reduced };
  })
  .filter(({ everything, reduced }) => everything || reduced.length > 0);

/** By loops over all elements: the result's shape, and what comes together in each of its elements. */
function grouped(x: handgrad.Tensor, reduced: readonly number[], keepdim: boolean) {
  const shape = x.shape.flatMap((size, d) => (reduced.includes(d) ? (keepdim ? [1] : []) : [size]));
  const groups = Array.from({ length: numel(shape) }, (): number[] => []);
  const all = elements(x);
  indices(x.shape).forEach((index, i) => {
    const kept = index.flatMap((at, d) => (reduced.includes(d) ? (keepdim ? [0] : []) : [at]));
    groups[position(kept, shape)].push(all[i]);
  });
  return { shape, groups };
}

onBothKernels('reductions', () => {
  test('equal their definitions over the elements that come together', () => {
    checkProperty(cases, ({ name, x, reduced, everything, keepdim, into, fromEnd }) => {
      const { shape, groups } = grouped(x, reduced, keepdim);
      const dims = everything ? null : reduced.map((d) => (fromEnd ? d - x.ndim : d));
      if ((name === 'amax' || name === 'amin') && reduced.some((d) => x.shape[d] === 0)) {
        expect(() => library[name](x, dims, { keepdim })).toThrow(RangeError);
        return;
      }
      let out: handgrad.Tensor | undefined;
      if (into) out = layOut(() => nan, shape, into, library[name](x, dims, { keepdim }).dtype);
      const got = library[name](x, dims, { keepdim, out });
      expect(got.shape).toEqual(shape);
      elements(got).forEach((value, i) => {
        const want = definitions[name](groups[i]);
        // Other orders of summing differ by roundings.
        const slack = 1e-12 * (1 + Math.max(...groups[i].map(Math.abs), 0)) * Math.max(groups[i].length, 1);
        const same =
          Object.is(value + 0, want + 0) || Math.abs(value - want) <= Math.max(slack, 1e-10 * Math.abs(want));
        expect(same, `${name}: ${value} for ${want}`).toBe(true);
      });
    });
  });

  test('a NaN spreads to its own result and no other', () => {
    const x = handgrad.tensor([1, nan, 3, 4]).view(2, 2);
    for (const name of ['sum', 'mean', 'prod', 'amax', 'amin', 'var', 'std', 'norm', 'logsumexp'] as const) {
      const flags = library[name](x, 1).isnan().toArray();
      expect(flags, name).toEqual([true, false]);
    }
  });

  test('norms of float32 do not overflow on the way to the root', () => {
    expect(handgrad.tensor([3e30, 4e30]).norm().item()).toBeCloseTo(5e30, -24);
    expect(handgrad.tensor([3e-30, 4e-30]).norm().item()).toBeCloseTo(5e-30, 34);
  });

  test('sums of integers are exact beyond int32, and unknown dimensions refused', () => {
    const x = handgrad.full([3, 2], 2 ** 31 - 1, { dtype: 'int32' });
    expect(x.sum().item()).toBe(6 * (2 ** 31 - 1));
    expect(x.cumsum(0).select(0, 2).toArray()).toEqual([3 * (2 ** 31 - 1), 3 * (2 ** 31 - 1)]);
    expect(() => x.sum(2)).toThrow('sum: dim must be a whole number from -2 to 1, got 2');
    expect(() => x.sum([0, -2])).toThrow('sum: dimension 0 appears twice');
    expect(() => x.sum(0.5)).toThrow(RangeError);
    expect(() => x.sum('0' as unknown as number)).toThrow(TypeError);
  });

  test('an options object is read once', () => {
    let reads = 0;
    const x = handgrad.tensor([1, 2, 3]);
    const options = {
      get out() {
        reads++;
        return reads === 1 ? handgrad.zeros([]) : x;
      },
    };
    expect(x.sum(null, options).item()).toBe(6);
    expect(reads).toBe(1);
  });
});
