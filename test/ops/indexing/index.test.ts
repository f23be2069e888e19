import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  arange,
  full,
  type IndexItem,
  index,
  indexPut_,
  ones,
  ShapeError,
  slice,
  Tensor,
  tensor,
  zeros,
} from '../../../src/index.ts';
import { onBothKernels } from '../../onBothKernels.ts';
import { casesAreCut } from '../../support/property.ts';
import {
  coordinatesIn,
  drawInteger,
  drawLayout,
  drawShape,
  modelOf,
  propertyOptions,
  valuesOf,
} from '../oracle.ts';
import { type Described, drawItems, flatPlace, meaningOf, written } from './oracle.ts';

const isArray = ({ kind }: Described) => kind === 'positions' || kind === 'mask';

onBothKernels('indexing against the definition', () => {
  test('index reads what NumPy and PyTorch define, from any layout', () => {
    const seen = { views: 0, copies: 0, several: 0 };
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const shape = drawShape(g);
        const x = drawLayout(g, shape);
        const items = drawItems(g, shape);
        const meaning = meaningOf(items, shape);
        const model = modelOf(x);
        const result = index(x, ...items.map((item) => written(g, item)));
        expect(result.shape).toEqual(meaning.shape);
        expect(valuesOf(result)).toEqual(
          coordinatesIn(meaning.shape).map((coordinates) => model.at(meaning.sourceOf(coordinates))),
        );
        const isView = !items.some(isArray);
        expect(result.storage() === x.storage()).toBe(isView);
        seen[isView ? 'views' : 'copies']++;
        if (result.numel() > 1) seen.several++;
      }),
      propertyOptions,
    );
    // What is drawn is not caught in a corner.
    if (!casesAreCut) expect(Math.min(...Object.values(seen))).toBeGreaterThan(300);
  });

  test('indexPut_ writes the elements that index shows, and no others', () => {
    let repeated = 0;
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const shape = drawShape(g);
        const x = drawLayout(g, shape);
        const items = drawItems(g, shape);
        const accumulate = g(fc.boolean);
        const model = modelOf(x);
        const meaning = meaningOf(items, shape);
        const dropped = drawInteger(g, 0, meaning.shape.length);
        const valueShape = meaning.shape.slice(dropped).map((size) => (g(fc.boolean) ? 1 : size));
        const count = coordinatesIn(valueShape).length;
        const value = arange(1000, 1000 + count, 1, { dtype: 'float32' }).view(...valueShape);
        const expected = new Map(coordinatesIn(shape).map((at) => [String(at), model.at(at)]));
        // Each element of x is its own place in the storage: what lies in the gaps keeps its place too.
        const places = new Set(expected.values());
        const targets = coordinatesIn(meaning.shape).map((at) => [at, String(meaning.sourceOf(at))] as const);
        for (const [coordinates, target] of targets) {
          const added = 1000 + flatPlace(coordinates, valueShape);
          expected.set(target, accumulate ? (expected.get(target) as number) + added : added);
        }
        if (new Set(targets.map(([, target]) => target)).size < targets.length) repeated++;
        const described = items.map((item) => written(g, item));
        expect(indexPut_(x, described, value, { accumulate })).toBe(x);
        expect(valuesOf(x)).toEqual([...expected.values()]);
        const gaps = x.storage().toArray().entries();
        expect([...gaps].every(([at, element]) => places.has(at) || element === at)).toBe(true);
      }),
      propertyOptions,
    );
    if (!casesAreCut) expect(repeated).toBeGreaterThan(100);
  });

  test('whatever stands in the index, the answer is a tensor or an error that says why', () => {
    const anything = fc.oneof(
      fc.integer({ min: -5, max: 5 }),
      fc.double(),
      fc.string({ maxLength: 6 }),
      fc.stringMatching(/^-?\d{0,2}:-?\d{0,20}(:-?\d{0,2})?$/),
      fc.constantFrom(null, undefined, true, false, '...', ':', NaN, {}, slice(1), 1n),
      fc.array(fc.anything(), { maxLength: 4 }),
      fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 4 }),
      fc.array(fc.boolean(), { maxLength: 4 }),
      fc.anything(),
    );
    let answered = 0;
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 4 }), (items) => {
        const x = arange(24).view(2, 3, 4);
        try {
          if (index(x, ...(items as IndexItem[])) instanceof Tensor) answered++;
        } catch (error) {
          expect((error as Error).message).toMatch(/^index: /);
        }
        try {
          indexPut_(x, items as IndexItem[], 0);
        } catch (error) {
          expect((error as Error).message).toMatch(/^indexPut_: /);
          expect(valuesOf(x)).toEqual(Array.from({ length: 24 }, (_, i) => i));
        }
      }),
      propertyOptions,
    );
    if (!casesAreCut) expect(answered).toBeGreaterThan(100);
  });
});

