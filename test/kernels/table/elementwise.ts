/** unary, binary, compare and where. */

import { test } from 'vitest';
import { type DType, dtypes } from '../../../src/core/dtype.ts';
import type { Shape } from '../../../src/core/shape.ts';
import type { Strided } from '../../../src/core/strided.ts';
import { binaryOps, compareOps, unaryOps } from '../../../src/kernels/contract.ts';
import {
  binaryFormulas,
  compareFormulas,
  type Formula,
  integerFormulas,
  isFloatOp,
  unaryFormulas,
} from './formulas.ts';
import { inputLayouts, operand, outputLayouts, poisoned, turn, valuesOf } from './operands.ts';
import { type Source, specials, varied } from './values.ts';
import { exact, type Subject, type Tolerance, verify } from './verify.ts';

/** Lengths around those of vectors and blocks, and one that is worth several threads. */
export const awkwardSizes = [0, 1, 7, 15, 16, 17, 31, 33, 63, 64, 65, 127, 130];
const LONG = 70_001;

const shapes: readonly Shape[] = [[], [1], [7, 3], [3, 1, 5], [2, 3, 4], [33, 17], [4, 0, 3], [2, 3, 2, 3]];

/** Shapes of two operands that broadcast, and of their result. */
const broadcasts: readonly { readonly a: Shape; readonly b: Shape; readonly out: Shape }[] = [
  { a: [7, 3], b: [3], out: [7, 3] },
  { a: [3], b: [7, 3], out: [7, 3] },
  { a: [7, 3], b: [7, 1], out: [7, 3] },
  { a: [7, 1], b: [1, 3], out: [7, 3] },
  { a: [], b: [4, 3], out: [4, 3] },
  { a: [4, 3], b: [1, 1], out: [4, 3] },
  { a: [2, 3, 4], b: [3, 1], out: [2, 3, 4] },
  { a: [2, 1, 4], b: [3, 1], out: [2, 3, 4] },
  { a: [1], b: [5], out: [5] },
  { a: [64, 10], b: [10], out: [64, 10] },
  { a: [50, 33], b: [33], out: [50, 33] },
  { a: [17, 65], b: [17, 1], out: [17, 65] },
  { a: [0, 3], b: [3], out: [0, 3] },
  { a: [0, 3], b: [1, 1], out: [0, 3] },
  { a: [130, 1], b: [1, 130], out: [130, 130] },
];

const floats: readonly DType[] = ['float32', 'float64'];
const numbers: readonly DType[] = ['float32', 'float64', 'int32', 'uint8'];
const all: readonly DType[] = [...numbers, 'bool'];

/** The first group of the contract's list: defined for integers too. */
const forIntegers = new Set(['neg', 'abs', 'sign', 'square', 'relu', 'floor', 'ceil', 'round', 'trunc']);

export function elementwiseTable(subject: Subject): void {
  for (const op of unaryOps) test(`unary ${op}`, () => unaryCases(subject, op));
  for (const op of binaryOps) test(`binary ${op}`, () => binaryCases(subject, op));
  for (const op of compareOps) test(`compare ${op}`, () => compareCases(subject, op));
  test('where', () => whereCases(subject));
}

function toleranceOf({ ulps, signedZero }: Pick<Formula, 'ulps' | 'signedZero'>, dtype: DType): Tolerance {
  return { ulps: dtype === 'float32' || dtype === 'float64' ? ulps[dtype] : 0, signedZero };
}

