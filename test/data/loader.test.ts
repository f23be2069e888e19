import { beforeEach, describe, expect, test } from 'vitest';
import { randperm } from '../../src/core/random.ts';
import { arange, data, fromTypedArray, Generator, manualSeed } from '../../src/index.ts';

const rows = 10;
const set = data.dataset(
  arange(2 * rows)
    .view(rows, 2)
    .float(),
  arange(rows),
);

/** The labels of each batch of one pass. */
function pass(loader: Iterable<data.Batch>): number[][] {
  return Array.from(loader, ([, y]) => y.toArray() as number[]);
}

describe('loader', () => {
  beforeEach(() => {
    manualSeed(1);
  });

  test('in order: every row once, a smaller batch last, as views', () => {
    const loader = data.loader(set, { batchSize: 4 });
    expect(loader.length).toBe(3);
    expect(pass(loader)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    const [x, y] = [...loader][2];
    expect(x.toArray()).toEqual([
      [16, 17],
      [18, 19],
    ]);
    expect(x.storage()).toBe(set.x.storage());
    expect(y.dtype).toBe('int32');
  });

  test('dropLast leaves out the smaller batch', () => {
    const loader = data.loader(set, { batchSize: 4, dropLast: true });
    expect(loader.length).toBe(2);
    expect(pass(loader)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]);
    expect(pass(data.loader(set, { batchSize: 5, dropLast: true })).length).toBe(2);
  });

  test('batches as large as the set, or larger, are one; of no rows there is none', () => {
    expect(pass(data.loader(set, { batchSize: 10 }))).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    expect(pass(data.loader(set))).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    expect(pass(data.loader(set, { batchSize: 11, dropLast: true }))).toEqual([]);
    const nothing = data.dataset(set.x.narrow(0, 0, 0), set.y.narrow(0, 0, 0));
    expect(pass(data.loader(nothing, { shuffle: true }))).toEqual([]);
  });

  test('shuffled: x[perm] with the order of randperm, x and y together', () => {
    const order = [...randperm(new Generator(7), rows)];
    const loader = data.loader(set, { batchSize: 4, shuffle: true, seed: 7 });
    const batches = [...loader];
    expect(batches.map(([, y]) => y.toArray())).toEqual([
      order.slice(0, 4),
      order.slice(4, 8),
      order.slice(8),
    ]);
    for (const [x, y] of batches) {
      expect(x.toArray()).toEqual((y.toArray() as number[]).map((row) => [2 * row, 2 * row + 1]));
    }
  });

  test('each pass has another order, and a seed gives the same passes again', () => {
    const seeded = () => data.loader(set, { batchSize: 3, shuffle: true, seed: 3 });
    const loader = seeded();
    const [first, second] = [pass(loader), pass(loader)];
    expect(first).not.toEqual(second);
    const again = seeded();
    expect([pass(again), pass(again)]).toEqual([first, second]);
    expect(first.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('draws from the library’s generator, or from the one it is given', () => {
    const loader = data.loader(set, { shuffle: true });
    expect(pass(loader)).toEqual([[...randperm(new Generator(1), rows)]]);
    const generator = new Generator(5);
    expect(pass(data.loader(set, { shuffle: true, generator }))).toEqual([
      [...randperm(new Generator(5), rows)],
    ]);
    expect(pass(loader)).not.toEqual([[...randperm(new Generator(1), rows)]]);
  });

  test('two passes at a time do not disturb each other', () => {
    const loader = data.loader(set, { batchSize: 5, shuffle: true, seed: 2 });
    const [one, two] = [loader[Symbol.iterator](), loader[Symbol.iterator]()];
    const seen: number[][] = [[], []];
    for (let batch = 0; batch < 2; batch++) {
      [one, two].forEach((iterator, i) => {
        seen[i].push(...(iterator.next().value[1].toArray() as number[]));
      });
    }
    for (const labels of seen) expect(new Set(labels).size).toBe(rows);
  });

  test('for await gives the same batches, and timers their turn', async () => {
    const options = { batchSize: 2, shuffle: true, seed: 9 };
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const batches: number[][] = [];
    for await (const [, y] of data.loader(set, options)) {
      batches.push(y.toArray() as number[]);
      const until = performance.now() + 3;
      while (performance.now() < until);
    }
    clearInterval(timer);
    expect(batches).toEqual(pass(data.loader(set, options)));
    expect(turns).toBeGreaterThanOrEqual(2);
  });

  test.each([0, -1, 1.5, Number.NaN, Infinity])('refuses a batch size of %d', (batchSize) => {
    expect(() => data.loader(set, { batchSize })).toThrow(
      `loader: batchSize must be a whole number from 1, got ${batchSize}`,
    );
  });

  test('refuses what is no data set, no generator, or two of them', () => {
    expect(() => data.loader([set.x, set.y] as never)).toThrow(
      'loader: the first argument must be a Dataset',
    );
    expect(() => data.loader(set, { generator: Math.random as never })).toThrow('must be a Generator');
    expect(() => data.loader(set, { generator: new Generator(1), seed: 1 })).toThrow(
      'a generator or a seed, not both',
    );
    expect(() => data.loader(set, { seed: 0.5 })).toThrow(RangeError);
  });

  /** The labels of a pass of `for await`, and how many batches were made when the body of each was done. */
  async function slowPass(options: data.LoaderOptions): Promise<{ labels: number[][]; rows: number[][] }> {
    const labels: number[][] = [];
    const rows: number[][] = [];
    for await (const [x, y] of data.loader(set, options)) {
      const first = x.toArray();
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(x.toArray()).toEqual(first); // nothing was made over it in the meantime
      labels.push(y.toArray() as number[]);
      rows.push(x.select(1, 0).toArray() as number[]);
    }
    return { labels, rows };
  }

  test.each([1, 2, 3, 100])('prefetch %i changes neither batches nor order', async (prefetch) => {
    for (const options of [
      {},
      { shuffle: true },
      { shuffle: true, reuse: true },
      { dropLast: true, reuse: true },
    ]) {
      const expected = await slowPass({ ...options, batchSize: 3, seed: 5 });
      expect(await slowPass({ ...options, batchSize: 3, seed: 5, prefetch })).toEqual(expected);
      expect(pass(data.loader(set, { ...options, batchSize: 3, seed: 5, prefetch }))).toEqual(
        expected.labels,
      );
    }
  });

  test('prefetch makes batches while the body waits, and no more than asked for', async () => {
    const x = set.x.clone();
    const y = set.y.clone();
    const seen: number[] = [];
    for await (const [, labels] of data.loader(data.dataset(x, y), {
      batchSize: 2,
      shuffle: true,
      seed: 1,
      prefetch: 2,
    })) {
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      seen.push((labels.toArray() as number[])[0]);
      y.fill_(-1); // the batches that are made already have the old labels
    }
    expect(seen.map((label) => label >= 0)).toEqual([true, true, true, false, false]);
  });

  test('a batch that cannot be made ahead is an error where its turn comes', async () => {
    const own = Int32Array.from({ length: rows }, (_, i) => i);
    const y = fromTypedArray(own);
    const seen: number[] = [];
    const run = async () => {
      for await (const [, labels] of data.loader(data.dataset(set.x, y), {
        batchSize: 4,
        shuffle: true,
        prefetch: 1,
      })) {
        seen.push(labels.length);
        if (seen.length === 1) structuredClone(own, { transfer: [own.buffer] });
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await expect(run()).rejects.toThrow(/transferred away/);
    expect(seen).toEqual([4]);
    expect(() => data.loader(set, { prefetch: -1 })).toThrow(
      /loader: prefetch must be a whole number from 0, got -1/,
    );
  });
});
