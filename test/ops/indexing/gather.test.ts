import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arange, gather, indexSelect, ones, ShapeError, take, tensor, zeros } from '../../../src/index.ts';
import { onBothKernels } from '../../onBothKernels.ts';
import {
  coordinatesIn,
  type Draw,
  drawInteger,
  drawLayout,
  drawShape,
  modelOf,
  propertyOptions,
  valuesOf,
} from '../oracle.ts';

const ints = (values: number[]) => tensor(values, { dtype: 'int32' });

/** A shape of at least one dimension, none of them of size 0 along `dim`. */
function drawAlong(g: Draw): { shape: number[]; dim: number } {
  const shape = [...drawShape(g).slice(0, 3), 1 + drawInteger(g, 0, 3)];
  const dim = drawInteger(g, 0, shape.length - 1);
  return { shape: shape.with(dim, Math.max(1, shape[dim])), dim };
}

/** An int32 index of the shape for a dimension of `size`. */
function drawIndex(g: Draw, shape: readonly number[], size: number) {
  const values = coordinatesIn(shape).map(() => drawInteger(g, 0, size - 1));
  return { values, index: ints(values).view(...shape) };
}

onBothKernels('gather and scatter against the formulas', () => {
  test('gather', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const { shape, dim } = drawAlong(g);
        const x = drawLayout(g, shape);
        const before = modelOf(x);
        const indexShape = shape.map((size, d) => drawInteger(g, 0, d === dim ? 5 : size));
        const { values, index } = drawIndex(g, indexShape, shape[dim]);
        const result = gather(x, g(fc.boolean) ? dim : dim - shape.length, index);
        expect(result.shape).toEqual(indexShape);
        expect(valuesOf(result)).toEqual(
          coordinatesIn(indexShape).map((at, i) => before.at(at.with(dim, values[i]))),
        );
      }),
      propertyOptions,
    );
  });

  test('scatter_ and scatterAdd_', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const { shape, dim } = drawAlong(g);
        const x = drawLayout(g, shape);
        const before = modelOf(x);
        const indexShape = shape.map((size, d) => drawInteger(g, 0, d === dim ? 5 : size));
        const sourceShape = indexShape.map((size) => size + drawInteger(g, 0, 1));
        const source = drawLayout(g, sourceShape);
        const added = modelOf(source);
        const { values, index } = drawIndex(g, indexShape, shape[dim]);
        const adds = g(fc.boolean);
        const expected = new Map(coordinatesIn(shape).map((at) => [String(at), before.at(at)]));
        for (const [i, at] of coordinatesIn(indexShape).entries()) {
          const place = String(at.with(dim, values[i]));
          expected.set(place, (adds ? (expected.get(place) as number) : 0) + added.at(at));
        }
        const result = adds ? x.scatterAdd_(dim, index, source) : x.scatter_(dim, index, source);
        expect(result).toBe(x);
        expect(valuesOf(x)).toEqual([...expected.values()]);
      }),
      propertyOptions,
    );
  });

  test('indexSelect, indexAdd_, indexCopy_ and indexFill_', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const { shape, dim } = drawAlong(g);
        const count = drawInteger(g, 0, 5);
        const { values, index } = drawIndex(g, [count], shape[dim]);
        const sliceShape = shape.with(dim, count);
        const source = drawLayout(g, sliceShape);
        const added = modelOf(source);
        const apply = {
          indexAdd_: (old: number, added: number) => old + 2 * added,
          indexCopy_: (_: number, added: number) => added,
          indexFill_: () => -1,
        };
        for (const [name, combine] of Object.entries(apply)) {
          const x = drawLayout(g, shape);
          const before = modelOf(x);
          expect(valuesOf(indexSelect(x, dim, index))).toEqual(
            coordinatesIn(sliceShape).map((at) => before.at(at.with(dim, values[at[dim]]))),
          );
          const expected = new Map(coordinatesIn(shape).map((at) => [String(at), before.at(at)]));
          for (const at of coordinatesIn(sliceShape)) {
            const place = String(at.with(dim, values[at[dim]]));
            expected.set(place, combine(expected.get(place) as number, added.at(at)));
          }
          if (name === 'indexAdd_') x.indexAdd_(dim, index, source, { alpha: 2 });
          else if (name === 'indexCopy_') x.indexCopy_(dim, index, source);
          else x.indexFill_(dim, index, -1);
          expect(valuesOf(x)).toEqual([...expected.values()]);
        }
      }),
      propertyOptions,
    );
  });

  test('take', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const shape = [...drawShape(g).slice(0, 3), 2].map((size) => Math.max(1, size));
        const x = drawLayout(g, shape);
        const elements = valuesOf(x);
        const indexShape = drawShape(g).slice(0, 2);
        const values = coordinatesIn(indexShape).map(() =>
          drawInteger(g, -elements.length, elements.length - 1),
        );
        const result = take(x, ints(values).view(...indexShape));
        expect(result.shape).toEqual(indexShape);
        expect(valuesOf(result)).toEqual(values.map((value) => elements.at(value)));
      }),
      propertyOptions,
    );
  });
});

