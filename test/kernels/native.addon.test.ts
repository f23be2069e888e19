/** Direct calls into the addon, as someone would make them who does not know the rules: they throw. */

import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import type { TypedArray } from '../../src/core/dtype.ts';
import { OutOfMemoryError } from '../../src/core/errors.ts';
import { setKernels } from '../../src/kernels/active.ts';
import { type Addon, findAddon } from '../../src/kernels/native/addon.ts';
import { nativeKernels } from '../../src/kernels/native/kernels.ts';
import { parameters } from '../../src/kernels/native/parameters.ts';
import { typescriptKernels } from '../../src/kernels/typescript/kernels.ts';
import { empty, zeros } from '../../src/ops/creation.ts';
import { share } from '../../src/ops/sharing.ts';

const { addon, path } = findAddon() as { addon: Addon | null; path: string };

type Call = (...args: unknown[]) => unknown;

/** Calls that move `count` elements through each array, with what goes before the walk. */
const calls: Record<string, { prefix: number[]; arrays: (new (length: number) => TypedArray)[] }> = {
  unary: { prefix: [0], arrays: [Float32Array, Float32Array] },
  binary: { prefix: [0], arrays: [Float64Array, Float64Array, Float64Array] },
  compare: { prefix: [0], arrays: [Int32Array, Int32Array, Uint8Array] },
  ternary: { prefix: [0, 1], arrays: [Float32Array, Float32Array, Float32Array, Float32Array] },
  where: { prefix: [], arrays: [Uint8Array, Float32Array, Float32Array, Float32Array] },
  copy: { prefix: [0], arrays: [Float32Array, Int32Array] },
  fill: { prefix: [1], arrays: [Float32Array] },
  reduce: { prefix: [0, 0], arrays: [Float32Array, Float64Array] },
  variance: { prefix: [1, 0], arrays: [Float32Array, Float32Array] },
  argReduce: { prefix: [0], arrays: [Float32Array, Int32Array] },
};

const [floats, doubles, integers] = [Float32Array, Float64Array, Int32Array];

/** Calls whose operands have shapes of their own, with arrays that hold just what is named. */
const shaped: Record<
  string,
  { values: number[]; lengths: number[]; arrays: (new (length: number) => TypedArray)[] }
> = {
  // [3, 4] from [5, 4] by three indices
  gather: {
    values: [1, -5, 2, 3, 4, 0, 1, 0, 0, 4, 1, 3, 1, 4, 5, 0, 0, 1, 4],
    lengths: [20, 12, 3],
    arrays: [floats, floats, integers],
  },
  scatter: {
    values: [1, 1, -5, 2, 3, 4, 0, 1, 0, 0, 4, 1, 3, 1, 4, 5, 0, 0, 1, 4],
    lengths: [12, 20, 3],
    arrays: [doubles, doubles, integers],
  },
  sort: {
    values: [0, 2, 3, 5, 0, 5, 1, 2, 3, 2, 0, 2, 1, 2, 3, 2, 0, 2, 1],
    lengths: [15, 6, 6],
    arrays: [floats, floats, integers],
  },
  median: {
    values: [2, 3, 5, 0, 5, 1, 2, 3, 1, 0, 1, 1, 2, 3, 1, 0, 1, 1],
    lengths: [15, 3, 3],
    arrays: [doubles, doubles, integers],
  },
  scan: {
    values: [1, 2, 3, 5, 0, 5, 1, 2, 3, 5, 0, 5, 1],
    lengths: [15, 15],
    arrays: [integers, doubles],
  },
  histogram: { values: [0, 1, 1, 15, 0, 1, 1, 4, 0, 1], lengths: [15, 4], arrays: [floats, floats] },
};

function write(values: readonly number[]): void {
  parameters.fill(NaN);
  values.forEach((value, i) => {
    parameters[i] = value;
  });
}

/** One loop of `count` turns, in which every operand begins at `offset` and moves by `stride`. */
function walk(operands: number, count: number, offset = 0, stride = 1): number[] {
  return [1, count, ...Array.from({ length: operands }, () => [offset, stride]).flat()];
}

