/** sort, topk, median and scan: work along a dimension. */

import { test } from 'vitest';
import { type DType, dtypes } from '../../../src/core/dtype.ts';
import type { Shape } from '../../../src/core/shape.ts';
import type { Strided } from '../../../src/core/strided.ts';
import { type ScanOp, scanOps } from '../../../src/kernels/contract.ts';
import { awkwardSizes } from './elementwise.ts';
import { forEachElement, inputLayouts, operand, outputLayouts, poisoned, turn } from './operands.ts';
import { nonFinite, type Source, varied, whole } from './values.ts';
import { exact, type Subject, type Tolerance, verify } from './verify.ts';

export function slicesTable(subject: Subject): void {
  test('sort', () => sortCases(subject));
  test('topk', () => topkCases(subject));
  test('median', () => medianCases(subject));
  for (const op of scanOps) test(`scan ${op}`, () => scanCases(subject, op));
}

const dtypeNames = Object.keys(dtypes) as DType[];
const exactButZero: Tolerance = { ulps: 0, signedZero: false };

const shapes: readonly Shape[] = [[1], [7, 3], [3, 1, 5], [2, 3, 4], [33, 17], [3, 70, 2]];

/** Each operand to go along each of its dimensions: all layouts, awkward sizes, few and many different values. */
function forEachOperand(visit: (x: Strided, dim: number) => void): void {
  for (const dtype of dtypeNames) {
    const floating = dtypes[dtype].floating;
    const few = whole(1100, 3);
    const some: Source = floating || dtype === 'int32' ? few : () => Math.abs(few()) % 2;
    const next = varied(dtype, 1101);
    for (const shape of shapes) {
      for (const layout of inputLayouts) {
        for (let dim = 0; dim < shape.length; dim++) {
          visit(operand(dtype, shape, layout, dim % 2 === 0 ? some : next), dim);
        }
      }
    }
    for (const size of [...awkwardSizes.filter((size) => size > 0), 1500]) {
      visit(operand(dtype, [size], 'offset', next), 0);
      visit(operand(dtype, [size, 2], 'offset', some), 0);
    }
    // Enough for several threads, and for passes over each byte of the keys.
    if (floating) visit(operand(dtype, [2, 20_011], 'dense', next), 1);
    if (!floating) continue;
    for (const value of nonFinite) {
      visit(
        operand(dtype, [40], 'dense', () => value),
        0,
      );
      let at = 0;
      visit(
        operand(dtype, [3, 33], 'stepped', () => (at++ % 5 === 2 ? value : at % 7)),
        1,
      );
    }
  }
}

/** The slices of x along `dim`, and what `of` makes of each, laid out as x is with `dim` last. */
function sliced(x: Strided, dim: number): { slices: number[][]; back: (results: number[][]) => number[] } {
  const outer = x.shape.filter((_, d) => d !== dim);
  const outerStrides = x.strides.filter((_, d) => d !== dim);
  const slices: number[][] = [];
  forEachElement({ offset: x.offset, shape: outer, strides: outerStrides }, (at) => {
    slices.push(Array.from({ length: x.shape[dim] }, (_, k) => Number(x.memory[at + k * x.strides[dim]])));
  });
  const inner = x.shape.slice(dim + 1).reduce((product, size) => product * size, 1);
  const back = (results: number[][]) => {
    const values: number[] = [];
    const length = results[0]?.length ?? 0;
    for (let first = 0; first < results.length; first += inner) {
      for (let k = 0; k < length; k++) {
        for (let i = 0; i < inner; i++) values.push(results[first + i][k]);
      }
    }
    return values;
  };
  return { slices, back };
}

/** The places of a slice in order: NaN counts as the largest, and equal elements stay as they stand. */
function orderOf(slice: readonly number[], descending: boolean): number[] {
  const sign = descending ? -1 : 1;
  return slice
    .map((_, place) => place)
    .sort((a, b) => {
      const [x, y] = [slice[a], slice[b]];
      if (Number.isNaN(x) || Number.isNaN(y))
        return sign * (Number(Number.isNaN(x)) - Number(Number.isNaN(y)));
      return x === y ? 0 : sign * (x < y ? -1 : 1);
    });
}

