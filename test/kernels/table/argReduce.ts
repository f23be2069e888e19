/** argReduce. */

import { test } from 'vitest';
import { dtypes } from '../../../src/core/dtype.ts';
import type { Strided } from '../../../src/core/strided.ts';
import { type ArgReduceOp, argReduceOps } from '../../../src/kernels/contract.ts';
import { awkwardSizes } from './elementwise.ts';
import { inputLayouts, operand, outputLayouts, poisoned, turn } from './operands.ts';
import { anyDType, groupsOf, reducedFrom } from './reduce.ts';
import { nonFinite, type Source, varied, whole } from './values.ts';
import { exact, type Subject, verify } from './verify.ts';

export function argReduceTable(subject: Subject): void {
  for (const op of argReduceOps) test(`argReduce ${op}`, () => argReduceCases(subject, op));
}

function argReduceCases(subject: Subject, op: ArgReduceOp): void {
  let turns = 0;

  function check(x: Strided, dim: number): void {
    const out = poisoned('int32', x.shape.with(dim, 1), turn(outputLayouts, turns++));
    const expected = groupsOf(x, out.shape).map((values) => {
      const nan = values.findIndex((value) => Number.isNaN(value));
      if (nan >= 0) return nan;
      return values.indexOf(op === 'argmax' ? Math.max(...values) : Math.min(...values));
    });
    verify(subject, {
      title: `argReduce ${op} along ${dim}`,
      operands: { x, out },
      run: (kernels) => kernels.argReduce(op, x, dim, out),
      results: [{ out, expected, tolerance: exact }],
    });
  }

  for (const dtype of anyDType) {
    // Few different numbers, so that the first of several equal ones must be found.
    const few = whole(800, 3);
    const next = varied(dtype, 801);
    const source: Source = dtypes[dtype].floating || dtype === 'int32' ? few : () => Math.abs(few()) % 2;
    for (const shape of reducedFrom) {
      for (let dim = 0; dim < shape.length; dim++) {
        if (shape[dim] === 0) continue;
        for (const layout of inputLayouts) {
          check(operand(dtype, shape, layout, source), dim);
          check(operand(dtype, shape, layout, next), dim);
        }
      }
    }
    for (const size of [...awkwardSizes, 4099]) {
      if (size === 0) continue;
      check(operand(dtype, [size], 'offset', next), 0);
      check(operand(dtype, [3, size], 'offset', source), 1);
      check(operand(dtype, [size, 3], 'offset', source), 0);
    }
    if (!dtypes[dtype].floating) continue;
    for (const size of [1, 7, 33, 130]) {
      for (let place = 0; place < size; place++) {
        for (const value of nonFinite) {
          let at = 0;
          check(
            operand(dtype, [size], 'dense', () => (at++ === place ? value : 5)),
            0,
          );
        }
      }
      check(
        operand(dtype, [size], 'dense', () => NaN),
        0,
      );
      check(
        operand(dtype, [size], 'dense', () => -Infinity),
        0,
      );
      check(
        operand(dtype, [size], 'dense', () => Infinity),
        0,
      );
    }
  }
}
