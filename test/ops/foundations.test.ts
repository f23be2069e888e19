import { expect, test } from 'vitest';
import {
  add,
  arange,
  einsum,
  matmul,
  mseLoss,
  ones,
  ShapeError,
  sub,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { elements } from '../support/tensors.ts';

/** FOUNDATIONS.md §4, row by row. */
onBothKernels('elementwise', () => {
  const a = tensor([10, 6, -4]);
  const b = tensor([2, 8, 7]);
  const m = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9]).view(3, 3);

  test('arithmetic and comparison', () => {
    expect(a.add(b).toArray()).toEqual([12, 14, 3]);
    expect(a.lt(b).float().mean().item()).toBeCloseTo(0.6667, 4);
    expect(a.gt(0).int().toArray()).toEqual([1, 1, 0]);
    expect(a.add(1).toArray()).toEqual([11, 7, -3]);
    expect(m.mul(2).toArray()).toEqual([
      [2, 4, 6],
      [8, 10, 12],
      [14, 16, 18],
    ]);
  });

  test('the Frobenius norm of 1…9 is √285', () => {
    expect(m.mul(m).sum().sqrt().item()).toBeCloseTo(16.8819, 4);
    expect(m.norm().item()).toBeCloseTo(Math.sqrt(285), 5);
  });
});

onBothKernels('broadcasting', () => {
  const c = tensor([10, 20, 30]);
  const m = arange(1, 10).view(3, 3).float();

  test('a row is added to each row', () => {
    const want = [
      [11, 22, 33],
      [14, 25, 36],
      [17, 28, 39],
    ];
    expect(m.add(c).toArray()).toEqual(want);
    expect(c.add(m).toArray()).toEqual(want);
  });

  test('an expanded tensor repeats its three numbers without a copy', () => {
    const rows = c.expandAs(m);
    expect(rows.storage().toArray()).toEqual([10, 20, 30]);
    expect(rows.stride()).toEqual([0, 1]);
    expect([rows.shape, rows.toArray()]).toEqual([
      [3, 3],
      [
        [10, 20, 30],
        [10, 20, 30],
        [10, 20, 30],
      ],
    ]);
    expect(c.index(':', null).expandAs(m).stride()).toEqual([1, 0]);
  });

  test('a column is added to each column', () => {
    expect(m.add(c.index(':', null)).toArray()).toEqual([
      [11, 12, 13],
      [24, 25, 26],
      [37, 38, 39],
    ]);
  });

  test('a row and a column make a table', () => {
    const [row, column] = [c.index(null), c.index(':', null)];
    expect([row, column, c.unsqueeze(0), c.unsqueeze(1), c.index('...', null)].map((x) => x.shape)).toEqual([
      [1, 3],
      [3, 1],
      [1, 3],
      [3, 1],
      [3, 1],
    ]);
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
  });

  test('strides', () => {
    const x = tensor([
      [1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10],
    ]);
    expect([x.stride(), x.stride(0), x.stride(1)]).toEqual([[5, 1], 5, 1]);
  });

  test('an image: a factor a channel, and normalising each channel, channels last and first', () => {
    const image = arange(256 * 256 * 3)
      .float()
      .view(256, 256, 3)
      .div(1000);
    const scaled = image.mul(tensor([1, 2, 3]));
    expect(scaled.shape).toEqual([256, 256, 3]);
    expect(scaled.select(0, 5).select(0, 7).toArray()).toEqual(
      elements(image.select(0, 5).select(0, 7)).map((value, i) => Math.fround(value * (i + 1))),
    );
    const last = image.sub(image.mean([0, 1])).div(image.std([0, 1]));
    const channels = image.permute(2, 0, 1);
    const first = channels
      .sub(channels.mean([1, 2], { keepdim: true }))
      .div(channels.std([1, 2], { keepdim: true }));
    for (const [x, dims] of [
      [last, [0, 1]],
      [first, [1, 2]],
    ] as [Tensor, number[]][]) {
      expect(Math.max(...elements(x.mean(dims).abs()))).toBeLessThan(1e-4);
      expect(Math.max(...elements(x.std(dims).sub(1).abs()))).toBeLessThan(1e-4);
    }
  });

  test('shapes that do not fit are refused, naming the dimension', () => {
    expect(() => add(zeros([128, 256, 3]), zeros([256, 256, 3]))).toThrow(
      'add: [128, 256, 3] and [256, 256, 3] do not broadcast: sizes 128 and 256 at dimension -3',
    );
    expect(() => zeros([256, 256, 3]).mul(zeros([256, 256]))).toThrow(
      'mul: [256, 256, 3] and [256, 256] do not broadcast: sizes 3 and 256 at dimension -1',
    );
  });
});

onBothKernels('einsum', () => {
  const a = arange(6).float().view(2, 3);
  const b = arange(12).float().view(3, 4);
  const square = arange(9).float().view(3, 3);

  test('the rows of the lesson', () => {
    expect(einsum('ik,kj->ij', a, b).toArray()).toEqual(matmul(a, b).toArray());
    expect(einsum('ik,kj', a, b).toArray()).toEqual(matmul(a, b).toArray()); // implicit output
    expect(einsum('ij->ji', a).toArray()).toEqual(a.t().toArray());
    expect(einsum('ii->', square).item()).toBe(12);
    expect(einsum('ii->i', square).toArray()).toEqual([0, 4, 8]);
    const x = arange(12).float().view(2, 2, 3);
    const y = arange(24).float().view(2, 3, 4);
    expect(einsum('bik,bkj->bij', x, y).toArray()).toEqual(x.matmul(y).toArray());
    expect(einsum('b i,ij,bj', a, square, a).item()).toBe(a.matmul(square).mul(a).sum().item());
    expect(einsum('bi,bj->ij', a, a).toArray()).toEqual(a.t().matmul(a).toArray());
    expect(einsum('ik,kj->ikj', a, b).toArray()).toEqual(a.unsqueeze(2).mul(b.unsqueeze(0)).toArray());
    expect(einsum('...ij->...ji', x).toArray()).toEqual(x.transpose(-1, -2).toArray());
  });
});

onBothKernels('traps of the lesson', () => {
  test('matmul in its ranks', () => {
    const [m, v] = [arange(6).float().view(2, 3), tensor([1, 2, 3])];
    expect(m.matmul(v).toArray()).toEqual([8, 26]);
    expect(tensor([1, 2]).matmul(m).toArray()).toEqual([6, 9, 12]);
    expect(v.matmul(v).item()).toBe(14);
    expect(ones([4, 1, 2, 3]).matmul(ones([5, 3, 2])).shape).toEqual([4, 5, 2, 2]);
  });

  test('squeeze takes all dimensions of size 1: the batch of one vanishes, too', () => {
    expect(zeros([1, 1]).squeeze().shape).toEqual([]);
    expect(zeros([1, 1]).squeeze(-1).shape).toEqual([1]);
  });

  test('[n, 1] − [n] broadcasts to [n, n]; the losses refuse it', () => {
    const [output, target] = [zeros([1000, 1]), zeros([1000])];
    expect(sub(output, target).shape).toEqual([1000, 1000]);
    expect(() => mseLoss(output, target)).toThrow(ShapeError);
  });
});
