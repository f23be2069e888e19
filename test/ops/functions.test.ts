import { expect, test } from 'vitest';
import { log2, logaddexp, tensor } from '../../src/index.ts';
import { elements } from '../support/tensors.ts';

test('log2 is exact for every power of 2', () => {
  const exponents = Array.from({ length: 2098 }, (_, i) => i - 1074);
  const powers = tensor(
    exponents.map((exponent) => 2 ** exponent),
    { dtype: 'float64' },
  );
  expect(elements(log2(powers))).toEqual(exponents);
});

test('logaddexp neither overflows nor loses what is small', () => {
  const a = tensor([1000, -1000, 0, 0, 5], { dtype: 'float64' });
  const b = tensor([1000, -1000, -40, -800, 5], { dtype: 'float64' });
  const want = [1000 + Math.LN2, -1000 + Math.LN2, Math.log1p(Math.exp(-40)), 0, 5 + Math.LN2];
  expect(elements(logaddexp(a, b))).toEqual(want);
});
