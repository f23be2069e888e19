import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  arange,
  clamp,
  eq,
  full,
  mul,
  type Operand,
  ones,
  remainder,
  ShapeError,
  sign,
  sub,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import { flat } from '../figures.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { fixture, testCases } from './cases.ts';

onBothKernels('promotion', () => {
  testCases(fixture.promotion);

  test('a boolean can be subtracted from a number, but not from a boolean', () => {
    const mask = tensor([true, false]);
    expect(tensor([1, 1]).sub(mask).toArray()).toEqual([0, 1]);
    expect(() => mask.sub(mask)).toThrow('sub: not defined for bool');
  });

  test('integers wrap', () => {
    expect(flat(full([1], 2 ** 31 - 1, { dtype: 'int32' }).add(1))).toEqual([-(2 ** 31)]);
    expect(flat(full([1], 200, { dtype: 'uint8' }).mul(2))).toEqual([144]);
    expect(flat(full([1], 65537, { dtype: 'int32' }).square())).toEqual([131073]);
  });

  test('integers are not divided by zero', () => {
    const x = tensor([1, 2], { dtype: 'int32' });
    expect(() => remainder(x, tensor([1, 0], { dtype: 'int32' }))).toThrow(RangeError);
    expect(() => x.fmod(0)).toThrow('fmod: integers cannot be divided by zero');
    expect(flat(x.fmod(0.5))).toEqual([0, 0]);
  });

  test('two numbers make a 0-d tensor', () => {
    expect(add(1, 2)).toMatchObject({ dtype: 'int32', shape: [] });
    expect(add(1, 2).item()).toBe(3);
    expect(sub(1, 0.5).item()).toBe(0.5);
    expect(sub(tensor([1, 2]), 1).toArray()).toEqual([0, 1]);
    expect(sub(1, tensor([1, 2])).toArray()).toEqual([0, -1]);
  });
});

onBothKernels('functions of one element', () => {
  testCases(fixture.unary);

  test('sign keeps NaN', () => {
    expect(flat(sign(tensor([-3, 0, 2, Number.NaN])))).toEqual([-1, 0, 1, Number.NaN]);
  });

  test('clamp', () => {
    const x = tensor([-2, 0, 2, Number.NaN]);
    expect(flat(clamp(x, -1, 1))).toEqual([-1, 0, 1, Number.NaN]);
    expect(flat(clamp(x, null, 1))).toEqual([-2, 0, 1, Number.NaN]);
    expect(flat(clamp(x, -1))).toEqual([-1, 0, 2, Number.NaN]);
    expect(flat(clamp(x, 5, 1).narrow(0, 0, 3))).toEqual([1, 1, 1]);
    expect(() => clamp(x, null)).toThrow(TypeError);
  });

  test('booleans have no arithmetic of their own', () => {
    expect(() => tensor([true]).neg()).toThrow("neg: not defined for bool; convert it with to('int32')");
    expect(flat(tensor([true, false]).exp())[1]).toBe(1);
  });
});

onBothKernels('broadcasting', () => {
  testCases(fixture.broadcasting);

  const m = arange(1, 10).view(3, 3).float();
  const c = tensor([10, 20, 30]);

  test('the expressions of the lesson', () => {
    const [a, b] = [tensor([10, 6, -4]), tensor([2, 8, 7])];
    expect(a.add(b).toArray()).toEqual([12, 14, 3]);
    expect(a.lt(b).float().mean().item()).toBeCloseTo(0.6667, 4);
    expect(a.gt(0).toArray()).toEqual([true, true, false]);
    expect(a.add(1).toArray()).toEqual([11, 7, -3]);
    expect(mul(2, m).toArray()).toEqual([
      [2, 4, 6],
      [8, 10, 12],
      [14, 16, 18],
    ]);
    expect(m.mul(m).sum().sqrt().item()).toBeCloseTo(16.8819, 4);
    const rows = [
      [11, 22, 33],
      [14, 25, 36],
      [17, 28, 39],
    ];
    expect(m.add(c).toArray()).toEqual(rows);
    expect(c.add(m).toArray()).toEqual(rows);
    expect(m.add(c.unsqueeze(1)).toArray()).toEqual([
      [11, 12, 13],
      [24, 25, 26],
      [37, 38, 39],
    ]);
    const [row, column] = [c.unsqueeze(0), c.unsqueeze(1)];
    expect(row.mul(column).toArray()).toEqual([
      [100, 200, 300],
      [200, 400, 600],
      [300, 600, 900],
    ]);
    expect(row.gt(column).int().toArray()).toEqual([
      [0, 1, 1],
      [0, 0, 1],
      [0, 0, 0],
    ]);
    expect(c.eq(row).all().item()).toBe(true);
    expect(zeros([256, 256, 3]).mul(ones([3])).shape).toEqual([256, 256, 3]);
  });

  test('shapes that do not fit are named, with the dimension', () => {
    const image = zeros([256, 256, 3], { dtype: 'uint8' });
    expect(() => zeros([128, 256, 3], { dtype: 'uint8' }).add(image)).toThrow(
      new ShapeError(
        'add: [128, 256, 3] and [256, 256, 3] do not broadcast: sizes 128 and 256 at dimension -3',
      ),
    );
    expect(() => image.mul(zeros([256, 256]))).toThrow(
      new ShapeError('mul: [256, 256, 3] and [256, 256] do not broadcast: sizes 3 and 256 at dimension -1'),
    );
  });

  test('the classic: a column less a row is a matrix', () => {
    expect(zeros([100, 1]).sub(zeros([100])).shape).toEqual([100, 100]);
  });
});

