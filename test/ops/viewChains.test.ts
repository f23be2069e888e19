import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arange, ShapeError, type Tensor, tensor, zeros } from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { casesAreCut } from '../support/property.ts';
import {
  type Draw,
  drawFrom,
  drawInteger,
  drawLayout,
  drawOrder,
  drawShape,
  type Model,
  modelOf,
  propertyOptions,
  valuesOf,
  valuesOfModel,
} from './oracle.ts';

/** A view operation with its arguments: on a tensor, and by its definition on coordinates. */
interface Step {
  readonly name: string;
  readonly apply: (x: Tensor) => Tensor;
  readonly define: (model: Model) => Model;
}

type DrawStep = (g: Draw, shape: readonly number[]) => Step | null;

/** A dimension as a user may write it, and counted from 0. */
function drawDim(g: Draw, rank: number): { dim: number; written: number } {
  const dim = drawInteger(g, 0, rank - 1);
  return { dim, written: g(fc.boolean) ? dim : dim - rank };
}

const reordered = (model: Model, order: readonly number[]): Model => ({
  shape: order.map((d) => model.shape[d]),
  at: (at) => model.at(order.map((_, d) => at[order.indexOf(d)])),
});

const steps: Record<string, DrawStep> = {
  permute: (g, shape) => {
    const order = drawOrder(g, shape.length);
    return {
      name: `permute(${order})`,
      apply: (x) => x.permute(order),
      define: (model) => reordered(model, order),
    };
  },
  transpose: (g, shape) => {
    if (shape.length === 0) return null;
    const [a, b] = [drawDim(g, shape.length), drawDim(g, shape.length)];
    const order = shape.map((_, d) => (d === a.dim ? b.dim : d === b.dim ? a.dim : d));
    const swap = drawFrom(g, ['transpose', 'swapaxes'] as const);
    return {
      name: `${swap}(${a.written}, ${b.written})`,
      apply: (x) => x[swap](a.written, b.written),
      define: (model) => reordered(model, order),
    };
  },
  movedim: (g, shape) => {
    if (shape.length === 0) return null;
    const [from, to] = [drawDim(g, shape.length), drawDim(g, shape.length)];
    const order = shape.map((_, d) => d).filter((d) => d !== from.dim);
    order.splice(to.dim, 0, from.dim);
    return {
      name: `movedim(${from.written}, ${to.written})`,
      apply: (x) => x.movedim(from.written, to.written),
      define: (model) => reordered(model, order),
    };
  },
  unsqueeze: (g, shape) => {
    const { dim, written } = drawDim(g, shape.length + 1);
    return {
      name: `unsqueeze(${written})`,
      apply: (x) => x.unsqueeze(written),
      define: (model) => ({
        shape: model.shape.toSpliced(dim, 0, 1),
        at: (at) => model.at(at.toSpliced(dim, 1)),
      }),
    };
  },
  squeeze: () => ({
    name: 'squeeze()',
    apply: (x) => x.squeeze(),
    define: (model) => {
      const kept = model.shape.map((_, d) => d).filter((d) => model.shape[d] !== 1);
      return {
        shape: kept.map((d) => model.shape[d]),
        at: (at) => model.at(model.shape.map((_, d) => at[kept.indexOf(d)] ?? 0)),
      };
    },
  }),
  squeezeOne: (g, shape) => {
    if (shape.length === 0) return null;
    const { dim, written } = drawDim(g, shape.length);
    return {
      name: `squeeze(${written})`,
      apply: (x) => x.squeeze(written),
      define: (model) =>
        model.shape[dim] !== 1
          ? model
          : { shape: model.shape.toSpliced(dim, 1), at: (at) => model.at(at.toSpliced(dim, 0, 0)) },
    };
  },
  narrow: (g, shape) => {
    if (shape.length === 0) return null;
    const { dim, written } = drawDim(g, shape.length);
    const start = drawInteger(g, 0, shape[dim]);
    const length = drawInteger(g, 0, shape[dim] - start);
    return {
      name: `narrow(${written}, ${start}, ${length})`,
      apply: (x) => x.narrow(written, start, length),
      define: (model) => part(model, dim, start, length),
    };
  },
  select: (g, shape) => {
    if (shape.every((size) => size === 0)) return null;
    const dim = drawFrom(
      g,
      [...shape.keys()].filter((d) => shape[d] > 0),
    );
    const entry = drawInteger(g, 0, shape[dim] - 1);
    return {
      name: `select(${dim}, ${entry})`,
      apply: g(fc.boolean) ? (x) => x.select(dim, entry - shape[dim]) : (x) => x.unbind(dim)[entry],
      define: (model) => ({
        shape: model.shape.toSpliced(dim, 1),
        at: (at) => model.at(at.toSpliced(dim, 0, entry)),
      }),
    };
  },
  split: (g, shape) => {
    if (shape.length === 0) return null;
    const { dim, written } = drawDim(g, shape.length);
    const size = drawInteger(g, 1, 3);
    const count = Math.max(1, Math.ceil(shape[dim] / size));
    const which = drawInteger(g, 0, count - 1);
    return {
      name: `split(${size}, ${written})[${which}]`,
      apply: (x) => {
        const pieces = x.split(size, written);
        expect(pieces.length).toBe(count);
        return pieces[which];
      },
      define: (model) => part(model, dim, which * size, Math.min(size, shape[dim] - which * size)),
    };
  },
  chunk: (g, shape) => {
    if (shape.length === 0) return null;
    const { dim, written } = drawDim(g, shape.length);
    if (shape[dim] === 0) return null;
    const count = drawInteger(g, 1, 5);
    const size = Math.ceil(shape[dim] / count);
    return {
      name: `chunk(${count}, ${written})[0]`,
      apply: (x) => x.chunk(count, written)[0],
      define: (model) => part(model, dim, 0, size),
    };
  },
  expand: (g, shape) => {
    const added = Array.from({ length: drawInteger(g, 0, 1) }, () => drawInteger(g, 0, 3));
    const wanted = [
      ...added,
      ...shape.map((size) => (size === 1 ? drawInteger(g, 0, 3) : drawFrom(g, [size, -1]))),
    ];
    return {
      name: `expand(${wanted})`,
      apply: (x) => x.expand(...wanted),
      define: (model) => ({
        shape: wanted.map((size, d) => (size === -1 ? model.shape[d - added.length] : size)),
        at: (at) => model.at(model.shape.map((size, d) => (size === 1 ? 0 : at[d + added.length]))),
      }),
    };
  },
  diagonal: (g, shape) => {
    if (shape.length < 2) return null;
    const [first, second] = drawOrder(g, shape.length);
    const offset = drawInteger(g, -3, 3);
    const [down, right] = [Math.max(-offset, 0), Math.max(offset, 0)];
    const length = Math.max(0, Math.min(shape[first] - down, shape[second] - right));
    const others = shape.map((_, d) => d).filter((d) => d !== first && d !== second);
    return {
      name: `diagonal(${offset}, ${first}, ${second})`,
      apply: (x) => x.diagonal(offset, first, second),
      define: (model) => ({
        shape: [...others.map((d) => shape[d]), length],
        at: (at) => {
          const along = at.at(-1) as number;
          return model.at(
            shape.map((_, d) =>
              d === first ? along + down : d === second ? along + right : at[others.indexOf(d)],
            ),
          );
        },
      }),
    };
  },
  unfold: (g, shape) => {
    if (shape.length === 0) return null;
    const { dim, written } = drawDim(g, shape.length);
    const size = drawInteger(g, 0, shape[dim]);
    const step = drawInteger(g, 1, 3);
    let count = 0;
    for (let start = 0; start + size <= shape[dim]; start += step) count++;
    return {
      name: `unfold(${written}, ${size}, ${step})`,
      apply: (x) => x.unfold(written, size, step),
      define: (model) => ({
        shape: [...model.shape.with(dim, count), size],
        at: (at) => model.at(at.slice(0, -1).with(dim, at[dim] * step + (at.at(-1) as number))),
      }),
    };
  },
  index: (g, shape) => {
    if (shape.length === 0) return null;
    const dim = drawInteger(g, 0, shape.length - 1);
    const whole = new Array<':'>(dim).fill(':');
    return {
      name: `index(..., '::-1')`,
      apply: (x) => x.index(...whole, '::-1'),
      define: (model) => ({
        shape: model.shape,
        at: (at) => model.at(at.with(dim, model.shape[dim] - 1 - at[dim])),
      }),
    };
  },
};

