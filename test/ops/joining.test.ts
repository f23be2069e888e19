import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  arange,
  cat,
  concat,
  hstack,
  ones,
  ShapeError,
  stack,
  type Tensor,
  tensor,
  vstack,
  zeros,
} from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';
import {
  coordinatesIn,
  drawFrom,
  drawInteger,
  drawLayout,
  drawShape,
  drawSize,
  modelOf,
  propertyOptions,
  valuesOf,
} from './oracle.ts';

onBothKernels('joining against the definitions', () => {
  test('cat and split undo each other', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const shape = [...drawShape(g).slice(0, 3), 1];
        const dim = drawInteger(g, 0, shape.length - 1);
        const sizes = Array.from({ length: drawInteger(g, 1, 3) }, () => drawSize(g));
        const parts = sizes.map((size) => drawLayout(g, shape.with(dim, size)));
        const joined = cat(parts, g(fc.boolean) ? dim : dim - shape.length);
        expect(joined.shape).toEqual(
          shape.with(
            dim,
            sizes.reduce((sum, size) => sum + size, 0),
          ),
        );
        const elements = modelOf(joined);
        let start = 0;
        for (const [i, part] of parts.entries()) {
          const moved = coordinatesIn(part.shape).map((at) => elements.at(at.with(dim, at[dim] + start)));
          expect(moved).toEqual(valuesOf(part));
          expect(valuesOf(joined.split(sizes, dim)[i])).toEqual(valuesOf(part));
          start += sizes[i];
        }
      }),
      propertyOptions,
    );
  });

  test('stack and unbind undo each other', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const shape = drawShape(g).slice(0, 3);
        const dim = drawInteger(g, -shape.length - 1, shape.length);
        const parts = Array.from({ length: drawInteger(g, 1, 3) }, () => drawLayout(g, shape));
        const whole = stack(parts, dim);
        const at = dim < 0 ? dim + shape.length + 1 : dim;
        expect(whole.shape).toEqual(shape.toSpliced(at, 0, parts.length));
        expect(whole.unbind(dim).map(valuesOf)).toEqual(parts.map(valuesOf));
      }),
      propertyOptions,
    );
  });

  test('repeat, tile, flip, roll, tril and triu', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const shape = drawShape(g).slice(0, 3);
        const x = drawLayout(g, shape);
        const model = modelOf(x);
        const check = (result: Tensor, wanted: readonly number[], source: (at: number[]) => number) => {
          expect(result.shape).toEqual(wanted);
          expect(valuesOf(result)).toEqual(coordinatesIn(wanted).map(source));
          expect(result.storage()).not.toBe(x.storage());
        };

        const added = drawInteger(g, 0, 1);
        const counts = Array.from({ length: shape.length + added }, () => drawFrom(g, [1, 2, 3, 0, 2]));
        const repeated = counts.map((count, d) => count * (d < added ? 1 : shape[d - added]));
        const wrapped = (at: number[]) => model.at(shape.map((size, d) => at[d + added] % size));
        check(x.repeat(...counts), repeated, wrapped);
        check(x.tile(counts), repeated, wrapped);

        const turned = shape.map((_, d) => d).filter(() => g(fc.boolean));
        check(x.flip(turned), shape, (at) =>
          model.at(at.map((i, d) => (turned.includes(d) ? shape[d] - 1 - i : i))),
        );

        const shifts = turned.map(() => drawInteger(g, -9, 9));
        const back = (i: number, distance: number, size: number) => (((i - distance) % size) + size) % size;
        if (turned.length > 0) {
          check(x.roll(shifts, turned), shape, (at) =>
            model.at(at.map((i, d) => back(i, shifts[turned.indexOf(d)] ?? 0, shape[d]))),
          );
        }
        const elements = valuesOf(x);
        const distance = drawInteger(g, -9, 9);
        expect(valuesOf(x.roll(distance))).toEqual(
          elements.map((_, i) => elements[back(i, distance, elements.length)]),
        );

        if (shape.length < 2) return;
        const diagonal = drawInteger(g, -4, 4);
        const above = (at: number[]) => (at.at(-1) as number) - (at.at(-2) as number);
        check(x.tril(diagonal), shape, (at) => (above(at) <= diagonal ? model.at(at) : 0));
        check(x.triu(diagonal), shape, (at) => (above(at) >= diagonal ? model.at(at) : 0));
      }),
      propertyOptions,
    );
  });
});

