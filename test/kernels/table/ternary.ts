/** ternary. */

import { test } from 'vitest';
import { type DType, dtypes } from '../../../src/core/dtype.ts';
import type { Shape } from '../../../src/core/shape.ts';
import type { Strided } from '../../../src/core/strided.ts';
import { type TernaryOp, ternaryOps } from '../../../src/kernels/contract.ts';
import { awkwardSizes } from './elementwise.ts';
import { inputLayouts, operand, outputLayouts, poisoned, turn, valuesOf } from './operands.ts';
import { stored, varied } from './values.ts';
import { type Subject, verify } from './verify.ts';

const formulas: Record<TernaryOp, (a: number, b: number, c: number, scale: number) => number> = {
  clamp: (a, b, c) => Math.min(Math.max(a, b), c),
  lerp: (a, b, c) => (Math.abs(c) < 0.5 ? a + c * (b - a) : b - (1 - c) * (b - a)),
  addcmul: (a, b, c, scale) => a + scale * b * c,
  addcdiv: (a, b, c, scale) => a + (scale * b) / c,
};

const floats: readonly DType[] = ['float32', 'float64'];
const dtypesOf: Record<TernaryOp, readonly DType[]> = {
  clamp: [...floats, 'int32', 'uint8'],
  lerp: floats,
  addcmul: [...floats, 'int32', 'uint8'],
  addcdiv: floats,
};

const broadcasts: readonly { a: Shape; b: Shape; c: Shape; out: Shape }[] = [
  { a: [], b: [], c: [], out: [] },
  { a: [1], b: [1], c: [1], out: [1] },
  { a: [7, 3], b: [3], c: [], out: [7, 3] },
  { a: [7, 3], b: [7, 1], c: [7, 3], out: [7, 3] },
  { a: [], b: [4, 3], c: [3], out: [4, 3] },
  { a: [2, 1, 4], b: [3, 1], c: [1], out: [2, 3, 4] },
  { a: [50, 33], b: [], c: [33], out: [50, 33] },
  { a: [130, 1], b: [1, 130], c: [], out: [130, 130] },
  { a: [4, 0, 3], b: [], c: [3], out: [4, 0, 3] },
];

export function ternaryTable(subject: Subject): void {
  for (const op of ternaryOps) test(`ternary ${op}`, () => ternaryCases(subject, op));
}

function ternaryCases(subject: Subject, op: TernaryOp): void {
  function check(a: Strided, b: Strided, c: Strided, scale: number, out: Strided, inPlace = ''): void {
    const { dtype, shape } = out;
    const [as, bs, cs] = [a, b, c].map((x) => valuesOf(x, shape));
    const floating = dtypes[dtype].floating;
    const wraps = op === 'addcmul' && !floating;
    const expected = as.map((value, i) => {
      if (wraps) return stored(dtype, value + Math.imul(Math.imul(scale, bs[i]), cs[i])); // of int32, exact
      return formulas[op](value, bs[i], cs[i], scale);
    });
    verify(subject, {
      title: `ternary ${op}, ${scale}${inPlace}`,
      operands: { a, b, c, out },
      run: (kernels) => kernels.ternary(op, a, b, c, scale, out),
      // All is computed in float64, in this order, and rounded once.
      results: [{ out, expected, tolerance: { ulps: 0, signedZero: op !== 'clamp' } }],
    });
  }

  for (const dtype of dtypesOf[op]) {
    const [next, other, third] = [varied(dtype, 1000), varied(dtype, 1001), varied(dtype, 1002)];
    const scales = dtypes[dtype].floating ? [1, -0.3, 1e30] : [1, -3, 123456789];
    let turns = 0;
    for (const { a, b, c, out } of broadcasts) {
      for (const layout of inputLayouts) {
        check(
          operand(dtype, a, layout, next),
          operand(dtype, b, turn(inputLayouts, turns), other),
          operand(dtype, c, turn(inputLayouts, turns + 3), third),
          turn(scales, turns),
          poisoned(dtype, out, turn(outputLayouts, turns++)),
        );
      }
    }
    for (const size of [...awkwardSizes, 4099]) {
      const operands = [next, other, third].map((source) => operand(dtype, [size], 'offset', source));
      check(operands[0], operands[1], operands[2], turn(scales, size), poisoned(dtype, [size], 'dense'));
    }
    for (const layout of outputLayouts) {
      const x = operand(dtype, [33, 17], layout, next);
      check(x, operand(dtype, [17], 'dense', other), operand(dtype, [], 'dense', third), 1, x, ', in place');
    }
  }
}