function part(model: Model, dim: number, start: number, length: number): Model {
  return { shape: model.shape.with(dim, length), at: (at) => model.at(at.with(dim, at[dim] + start)) };
}

onBothKernels('chains of views', () => {
  test('show the elements that the definitions name, and share the storage', () => {
    let several = 0;
    const used = new Set<string>();
    fc.assert(
      fc.property(fc.gen(), (g) => {
        let x = drawLayout(g, drawShape(g));
        const base = x;
        let model = modelOf(x);
        for (let n = drawInteger(g, 1, 4); n > 0; n--) {
          const kind = drawFrom(g, Object.keys(steps));
          const step = steps[kind](g, model.shape);
          if (step === null) continue;
          used.add(kind);
          x = step.apply(x);
          model = step.define(model);
          expect(x.shape, step.name).toEqual(model.shape);
          expect(valuesOf(x), step.name).toEqual(valuesOfModel(model));
        }
        if (x.numel() > 1) several++;
        expect(x.storage()).toBe(base.storage());
        // An empty view may not point out of the memory either.
        expect(x.storageOffset()).toBeGreaterThanOrEqual(0);
        expect(x.storageOffset()).toBeLessThanOrEqual(base.storage().length);

        // Each element is its own place in the storage: writing into the view changes those, and no others.
        const places = new Set(valuesOfModel(model));
        if (places.size < x.numel()) {
          expect(() => x.fill_(-1)).toThrow(ShapeError);
          return;
        }
        try {
          x.fill_(-1);
        } catch (error) {
          // Windows may lie between each other without sharing an element; this is not found out.
          expect(error).toBeInstanceOf(ShapeError);
          return;
        }
        const after = base.storage().toArray().entries();
        for (const [at, value] of after) expect(value).toBe(places.has(at) ? -1 : at);
      }),
      propertyOptions,
    );
    if (!casesAreCut) {
      expect(used).toEqual(new Set(Object.keys(steps)));
      expect(several).toBeGreaterThan(400);
    }
  });

  test('view and reshape keep the row-major order; view says where only a copy could', () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const x = drawLayout(g, drawShape(g));
        const sizes: number[] = [];
        let left = x.numel();
        while (left > 1) {
          const size = drawFrom(
            g,
            [...Array(left + 1).keys()].filter((d) => d > 0 && left % d === 0),
          );
          sizes.push(size);
          left /= size;
        }
        if (left === 0) sizes.push(0, drawInteger(g, 0, 3));
        const elements = valuesOf(x);
        const reshaped = x.reshape(sizes);
        expect(reshaped.shape).toEqual(sizes);
        expect(valuesOf(reshaped)).toEqual(elements);
        try {
          const viewed = x.view(sizes);
          expect(viewed.storage()).toBe(x.storage());
          expect(valuesOf(viewed)).toEqual(elements);
          expect(reshaped.storage()).toBe(x.storage());
        } catch (error) {
          expect((error as Error).message).toMatch(
            /^view: .* cannot be seen as .* without a copy; use reshape/,
          );
          expect(reshaped.storage()).not.toBe(x.storage());
          refused++;
        }
      }),
      propertyOptions,
    );
    if (!casesAreCut) expect(refused).toBeGreaterThan(50);
  });
});