function unaryCases(subject: Subject, op: (typeof unaryOps)[number]): void {
  const { of } = unaryFormulas[op];
  let seed = 1;

  function check(dtype: DType, x: Strided, out: Strided, inPlace = ''): void {
    // A square of two int32 needs more digits than float64 has; all else is the same for integers.
    const formula = op === 'square' && dtype === 'int32' ? (value: number) => Math.imul(value, value) : of;
    const expected = valuesOf(x).map((value) => formula(value));
    verify(subject, {
      title: `unary ${op}${inPlace}`,
      operands: { x, out },
      run: (kernels) => kernels.unary(op, x, out),
      results: [{ out, expected, tolerance: toleranceOf(unaryFormulas[op], dtype) }],
    });
  }

  for (const dtype of forIntegers.has(op) ? numbers : floats) {
    const next = varied(dtype, seed++);
    for (const size of awkwardSizes) {
      check(dtype, operand(dtype, [size], 'offset', next), poisoned(dtype, [size], 'dense'));
    }
    const list = specials[dtype];
    check(
      dtype,
      operand(dtype, [list.length], 'dense', inOrder(list)),
      poisoned(dtype, [list.length], 'offset'),
    );
    if (dtypes[dtype].floating) {
      check(dtype, operand(dtype, [4099], 'dense', next), poisoned(dtype, [4099], 'dense'));
      // In equal steps from one end to the other of where the functions are not yet flat.
      let at = 0;
      const step = () => -110 + (at++ * 220) / 6000;
      check(dtype, operand(dtype, [6001], 'dense', step), poisoned(dtype, [6001], 'dense'));
    }
    let turns = 0;
    for (const shape of shapes) {
      for (const layout of inputLayouts) {
        const out = poisoned(dtype, shape, turn(outputLayouts, turns++));
        check(dtype, operand(dtype, shape, layout, next), out);
      }
      for (const layout of outputLayouts) {
        const x = operand(dtype, shape, layout, next);
        check(dtype, x, x, ' in place');
      }
    }
  }
  const long = operand('float32', [LONG], 'offset', varied('float32', seed));
  check('float32', long, poisoned('float32', [LONG], 'dense'));
}

function binaryCases(subject: Subject, op: (typeof binaryOps)[number]): void {
  const { of, term } = binaryFormulas[op];
  let seed = 100;

  function expectedOf(dtype: DType, a: Float64Array, b: Float64Array): Float64Array {
    if (dtypes[dtype].floating || isFloatOp(op)) return a.map((value, i) => of(value, b[i]));
    return a.map((value, i) => {
      const result = integerFormulas[op](BigInt(value), BigInt(b[i]));
      return Number(dtype === 'int32' ? BigInt.asIntN(32, result) : BigInt.asUintN(8, result));
    });
  }

  function check(a: Strided, b: Strided, out: Strided, inPlace = ''): void {
    const { dtype } = out;
    const [left, right] = [valuesOf(a, out.shape), valuesOf(b, out.shape)];
    const tolerance = {
      ...toleranceOf(binaryFormulas[op], dtype),
      ...(term && { sizes: left.map((value, i) => term(value, right[i])) }),
    };
    verify(subject, {
      title: `binary ${op}${inPlace}`,
      operands: { a, b, out },
      run: (kernels) => kernels.binary(op, a, b, out),
      results: [
        {
          out,
          expected: expectedOf(dtype, left, right),
          tolerance,
        },
      ],
    });
  }

  const bitwise = op.startsWith('bitwise');
  const onBooleans = op === 'minimum' || op === 'maximum' || bitwise;
  const dtypesOfOp = isFloatOp(op) ? floats : onBooleans ? all : numbers;
  for (const dtype of bitwise ? all.filter((each) => !dtypes[each].floating) : dtypesOfOp) {
    const next = varied(dtype, seed++);
    // Small powers of integers: the formula computes them in full before it wraps them.
    const smallPowers = op === 'pow' && !dtypes[dtype].floating;
    const rightFrom = (source: Source): Source => (smallPowers ? () => source() % 35 : source);
    const right = rightFrom(next);
    for (const size of awkwardSizes) {
      const a = operand(dtype, [size], 'offset', next);
      check(a, operand(dtype, [size], 'dense', right), poisoned(dtype, [size], 'offset'));
    }
    const list = specials[dtype];
    const pairs: Shape = [list.length, list.length];
    const columns = operand(dtype, [list.length, 1], 'dense', inOrder(list));
    const rows = operand(dtype, [list.length], 'dense', rightFrom(inOrder(list)));
    check(columns, rows, poisoned(dtype, pairs, 'dense'));

    let turns = 0;
    for (const { a: aShape, b: bShape, out: shape } of broadcasts) {
      for (const layout of inputLayouts) {
        const a = operand(dtype, aShape, layout, next);
        const b = operand(dtype, bShape, turn(inputLayouts, turns++), right);
        check(a, b, poisoned(dtype, shape, turn(outputLayouts, turns)));
      }
    }
    for (const shape of shapes) {
      for (const layout of outputLayouts) {
        const other = turn(inputLayouts, turns++);
        const inPlace = operand(dtype, shape, layout, right);
        if (turns % 3 === 0) check(inPlace, operand(dtype, shape, other, right), inPlace, ' in place on a');
        if (turns % 3 === 1) check(operand(dtype, shape, other, next), inPlace, inPlace, ' in place on b');
        if (turns % 3 === 2) check(inPlace, inPlace, inPlace, ' in place on both');
      }
    }
  }
  if (bitwise) return;
  if (op === 'add') {
    // All layouts of a, b and out together.
    const next = varied('float32', seed++);
    for (const a of inputLayouts) {
      for (const b of inputLayouts) {
        for (const out of outputLayouts) {
          const shape = turn(shapes, seed++);
          check(
            operand('float32', shape, a, next),
            operand('float32', shape, b, next),
            poisoned('float32', shape, out),
          );
        }
      }
    }
  }
  const next = varied('float32', seed);
  check(
    operand('float32', [LONG], 'offset', next),
    operand('float32', [LONG], 'dense', next),
    poisoned('float32', [LONG], 'dense'),
  );
  check(
    operand('float32', [7001, 10], 'dense', next),
    operand('float32', [10], 'dense', next),
    poisoned('float32', [7001, 10], 'dense'),
  );
}

