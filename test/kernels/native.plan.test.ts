/** The plan of a matmul: what must be true of it whatever the constants are tuned to. */

import { afterAll, describe, expect, test } from 'vitest';
import { matmulShapes } from '../../src/cli/matmulShape.ts';
import {
  addonTools,
  availableKernels,
  getNumThreads,
  setKernels,
  setNumThreads,
} from '../../src/kernels/active.ts';
import type { MatmulPlan } from '../../src/kernels/native/addon.ts';

const tools = addonTools();
const isas = availableKernels().filter((name) => name !== 'typescript' && name !== 'native');

/** Strides from row to row and from column to column. */
type Strides = readonly [number, number];

interface Product {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly a: Strides;
  readonly b: Strides;
  readonly c: Strides;
}

const matrix = (rows: number, columns: number, transposed = false): Strides =>
  transposed ? [1, rows] : [columns, 1];

const products: Product[] = [
  ...matmulShapes.map(({ m, k, n, aTransposed, bTransposed }) => ({
    rows: m,
    depth: k,
    columns: n,
    a: matrix(m, k, aTransposed),
    b: matrix(k, n, bTransposed),
    c: matrix(m, n),
  })),
  ...[1, 7, 17, 130].flatMap((rows) =>
    [0, 1, 65, 5000].flatMap((depth) =>
      [1, 10, 64].map((columns) => ({
        rows,
        depth,
        columns,
        a: [3 * depth + 1, 3] as const, // neither side by side
        b: matrix(depth, columns, true),
        c: matrix(rows, columns, true),
      })),
    ),
  ),
];

describe.runIf(tools !== null).each(isas)('plans for %s', (isa) => {
  const plan = ({ rows, depth, columns, a, b, c }: Product, bytes = 4): MatmulPlan =>
    (tools as NonNullable<typeof tools>).describePlan(isa, bytes, rows, columns, depth, ...a, ...b, ...c);

  afterAll(() => setKernels('native'));

  test('depend on neither threads nor the kernels in use', () => {
    setKernels('native');
    const threads = getNumThreads();
    setNumThreads(1);
    const before = products.map((product) => plan(product));
    setNumThreads(7);
    setKernels('scalar');
    expect(products.map((product) => plan(product))).toEqual(before);
    setKernels('native');
    setNumThreads(threads);
  });

  test.each([4, 8])('cover the product, with elements of %i bytes', (bytes) => {
    for (const product of products) {
      const made = plan(product, bytes);
      const what = JSON.stringify({ product, made });
      const { rows, depth, columns } = product;
      // The same product, or its transpose.
      expect([made.rows, made.columns], what).toEqual(made.transposed ? [columns, rows] : [rows, columns]);
      expect(made.depth, what).toBe(depth);
      // No more parts than there are tiles.
      expect(made.rowTasks, what).toBeGreaterThanOrEqual(1);
      expect(made.rowTasks, what).toBeLessThanOrEqual(Math.ceil(made.rows / made.tileRows));
      expect(made.columnTasks, what).toBeGreaterThanOrEqual(1);
      expect(made.columnTasks, what).toBeLessThanOrEqual(Math.ceil(made.columns / made.tileColumns));
      // What a thread has packed for itself takes room of its own.
      if (made.ownB) expect(made.packB && made.threadBytes >= bytes * made.blockDepth, what).toBe(true);
      // What is left to dot products fills no vector, and strips fill all of theirs then.
      expect(made.restColumns, what).toBeLessThan(made.lanes);
      if (made.restColumns > 0) expect((made.columns - made.restColumns) % made.lanes, what).toBe(0);
      expect(made.blockDepth, what).toBeLessThanOrEqual(depth);
      if (depth > 0) expect(made.blockDepth, what).toBeGreaterThan(0);
    }
  });

  test.each([4, 8])('keep a tile in the registers, with elements of %i bytes', (bytes) => {
    const lanes = new Set<number>();
    for (const product of products) {
      const made = plan(product, bytes);
      const registers = isa === 'avx512' || isa === 'neon' ? 32 : 16;
      const sums =
        made.family === 'outer'
          ? (made.tileRows * made.tileColumns) / made.lanes
          : made.tileRows * made.tileColumns;
      expect(sums, JSON.stringify(made)).toBeLessThan(registers);
      lanes.add(made.lanes);
    }
    expect(lanes.size).toBe(1);
  });

  test('pack what no tile can read as it lies, and need memory for it', () => {
    for (const product of products.filter(
      ({ a, rows, depth }) => a[0] !== 1 && a[1] !== 1 && rows > 1 && depth > 1,
    )) {
      const made = plan(product);
      // The pieces of a depth that is split may be transposed.
      const packs =
        made.depthParts > 1 ? made.packA || made.packB : made.transposed ? made.packB : made.packA;
      expect(packs, JSON.stringify({ product, made })).toBe(true);
    }
    for (const product of products) {
      const made = plan(product);
      if (made.packA || made.packB || made.gather) {
        expect(made.sharedBytes + made.threadBytes > 0 || product.depth === 0, JSON.stringify(made)).toBe(
          true,
        );
      }
      // An operand of 157 MB is not copied whole.
      expect(made.sharedBytes, JSON.stringify(made)).toBeLessThan(96 * 2 ** 20);
      expect(made.threadBytes, JSON.stringify(made)).toBeLessThan(96 * 2 ** 20);
    }
  });

  test('keep a block of packed B to what an L2 cache of 1 MB holds beside A and C', () => {
    for (const bytes of [4, 8]) {
      for (const product of products) {
        const made = plan(product, bytes);
        // One strip is the least, however deep its block.
        if (!made.packB || made.family === 'dot' || made.blockColumns <= made.tileColumns) continue;
        const block = made.blockDepth * made.blockColumns * bytes;
        expect(block, JSON.stringify({ product, made })).toBeLessThanOrEqual(640 * 2 ** 10);
      }
    }
  });

  test.runIf(isa === 'avx512')('copy A and B only where that is repaid', () => {
    const copied = (rows: number, depth: number, columns: number, aTransposed: boolean) => {
      const made = plan({
        rows,
        depth,
        columns,
        a: matrix(rows, depth, aTransposed),
        b: matrix(depth, columns),
        c: matrix(rows, columns),
      });
      return { transposed: made.transposed, a: made.packA, b: made.packB };
    };
    // Weight gradients, dyᵀ · x: dyᵀ stays where it lies, unless it is large.
    expect(copied(512, 64, 784, true)).toEqual({ transposed: false, a: false, b: true });
    expect(copied(512, 784, 512, true)).toEqual({ transposed: false, a: false, b: true });
    expect(copied(2048, 2048, 2048, true)).toEqual({ transposed: false, a: true, b: true });
    // Squares: a deep B that is small stays, and so does A where each row is used for few columns.
    expect(copied(256, 256, 256, false)).toEqual({ transposed: false, a: false, b: false });
    expect(copied(1024, 1024, 1024, false)).toEqual({ transposed: false, a: true, b: true });
    // A whole training set repays the copy of a B that is as small.
    expect(copied(50_000, 784, 50, false)).toEqual({ transposed: false, a: false, b: true });
  });

  test('of a row or column do not look at the stride that is never taken', () => {
    const product = { rows: 1, depth: 784, columns: 50, a: [784, 1], b: [50, 1], c: [50, 1] } as const;
    expect(plan({ ...product, a: [1, 1], c: [7, 1] })).toEqual(plan(product));
  });
});

