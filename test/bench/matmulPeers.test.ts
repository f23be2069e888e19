import { describe, expect, test } from 'vitest';
import { matmulModel } from '../../bench/peers/onnx.ts';
import { checksum, fill, requestLine } from '../../bench/peers/operands.ts';
import { drawReport } from '../../bench/peers/plot.ts';
import {
  formatMarkdown,
  formatReport,
  geometricMean,
  mergeReports,
  type Report,
  ratioOf,
  type ShapeResult,
  shareOfLimit,
} from '../../bench/peers/report.ts';
import { parseMatmulShape } from '../../src/cli/matmulShape.ts';

const contender = (name: string, best: number) => ({ name, best, median: 2 * best });

/** 10 operations at 5 a second: 2 seconds at least. */
const result: ShapeResult = {
  shape: '1×5 @ 5×1',
  threads: 1,
  flops: 10,
  bytes: 44,
  peak: 5,
  bandwidth: 100,
  ours: contender('handgrad native', 4),
  vendors: [contender('OpenBLAS', 8), contender('oneDNN sgemm', 10), contender('oneDNN matmul', 6)],
  others: [contender('tfjs', 1)],
};

const report = (...results: ShapeResult[]): Report => ({ date: '2026-11-22', machine: 'a machine', results });

describe('what follows from the times', () => {
  test('the limit is the arithmetic, or the memory where that takes longer', () => {
    expect(shareOfLimit(result, 4)).toBeCloseTo(0.5);
    expect(shareOfLimit({ ...result, bandwidth: 11 }, 8)).toBeCloseTo(0.5); // 4 seconds at least
  });

  test('we are compared with the best of the vendors, and not with the packages', () => {
    expect(ratioOf(result)).toBeCloseTo(1.5);
  });

  test('ratios are averaged by their logarithms', () => {
    expect(geometricMean([2, 8])).toBeCloseTo(4);
    expect(geometricMean([0.5, 2])).toBeCloseTo(1);
  });

  test('reports become one, in which the last measurement of a shape counts', () => {
    const again = { ...result, ours: contender('handgrad native', 3) };
    const other = { ...result, threads: 2 };
    const merged = mergeReports([report(result, other), report(again)]);
    expect(merged.results).toEqual([again, other]);
  });

  test('the tables name ratios, shares, means and the worst', () => {
    const large = { ...result, shape: '50000×2 @ 2×1', ours: contender('handgrad native', 12) };
    const text = formatReport(report(result, large));
    expect(text).toContain('2026-11-22, a machine');
    expect(text).toMatch(/1×5 @ 5×1.*4\.00 s.*50 %.*1\.50.*2\.00 \(25 %\).*0\.25 \(200 %\)/);
    expect(text).toContain(
      'geometric mean 0.866 of 2 shapes, 0.500 of those with 50,000, least 0.500 (50000×2 @ 2×1)',
    );
    expect(text).toContain('1 below 0.95');
  });

  test('the documentation has a column a library, with the better of its ways', () => {
    const withAll = { ...result, vendors: [...result.vendors, contender('PyTorch 2.13', 12)] };
    const lines = formatMarkdown(report(withAll)).split('\n');
    expect(lines[0]).toBe(
      '| 1 thread | time | GFLOP/s | of limit | OpenBLAS | oneDNN | PyTorch | the best |',
    );
    expect(lines[2]).toBe('| 1×5 @ 5×1 | 4.00 s | 0 | 50 % | 2.00 | 1.50 | 3.00 | **1.50** |');
  });

  test('from one thread to two, beside what the machine gains', () => {
    const one = { ...result, flops: 1e9, peak: 1e9, bandwidth: 1e9 };
    const two = { ...one, threads: 2, peak: 1.8e9, ours: contender('handgrad native', 2.5) };
    expect(formatReport(report(one, two))).toMatch(/1×5 @ 5×1.*1\.60.*1\.80.*0\.89/);
    expect(formatReport(report(one))).not.toContain('1 → 2 threads');
  });

  test('the plot has a mark for each library, at its share', () => {
    const svg = drawReport(report(result, { ...result, threads: 2 }));
    expect(svg).toMatch(/^<svg xmlns=/);
    // Four names in the legend; OpenBLAS, the better of oneDNN's two ways and we in each of two panels.
    expect(svg.match(/<circle/g)).toHaveLength(4 + 2 * 3);
    expect(svg).toContain('1×5 @ 5×1');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('what the peers are asked', () => {
  test('operands are eighths, so that sums are exact', () => {
    for (const operand of ['a', 'b'] as const) {
      const values = fill(1000, operand);
      expect(values.every((value) => Number.isInteger(8 * value) && Math.abs(value) <= 1)).toBe(true);
      expect(new Set(values).size).toBeGreaterThan(10);
    }
  });

  test('the checksum tells rows from columns', () => {
    expect(checksum([1, 2, 3, 4])).toBe(1 + 4 + 9 + 16);
    expect(checksum([1, 3, 2, 4])).not.toBe(checksum([1, 2, 3, 4]));
  });

  test('a shape is one line of numbers', () => {
    expect(requestLine(parseMatmulShape('50x64tx784'), 0.03)).toBe('1 50 64 784 1 0 0.03');
  });

  test('an ONNX model holds the names of its node and its values', () => {
    const text = (shape: string, left: number[], right: number[], result: number[]) =>
      Buffer.from(matmulModel(parseMatmulShape(shape), left, right, result)).toString('latin1');
    expect(text('64x784x50t', [64, 784], [50, 784], [64, 50])).toContain('Gemm');
    expect(text('64x784x50t', [64, 784], [50, 784], [64, 50])).toContain('transB');
    expect(text('2*3x4x5', [2, 3, 4], [2, 4, 5], [2, 3, 5])).toContain('MatMul');
  });
});