function sortCases(subject: Subject): void {
  let turns = 0;
  forEachOperand((x, dim) => {
    const { slices, back } = sliced(x, dim);
    for (const descending of [false, true]) {
      const orders = slices.map((slice) => orderOf(slice, descending));
      const values = poisoned(x.dtype, x.shape, turn(outputLayouts, turns++));
      const indices = poisoned('int32', x.shape, turn(outputLayouts, turns));
      const wanted = [
        {
          out: values,
          expected: back(orders.map((order, i) => order.map((at) => slices[i][at]))),
          tolerance: exact,
        },
        { out: indices, expected: back(orders), tolerance: exact },
      ];
      const left = turns % 3; // now and then one of the two is not wanted
      verify(subject, {
        title: `sort along ${dim}${descending ? ', descending' : ''}`,
        operands: { x },
        run: (kernels) =>
          kernels.sort(x, dim, descending, left === 1 ? null : values, left === 2 ? null : indices),
        results: wanted.filter((_, i) => i + 1 !== left),
      });
    }
  });
}

function topkCases(subject: Subject): void {
  let turns = 0;
  forEachOperand((x, dim) => {
    const { slices, back } = sliced(x, dim);
    const size = x.shape[dim];
    for (const count of new Set([0, 1, Math.ceil(size / 8), size])) {
      const largest = turns % 2 === 0;
      const orders = slices.map((slice) => orderOf(slice, largest).slice(0, count));
      const values = poisoned(x.dtype, x.shape.with(dim, count), turn(outputLayouts, turns++));
      const indices = poisoned('int32', values.shape, turn(outputLayouts, turns));
      verify(subject, {
        title: `topk, ${count} along ${dim}${largest ? '' : ', smallest'}`,
        operands: { x },
        run: (kernels) => kernels.topk(x, dim, largest, values, indices),
        results: [
          {
            out: values,
            expected: back(orders.map((order, i) => order.map((at) => slices[i][at]))),
            tolerance: exact,
          },
          { out: indices, expected: back(orders), tolerance: exact },
        ],
      });
    }
  });
}

function medianCases(subject: Subject): void {
  let turns = 0;
  forEachOperand((x, dim) => {
    const { slices, back } = sliced(x, dim);
    const middles = slices.map((slice) => {
      const missing = slice.findIndex(Number.isNaN);
      if (missing >= 0) return missing;
      return slice.indexOf(slice[orderOf(slice, false)[Math.ceil(slice.length / 2) - 1]]);
    });
    const values = poisoned(x.dtype, x.shape.with(dim, 1), turn(outputLayouts, turns++));
    const indices = turns % 3 === 0 ? null : poisoned('int32', values.shape, turn(outputLayouts, turns));
    verify(subject, {
      title: `median along ${dim}`,
      operands: { x },
      run: (kernels) => kernels.median(x, dim, values, indices),
      results: [
        {
          out: values,
          expected: back(middles.map((at, i) => [slices[i][at]])),
          tolerance: exactButZero,
        },
        ...(indices === null
          ? []
          : [{ out: indices, expected: back(middles.map((at) => [at])), tolerance: exact }]),
      ],
    });
  });
}

function scanCases(subject: Subject, op: ScanOp): void {
  let turns = 0;

  function check(x: Strided, dim: number, out: Strided): void {
    const { slices, back } = sliced(x, dim);
    const totals = slices.map((slice) => {
      let total = op === 'cumsum' ? 0 : 1;
      return slice.map((value) => {
        total = op === 'cumsum' ? total + value : total * value;
        if (!dtypes[x.dtype].floating) total += 0;
        return total;
      });
    });
    verify(subject, {
      title: `scan ${op} along ${dim}${out === x ? ', in place' : ''}`,
      operands: { x, out },
      run: (kernels) => kernels.scan(op, x, dim, out),
      results: [{ out, expected: back(totals), tolerance: exact }],
    });
  }

  forEachOperand((x, dim) => {
    const floating = dtypes[x.dtype].floating;
    check(x, dim, poisoned(floating ? x.dtype : 'float64', x.shape, turn(outputLayouts, turns++)));
  });
  for (const dtype of ['float32', 'float64'] as const) {
    const next = varied(dtype, 1200);
    for (const layout of outputLayouts) {
      for (const dim of [0, 1]) {
        const x = operand(dtype, [17, 33], layout, next);
        check(x, dim, x);
      }
    }
  }
  // Nothing to go along, and nothing at all.
  check(operand('float32', [0], 'dense', Number), 0, poisoned('float32', [0], 'dense'));
  check(operand('float32', [3, 0], 'dense', Number), 0, poisoned('float32', [3, 0], 'dense'));
}
