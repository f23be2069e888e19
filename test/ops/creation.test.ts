import { describe, expect, test } from 'vitest';
import {
  arange,
  type CreationOptions,
  empty,
  eye,
  fromTypedArray,
  full,
  fullLike,
  linspace,
  type NestedArray,
  ones,
  onesLike,
  ShapeError,
  type TypedArray,
  tensor,
  zeros,
  zerosLike,
} from '../../src/index.ts';
import { flat } from '../figures.ts';
import { onBothKernels } from '../onBothKernels.ts';

onBothKernels('filled', () => {
  test('zeros, ones, full, empty', () => {
    expect(zeros([2, 3])).toMatchObject({ dtype: 'float32', shape: [2, 3] });
    expect(ones(3).toArray()).toEqual([1, 1, 1]);
    expect(full([2], 2.5).toArray()).toEqual([2.5, 2.5]);
    expect(full([2], true)).toMatchObject({ dtype: 'bool' });
    expect(full([], 7, { dtype: 'int32' }).item()).toBe(7);
    expect(empty([0, 3]).toArray()).toEqual([]);
    expect(zeros([2, 0]).toArray()).toEqual([[], []]);
  });

  test('like another', () => {
    const x = tensor([[1, 2]], { dtype: 'int32' });
    expect(zerosLike(x)).toMatchObject({ dtype: 'int32', shape: [1, 2] });
    expect(onesLike(x, { dtype: 'float64' }).toArray()).toEqual([[1, 1]]);
    expect(fullLike(x, 3).toArray()).toEqual([[3, 3]]);
  });

  test('counted', () => {
    expect(arange(3)).toMatchObject({ dtype: 'int32' });
    expect(arange(3).toArray()).toEqual([0, 1, 2]);
    expect(arange(1, 10, 3).toArray()).toEqual([1, 4, 7]);
    expect(arange(3, 0, -1).toArray()).toEqual([3, 2, 1]);
    expect(arange(0, 1, 0.25)).toMatchObject({ dtype: 'float32' });
    expect(arange(0, 1, 0.25).toArray()).toEqual([0, 0.25, 0.5, 0.75]);
    expect(arange(2, 2, -1).shape).toEqual([0]);
    expect(arange(2 ** 31, 2 ** 31 + 2, 1, { dtype: 'float64' }).toArray()).toEqual([2 ** 31, 2 ** 31 + 1]);
    expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(linspace(-1, 0.1, 7, { dtype: 'float64' }).select(0, -1).item()).toBe(0.1);
    expect(linspace(3, 9, 1).toArray()).toEqual([3]);
    expect(linspace(3, 9, 0).toArray()).toEqual([]);
    expect(eye(2, 3).toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(flat(eye(3).sum(0))).toEqual([1, 1, 1]);
  });
});

describe('from arrays', () => {
  test('numbers give float32, booleans bool', () => {
    expect(
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ).toMatchObject({ dtype: 'float32', shape: [2, 2] });
    expect(tensor([true, false])).toMatchObject({ dtype: 'bool' });
    expect(tensor([true, 2])).toMatchObject({ dtype: 'float32' });
    expect(tensor(5).shape).toEqual([]);
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
    expect(tensor([0, 2, -1], { dtype: 'bool' }).toArray()).toEqual([false, true, true]);
    expect(tensor([1.7, -1.7], { dtype: 'int32' }).toArray()).toEqual([1, -1]);
  });

  test('typed arrays keep their type, and are copied', () => {
    const array = new Int32Array([1, 2]);
    const x = tensor(array);
    array[0] = 9;
    expect(x).toMatchObject({ dtype: 'int32' });
    expect(x.toArray()).toEqual([1, 2]);
    expect(tensor(new Float64Array([0.5]), { dtype: 'float32' }).dtype).toBe('float32');
  });

  test('fromTypedArray shares the memory', () => {
    const array = new Float32Array([1, 2, 3, 4]);
    const x = fromTypedArray(array, [2, 2]);
    array[0] = 9;
    x.select(0, 1).fill_(7);
    expect(x.toArray()).toEqual([
      [9, 2],
      [7, 7],
    ]);
    expect([...array]).toEqual([9, 2, 7, 7]);
    expect(fromTypedArray(new Uint8Array(Buffer.from([1, 2])))).toMatchObject({ dtype: 'uint8', shape: [2] });
    expect(fromTypedArray(array.subarray(1), 3).toArray()).toEqual([2, 7, 7]);
  });

  const ragged: [string, NestedArray][] = [
    ['expected length 2 at dimension 1, got length 1', [[1, 2], [3]]],
    ['expected length 2 at dimension 1, got 3', [[1, 2], 3]],
    ['an array where numbers stand', [1, [2]]],
  ];
  test.each(ragged)('ragged: %s', (message, data) => {
    expect(() => tensor(data)).toThrow(new ShapeError(`tensor: nested arrays are ragged: ${message}`));
  });

  test('wrong elements', () => {
    const wrong = (data: unknown) => () => tensor(data as NestedArray);
    expect(wrong(['1'])).toThrow(new TypeError("tensor: elements must be numbers or booleans, got '1'"));
    expect(wrong(undefined)).toThrow(TypeError);
    expect(wrong([ones(2)])).toThrow(TypeError);
    expect(wrong(new BigInt64Array(2))).toThrow(TypeError);
    expect(wrong(new Float32Array(new SharedArrayBuffer(8)))).toThrow('neither shared nor resizable');
    const endless: unknown[] = [];
    endless.push(endless);
    expect(wrong(endless)).toThrow(new RangeError('tensor: arrays are nested more than 64 deep'));
  });

  test('a buffer that was transferred away', () => {
    const array = new Float32Array(4);
    const x = fromTypedArray(array);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    const message = "the tensor's buffer was transferred away (detached)";
    expect(() => x.add(1)).toThrow(new TypeError(`add: ${message}`));
    expect(() => x.item()).toThrow(RangeError);
    expect(() => x.select(0, 0).item()).toThrow(message);
    expect(() => x.toArray()).toThrow(message);
    expect(() => ones([4]).add_(x)).toThrow(message);
    expect(() => x.fill_(1)).toThrow(message);
  });
});

describe('bad sizes', () => {
  const bad: [unknown, string][] = [
    [[2, Number.NaN], 'RangeError: zeros: sizes must be whole numbers from 0, got NaN in [2, NaN]'],
    [[1.5], 'RangeError: zeros: sizes must be whole numbers from 0, got 1.5 in [1.5]'],
    [-1, 'RangeError: zeros: sizes must be whole numbers from 0, got -1 in [-1]'],
    [[2 ** 53], `RangeError: zeros: sizes must be whole numbers from 0, got ${2 ** 53} in [${2 ** 53}]`],
    [[2 ** 30, 2 ** 30], 'RangeError: zeros: [1073741824, 1073741824] has more than 2^53 elements'],
    [[2 ** 30, 0, 2 ** 30], 'RangeError: zeros: [1073741824, 0, 1073741824] has more than 2^53 elements'],
    [['2'], 'TypeError: zeros: sizes must be numbers, got 2 in [2]'],
    ['2', 'TypeError: zeros: shape must be an array of sizes, got 2'],
    [undefined, 'TypeError: zeros: shape must be an array of sizes, got undefined'],
  ];
  test.each(bad)('zeros(%j)', (shape, message) => {
    let error: unknown;
    try {
      zeros(shape as number[]);
    } catch (thrown) {
      error = thrown;
    }
    expect(String(error)).toBe(message);
  });

  test('more than there is memory', () => {
    expect(() => zeros([2 ** 50])).toThrow(
      expect.objectContaining({
        name: 'OutOfMemoryError',
        message: expect.stringContaining('zeros: could not allocate'),
      }),
    );
    expect(zeros([2]).toArray()).toEqual([0, 0]);
  });

  test('other arguments', () => {
    expect(() => zeros([2], { dtype: 'float16' } as unknown as CreationOptions)).toThrow(
      new TypeError('zeros: dtype must be one of bool, uint8, int32, float32, float64, got float16'),
    );
    expect(() => zeros([2], { dtype: 'toString' } as unknown as CreationOptions)).toThrow(TypeError);
    expect(() => full([2], undefined as unknown as number)).toThrow(
      new TypeError('full: value must be a number, got undefined'),
    );
    expect(() => fullLike(ones(2), '3' as unknown as number)).toThrow(TypeError);
    expect(() => arange(0, 3, 0)).toThrow('arange: step must not be 0');
    expect(() => arange(0, 3, -1)).toThrow('arange: step -1 does not lead from 0 to 3');
    expect(() => arange(Number.NaN)).toThrow('arange: end must be finite, got NaN');
    expect(() => arange(0, 3, 1, { dtype: 'bool' })).toThrow(TypeError);
    expect(() => linspace(0, 3, 4, { dtype: 'bool' })).toThrow(TypeError);
    expect(() => linspace(0, 1, -1)).toThrow(RangeError);
    expect(() => linspace(0, Number.POSITIVE_INFINITY, 3)).toThrow(
      'linspace: end must be finite, got Infinity',
    );
    expect(() => fromTypedArray(new Float32Array(3), [2])).toThrow(
      new ShapeError('fromTypedArray: shape [2] holds 2 elements, the array 3'),
    );
    expect(() => fromTypedArray([1] as unknown as TypedArray)).toThrow(TypeError);
  });
});