onBothKernels('indexed views', () => {
  test('writing through a view is seen by its base, and by other views', () => {
    const base = zeros([3, 4]);
    const column = base.index(':', 1);
    const backwards = base.index('::-1', '::-1');
    base.index('1:', '::2').fill_(7);
    column.add_(1);
    backwards.index(0).index(0).fill_(9);
    expect(base.toArray()).toEqual([
      [0, 1, 0, 0],
      [7, 1, 7, 0],
      [7, 1, 7, 9],
    ]);
    expect(backwards.toArray()).toEqual([
      [9, 7, 1, 7],
      [0, 7, 1, 7],
      [0, 0, 1, 0],
    ]);
  });

  test('writing into a copy is not seen by the base', () => {
    const base = zeros([3, 4]);
    base.index([0, 1]).fill_(1);
    base.index(base.eq(0)).fill_(1);
    expect(base.sum().item()).toBe(0);
  });

  test('a view of an empty slice stays within the memory', () => {
    const corner = arange(12).view(3, 4).index('2:', 3);
    expect(corner.index('1:').storageOffset()).toBeLessThan(12);
    expect(corner.index('1:').shape).toEqual([0]);
  });

  test('every write notes that the storage changed', () => {
    const x = zeros([3, 4]);
    const writes: (() => unknown)[] = [
      () => x.indexPut_([0], 1),
      () => x.indexPut_(['1:'], 1, { accumulate: true }),
      () => x.indexPut_([[0, 1]], 1),
      () => x.indexPut_([x.eq(1)], 2),
      () => x.index(0).fill_(3),
    ];
    for (const write of writes) {
      const { version } = x.storage();
      write();
      expect(x.storage().version).toBeGreaterThan(version);
    }
  });
});

