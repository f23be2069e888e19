import { describe, expect, test } from 'vitest';
import { allocateShared } from '../../src/core/sharedMemory.ts';
import {
  arange,
  fromHandle,
  fromTypedArray,
  handle,
  randn,
  ShapeError,
  StateError,
  share,
  type TensorHandle,
  tensor,
  zeros,
} from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';

/** As it comes out of a message. */
const sent = (value: TensorHandle): TensorHandle => structuredClone(value);

onBothKernels('share', () => {
  test('gives a contiguous copy in shared memory, or the tensor itself where it is shared', () => {
    const x = arange(6).view(2, 3);
    const shared = share(x.t());
    expect(shared.toArray()).toEqual(x.t().toArray());
    expect([shared.isShared(), x.isShared(), shared.isContiguous()]).toEqual([true, false, true]);
    expect(shared.share()).toBe(shared);
    expect(shared.add(1).isShared()).toBe(false);
  });

  test.each(['float32', 'float64', 'int32', 'uint8', 'bool'] as const)(
    '%s travels without a copy',
    (dtype) => {
      const x = tensor(
        [
          [1, 0, 1],
          [0, 1, 1],
        ],
        { dtype },
      ).share();
      const y = fromHandle(sent(x.handle()));
      expect([y.dtype, y.shape, y.stride()]).toEqual([dtype, [2, 3], [3, 1]]);
      x.fill_(1);
      expect(y.toArray()).toEqual(x.toArray());
      y.zero_();
      expect(Number(x.sum().item())).toBe(0);
    },
  );

  test('a large one, whose pages the system hands out as they are touched, is all zero and cannot grow', () => {
    const { array } = allocateShared('share', 'float32', 300_000);
    expect(array.every((element) => element === 0)).toBe(true);
    const { buffer } = array as unknown as { buffer: { growable: boolean; grow(bytes: number): void } };
    expect(buffer.growable).toBe(true);
    expect(() => buffer.grow(4 * 400_000)).toThrow(RangeError);

    const x = randn([600, 500]);
    const there = fromHandle(sent(x.share().handle()));
    expect(there.equal(x)).toBe(true);
    expect(there.t().matmul(there).equal(x.t().matmul(x))).toBe(true);
    there.select(0, 599).fill_(7);
    expect(there.narrow(0, 599, 1).sum().item()).toBe(3500);
  });

  test('views have handles: transposed, sliced, expanded, empty and 0-d ones', () => {
    const x = arange(24).view(2, 3, 4).share();
    for (const view of [
      x.permute(2, 0, 1),
      x.select(1, 2),
      x.narrow(2, 1, 2),
      x.select(0, 1).unsqueeze(0).expand(5, 3, 4),
      x.narrow(0, 2, 0),
      x.view(24).select(0, 7),
    ]) {
      const there = fromHandle(sent(handle(view)));
      expect(there.shape).toEqual(view.shape);
      expect(there.stride()).toEqual(view.stride());
      expect(there.toArray()).toEqual(view.toArray());
    }
  });

  test('operations take them as they take others', () => {
    const [a, b] = [randn([37, 65]), randn([65, 41])];
    const [sharedA, sharedB] = [a.share(), fromHandle(sent(b.share().handle()))];
    expect(sharedA.matmul(sharedB).toArray()).toEqual(a.matmul(b).toArray());
    expect(sharedA.exp().sum(0).toArray()).toEqual(a.exp().sum(0).toArray());
    const out = zeros([37, 41]).share();
    a.matmul(b, { out });
    expect(out.toArray()).toEqual(a.matmul(b).toArray());
  });

  test('an overlap is noticed, though the same memory came here twice', () => {
    const x = arange(8).share();
    const again = fromHandle(sent(x.handle()));
    again.narrow(0, 1, 7).copy_(x.narrow(0, 0, 7));
    expect(x.toArray()).toEqual([0, 0, 1, 2, 3, 4, 5, 6]);
    const other = fromHandle(sent(arange(8).share().handle()));
    other.copy_(x);
    expect(other.toArray()).toEqual(x.toArray());
  });
});

