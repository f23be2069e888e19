/** variance. */

import { test } from 'vitest';
import type { DType } from '../../../src/core/dtype.ts';
import type { Strided } from '../../../src/core/strided.ts';
import { awkwardSizes } from './elementwise.ts';
import { inputLayouts, operand, outputLayouts, poisoned, turn } from './operands.ts';
import { accurateSum, epsilon, groupsOf, reducedFrom, reducedShapes } from './reduce.ts';
import { nonFinite, ordinary } from './values.ts';
import { type Subject, verify } from './verify.ts';

const floats: readonly DType[] = ['float32', 'float64'];

export function varianceTable(subject: Subject): void {
  for (const std of [false, true])
    test(std ? 'variance, square root' : 'variance', () => varianceCases(subject, std));
}

function varianceCases(subject: Subject, std: boolean): void {
  let turns = 0;

  function check(x: Strided, correction: number, out: Strided): void {
    const groups = groupsOf(x, out.shape);
    const eps = epsilon[out.dtype] ?? 0;
    const divisor = (count: number) => Math.max(count - correction, 0);
    const expected = groups.map((values) => {
      const mean = accurateSum(values) / values.length;
      const value = accurateSum(values.map((value) => (value - mean) ** 2)) / divisor(values.length);
      return std ? Math.sqrt(value) : value;
    });
    verify(subject, {
      title: `variance, correction ${correction}${std ? ', square root' : ''}`,
      operands: { x, out },
      run: (kernels) => kernels.variance(x, correction, std, out),
      results: [
        {
          out,
          expected,
          tolerance: {
            // Rounding x − mean to a multiple of eps · |x| shows where the numbers are far from 0.
            absolute: expected.map((value, i) => {
              const largest = groups[i].reduce((most, x) => Math.max(most, Math.abs(x)), 0);
              const deviation = std ? value : Math.sqrt(value);
              return 16 * eps * value + (std ? 1 : 2 * deviation) * eps * largest + (eps * largest) ** 2;
            }),
          },
        },
      ],
    });
  }

  for (const dtype of floats) {
    const next = ordinary(700);
    const far = ordinary(701);
    for (const shape of reducedFrom) {
      for (const outShape of reducedShapes(shape)) {
        for (const correction of [0, 1, 2, 0.5]) {
          // Whether more/0 or 0/0 is left depends on rounding, where all elements share their memory.
          const count = shape.reduce(
            (product, size, d) => (outShape[d] === size ? product : product * size),
            1,
          );
          if (count > 1 && count - correction <= 0) continue;
          const layout = turn(inputLayouts, turns++);
          check(
            operand(dtype, shape, layout, next),
            correction,
            poisoned(dtype, outShape, turn(outputLayouts, turns)),
          );
        }
      }
    }
    for (const size of awkwardSizes) {
      check(operand(dtype, [size, 5], 'offset', next), 0, poisoned(dtype, [1, 5], 'dense'));
      check(
        operand(dtype, [5, size], 'offset', () => 1000 + far()),
        0,
        poisoned(dtype, [5, 1], 'dense'),
      );
    }
    check(
      operand(dtype, [300_007], 'dense', () => 100 + far()),
      1,
      poisoned(dtype, [1], 'dense'),
    );
    for (const correction of [3, 4]) {
      let at = 0;
      check(
        operand(dtype, [3], 'dense', () => at++),
        correction,
        poisoned(dtype, [1], 'dense'),
      );
    }
    for (const value of nonFinite) {
      let at = 0;
      const x = operand(dtype, [40], 'dense', () => (at++ === 17 ? value : at));
      check(x, 1, poisoned(dtype, [1], 'dense'));
    }
  }
}