function compareCases(subject: Subject, op: (typeof compareOps)[number]): void {
  let seed = 200;

  function check(a: Strided, b: Strided, out: Strided, inPlace = ''): void {
    const right = valuesOf(b, out.shape);
    verify(subject, {
      title: `compare ${op}${inPlace}`,
      operands: { a, b, out },
      run: (kernels) => kernels.compare(op, a, b, out),
      results: [
        {
          out,
          expected: valuesOf(a, out.shape).map((value, i) => Number(compareFormulas[op](value, right[i]))),
          tolerance: exact,
        },
      ],
    });
  }

  for (const dtype of all) {
    const next = varied(dtype, seed++);
    const list = specials[dtype];
    const columns = operand(dtype, [list.length, 1], 'dense', inOrder(list));
    const rows = operand(dtype, [list.length], 'dense', inOrder(list));
    check(columns, rows, poisoned('bool', [list.length, list.length], 'dense'));
    for (const size of awkwardSizes) {
      const a = operand(dtype, [size], 'offset', next);
      check(a, operand(dtype, [size], 'dense', next), poisoned('bool', [size], 'offset'));
    }
    let turns = 0;
    for (const { a: aShape, b: bShape, out: shape } of broadcasts) {
      for (const layout of inputLayouts) {
        const a = operand(dtype, aShape, layout, next);
        const b = operand(dtype, bShape, turn(inputLayouts, turns++), next);
        check(a, b, poisoned('bool', shape, turn(outputLayouts, turns)));
      }
    }
  }
  const flags = varied('bool', seed);
  for (const layout of outputLayouts) {
    const a = operand('bool', [33, 17], layout, flags);
    check(a, operand('bool', [17], 'dense', flags), a, ' in place on a');
  }
}

function whereCases(subject: Subject): void {
  let seed = 300;

  function check(condition: Strided, a: Strided, b: Strided, out: Strided, inPlace = ''): void {
    const yes = valuesOf(a, out.shape);
    const no = valuesOf(b, out.shape);
    verify(subject, {
      title: `where${inPlace}`,
      operands: { condition, a, b, out },
      run: (kernels) => kernels.where(condition, a, b, out),
      results: [
        {
          out,
          expected: valuesOf(condition, out.shape).map((flag, i) => (flag !== 0 ? yes[i] : no[i])),
          tolerance: exact,
        },
      ],
    });
  }

  for (const dtype of all) {
    const next = varied(dtype, seed++);
    const flags = varied('bool', seed++);
    for (const size of [...awkwardSizes, LONG]) {
      check(
        operand('bool', [size], 'offset', flags),
        operand(dtype, [size], 'dense', next),
        operand(dtype, [size], 'offset', next),
        poisoned(dtype, [size], 'offset'),
      );
    }
    let turns = 0;
    for (const { a: aShape, b: bShape, out: shape } of broadcasts) {
      for (const layout of inputLayouts) {
        const condition = operand('bool', turn([aShape, bShape, shape], turns), layout, flags);
        const a = operand(dtype, aShape, turn(inputLayouts, turns++), next);
        const b = operand(dtype, bShape, turn(inputLayouts, turns + 3), next);
        check(condition, a, b, poisoned(dtype, shape, turn(outputLayouts, turns)));
      }
    }
    for (const layout of outputLayouts) {
      const a = operand(dtype, [33, 17], layout, next);
      check(
        operand('bool', [33, 1], 'dense', flags),
        a,
        operand(dtype, [], 'dense', next),
        a,
        ' in place on a',
      );
    }
  }
}

function inOrder(list: readonly number[]): Source {
  let at = 0;
  return () => list[at++ % list.length];
}