onBothKernels('errors of views and parts', () => {
  const x = arange(24).view(2, 3, 4);
  const scalar = tensor(1);
  const cases: [string, () => unknown, new (message: string) => Error, string][] = [
    [
      'movedim',
      () => x.movedim([0, 1], 0),
      RangeError,
      'movedim: source [0, 1] and destination [0] differ in length',
    ],
    ['movedim twice', () => x.movedim([0, -3], [0, 1]), RangeError, 'must not name a dimension twice'],
    [
      'movedim dim',
      () => x.movedim(3, 0),
      RangeError,
      'movedim: dim must be a whole number from -3 to 2, got 3',
    ],
    [
      'split sizes',
      () => x.split([1, 3], 1),
      RangeError,
      'split: sizes [1, 3] add up to 4, but dimension 1 has 3',
    ],
    ['split 0', () => x.split(0), RangeError, 'split: size must be a whole number from 1, got 0'],
    ['split text', () => x.split('1' as never), TypeError, "split: size must be a number, got '1'"],
    ['split 0-d', () => scalar.split(1), ShapeError, 'split: a 0-d tensor has no dimension'],
    ['chunk', () => x.chunk(-1), RangeError, 'chunk: count must be a whole number from 1, got -1'],
    ['unbind', () => scalar.unbind(), ShapeError, 'unbind: a 0-d tensor has no dimension'],
    ['unbind dim', () => x.unbind(5), RangeError, 'unbind: dim must be a whole number from -3 to 2, got 5'],
    ['diagonal', () => x.diagonal(0, 1, -2), RangeError, 'diagonal: dim1 and dim2 must differ, got 1 and -2'],
    [
      'diagonal offset',
      () => x.diagonal(0.5),
      RangeError,
      'diagonal: offset must be a whole number, got 0.5',
    ],
    [
      'diagonal 1-d',
      () => arange(3).diagonal(),
      RangeError,
      'diagonal: dim must be a whole number from -1 to 0, got 1',
    ],
    ['unfold', () => x.unfold(1, 4, 1), RangeError, 'unfold: windows of 4 do not fit dimension 1 of size 3'],
    ['unfold step', () => x.unfold(1, 2, 0), RangeError, 'unfold: step must be a whole number from 1, got 0'],
    ['no tensor', () => zeros([1]).split.call({} as never, 1), TypeError, 'split: input must be a Tensor'],
  ];

  test.each(cases)('%s', (_, run, kind, message) => {
    expect(run).toThrow(kind);
    expect(run).toThrow(message);
  });
});
