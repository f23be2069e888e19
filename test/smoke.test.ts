import { expect, test } from 'vitest';
import { arange, crossEntropy, linear, matmul, tensor, zeros } from '../src/index.ts';

test('smoke', () => {
  const m = arange(1, 10).view(3, 3).float();
  expect(m.mul(m).sum().sqrt().item()).toBeCloseTo(16.8819, 3);
  const c = tensor([10, 20, 30]);
  expect(m.add(c).toArray()).toEqual([
    [11, 22, 33],
    [14, 25, 36],
    [17, 28, 39],
  ]);
  expect(m.add(c.unsqueeze(1)).toArray()).toEqual([
    [11, 12, 13],
    [24, 25, 26],
    [37, 38, 39],
  ]);
  expect(matmul(m, m.t()).shape).toEqual([3, 3]);
  expect(m.matmul(c).toArray()).toEqual([140, 320, 500]);
  expect(() => zeros([64, 784]).matmul(zeros([512, 10]))).toThrow(
    'matmul: inner sizes differ: [64, 784] @ [512, 10]',
  );
  expect(linear(m, m, c).shape).toEqual([3, 3]);
  expect(m.max(1).indices.toArray()).toEqual([2, 2, 2]);
  expect(m.max().item()).toBe(9);
  expect(crossEntropy(zeros([2, 10]), tensor([1, 2]).int()).loss.item()).toBeCloseTo(Math.log(10));
  expect(m.std().item()).toBeCloseTo(2.7386, 4);
  expect([...m].length).toBe(3);
});
