import { describe, expect, test } from 'vitest';
import * as handgrad from '../../src/index.ts';
import { fromTypedArray, OutOfMemoryError, type Tensor, tensor, zeros } from '../../src/index.ts';

/** FAULTS.md for arithmetic, reductions and products: the error, and that nothing has changed. */

type Call = (x: Tensor) => unknown;

/** One call of each operation on a float matrix of two rows and two columns, and whether it may be 0-d instead. */
const calls: Record<string, Call> = {
  ...Object.fromEntries(
    ['exp', 'neg', 'isnan', 'logicalNot', 'sum', 'mean', 'amax', 'std', 'norm', 'logsumexp', 'argmax', 'max']
      .concat([
        'median',
        'any',
        'countNonzero',
        'sort',
        'argsort',
        'unique',
        'histc',
        'trace',
        'exp_',
        'clamp_',
      ])
      .map((name) => [
        name,
        (x: Tensor) =>
          (x as unknown as Record<string, (bound?: number) => unknown>)[name](
            name === 'clamp_' ? 0 : undefined,
          ),
      ]),
  ),
  add: (x) => x.add(1),
  'add, right': (x) => handgrad.add(1, x),
  eq: (x) => x.eq(x),
  clamp: (x) => x.clamp(0, 1),
  lerp: (x) => x.lerp(x, 0.5),
  addcmul: (x) => x.addcmul(x, x),
  'sum over one': (x) => x.sum(0),
  cumsum: (x) => x.cumsum(0),
  topk: (x) => x.topk(1),
  matmul: (x) => x.matmul(x),
  addmm: (x) => x.addmm(x, x),
  tensordot: (x) => x.tensordot(x),
  vecdot: (x) => x.vecdot(x),
  einsum: (x) => handgrad.einsum('ij,jk->ik', x, x),
  'einsum of one': (x) => handgrad.einsum('ij->ji', x),
};

describe('memory that is gone', () => {
  test.each(Object.keys(calls))('%s of a detached tensor is a TypeError', (name) => {
    const array = new Float32Array([1, 2, 3, 4]);
    const x = fromTypedArray(array, [2, 2]);
    expect(() => calls[name](x)).not.toThrow(); // the call itself is right
    structuredClone(array.buffer, { transfer: [array.buffer] });
    expect(() => calls[name](x)).toThrow(TypeError);
    expect(() => calls[name](x)).toThrow(/detached/);
  });

  test('a result that cannot be had is an OutOfMemoryError, and the next operation works', () => {
    const x = tensor([1, 2]);
    const huge = x.unsqueeze(1).expand(2, 2 ** 40);
    expect(() => huge.add(1)).toThrow(OutOfMemoryError);
    expect(() => huge.exp()).toThrow('exp: could not allocate 8796093022208 bytes');
    expect(() => handgrad.einsum('ij->ij', huge)).not.toThrow(); // a view
    expect(() => handgrad.einsum('ij,i->ij', huge, x)).toThrow(OutOfMemoryError);
    expect(x.add(1).toArray()).toEqual([2, 3]);
  });
});

describe('shapes whose product overflows', () => {
  const column = zeros([1, 1]).expand(2 ** 40, 1);
  const row = zeros([1, 1]).expand(1, 2 ** 40);
  const [noColumns, noRows] = [
    zeros([1, 1, 0]).expand(2 ** 40, 1, 0),
    zeros([1, 1, 0]).expand(1, 2 ** 40, 0),
  ];

  test.each([
    ['add', () => column.add(row)],
    ['add, where a zero hides it', () => noColumns.add(noRows)],
    ['lt', () => noColumns.lt(noRows)],
    ['where', () => handgrad.where(noColumns.gt(0), noRows, 0)],
    ['maskedFill', () => noColumns.maskedFill(noRows.gt(0), 0)],
    ['sum', () => noColumns.sub(noRows).sum(2)],
    ['matmul', () => column.matmul(row)],
    ['linear', () => handgrad.linear(column, column)],
    ['outer', () => column.select(1, 0).outer(column.select(1, 0))],
    ['einsum', () => handgrad.einsum('ij,kl->il', column, row)],
    ['stack', () => handgrad.stack(new Array(2 ** 14).fill(column))],
    ['repeat', () => noColumns.repeat(1, 2 ** 40, 1)],
    ['expand', () => zeros([1, 1]).expand(2 ** 40, 2 ** 40)],
  ])('%s: a RangeError before anything is allocated', (_, call) => {
    expect(call).toThrow(RangeError);
    expect(call).toThrow('has more than 2^53 elements');
  });
});

