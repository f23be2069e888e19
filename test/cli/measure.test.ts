import { expect, test } from 'vitest';
import { formatSeconds, measureInTurns } from '../../src/cli/measure.ts';

test('variants are timed in turns, each prepared anew', () => {
  const prepared: string[] = [];
  let ran = { quick: 0, slow: 0 };
  const variant = (name: 'quick' | 'slow', turns: number) => () => {
    prepared.push(name);
    return () => {
      ran = { ...ran, [name]: ran[name] + 1 };
      for (let i = 0, x = 0; i < turns; i++) x += Math.sqrt(i + x);
    };
  };
  const timings = measureInTurns(
    { quick: variant('quick', 1000), slow: variant('slow', 100_000) },
    { samples: 3, sampleSeconds: 0.002 },
  );
  expect(prepared).toEqual(['quick', 'slow', 'quick', 'slow', 'quick', 'slow', 'quick', 'slow']);
  expect(timings['quick'].best).toBeLessThan(timings['slow'].best);
  expect(timings['quick'].best).toBeLessThanOrEqual(timings['quick'].median);
  expect(ran.quick).toBeGreaterThan(ran.slow);
});

test('times in three digits and the unit that fits', () => {
  expect([12.345, 0.0021, 4.5e-6, 7e-10].map(formatSeconds)).toEqual([
    '12.3 s',
    '2.10 ms',
    '4.50 µs',
    '0.700 ns',
  ]);
});
