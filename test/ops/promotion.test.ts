import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { add, type DType, div, eq, type Operand, ones, where } from '../../src/index.ts';

/**
 * PyTorch's whole numbers are int64 unless said otherwise; ours are int32. So where PyTorch's answer is int64
 * (bool with the number 2), int32 is expected.
 */
const { pairs } = JSON.parse(
  readFileSync(new URL('../fixtures/promotion.json', import.meta.url), 'utf8'),
) as { pairs: [string, string, DType][] };

function operandOf(description: string): Operand {
  const [dtype, shape] = description.split(' ');
  if (shape === undefined) return JSON.parse(description) as number | boolean;
  return ones(shape === '[]' ? [] : [2], { dtype: dtype as DType });
}

describe('promotion as in PyTorch', () => {
  test('of all pairs of dtypes, with and without dimensions, and of numbers', () => {
    expect(pairs).toHaveLength(10 * 10 + 2 * 10 * 3);
    const got = pairs.map(([a, b]) => [a, b, add(operandOf(a), operandOf(b)).dtype]);
    expect(got).toEqual(pairs);
  });

  test('division gives floats, comparison bool, and where what its values promote to', () => {
    for (const [a, b, dtype] of pairs) {
      const [x, y] = [operandOf(a), operandOf(b)];
      expect(div(x, y).dtype, `${a} / ${b}`).toBe(dtype.startsWith('float') ? dtype : 'float32');
      expect(eq(x, y).dtype).toBe('bool');
      expect(where(ones([2], { dtype: 'bool' }), x, y).dtype, `${a} or ${b}`).toBe(dtype);
    }
  });
});