describe('what is no tensor, or missing', () => {
  const x = tensor([1, 2]);
  const wrong = (value: unknown) => value as Tensor;

  test.each([null, undefined, 'text', {}, [[1, 2]], 1n, Symbol('s'), new Float32Array(2)])('%s', (value) => {
    for (const f of [handgrad.exp, handgrad.sum, handgrad.sort, handgrad.isnan, handgrad.trace])
      expect(() => f(wrong(value))).toThrow(TypeError);
    for (const f of [
      handgrad.add,
      handgrad.eq,
      handgrad.logicalAnd,
      handgrad.matmul,
      handgrad.dot,
      handgrad.outer,
    ])
      expect(() => f(x, wrong(value))).toThrow(TypeError);
    for (const f of [handgrad.add_, handgrad.lt_, handgrad.clampMin, handgrad.clampMax_])
      expect(() => f(x, wrong(value))).toThrow(TypeError);
    expect(() => handgrad.lerp(x, x, wrong(value))).toThrow(TypeError);
    expect(() => handgrad.addcmul(x, wrong(value), x)).toThrow(TypeError);
    expect(() => x.add.call(wrong(value), 1)).toThrow(TypeError);
    expect(() => x.exp.call(wrong(value))).toThrow(TypeError);
    expect(() => x.clamp_.call(wrong(value), 0)).toThrow(TypeError);
    if (value !== null && value !== undefined) {
      expect(() => x.add(1, { out: wrong(value) })).toThrow('add: out must be a Tensor');
      expect(() => x.sum(wrong(value) as unknown as number)).toThrow();
    }
    expect(x.toArray()).toEqual([1, 2]);
  });

  test('arguments of the wrong type or range', () => {
    expect(() => x.topk(undefined as unknown as number)).toThrow('topk: k must be a number, got undefined');
    expect(() => x.topk(1.5)).toThrow('topk: k must be a whole number from 0 to 2, got 1.5');
    expect(() => x.cumsum(undefined as unknown as number)).toThrow(TypeError);
    expect(() => x.cumsum(1)).toThrow(RangeError);
    expect(() => x.norm(null, { p: '2' as unknown as number })).toThrow(TypeError);
    expect(() => x.norm(null, { p: Number.NaN })).toThrow(RangeError);
    expect(() => x.histc(2, { min: '0' as unknown as number, max: 1 })).toThrow(TypeError);
    expect(() => x.std(null, { correction: '1' as unknown as number })).toThrow(TypeError);
    expect(() => x.addcmul(x, x, { value: '1' as unknown as number })).toThrow(
      'addcmul: value must be a number',
    );
    expect(() => x.int().addcmul(1, 1, { value: 0.5 })).toThrow(TypeError);
    expect(() => x.clamp(null)).toThrow('clamp: at least one of low and high must be given');
    expect(() => x.outer(x.view(1, 2))).toThrow('outer: needs 1 and 1 dimensions: [2] and [1, 2]');
    expect(() => x.tensordot(x, 'all' as unknown as number)).toThrow(TypeError);
    expect(() => x.tensordot(x, 2)).toThrow('tensordot: dims must be a whole number from 0 to 1, got 2');
    expect(() => zeros([2, 3]).addmm(zeros([2, 2]), zeros([2, 2]))).toThrow(
      'addmm: [2, 3] and [2, 2] do not broadcast: sizes 3 and 2 at dimension -1',
    );
  });

  test('a getter that changes a shape or detaches is seen once, before anything is read', () => {
    for (const f of [handgrad.exp, handgrad.cumsum, handgrad.sum, handgrad.sort, handgrad.max]) {
      const array = new Float32Array([1, 2, 3, 4]);
      const y = fromTypedArray(array, [2, 2]);
      const options = {
        get out(): undefined {
          structuredClone(array.buffer, { transfer: [array.buffer] });
          return undefined;
        },
      };
      const call = f as unknown as (x: Tensor, ...rest: unknown[]) => unknown;
      const rest = f === handgrad.exp ? [options] : [0, options];
      expect(() => call(y, ...rest)).toThrow(/detached/);
    }
    let reads = 0;
    const counting = {
      get out(): Tensor {
        reads++;
        return zeros([2]);
      },
    };
    x.add(1, counting);
    x.exp(counting);
    x.clamp(0, 1, counting);
    x.cumsum(0, counting);
    x.addcmul(x, x, counting);
    expect(reads).toBe(5);
  });
});

describe('an operation that fails leaves its operands as they were', () => {
  test.each([
    ['add_', (x: Tensor) => x.add_(zeros([3]))],
    ['mul_ that would grow', (x: Tensor) => x.mul_(zeros([2, 2]))],
    ['div_ of integers', (x: Tensor) => x.int().div_(2)],
    ['lerp_', (x: Tensor) => x.lerp_(zeros([3]), 0.5)],
    ['clamp_ without bounds', (x: Tensor) => x.clamp_(null)],
    ['out of another dtype', (x: Tensor) => x.eq(0, { out: x })],
    ['out of another shape', (x: Tensor) => x.add(zeros([2, 2]), { out: x })],
    ['cumsum_', (x: Tensor) => x.cumsum_(3)],
    ['matmul', (x: Tensor) => handgrad.matmul(zeros([2, 3]), zeros([4, 5]), { out: x })],
  ])('%s', (_, call) => {
    const x = tensor([1.5, -2]);
    expect(() => call(x)).toThrow(/^[a-z]+_?: /i);
    expect(x.toArray()).toEqual([1.5, -2]);
    expect(x.storage().version).toBe(0);
  });

  test.each(['remainder_', 'fmod_', 'floorDivide_', 'pow_'] as const)('%s of integers', (name) => {
    const x = tensor([5, 6, 7], { dtype: 'int32' });
    const bad = tensor([1, name === 'pow_' ? -1 : 0, 2], { dtype: 'int32' });
    expect(() => x[name](bad)).toThrow(RangeError);
    expect(() => x[name](name === 'pow_' ? -1 : 0)).toThrow(RangeError);
    expect(x.toArray()).toEqual([5, 6, 7]);
    expect(zeros([0], { dtype: 'int32' })[name](tensor([0], { dtype: 'int32' })).shape).toEqual([0]);
  });
});

test('int32 wraps at the ends of its range', () => {
  const ends = tensor([2 ** 31 - 1, -(2 ** 31)], { dtype: 'int32' });
  expect(ends.add(1).toArray()).toEqual([-(2 ** 31), -(2 ** 31) + 1]);
  expect(ends.mul(ends).toArray()).toEqual([1, 0]);
  expect(ends.pow(3).toArray()).toEqual([2 ** 31 - 1, 0]);
  expect(ends.addcmul(ends, ends).toArray()).toEqual([-(2 ** 31), -(2 ** 31)]);
  expect(ends.sum().item()).toBe(-1);
});
