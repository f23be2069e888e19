import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import {
  bytesOf,
  flopsOf,
  formatMatmulShape,
  matmulOperands,
  matmulShapes,
  parseMatmulShape,
} from '../../src/cli/matmulShape.ts';

const plain = { batch: 1, aTransposed: false, bTransposed: false };

test('shapes are read in short and in full', () => {
  const forward = { ...plain, m: 64, k: 784, n: 50, bTransposed: true };
  for (const text of ['64x784x50t', '64x784@784x50t', '64×784 @ 784×50ᵀ']) {
    expect(parseMatmulShape(text)).toEqual(forward);
  }
  expect(parseMatmulShape('50x64tx784')).toEqual({ ...plain, m: 50, k: 64, n: 784, aTransposed: true });
  expect(parseMatmulShape('32*64x8x4')).toEqual({ ...plain, batch: 32, m: 64, k: 8, n: 4 });
});

test.each([
  '',
  '64',
  '64x784',
  '64x784x50x2',
  'axbxc',
  '64x784@50',
  '6.5x7x8',
  '-1x2x3',
  '64tx784x50',
  '0x1x2',
])('%j is no shape', (text) => {
  expect(() => parseMatmulShape(text)).toThrow(InvalidArgumentError);
});

test('what is formatted can be read again', () => {
  for (const shape of matmulShapes.filter(({ batch }) => batch === 1)) {
    expect(parseMatmulShape(formatMatmulShape(shape))).toEqual(shape);
  }
});

test('operands lie as the shape says', () => {
  const { a, b, out } = matmulOperands(parseMatmulShape('2*4x5t@5x6'));
  expect([a.shape, a.stride()]).toEqual([
    [2, 4, 5],
    [20, 1, 4],
  ]);
  expect([b.shape, b.stride()]).toEqual([
    [2, 5, 6],
    [30, 6, 1],
  ]);
  expect(out.shape).toEqual([2, 4, 6]);
});

test('operations and bytes are counted', () => {
  const shape = parseMatmulShape('10*2x3x4');
  expect(flopsOf(shape)).toBe(10 * 2 * 2 * 3 * 4);
  expect(bytesOf(shape)).toBe(10 * 4 * (6 + 12 + 8));
});
