import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Tensor, tensor } from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { checkProperty } from '../support/property.ts';
import { elements, indices, layOut, layouts, numel, position, shapes, unsigned } from '../support/tensors.ts';

const { NaN: nan } = Number;

/** A tensor with repeated values, infinities and NaN, and one of its dimensions. */
const slices = fc
  .record({
    shape: shapes.filter((shape) => shape.length > 0 && numel(shape) < 4000),
    layout: layouts,
    dim: fc.nat(3),
    fromEnd: fc.boolean(),
    values: fc.array(
      fc.constantFrom(-Infinity, -2, -1, -0.5, 0, 0.5, 1, 1, 2, 3, 4, 5, 6, 7, Infinity, nan),
      {
        minLength: 11,
        maxLength: 11,
      },
    ),
    stride: fc.constantFrom(1, 2, 3, 5, 7),
    k: fc.nat(100),
    flag: fc.boolean(),
    dtype: fc.constantFrom('float32', 'float64', 'int32', 'uint8'),
  })
  .map(({ shape, layout, dim, values, stride, dtype, ...rest }) => {
    const along = dim % shape.length;
    const floating = dtype.startsWith('float');
    const valueAt = (i: number) => {
      const value = values[(i * stride) % 11];
      return floating ? value : Number.isFinite(value) ? Math.abs(Math.trunc(value)) : 9;
    };
    return { ...rest, dim: along, x: layOut(valueAt, shape, layout, dtype as 'float32') };
  });

/** The elements of each slice along `dim`, by the row-major order of the other dimensions. */
function sliced(x: Tensor, dim: number): number[][] {
  const rest = x.shape.toSpliced(dim, 1);
  const found = indices(rest).map((): number[] => []);
  const all = elements(x);
  indices(x.shape).forEach((index, i) => {
    found[position(index.toSpliced(dim, 1), rest)].push(all[i]);
  });
  return found;
}

/** JavaScript's sort is stable; NaN is the largest. */
function inOrder(values: readonly number[], descending: boolean): number[] {
  const compare = (p: number, q: number) => {
    if (Number.isNaN(p) || Number.isNaN(q)) return Number(Number.isNaN(p)) - Number(Number.isNaN(q));
    return p < q ? -1 : Number(p > q);
  };
  const places = values.map((_, place) => place);
  return places.sort((p, q) => (descending ? -1 : 1) * compare(values[p], values[q]));
}

onBothKernels('along a dimension', () => {
  test('sort, argsort and topk give the stable order', () => {
    checkProperty(slices, ({ x, dim, fromEnd, flag, k }) => {
      const argument = fromEnd ? dim - x.ndim : dim;
      const given = sliced(x, dim);
      const orders = given.map((values) => inOrder(values, flag));
      const sorted = x.sort(argument, { descending: flag });
      expect(sliced(sorted.indices, dim)).toEqual(orders);
      expect(sliced(sorted.values, dim)).toEqual(
        orders.map((order, i) => order.map((place) => given[i][place])),
      );
      expect(sorted.values.dtype).toBe(x.dtype);
      expect(sliced(x.argsort(argument, { descending: flag }), dim)).toEqual(orders);
      const count = k % (x.shape[dim] + 1);
      const best = x.topk(count, argument, { largest: flag });
      expect(best.values.shape).toEqual(x.shape.with(dim, count));
      const first = orders.map((order) => order.slice(0, count));
      expect(sliced(best.indices, dim)).toEqual(first);
      expect(sliced(best.values, dim)).toEqual(
        first.map((order, i) => order.map((place) => given[i][place])),
      );
    });
  });

  test('median, argmax and argmin find the first of their kind', () => {
    checkProperty(slices, ({ x, dim, fromEnd, flag }) => {
      const argument = fromEnd ? dim - x.ndim : dim;
      const given = sliced(x, dim);
      if (x.shape[dim] === 0) {
        for (const find of [x.median, x.argmax, x.argmin])
          expect(() => find.call(x, argument)).toThrow(RangeError);
        return;
      }
      const keepdim = flag;
      const shape = keepdim ? x.shape.with(dim, 1) : x.shape.toSpliced(dim, 1);
      const places = (chosen: (order: number[], values: number[]) => number) =>
        given.map((values) => {
          const missing = values.findIndex(Number.isNaN);
          if (missing >= 0) return missing;
          const value = values[chosen(inOrder(values, false), values)];
          return values.indexOf(value);
        });
      const middle = places((order) => order[Math.ceil(order.length / 2) - 1]);
      const median = x.median(argument, { keepdim });
      expect(median.indices.shape).toEqual(shape);
      expect(elements(median.indices)).toEqual(middle);
      expect(unsigned(elements(median.values))).toEqual(unsigned(middle.map((place, i) => given[i][place])));
      const largest = places((order) => order[order.length - 1]);
      expect(elements(x.argmax(argument, { keepdim }))).toEqual(largest);
      const maximum = x.max(argument, { keepdim });
      expect(elements(maximum.indices)).toEqual(largest);
      expect(unsigned(elements(maximum.values))).toEqual(
        unsigned(largest.map((place, i) => given[i][place])),
      );
      expect(elements(x.argmin(argument, { keepdim }))).toEqual(places((order) => order[0]));
    });
  });

  test('cumsum and cumprod go on from one element to the next', () => {
    checkProperty(slices, ({ x, dim, fromEnd }) => {
      const argument = fromEnd ? dim - x.ndim : dim;
      const running = (start: number, join: (total: number, value: number) => number) =>
        sliced(x, dim).map((values) => {
          let total = start;
          return values.map((value) => {
            total = join(total, value);
            return x.dtype === 'float32' ? Math.fround(total) : total;
          });
        });
      const sums = x.cumsum(argument);
      expect(sums.shape).toEqual(x.shape);
      expect(sums.dtype).toBe(x.dtype.startsWith('float') ? x.dtype : 'float64');
      expect(sliced(sums, dim).map(unsigned)).toEqual(
        running(0, (total, value) => total + value).map(unsigned),
      );
      const products = sliced(x.cumprod(argument), dim).map(unsigned);
      expect(products).toEqual(running(1, (total, value) => total * value).map(unsigned));
    });
  });
});