onBothKernels('gather and scatter: out, and operands that overlap', () => {
  test('out takes the result, also where it is an operand', () => {
    const x = arange(6, undefined, 1, { dtype: 'float32' }).view(2, 3);
    const index = ints([2, 1, 0, 0, 1, 2]).view(2, 3);
    expect(gather(x, 1, index, { out: x })).toBe(x);
    expect(x.toArray()).toEqual([
      [2, 1, 0],
      [3, 4, 5],
    ]);
    const positions = ints([2, 0, 1]);
    expect(take(positions, positions, { out: positions }).toArray()).toEqual([1, 2, 0]);
    const rows = arange(6).view(3, 2);
    expect(rows.indexSelect(0, ints([2, 1, 0]), { out: rows }).toArray()).toEqual([
      [4, 5],
      [2, 3],
      [0, 1],
    ]);
    expect(() => gather(x, 1, index, { out: zeros([3, 2]) })).toThrow('gather: out has shape [3, 2]');
    expect(() => take(x, positions, { out: positions })).toThrow(
      'take: out is int32, but the result is float32',
    );
  });

  test('a source or an index that is the tensor itself', () => {
    const x = ints([1, 2, 0]);
    expect(x.scatter_(0, x, x.index('::-1')).toArray()).toEqual([1, 0, 2]);
    const backwards = arange(1000).flip(0);
    expect(backwards.scatter_(0, backwards, 0).any().item()).toBe(false);
    const y = ints([1, 2, 0]);
    expect(y.scatterAdd_(0, y, y).toArray()).toEqual([1, 3, 2]);
    const z = ints([1, 2, 0]);
    expect(z.indexCopy_(0, z, z).toArray()).toEqual([0, 1, 2]);
  });
});

onBothKernels('errors of gather and scatter', () => {
  const m = arange(12, undefined, 1, { dtype: 'float32' }).view(3, 4);
  const good = ints([0, 1]);
  const bad = ints([0, 9]);
  const cases: [string, () => unknown, new (message: string) => Error, string][] = [
    [
      'gather out of range',
      () => m.gather(1, ints([0, 4, 0]).view(3, 1)),
      RangeError,
      'gather: index is 4 at [1, 0], but dimension 1 has 4 entries: allowed are 0 to 3',
    ],
    [
      'gather from the end',
      () => m.gather(0, ints([-1]).view(1, 1)),
      RangeError,
      'gather: index is -1 at [0, 0]',
    ],
    [
      'gather rank',
      () => m.gather(1, good),
      ShapeError,
      'gather: index [2] must have as many dimensions as input [3, 4], and exceed it nowhere but along dimension 1',
    ],
    ['gather size', () => m.gather(1, zeros([4, 1]).int()), ShapeError, 'gather: index [4, 1] must have'],
    [
      'gather dim',
      () => m.gather(2, good),
      RangeError,
      'gather: dim must be a whole number from -2 to 1, got 2',
    ],
    [
      'gather dtype',
      () => m.gather(1, zeros([3, 1])),
      TypeError,
      'gather: index must be int32 or uint8, got float32',
    ],
    ['gather index', () => m.gather(1, [0] as never), TypeError, 'gather: index must be a Tensor'],
    [
      'take out of range',
      () => m.take(ints([0, -13])),
      RangeError,
      'take: index is -13 at [1], but dimension 0 has 12 entries: allowed are -12 to 11',
    ],
    [
      'take of nothing',
      () => zeros([0]).take(good),
      RangeError,
      'take: index is 0 at [0], but dimension 0 has no entries',
    ],
    ['indexSelect 0-d', () => tensor(1).indexSelect(0, good), ShapeError, 'indexSelect: a 0-d tensor'],
    [
      'indexSelect rank',
      () => m.indexSelect(0, good.view(1, 2)),
      ShapeError,
      'indexSelect: index must have 1 dimension, got [1, 2]',
    ],
    [
      'scatter_ out of range',
      () => m.scatter_(0, ints([0, 3, 0, 0]).view(1, 4), -1),
      RangeError,
      'scatter_: index is 3 at [0, 1], but dimension 0 has 3 entries: allowed are 0 to 2',
    ],
    [
      'scatter_ source',
      () => m.scatter_(0, zeros([2, 4]).int(), ones([2, 3])),
      ShapeError,
      'scatter_: index [2, 4] must have as many dimensions as source [2, 3], and exceed it nowhere',
    ],
    [
      'scatter_ dtype',
      () => m.scatter_(0, zeros([1, 4]).int(), ones([1, 4]).double()),
      TypeError,
      'scatter_: dtypes must be the same, got input float32, source float64',
    ],
    [
      'scatterAdd_ number',
      () => m.scatterAdd_(0, zeros([1, 4]).int(), 1 as never),
      TypeError,
      'scatterAdd_: source must be a Tensor, got 1',
    ],
    [
      'indexAdd_ out of range',
      () => m.indexAdd_(0, bad, ones([2, 4])),
      RangeError,
      'indexAdd_: index is 9 at [1], but dimension 0 has 3 entries: allowed are 0 to 2',
    ],
    [
      'indexAdd_ shape',
      () => m.indexAdd_(0, good, ones([4])),
      ShapeError,
      'indexAdd_: source must have shape [2, 4], got [4]',
    ],
    [
      'indexFill_ value',
      () => m.indexFill_(0, good, ones([4])),
      ShapeError,
      'indexFill_: value must be a number or',
    ],
    [
      'indexFill_ 0-d',
      () => tensor(1).indexFill_(0, good, 1),
      ShapeError,
      'indexFill_: a 0-d tensor has no dimension',
    ],
    [
      'indexCopy_ expanded',
      () =>
        zeros([1, 4])
          .expand(3, 4)
          .indexCopy_(0, good, ones([2, 4])),
      ShapeError,
      'indexCopy_: cannot write into a tensor',
    ],
  ];

  test.each(cases)('%s', (_, run, kind, message) => {
    expect(run).toThrow(kind);
    expect(run).toThrow(message);
    expect(valuesOf(m)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });
});