onBothKernels('indexing with operands that overlap', () => {
  test('values that are elements of the tensor itself are read before any is written', () => {
    expect(arange(5).indexPut_(['1:'], arange(5).index(':-1')).toArray()).toEqual([0, 0, 1, 2, 3]);
    const x = arange(5);
    expect(x.indexPut_(['1:'], x.index(':-1')).toArray()).toEqual([0, 0, 1, 2, 3]);
    const y = arange(5);
    expect(y.indexPut_([[4, 3, 2, 1, 0]], y).toArray()).toEqual([4, 3, 2, 1, 0]);
  });

  test('positions and masks that are the tensor itself', () => {
    const x = tensor([2, 0, 1], { dtype: 'int32' });
    expect(x.indexPut_([x], tensor([7, 8, 9], { dtype: 'int32' })).toArray()).toEqual([8, 9, 7]);
    const backwards = arange(1000).flip(0);
    expect(backwards.indexPut_([backwards], 0).any().item()).toBe(false);
    const mask = tensor([true, false, true]);
    expect(mask.indexPut_([mask.index('::-1')], false).toArray()).toEqual([false, false, false]);
    const flags = tensor([true, false, true]);
    expect(flags.indexPut_([flags.index('::-1')], tensor([false, true])).toArray()).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('an expanded tensor cannot be written into, a row of it can', () => {
    const expanded = zeros([1, 3]).expand(2, 3);
    for (const items of [[0, 0], ['...'], [':', [1]], [expanded.eq(0)]] as IndexItem[][]) {
      const write = () => expanded.indexPut_(items, 1);
      if (items[0] === 0) expect(write).not.toThrow();
      else expect(write).toThrow(/indexPut_: cannot write into a tensor .* share memory/);
    }
    expect(expanded.toArray()).toEqual([
      [1, 0, 0],
      [1, 0, 0],
    ]);
  });
});

onBothKernels('errors of indexing name the item, the rule and the values', () => {
  const x = arange(24).view(2, 3, 4);
  const cases: [IndexItem[], typeof RangeError | typeof ShapeError, string][] = [
    [[2], RangeError, 'index: item 0 is 2, but dimension 0 has 2 entries: allowed are -2 to 1'],
    [['...', -5], RangeError, 'index: item 1 is -5, but dimension 2 has 4 entries: allowed are -4 to 3'],
    [[0.5], RangeError, 'index: item 0 is 0.5, but dimension 0 has 2 entries: allowed are -2 to 1'],
    [[NaN], RangeError, 'index: item 0 is NaN, but dimension 0 has 2 entries'],
    [[0, 0, 0, 0], RangeError, 'index: too many indices: 4 for the 3 dimensions of [2, 3, 4]'],
    [[x.gt(0), 0], RangeError, 'index: too many indices: 4 for the 3 dimensions of [2, 3, 4]'],
    [
      ['...', 0, '...'],
      RangeError,
      "index: '...' may stand once among the items, but items 0 and 2 are '...'",
    ],
    [['1:2:0'], RangeError, "index: item 0 '1:2:0': step must not be 0"],
    [
      ['99999999999999999999:'],
      RangeError,
      'start must be a whole number or null, got 100000000000000000000',
    ],
    [['a' as '...'], TypeError, "index: item 0 must be a slice like '1:3', ':' or '::-1', or '...'; got 'a'"],
    [['1' as '...'], TypeError, "index: item 0 must be a slice like '1:3', ':' or '::-1', or '...'; got '1'"],
    [['1:2:3:4'], TypeError, "got '1:2:3:4'"],
    [[undefined as never], TypeError, 'index: item 0 must be a whole number, a slice'],
    [[0, {} as never], TypeError, 'index: item 1 must be a whole number, a slice'],
    [
      [':', [0, 3, 1]],
      RangeError,
      'index: item 1 is 3 at [1], but dimension 1 has 3 entries: allowed are -3 to 2',
    ],
    [
      [null, 1, [[0], [-4]]],
      RangeError,
      'index: item 2 is -4 at [1, 0], but dimension 1 has 3 entries: allowed are -3 to 2',
    ],
    [[[0.5]], RangeError, 'index: item 0 must hold whole numbers within int32, got 0.5'],
    [[[2 ** 31]], RangeError, 'index: item 0 must hold whole numbers within int32, got 2147483648'],
    [[[0, true]], TypeError, 'index: item 0 must hold whole numbers, or booleans; got true'],
    [[['0'] as never], TypeError, "index: item 0 must hold whole numbers, or booleans; got '0'"],
    [[[[0, 1], [2]]], ShapeError, 'index: item 0 is ragged: expected length 2 at depth 1, got length 1'],
    [[[0, [1]]], ShapeError, 'index: item 0 is ragged: expected no array at depth 1, got length 1'],
    [[[[0], 1]], ShapeError, 'index: item 0 is ragged: expected length 1 at depth 1, got 1'],
    [
      [[0, 1], ':', [0, 1, 2]],
      ShapeError,
      'index: the arrays of positions do not broadcast with each other: item 0 [2], item 2 [3]',
    ],
    [
      [':', [true, false]],
      ShapeError,
      'index: the mask at item 1 has shape [2], but the dimensions that it covers have [3], from dimension 1 ' +
        'of [2, 3, 4] on',
    ],
    [
      [tensor([0, 1])],
      TypeError,
      'index: item 0 is a float32 tensor, but positions are int32 and masks bool',
    ],
    [
      [tensor(new Uint8Array([0, 1]))],
      TypeError,
      "index: item 0 is a uint8 tensor, but positions are int32 and masks bool; convert it with to('int32') for " +
        'positions, or bool() for a mask',
    ],
  ];

  test.each(cases)('%j', (items, kind, message) => {
    expect(() => x.index(...items)).toThrow(kind);
    expect(() => x.index(...items)).toThrow(message);
    const before = valuesOf(x);
    expect(() => x.indexPut_(items, -1)).toThrow(message.replace('index: ', 'indexPut_: '));
    expect(valuesOf(x)).toEqual(before);
  });

  test('a number out of range of an empty dimension', () => {
    expect(() => zeros([0, 3]).index(0)).toThrow('index: item 0 is 0, but dimension 0 has no entries');
    expect(() => zeros([0, 3]).index([0])).toThrow(
      'index: item 0 is 0 at [0], but dimension 0 has no entries',
    );
    expect(() => tensor(1).index(0)).toThrow('index: too many indices: 1 for the 0 dimensions of []');
  });

  test('values that do not fit', () => {
    const target = zeros([2, 3]);
    expect(() => target.indexPut_([0], ones([2]))).toThrow(ShapeError);
    expect(() => target.indexPut_([0], ones([2]))).toThrow('indexPut_: [2] and [3] do not broadcast');
    expect(() => target.indexPut_([[0, 1, 0]], ones([2, 3]))).toThrow(
      'indexPut_: [2, 3] and [3, 3] do not broadcast',
    );
    expect(() => target.indexPut_([0], ones([2, 3]))).toThrow(
      'indexPut_: a value of shape [2, 3] does not broadcast into the indexed shape [3]',
    );
    expect(() => target.indexPut_([target.eq(0)], ones([5]))).toThrow(
      'indexPut_: [5] and [6] do not broadcast',
    );
    expect(() => target.indexPut_([0], 'a' as never)).toThrow("indexPut_: value must be a Tensor, got 'a'");
    expect(() => target.indexPut_(0 as never, 1)).toThrow(
      'indexPut_: indices must be an array of index items, got 0',
    );
    expect(target.sum().item()).toBe(0);
  });

  test('one position out of range among good ones: nothing is written', () => {
    const target = zeros([4]);
    expect(() => target.indexPut_([[0, 1, 9]], 1)).toThrow(RangeError);
    expect(() => target.indexPut_([[0, 1, 9]], 1, { accumulate: true })).toThrow(RangeError);
    expect(target.toArray()).toEqual([0, 0, 0, 0]);
  });
});

onBothKernels('hostile indices', () => {
  test('a buffer that was transferred away, or is while the index is read', () => {
    const [moved, mask] = [full([4], 1), full([4], true)];
    for (const { memory } of [moved.storage(), mask.storage()]) {
      structuredClone(memory, { transfer: [memory.buffer as ArrayBuffer] });
    }
    expect(() => moved.index('1:')).toThrow(/index: .*detached/);
    expect(() => zeros([4]).index(mask)).toThrow(/index: .*detached/);
    const x = full([4], 1);
    const item = new Proxy([0, 1], {
      get(target, key, receiver) {
        const { buffer } = x.storage().memory;
        if (buffer.byteLength > 0) structuredClone(0, { transfer: [buffer as ArrayBuffer] });
        return Reflect.get(target, key, receiver);
      },
    });
    expect(() => x.index(item)).toThrow(/index: .*detached/);
  });

  test('an array that changes while it is read', () => {
    let reads = 0;
    const growing = new Proxy([0, 1, 2], {
      get(target, key, receiver) {
        if (key === 'length') return 1 + (reads++ % 3);
        return Reflect.get(target, key, receiver);
      },
    });
    const result = arange(3).index(growing);
    expect(result.numel()).toBeLessThanOrEqual(3);
  });

  test('a getter that throws', () => {
    const item = Object.defineProperty([0], 0, {
      get() {
        throw new Error('mine');
      },
    });
    expect(() => arange(3).index(item)).toThrow('mine');
  });
});