onBothKernels('of all elements', () => {
  test('unique, its inverse and its counts', () => {
    checkProperty(slices, ({ x }) => {
      const all = elements(x);
      const { values, inverse, counts } = x.unique({ returnInverse: true, returnCounts: true });
      const numbers = [...new Set(all.filter((value) => !Number.isNaN(value)))].sort((p, q) => p - q);
      const missing = all.filter(Number.isNaN);
      expect(unsigned(elements(values))).toEqual([...unsigned(numbers), ...missing]);
      expect(elements(counts)).toEqual([
        ...numbers.map((value) => all.filter((other) => other === value).length),
        ...missing.map(() => 1),
      ]);
      expect(inverse.shape).toEqual(x.shape);
      const found = elements(inverse).map((place) => elements(values)[place]);
      expect(unsigned(found)).toEqual(unsigned(all));
      expect(elements(x.unique())).toEqual(elements(values));
    });
  });

  test('median, and histc counts each element once', () => {
    checkProperty(slices, ({ x, k }) => {
      const all = elements(x);
      if (all.length > 0) {
        const sorted = [...all].sort((p, q) => p - q);
        const want = all.some(Number.isNaN) ? nan : sorted[Math.ceil(all.length / 2) - 1];
        expect(unsigned([x.median().item() as number])).toEqual(unsigned([want]));
      }
      if (!x.dtype.startsWith('float')) return;
      const bins = 1 + (k % 9);
      const counts = elements(x.histc(bins, { min: -2, max: 6 }));
      const inside = all.filter((value) => value >= -2 && value <= 6);
      const want = Array.from(
        { length: bins },
        (_, bin) =>
          inside.filter((value) => {
            const place =
              x.dtype === 'float32'
                ? Math.fround(Math.fround((value + 2) * bins) / 8)
                : ((value + 2) * bins) / 8;
            return Math.min(Math.floor(place), bins - 1) === bin;
          }).length,
      );
      expect(counts).toEqual(want);
    });
  });

  test('long slices are sorted, selected and ranked as short ones are', () => {
    const values = Array.from({ length: 5000 }, (_, i) => ((i * 7919) % 1009) - 500);
    const x = tensor(values);
    const order = inOrder(values, true);
    expect(elements(x.argsort(0, { descending: true }))).toEqual(order);
    for (const k of [1, 64, 65, 3000]) expect(elements(x.topk(k).indices)).toEqual(order.slice(0, k));
    expect(x.median().item()).toBe(values[inOrder(values, false)[2499]]);
    expect(x.sort().values.median().item()).toBe(x.median().item());
  });
});