describe('what cannot be shared', () => {
  test('a tensor in ordinary memory has no handle', () => {
    expect(() => zeros([2]).handle()).toThrow(StateError);
    expect(() => handle(3 as never)).toThrow(/handle: input must be a Tensor, got 3/);
    expect(() => share([1] as never)).toThrow(/share: input must be a Tensor/);
  });

  test('a tensor itself is not cloned, and the error says what to do', () => {
    for (const x of [zeros([2]), zeros([2]).share(), { deep: [zeros([2])] }]) {
      expect(() => structuredClone(x)).toThrow(
        /post x\.share\(\)\.handle\(\), and open it with fromHandle\(\)/,
      );
    }
    const own = new Float32Array(4);
    const x = fromTypedArray(own);
    expect(() => structuredClone(x, { transfer: [own.buffer] })).toThrow(/could not be cloned/);
    expect(x.toArray()).toEqual([0, 0, 0, 0]);
    structuredClone(own, { transfer: [own.buffer] });
    expect(() => x.share()).toThrow(/share: .*transferred away/);
  });

  test('shared memory of others is refused', () => {
    const buffer = new SharedArrayBuffer(256);
    expect(() => fromTypedArray(new Float32Array(buffer) as never)).toThrow(/neither shared nor resizable/);
    const given = { dtype: 'float32', shape: [4], strides: [1], offset: 0 } as const;
    expect(() => fromHandle({ ...given, buffer })).toThrow(
      /fromHandle: the buffer was not made by share\(\)/,
    );
    expect(() => fromHandle({ ...given, buffer: new SharedArrayBuffer(8) })).toThrow(/not made by share/);
    expect(() => fromHandle({ ...given, buffer: new ArrayBuffer(256) as never })).toThrow(TypeError);
  });
});

describe('broken handles', () => {
  const good = (): TensorHandle =>
    sent(arange(12, undefined, 1, { dtype: 'float32' }).view(3, 4).share().handle());

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['another dtype', { dtype: 'float64' }, /dtype is float64, but the memory holds float32/],
    ['no dtype', { dtype: undefined }, /dtype is undefined/],
    ['a shape too large', { shape: [3, 5] }, /reaches beyond the memory's 12 elements/],
    ['an offset too large', { offset: 1 }, /\[3, 4\] with strides \[4, 1\] from offset 1 on/],
    ['a negative offset', { offset: -1 }, /reaches beyond/],
    ['strides too large', { strides: [5, 1] }, /reaches beyond/],
    ['strides that lead below', { strides: [-4, 1] }, /reaches beyond/],
    ['enormous strides', { strides: [2 ** 52, 1] }, /reaches beyond/],
    ['an enormous shape', { shape: [2 ** 40, 2 ** 40] }, /more than 2\^53 elements/],
    ['an empty shape at a place outside', { shape: [0, 4], offset: 13 }, /reaches beyond/],
    ['a fraction', { strides: [4, 0.5] }, /strides must be whole numbers, got 0.5/],
    ['NaN', { offset: Number.NaN }, /offset must be whole numbers, got NaN/],
    ['a negative size', { shape: [-3, 4] }, /sizes must be whole numbers from 0/],
    ['too few strides', { strides: [1] }, /there are 1 strides for shape \[3, 4\]/],
    ['no shape', { shape: 'many' }, /shape must be an array/],
    ['a list without end', { shape: { length: 2 ** 31 } }, /shape must be an array/],
    ['a rank without end', { shape: new Array(1000).fill(1) }, /at most 64/],
    ['no buffer', { buffer: null }, /SharedArrayBuffer/],
  ])('%s is an error', (_, change, message) => {
    expect(() => fromHandle({ ...good(), ...change } as TensorHandle)).toThrow(message);
  });

  test('things that are no handle', () => {
    for (const value of [null, undefined, 3, 'x', zeros([2])])
      expect(() => fromHandle(value as never)).toThrow(TypeError);
  });

  test('each part is read once, so that no getter changes what was checked', () => {
    const { shape, ...rest } = good();
    let reads = 0;
    const sizes = new Proxy([3, 4], {
      get: (target, key) => {
        if (key === '0') reads++;
        return key === '0' && reads > 1 ? 1000 : Reflect.get(target, key);
      },
    });
    const x = fromHandle({
      ...rest,
      get shape() {
        return sizes;
      },
    });
    expect(x.shape).toEqual([3, 4]);
    const lying = Object.defineProperty(good().buffer, 'byteLength', { value: 1e9 });
    expect(() => fromHandle({ ...rest, shape: [1000], strides: [1], buffer: lying })).toThrow(/beyond/);
    expect(shape).toEqual([3, 4]);
  });

  test('shapes errors are of the classes that others have', () => {
    expect(() => fromHandle({ ...good(), strides: [1] })).toThrow(ShapeError);
    expect(() => fromHandle({ ...good(), shape: [4, 4] })).toThrow(RangeError);
  });
});