describe.runIf(tools !== null)('describePlan', () => {
  const describePlan = (...args: unknown[]) =>
    ((tools as NonNullable<typeof tools>).describePlan as unknown as (...args: unknown[]) => unknown)(
      ...args,
    );
  const strides = [784, 1, 50, 1, 50, 1];

  test.each<[string, unknown[], RegExp]>([
    ['an instruction set that is not there', ['mmx', 4, 5, 50, 784, ...strides], /no mmx kernels/],
    ['elements of a size that no kernel has', ['scalar', 2, 5, 50, 784, ...strides], /elementBytes/],
    ['a product without elements', ['scalar', 4, 0, 50, 784, ...strides], /without elements/],
    ['a negative size', ['scalar', 4, 5, -50, 784, ...strides], /columns/],
    ['half a row', ['scalar', 4, 0.5, 50, 784, ...strides], /rows/],
    ['NaN as a stride', ['scalar', 4, 5, 50, 784, NaN, ...strides.slice(1)], /a's strides/],
    ['matrices that no machine holds', ['scalar', 4, 2 ** 40, 50, 2 ** 40, ...strides], /a would have more/],
  ])('refuses %s', (_, args, message) => {
    expect(() => describePlan(...args)).toThrow(RangeError);
    expect(() => describePlan(...args)).toThrow(message);
  });

  test.each<[string, unknown[]]>([
    ['nothing', []],
    ['a number for a name', [4, 4, 5, 50, 784, ...strides]],
    ['a text for a size', ['scalar', 4, '5', 50, 784, ...strides]],
    ['too few strides', ['scalar', 4, 5, 50, 784, 784, 1]],
  ])('refuses %s', (_, args) => {
    expect(() => describePlan(...args)).toThrow(TypeError);
  });
});

describe.runIf(tools !== null)('what the machine can do at most', () => {
  const { multiplyAdds, readAll } = tools as NonNullable<typeof tools>;
  const call = (f: unknown, ...args: unknown[]) => (f as (...args: unknown[]) => number)(...args);

  test.each(isas)('operations are counted by rounds, threads and lanes (%s)', (isa) => {
    setKernels(isa);
    const threads = getNumThreads();
    setNumThreads(1);
    const one = multiplyAdds(800);
    setNumThreads(3);
    expect(multiplyAdds(800)).toBe(3 * one);
    setNumThreads(1);
    expect(multiplyAdds(8000) / one).toBeCloseTo(10, 0);
    setNumThreads(threads);
    setKernels('native');
  });

  test('every element is read, each pass', () => {
    const threads = getNumThreads();
    for (const isa of isas) {
      setKernels(isa);
      for (const count of [1, 2, 3]) {
        setNumThreads(count);
        for (const length of [0, 1, 5, 127, 128, 129, 1000]) {
          const x = Float32Array.from({ length }, (_, i) => i % 10);
          expect(readAll(x, 3)).toBe(3 * x.reduce((sum, value) => sum + value, 0));
        }
      }
    }
    setNumThreads(threads);
    setKernels('native');
  });

  test('nonsense is refused', () => {
    expect(() => call(multiplyAdds, -1)).toThrow(RangeError);
    expect(() => call(multiplyAdds, 1e10)).toThrow(/rounds must be at most/);
    expect(() => call(multiplyAdds, 'many')).toThrow(TypeError);
    expect(() => call(readAll, new Float64Array(8), 1)).toThrow(/must be a Float32Array/);
    expect(() => call(readAll, new Float32Array(8), 1e10)).toThrow(/passes must be at most/);
    expect(() => call(readAll, null, 1)).toThrow(TypeError);
  });
});