onBothKernels('joining', () => {
  test('dtypes promote, and out takes the result, also where it overlaps', () => {
    expect(cat([arange(2), ones([1])]).dtype).toBe('float32');
    expect(cat([arange(2).gt(0), arange(2)]).toArray()).toEqual([0, 1, 0, 1]);
    const x = arange(6);
    expect(cat([x.index('3:'), x.index(':3')], 0, { out: x }).toArray()).toEqual([3, 4, 5, 0, 1, 2]);
    const { version } = x.storage();
    expect(stack([x.index(0), x.index(1)], 0, { out: x.index('1:3') }).toArray()).toEqual([3, 4]);
    expect(x.toArray()).toEqual([3, 3, 4, 0, 1, 2]);
    expect(x.storage().version).toBeGreaterThan(version);
  });

  test('NaN beyond a triangle becomes 0', () => {
    const nan = tensor([
      [1, NaN],
      [NaN, 1],
    ]);
    expect(nan.tril(-1).triu().toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});

onBothKernels('errors of joining', () => {
  const m = zeros([2, 3]);
  const cases: [string, () => unknown, new (message: string) => Error, string][] = [
    [
      'cat sizes',
      () => cat([m, zeros([2, 4])]),
      ShapeError,
      'cat: sizes must agree but along dimension 0, got [2, 3] and [2, 4] (tensors[1])',
    ],
    [
      'cat ranks',
      () => cat([m, zeros([3])]),
      ShapeError,
      'cat: sizes must agree but along dimension 0, got [2, 3] and [3]',
    ],
    ['cat 0-d', () => cat([tensor(1)]), ShapeError, 'cat: 0-d tensors cannot be joined; use stack'],
    ['cat dim', () => cat([m], 2), RangeError, 'cat: dim must be a whole number from -2 to 1, got 2'],
    ['cat nothing', () => cat([]), ShapeError, 'cat: needs at least one tensor'],
    [
      'cat one',
      () => cat(m as never),
      TypeError,
      'cat: tensors must be an array of Tensors, got a tensor of shape [2, 3]',
    ],
    ['cat numbers', () => cat([m, 1 as never]), TypeError, 'cat: tensors[1] must be a Tensor, got 1'],
    [
      'cat out',
      () => cat([m, m], 0, { out: m }),
      ShapeError,
      'cat: out has shape [2, 3], but the result has [4, 3]',
    ],
    ['concat', () => concat([m, zeros([1])]), ShapeError, 'concat: sizes must agree'],
    [
      'stack',
      () => stack([m, zeros([3, 2])]),
      ShapeError,
      'stack: all tensors must have one shape, but tensors[0] has [2, 3] and tensors[1] [3, 2]',
    ],
    ['stack dim', () => stack([m], 3), RangeError, 'stack: dim must be a whole number from -3 to 2, got 3'],
    [
      'hstack',
      () => hstack([m, zeros([3, 3])]),
      ShapeError,
      'hstack: sizes must agree but along dimension 1',
    ],
    ['vstack', () => vstack([m, zeros([2])]), ShapeError, 'vstack: sizes must agree but along dimension 0'],
    ['repeat', () => m.repeat(2), ShapeError, 'repeat: needs a count for each dimension of [2, 3], got [2]'],
    [
      'repeat negative',
      () => m.repeat(1, -1),
      RangeError,
      'repeat: sizes must be whole numbers from 0, got -1',
    ],
    ['repeat too much', () => m.repeat(2 ** 30, 2 ** 30), RangeError, 'has more than 2^53 elements'],
    ['flip', () => m.flip(0, -2), RangeError, 'flip: dims [0, -2] must not name a dimension twice'],
    ['roll', () => m.roll([1, 2]), RangeError, 'roll: several shifts need as many dims'],
    ['roll dims', () => m.roll(1, [0, 1]), RangeError, 'roll: 1 shifts for 2 dims'],
    ['roll fraction', () => m.roll(0.5), RangeError, 'roll: shifts must be whole numbers, got 0.5'],
    ['tril', () => zeros([3]).tril(), ShapeError, 'tril: needs at least 2 dimensions, got [3]'],
    ['triu', () => m.triu(NaN), RangeError, 'triu: diagonal must be a whole number, got NaN'],
  ];

  test.each(cases)('%s', (_, run, kind, message) => {
    expect(run).toThrow(kind);
    expect(run).toThrow(message);
  });
});