onBothKernels('in place', () => {
  test('stores in the first operand, and returns it', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const before = x.storage().version;
    expect(x.add_(tensor([10, 20]))).toBe(x);
    expect(x.toArray()).toEqual([
      [11, 22],
      [13, 24],
    ]);
    expect(x.storage().version).toBeGreaterThan(before);
    expect(x.sub_(1).mul_(2).div_(4).pow_(2).neg_().relu_().exp_().sqrt_().toArray()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('is seen through every view', () => {
    const x = zeros([2, 3]);
    x.t().narrow(0, 1, 1).add_(5);
    expect(x.toArray()).toEqual([
      [0, 5, 0],
      [0, 5, 0],
    ]);
  });

  test('keeps the dtype of the first operand', () => {
    expect(ones([2]).add_(ones([2], { dtype: 'float64' }))).toMatchObject({ dtype: 'float32' });
    const bytes = full([2], 250, { dtype: 'uint8' });
    expect(bytes.add_(full([2], 10, { dtype: 'int32' })).toArray()).toEqual([4, 4]);
  });

  test('refuses what cannot be stored, and changes nothing', () => {
    const whole = ones([2], { dtype: 'int32' });
    expect(() => whole.add_(0.5)).toThrow(
      'add_: the result is float32 and cannot be stored in place in int32',
    );
    expect(() => whole.div_(2)).toThrow(TypeError);
    expect(() => whole.sqrt_()).toThrow(TypeError);
    expect(() => tensor([true]).add_(1)).toThrow(TypeError);
    expect(() => whole.add_(ones([3, 2], { dtype: 'int32' }))).toThrow(
      new ShapeError('add_: the result has shape [3, 2] and does not fit in place into [2]'),
    );
    expect(whole.toArray()).toEqual([1, 1]);
  });

  test('refuses an expanded tensor, whose elements share memory', () => {
    const row = zeros([3]).expand(2, 3);
    expect(() => row.add_(1)).toThrow('add_: cannot write into a tensor of shape [2, 3] and strides [0, 1]');
    expect(() => row.relu_()).toThrow(ShapeError);
    expect(() => add(ones([2, 3]), 1, { out: row })).toThrow(ShapeError);
    expect(row.sum().item()).toBe(0);
  });

  test('an operand may overlap the result', () => {
    const square = arange(9).view(3, 3).float();
    expect(square.clone().add_(square.t()).toArray()).toEqual([
      [0, 4, 8],
      [4, 8, 12],
      [8, 12, 16],
    ]);
    const same = square.clone();
    expect(same.add_(same.t()).toArray()).toEqual([
      [0, 4, 8],
      [4, 8, 12],
      [8, 12, 16],
    ]);
    const line = arange(6).float();
    line.narrow(0, 1, 5).add_(line.narrow(0, 0, 5));
    expect(line.toArray()).toEqual([0, 1, 3, 5, 7, 9]);
  });
});

onBothKernels('out', () => {
  test('takes the result', () => {
    const out = zeros([2]);
    expect(add(tensor([1, 2]), 1, { out })).toBe(out);
    expect(out.toArray()).toEqual([2, 3]);
    tensor([4, 9]).sqrt({ out });
    expect(out.toArray()).toEqual([2, 3]);
    const flags = zeros([2], { dtype: 'bool' });
    expect(eq(out, 3, { out: flags }).toArray()).toEqual([false, true]);
  });

  test('must have shape and dtype of the result', () => {
    const out = full([3], 7);
    expect(() => add(tensor([1, 2]), 1, { out })).toThrow(
      new ShapeError('add: out has shape [3], but the result has [2]'),
    );
    expect(() => add(zeros([3], { dtype: 'float64' }), 1, { out })).toThrow(
      'add: out is float32, but the result is float64',
    );
    expect(() => eq(out, out, { out })).toThrow(TypeError);
    expect(out.toArray()).toEqual([7, 7, 7]);
  });

  /** A view of a storage of 40 elements, at any place and in any direction that `t` and `narrow` make. */
  const view = fc
    .record({ start: fc.nat(10), step: fc.constantFrom(1, 2), transposed: fc.boolean() })
    .map(({ start, step, transposed }) => (whole: Tensor) => {
      const square = whole.narrow(0, start, 9 * step).view(9, step);
      const nine = square.select(1, 0).reshape(3, 3);
      return transposed ? nine.t() : nine;
    });

  test('may overlap the operands, in any way: right as if they were copied', () => {
    fc.assert(
      fc.property(view, view, view, (viewA, viewB, viewOut) => {
        const whole = arange(40).float();
        const [a, b] = [viewA(whole), viewB(whole)];
        const expected = sub(a.clone(), b.clone()).toArray();
        expect(sub(a, b, { out: viewOut(whole) }).toArray()).toEqual(expected);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('wrong operands', () => {
  const x = ones([2]);
  const wrong: [name: string, value: unknown, shown: string][] = [
    ['nothing', undefined, 'undefined'],
    ['text', '1', "'1'"],
    ['an array', [1, 2], 'a value of type Array'],
    ['a function', () => 1, 'a function'],
    ['an object without prototype', Object.create(null), 'a value of type object'],
  ];
  test.each(wrong)('%s', (_, value, shown) => {
    expect(() => x.add(value as Operand)).toThrow(
      new TypeError(`add: operand 2 must be a Tensor or a number, got ${shown}`),
    );
    expect(() => x.add_(value as Operand)).toThrow(TypeError);
    expect(() => x.lt(value as Operand)).toThrow(TypeError);
  });

  test('a method on something else', () => {
    expect(() => x.neg.call({} as Tensor)).toThrow(TypeError);
  });
});
