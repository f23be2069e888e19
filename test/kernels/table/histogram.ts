/** histogram. */

import { test } from 'vitest';
import { inputLayouts, operand, outputLayouts, poisoned, turn, valuesOf } from './operands.ts';
import { ordinary, type Source, specials, uniform, whole } from './values.ts';
import { exact, type Subject, verify } from './verify.ts';

export function histogramTable(subject: Subject): void {
  test('histogram', () => histogramCases(subject));
}

const intervals = [
  { low: 0, high: 1 },
  { low: -3, high: 4.5 },
  { low: 0.1, high: 0.3 },
  { low: -1e30, high: 1e30 },
];

function histogramCases(subject: Subject): void {
  let turns = 0;
  for (const dtype of ['float32', 'float64'] as const) {
    const round = dtype === 'float32' ? Math.fround : (value: number) => value;
    let at = 0;
    const sources: Source[] = [
      uniform(1300),
      ordinary(1301),
      whole(1302, 4), // edges of parts
      () => specials[dtype][at++ % specials[dtype].length],
    ];
    for (const source of sources) {
      for (const shape of [[], [1], [7, 3], [1000], [65, 33], [4, 0], [70_001]]) {
        for (const { low, high } of intervals) {
          for (const parts of [1, 3, 10, 100]) {
            const x = operand(dtype, shape, turn(inputLayouts, turns++), source);
            const out = poisoned(dtype, [parts], turn(outputLayouts, turns));
            const expected = new Float64Array(parts);
            for (const value of valuesOf(x)) {
              if (!(value >= low && value <= high)) continue;
              const scaled = round(round(value - low) * parts);
              expected[Math.min(Math.floor(round(scaled / round(high - low))), parts - 1)]++;
            }
            verify(subject, {
              title: `histogram, ${parts} parts of ${low} to ${high}`,
              operands: { x, out },
              run: (kernels) => kernels.histogram(x, low, high, out),
              results: [{ out, expected, tolerance: exact }],
            });
          }
        }
      }
    }
  }
}