describe.runIf(addon !== null)('calls into the addon', () => {
  const native = addon as Addon & Record<string, Call>;
  if (addon !== null) nativeKernels(addon, typescriptKernels); // names the parameter block

  afterEach(() => {
    native.failAllocations(-1);
    setKernels('native');
  });

  describe.each(Object.entries(calls))('%s', (name, { prefix, arrays }) => {
    const call = (...args: unknown[]) => native[name](...args);
    const operands = () => arrays.map((TypedArrayClass) => new TypedArrayClass(100));

    test('that fits is done', () => {
      write([...prefix, ...walk(arrays.length, 100)]);
      expect(call(...operands())).toBe(undefined);
    });

    test.each([
      ['one element too many', walk(arrays.length, 101)],
      ['an offset beyond the end', walk(arrays.length, 1, 100)],
      ['a stride that leaves', walk(arrays.length, 100, 0, 2)],
      ['a negative stride that leaves', walk(arrays.length, 100, 98, -1)],
      ['a stride whose product overflows 64 bits', walk(arrays.length, 3, 0, 2 ** 53)],
      ['a negative one', walk(arrays.length, 3, 99, -(2 ** 53))],
      ['sizes beyond 2^53', [2, 2 ** 30, 2 ** 30, ...arrays.flatMap(() => [0, 0, 0])]],
      [
        'many huge sizes',
        [64, ...new Array(64).fill(2 ** 53), ...arrays.flatMap(() => new Array(65).fill(0))],
      ],
      ['a size that is NaN', walk(arrays.length, NaN)],
      ['a size that is no whole number', walk(arrays.length, 1.5)],
      ['a negative size', walk(arrays.length, -1)],
      ['an infinite size', walk(arrays.length, Infinity)],
      ['a negative offset', walk(arrays.length, 1, -1)],
      ['an offset that is NaN', walk(arrays.length, 1, NaN)],
      ['a stride that is no whole number', walk(arrays.length, 2, 0, 0.5)],
      ['a stride above 2^53', walk(arrays.length, 2, 0, 2 ** 60)],
      ['a rank above 64', [65, ...new Array(65).fill(1)]],
      ['a negative rank', [-1]],
      ['a rank that is NaN', [NaN]],
    ])('with %s is a RangeError, and nothing is written', (_, values) => {
      const args = operands();
      write([...prefix, ...values]);
      expect(() => call(...args)).toThrow(RangeError);
      expect(args.every((array) => (array as Float32Array).every((value) => value === 0))).toBe(true);
    });

    test('with a shorter array in any place is a RangeError', () => {
      for (let short = 0; short < arrays.length; short++) {
        const args = operands();
        args[short] = new arrays[short](99);
        write([...prefix, ...walk(arrays.length, 100)]);
        expect(() => call(...args)).toThrow(RangeError);
      }
    });

    test('with something else in place of an array is a TypeError', () => {
      for (let wrong = 0; wrong < arrays.length; wrong++) {
        const others = [undefined, null, 7, 'x', {}, [1, 2], new DataView(new ArrayBuffer(800))];
        for (const other of [...others, new BigInt64Array(100), new Int16Array(100), new ArrayBuffer(800)]) {
          const args: unknown[] = operands();
          args[wrong] = other;
          write([...prefix, ...walk(arrays.length, 100)]);
          expect(() => call(...args)).toThrow(TypeError);
        }
      }
      write([...prefix, ...walk(arrays.length, 100)]);
      expect(() => call()).toThrow(TypeError);
    });

    test('with a detached buffer in any place is a TypeError', () => {
      for (let gone = 0; gone < arrays.length; gone++) {
        const args = operands();
        structuredClone(args[gone].buffer, { transfer: [args[gone].buffer as ArrayBuffer] });
        write([...prefix, ...walk(arrays.length, 100)]);
        expect(() => call(...args)).toThrow(TypeError);
      }
    });

    test('with a view on a buffer that shrank throws', () => {
      const resizable = ArrayBuffer as unknown as new (
        length: number,
        options: object,
      ) => ArrayBuffer & { resize(length: number): void };
      const buffer = new resizable(800, { maxByteLength: 800 });
      const args = operands();
      args[0] = new arrays[0](buffer as never);
      buffer.resize(16);
      write([...prefix, ...walk(arrays.length, 100)]);
      expect(() => call(...args)).toThrow(/RangeError|TypeError|exceed|detached/);
    });

    test('without elements touches nothing', () => {
      write([...prefix, ...walk(arrays.length, 0, 2 ** 40, 2 ** 40)]);
      expect(call(...arrays.map((TypedArrayClass) => new TypedArrayClass(0)))).toBe(undefined);
    });
  });

  describe.each(Object.entries(shaped))('%s', (name, { values, lengths, arrays }) => {
    const call = (...args: unknown[]) => native[name](...args);
    const operands = () => arrays.map((TypedArrayClass, i) => new TypedArrayClass(lengths[i]));

    test('that fits is done', () => {
      write(values);
      expect(() => call(...operands())).not.toThrow();
    });

    test('with a shorter array in any place is a RangeError, and nothing is written', () => {
      for (let short = 0; short < arrays.length; short++) {
        const args = operands();
        args[short] = new arrays[short](lengths[short] - 1);
        write(values);
        expect(() => call(...args)).toThrow(RangeError);
        expect(args.every((array) => (array as Float32Array).every((value) => value === 0))).toBe(true);
      }
    });

    test('with something else in place of an array, or a detached one, is a TypeError', () => {
      for (let wrong = 0; wrong < arrays.length; wrong++) {
        for (const other of [7, 'x', {}, [1, 2], new BigInt64Array(100), new ArrayBuffer(800)]) {
          const args: unknown[] = operands();
          args[wrong] = other;
          write(values);
          expect(() => call(...args)).toThrow(TypeError);
        }
        const args = operands();
        structuredClone(args[wrong].buffer, { transfer: [args[wrong].buffer as ArrayBuffer] });
        write(values);
        expect(() => call(...args)).toThrow(TypeError);
      }
    });

    test('with any number wrong throws, or stays within the arrays', () => {
      for (let at = 0; at < values.length; at++) {
        for (const wrong of [NaN, Infinity, 0.5, -1, 0, 3, 64, 65, 2 ** 31, -(2 ** 53), 2 ** 60]) {
          // The arrays are the middles of larger ones, whose ends must stay as they are.
          const whole = arrays.map((TypedArrayClass, i) => new TypedArrayClass(lengths[i] + 64).fill(1));
          const args = whole.map((array, i) => array.subarray(32, 32 + lengths[i]));
          write(values.with(at, wrong));
          try {
            call(...args);
          } catch (error) {
            expect(error instanceof RangeError || error instanceof TypeError).toBe(true);
          }
          whole.forEach((array, i) => {
            const ends = [...array.slice(0, 32), ...array.slice(32 + lengths[i])];
            expect(ends.every((value) => value === 1)).toBe(true);
          });
        }
      }
    });
  });

  test('indices that are out of range pick nothing and place nothing', () => {
    const { values, lengths } = shaped['scatter'];
    for (const bad of [5, -6, 2 ** 31 - 1, -(2 ** 31)]) {
      const x = new Float64Array(lengths[0]).fill(1);
      const out = new Float64Array(lengths[1]).fill(7);
      const index = Int32Array.of(0, 1, bad);
      write(values);
      expect(native.scatter(x, out, index)).toBe(false);
      expect(out.every((value) => value === 7)).toBe(true);
      write(shaped['gather'].values);
      expect(native.gather(out, x, index)).toBe(false);
      write(values.with(2, -6)); // a lowest index below -size
      expect(() => native.scatter(x, out, index)).toThrow(RangeError);
    }
    write(values.with(0, 2));
    expect(() => native.scatter(new Float64Array(12), new Float64Array(20), new Int32Array(3))).toThrow(
      TypeError,
    ); // only bytes know "or"
  });

  describe('nonzero and maskedSelect', () => {
    const x = () => new Float32Array([1, 0, 2, 0]);
    const mask = () => new Uint8Array([1, 0, 1, 0]);

    test('that fit are done', () => {
      write(walk(1, 4));
      expect(native.nonzero(x(), null)).toBe(2);
      const places = new Int32Array(2);
      write([...walk(1, 4), 2, 2, 1, 0, 1, 1]);
      expect(native.nonzero(x(), places)).toBe(2);
      expect([...places]).toEqual([0, 2]);
      const out = new Float32Array(3);
      write([...walk(2, 4), 1, 2, 2, -2]);
      native.maskedSelect(mask(), x(), out);
      expect([...out]).toEqual([2, 0, 1]);
    });

    test('with another number of places than there are elements are RangeErrors, and nothing is written', () => {
      for (const rows of [0, 1, 3]) {
        const places = new Int32Array(3).fill(7);
        write([...walk(1, 4), 2, rows, 1, 0, 1, 1]);
        expect(() => native.nonzero(x(), places)).toThrow(RangeError);
        const out = new Float32Array(3).fill(7);
        write([...walk(2, 4), ...walk(1, rows)]);
        expect(() => native.maskedSelect(mask(), x(), out)).toThrow(
          `maskedSelect: out has room for ${rows} elements, but 2 are chosen`,
        );
        expect([...places, ...out]).toEqual([7, 7, 7, 7, 7, 7]);
      }
    });

    test('whose walks leave an array are RangeErrors', () => {
      write(walk(1, 5));
      expect(() => native.nonzero(x(), null)).toThrow(RangeError);
      write([...walk(1, 4), 2, 2, 1, 1, 1, 1]);
      expect(() => native.nonzero(x(), new Int32Array(2))).toThrow(RangeError);
      write([...walk(1, 4), 1, 2, 0, 1]); // places must be rows
      expect(() => native.nonzero(x(), new Int32Array(2))).toThrow(RangeError);
      write([...walk(1, 4), 2, 2, 2, 0, 1, 0]); // of one coordinate
      expect(() => native.nonzero(x(), new Int32Array(2))).toThrow(RangeError);
      for (const [masks, from, to] of [
        [3, 4, 2],
        [4, 3, 2],
        [4, 4, 1],
      ]) {
        write([...walk(2, 4), ...walk(1, 2)]);
        expect(() =>
          native.maskedSelect(mask().slice(0, masks), x().slice(0, from), new Float32Array(to)),
        ).toThrow(RangeError);
      }
    });

    test('of other types are TypeErrors, and so are detached buffers', () => {
      write([...walk(1, 4), 2, 2, 1, 0, 1, 1]);
      for (const wrong of [undefined, 7, 'x', new Int16Array(4), new DataView(new ArrayBuffer(32))]) {
        expect(() => native.nonzero(wrong as never, new Int32Array(2))).toThrow(TypeError);
      }
      expect(() => native.nonzero(x(), new Float32Array(2))).toThrow(TypeError);
      write([...walk(2, 4), ...walk(1, 2)]);
      expect(() => native.maskedSelect(x(), x(), x())).toThrow(TypeError);
      expect(() => native.maskedSelect(mask(), x(), new Float64Array(2))).toThrow(TypeError);
      for (const gone of [0, 1, 2]) {
        const args = [mask(), x(), x()] as const;
        structuredClone(args[gone].buffer, { transfer: [args[gone].buffer as ArrayBuffer] });
        write([...walk(2, 4), ...walk(1, 2)]);
        expect(() => native.maskedSelect(...args)).toThrow(TypeError);
      }
    });
  });

  test('unknown codes are RangeErrors', () => {
    for (const code of [-1, 1000, NaN, 0.5, Infinity]) {
      for (const name of ['unary', 'binary', 'ternary', 'compare', 'reduce', 'argReduce']) {
        write([code, 0, ...walk(4, 1)]);
        expect(() => native[name](...calls[name].arrays.map((A) => new A(4)))).toThrow(RangeError);
      }
    }
  });

  test('types that do not go together are TypeErrors', () => {
    const [floats, doubles, integers, bytes] = [Float32Array, Float64Array, Int32Array, Uint8Array].map(
      (A) => new A(4),
    );
    write([0, ...walk(3, 4)]);
    expect(() => native.binary(floats, doubles, floats)).toThrow(TypeError);
    expect(() => native.binary(floats, floats, integers)).toThrow(TypeError);
    expect(() => native.compare(floats, floats, floats)).toThrow(TypeError);
    expect(() => native.compare(integers, floats, bytes)).toThrow(TypeError);
    write([0, ...walk(2, 4)]);
    expect(() => native.unary(integers, integers)).toThrow(TypeError);
    write([0, 1, ...walk(4, 4)]);
    expect(() => native.ternary(integers, integers, integers, integers)).toThrow(TypeError);
    expect(() => native.ternary(floats, floats, doubles, floats)).toThrow(TypeError);
    write([0, ...walk(2, 4)]);
    expect(() => native.unary(floats, doubles)).toThrow(TypeError);
    expect(() => native.argReduce(floats, floats)).toThrow(TypeError);
    write([1, ...walk(2, 4)]);
    expect(() => native.copy(floats, integers)).toThrow(TypeError); // booleans are bytes
    write([0, 0, ...walk(2, 4)]);
    expect(() => native.reduce(integers, doubles)).toThrow(TypeError);
    write([...walk(4, 4)]);
    expect(() => native.where(floats, floats, floats, floats)).toThrow(TypeError);
    write([256, ...walk(1, 4)]);
    expect(() => native.fill(bytes)).toThrow(RangeError);
    write([NaN, ...walk(1, 4)]);
    expect(() => native.fill(integers)).toThrow(RangeError);
  });

  test('results whose places share memory are refused', () => {
    write([0, 2, 3, 3, 0, 3, 1, 0, 0, 1]);
    expect(() => native.unary(new Float32Array(9), new Float32Array(3))).toThrow(RangeError);
    write([0, ...walk(1, 2 ** 50).slice(0, 2), 0, 0, 0, 0]); // would take days
    expect(() => native.unary(new Float32Array(1), new Float32Array(1))).toThrow(RangeError);
  });

  test('settings take what they can use', () => {
    for (const count of [0, -1, 0.5, NaN, 2000, Infinity]) {
      expect(() => native.setNumThreads(count)).toThrow(RangeError);
    }
    for (const wrong of [undefined, null, '2', {}]) {
      expect(() => native.setNumThreads(wrong as never)).toThrow(TypeError);
    }
    expect(() => native.setIsa('mmx')).toThrow(/this machine has no mmx kernels, but scalar/);
    expect(() => native.setIsa(7 as never)).toThrow(TypeError);
  });

  test('asking for large pages changes nothing in the memory, and takes bytes alone', () => {
    const memory = Uint8Array.from({ length: 1 << 16 }, (_, i) => i * 7);
    const before = memory.slice();
    native.adviseHugePages(memory);
    native.adviseHugePages(memory.subarray(3, 9000));
    native.adviseHugePages(new Uint8Array(0));
    expect(memory).toEqual(before);
    for (const wrong of [new Float32Array(8), [1, 2], null, undefined, 7]) {
      expect(() => native.adviseHugePages(wrong as never)).toThrow(TypeError);
    }
    const gone = new Uint8Array(8192);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    expect(() => native.adviseHugePages(gone)).not.toThrow();
  });

  test('knows where cache lines begin', () => {
    const memory = new Uint8Array(4096);
    const first = native.bytesToCacheLine(memory);
    expect(first).toBeGreaterThanOrEqual(0);
    for (let offset = 0; offset < 200; offset++) {
      expect(native.bytesToCacheLine(memory.subarray(offset))).toBe((first - offset + 256) % 64);
    }
    for (const wrong of [new Float32Array(8), [1, 2], null, undefined, 7]) {
      expect(() => native.bytesToCacheLine(wrong as never)).toThrow(TypeError);
    }
  });

  test('tensors of any size begin with a cache line', () => {
    setKernels('native');
    for (const dtype of ['bool', 'int32', 'float32', 'float64'] as const) {
      for (const size of [1, 3, 100, 1000, 5000, 100_001, 3_000_000]) {
        for (const x of [
          empty([size], { dtype }),
          zeros([size], { dtype }),
          share(zeros([size], { dtype })),
        ]) {
          const { array, start } = x.base;
          const begin = array.byteOffset + start * array.BYTES_PER_ELEMENT;
          expect(native.bytesToCacheLine(new Uint8Array(array.buffer as ArrayBuffer, begin))).toBe(0);
        }
      }
    }
  });

  test('the parameter block must be shared memory, which cannot go away', () => {
    expect(() => native.initialize(new Float64Array(64), OutOfMemoryError)).toThrow(TypeError);
    expect(() => native.initialize(new Float32Array(64) as never, OutOfMemoryError)).toThrow(TypeError);
    expect(() => native.initialize(parameters, 7 as never)).toThrow(TypeError);
    // A block that is too short for what it should hold.
    const short = new Float64Array(new SharedArrayBuffer(8 * 4));
    try {
      native.initialize(short, OutOfMemoryError);
      short.set([0, 1, 4, 0]);
      expect(() => native.unary(new Float32Array(4), new Float32Array(4))).toThrow(/no room/);
    } finally {
      native.initialize(parameters, OutOfMemoryError);
    }
  });

  test('a failed allocation is an OutOfMemoryError, operands are as they were, and the next call works', () => {
    const kernels = nativeKernels(native, typescriptKernels);
    const x = { dtype: 'float32', memory: new Float32Array(6000).fill(2), offset: 0 } as const;
    const turned = { ...x, shape: [60, 100], strides: [1, 60] };
    const out = { ...x, memory: new Float32Array(6000).fill(7), shape: [60, 100], strides: [100, 1] };
    const total = { ...x, memory: new Float32Array(1), shape: [1, 1], strides: [1, 1] };
    const column = { ...x, memory: new Float32Array(60), shape: [60, 1], strides: [1, 1] };
    const mask = { dtype: 'bool', memory: new Uint8Array(6000).fill(1), offset: 0 } as const;
    const long = { ...out, shape: [6000], strides: [1] };
    const operations = [
      () => kernels.binary('add', turned, out, out),
      () => kernels.reduce('sum', turned, total),
      () => kernels.variance(turned, 1, true, column),
      () => kernels.sort(turned, 1, false, out, null),
      () => kernels.median(turned, 1, column, null),
      () => kernels.maskedSelect(turned, { ...mask, shape: [60, 100], strides: [100, 1] }, long),
      () => kernels.histogram(turned, 0, 1, { ...total, shape: [1], strides: [1] }),
      () => kernels.argReduce('argmax', turned, 1, { ...column, dtype: 'int32', memory: new Int32Array(60) }),
    ];
    for (const operation of operations) {
      for (let successes = 0; successes < 5; successes++) {
        native.failAllocations(successes);
        try {
          operation();
        } catch (error) {
          expect(error).toBeInstanceOf(OutOfMemoryError);
          expect([x.memory.every((v) => v === 2), total.memory[0], column.memory[0]]).toEqual([true, 0, 0]);
        }
        if (successes === 0) expect(out.memory.every((v) => v === 7)).toBe(true);
      }
      native.failAllocations(-1);
      operation();
      out.memory.fill(7);
      total.memory.fill(0);
      column.memory.fill(0);
    }
  });

  test('worker threads load it any number of times', async () => {
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      const addon = require(workerData);
      const parameters = new Float64Array(new SharedArrayBuffer(4096));
      addon.initialize(parameters, Error);
      addon.setNumThreads(3);
      const x = new Float32Array(200000).fill(1.5), out = new Float32Array(200000);
      for (let i = 0; i < 20; i++) {
        parameters.set([0, 1, x.length, 0, 1, 0, 1]);
        addon.unary(x, out);
      }
      parentPort.postMessage(out[199999]);`;
    const file = resolve(import.meta.dirname, '../..', path);
    const runWorker = () =>
      new Promise((resolve, reject) => {
        const worker = new Worker(code, { eval: true, workerData: file });
        worker.once('message', resolve);
        worker.once('error', reject);
      });
    for (let round = 0; round < 4; round++) {
      expect(await Promise.all([runWorker(), runWorker(), runWorker()])).toEqual([-1.5, -1.5, -1.5]);
    }
  });
});
