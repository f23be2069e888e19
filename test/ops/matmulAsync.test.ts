import { expect, test } from 'vitest';
import {
  fromTypedArray,
  getNumThreads,
  manualSeed,
  matmul,
  matmulAsync,
  randn,
  StateError,
  setNumThreads,
  tensor,
  zeros,
} from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';

onBothKernels('matmulAsync', (kernels) => {
  test('gives the bits of matmul, in all ranks and layouts', async () => {
    manualSeed(1);
    const cases = [
      [randn([150, 70]), randn([70, 90])],
      [randn([90, 150]).t(), randn([7, 90]).t()],
      [randn([5, 30, 40]), randn([40, 20])],
      [randn([3, 1, 9, 8]), randn([4, 8, 7])],
      [randn([40]), randn([40, 3])],
      [randn([3, 40]), randn([40])],
      [randn([40]), randn([40])],
      [randn([0, 4]), randn([4, 3])],
      [randn([2, 0]), randn([0, 3])],
      [randn([33, 44], { dtype: 'float64' }), randn([44, 55])],
      [randn([33, 44]).share(), randn([55, 44]).share().t()],
      [randn([44, 33]).flip(0).t(), randn([44, 1]).expand([44, 20])],
      [randn([70, 90]).index('::2', '3:83'), randn([160, 30]).index('::2')],
    ];
    for (const [a, b] of cases) {
      const [result, expected] = [await a.matmulAsync(b), matmul(a, b)];
      expect(result.shape).toEqual(expected.shape);
      expect(result.dtype).toBe(expected.dtype);
      expect(result.toArray()).toEqual(expected.toArray());
      expect(result.isShared()).toBe(true);
    }
  });

  test('other operations go on meanwhile, and the event loop too', async () => {
    manualSeed(2);
    const size = kernels === 'native' ? 700 : 250;
    const [a, b, c, d] = Array.from({ length: 4 }, () => randn([size, size]));
    const expected = matmul(c, d).toArray();
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    let done = false;
    const product = matmulAsync(a, b).finally(() => {
      done = true;
    });
    do {
      expect(matmul(c, d).toArray()).toEqual(expected);
      await new Promise((resolve) => setImmediate(resolve));
    } while (!done);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    expect((await product).toArray()).toEqual(matmul(a, b).toArray());
  });

  test('several at once come one after the other', async () => {
    const [a, b] = [randn([60, 50]), randn([50, 40])];
    const order: number[] = [];
    const results = await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        const result = await matmulAsync(a, b);
        order.push(i);
        return result;
      }),
    );
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
    for (const result of results) expect(result.toArray()).toEqual(matmul(a, b).toArray());
  });

  test('an operand that is changed in place, or transferred away, is an error', async () => {
    const [a, b] = [randn([60, 50]), randn([50, 40]).share()];
    for (const changed of [a, b]) {
      const product = matmulAsync(a, b);
      changed.mul_(2);
      await expect(product).rejects.toThrow(StateError);
    }
    const own = new Float32Array(60 * 50);
    const product = matmulAsync(fromTypedArray(own, [60, 50]), b);
    structuredClone(own, { transfer: [own.buffer] });
    await expect(product).rejects.toThrow(/matmulAsync: .*transferred away/);
    expect((await matmulAsync(b.t(), b)).shape).toEqual([40, 40]);
  });

  test('what matmul refuses is refused', async () => {
    await expect(matmulAsync(zeros([2, 3]), zeros([2, 3]))).rejects.toThrow(
      'matmulAsync: inner sizes differ: [2, 3] @ [2, 3]',
    );
    await expect(matmulAsync(tensor(1), zeros([2]))).rejects.toThrow(/at least 1 dimension/);
    await expect(matmulAsync(3 as never, zeros([2]))).rejects.toThrow(TypeError);
  });

  test('the number of threads changes nothing', async () => {
    const [a, b] = [randn([200, 300]), randn([300, 100])];
    const before = getNumThreads();
    const expected = (await matmulAsync(a, b)).toArray();
    setNumThreads(1);
    expect((await matmulAsync(a, b)).toArray()).toEqual(expected);
    setNumThreads(before);
  });
});
