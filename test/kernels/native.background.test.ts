/** Direct calls of the addon's background product, by whoever knows no rules. */

import { afterEach, describe, expect, test } from 'vitest';
import { OutOfMemoryError } from '../../src/core/errors.ts';
import { contiguousStrides, type Shape } from '../../src/core/shape.ts';
import { type Addon, findAddon } from '../../src/kernels/native/addon.ts';
import { nativeKernels } from '../../src/kernels/native/kernels.ts';
import { parameters } from '../../src/kernels/native/parameters.ts';
import { typescriptKernels } from '../../src/kernels/typescript/kernels.ts';

const { addon } = findAddon() as { addon: Addon | null };

/** Elements of 1 in shared memory. */
function shared(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length)).fill(1);
}

/** Writes down a product of contiguous matrices: a [m, k], b [k, n], out [m, n]. */
function write(...shapes: Shape[]): void {
  let at = 0;
  parameters[at++] = 0;
  for (const shape of shapes) {
    for (const value of [2, ...shape, 0, ...contiguousStrides(shape)]) parameters[at++] = value;
  }
}

function product(m: number, k: number, n: number): Promise<Float32Array> {
  const [a, b, out] = [shared(m * k), shared(k * n), shared(m * n)];
  write([m, k], [k, n], [m, n]);
  return (addon as Addon).matmulAsync(a, b, out).then(() => out);
}

describe.runIf(addon !== null)('matmulAsync of the addon', () => {
  const native = addon as Addon;
  nativeKernels(native, typescriptKernels);
  afterEach(() => native.failAllocations(-1));

  test('arrays outside of shared memory are refused, each of them', () => {
    for (const ordinary of [0, 1, 2]) {
      const arrays = [0, 1, 2].map((i) => (i === ordinary ? new Float32Array(16) : shared(16)));
      write([4, 4], [4, 4], [4, 4]);
      const name = ['a', 'b', 'out'][ordinary];
      expect(() => native.matmulAsync(arrays[0], arrays[1], arrays[2])).toThrow(
        new TypeError(`matmulAsync: ${name} must lie in shared memory`),
      );
    }
  });

  test('no lie about what is shared is believed', () => {
    const real = globalThis.SharedArrayBuffer;
    globalThis.SharedArrayBuffer = { [Symbol.hasInstance]: () => true } as never;
    const array = new Float32Array(16);
    Object.defineProperty(array, 'buffer', { value: new real(64) });
    write([4, 4], [4, 4], [4, 4]);
    try {
      expect(() => native.matmulAsync(array, array, array)).toThrow(/must lie in shared memory/);
    } finally {
      globalThis.SharedArrayBuffer = real;
    }
  });

  test('what matmul refuses is refused before anything begins', () => {
    const [a, b, out] = [shared(16), shared(16), shared(16)];
    write([4, 5], [5, 4], [4, 4]);
    expect(() => native.matmulAsync(a, b, out)).toThrow(RangeError);
    write([4, 4], [3, 4], [4, 4]);
    expect(() => native.matmulAsync(a, b, out)).toThrow(/b has size 3 at dimension 0, which must be 4/);
    write([4, 4], [4, 4], [4, 4]);
    expect(() => native.matmulAsync(a, new Float64Array(new SharedArrayBuffer(128)), out)).toThrow(TypeError);
    expect(() => native.matmulAsync(null as never, b, out)).toThrow(TypeError);
    expect([...out]).toEqual(Array(16).fill(1));
  });

  test('many at once, whose arrays nobody else holds, are all right', async () => {
    const products = Array.from({ length: 12 }, (_, i) => product(30 + i, 200 + i, 40));
    for (let garbage = 0; garbage < 50; garbage++) new Float32Array(1 << 20);
    for (const [i, out] of (await Promise.all(products)).entries())
      expect(new Set(out)).toEqual(new Set([200 + i]));
  });

  test('a failed allocation rejects, writes nothing, and the next one works', async () => {
    native.failAllocations(0);
    const [a, b, out] = [shared(300 * 300), shared(300 * 300), shared(300 * 300)];
    write([300, 300], [300, 300], [300, 300]);
    await expect(native.matmulAsync(a, b, out)).rejects.toThrow(OutOfMemoryError);
    expect(new Set(out)).toEqual(new Set([1]));
    native.failAllocations(-1);
    expect(new Set(await product(300, 300, 300))).toEqual(new Set([300]));
  });
});

if (addon === null) test.skip('native kernels: no addon was built', () => {});
