/**
 * From three loops to our matmul, rung by rung: what each idea of docs/matmul.md gains. The rungs in JavaScript are
 * here, those in C++ in native/bench/ladder_bench.cc.
 */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import Table from 'cli-table3';
import { formatSeconds, measureInTurns } from '../../src/cli/measure.ts';
import { gemm } from '../../src/kernels/typescript/gemm.ts';
import { nativeOfPeers } from './install.ts';
import { fill } from './operands.ts';

type Rows = readonly (readonly number[])[];

function threeLoops(a: Rows, b: Rows, c: number[][], n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      c[i][j] = 0;
      for (let k = 0; k < n; k++) c[i][j] += a[i][k] * b[k][j];
    }
  }
}

function typedArrays(a: Float32Array, b: Float32Array, c: Float32Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
      c[i * n + j] = sum;
    }
  }
}

interface Rung {
  readonly rung: string;
  readonly size: number;
  readonly gflops: number;
}

function climbInJavaScript(n: number): Rung[] {
  const [a, b] = [fill(n * n, 'a'), fill(n * n, 'b')];
  const c = new Float32Array(n * n);
  const rows = (flat: Float32Array) =>
    Array.from({ length: n }, (_, i) => [...flat.subarray(i * n, (i + 1) * n)]);
  const [nestedA, nestedB, nestedC] = [rows(a), rows(b), rows(c)];
  const matrix = (memory: Float32Array) => ({ memory, at: 0, rowStep: n, columnStep: 1 });
  const shape = { rows: n, depth: n, columns: n };
  const finish = { bias: null, relu: false, accumulate: false };
  const rungs: Record<string, () => void> = {
    'three loops over arrays of arrays': () => threeLoops(nestedA, nestedB, nestedC, n),
    'over typed arrays': () => typedArrays(a, b, c, n),
    'tiles and blocks in TypeScript': () => gemm(shape, matrix(a), matrix(b), matrix(c), finish),
  };
  const variants = Object.fromEntries(Object.entries(rungs).map(([name, run]) => [name, () => run]));
  const timings = measureInTurns(variants, { samples: 2, sampleSeconds: 0.05 });
  return Object.entries(timings).map(([rung, { best }]) => ({
    rung,
    size: n,
    gflops: (2 * n ** 3) / best / 1e9,
  }));
}

function climbInCpp(n: number): Rung[] {
  const done = spawnSync(join(nativeOfPeers(), '../../ladder_bench'), [String(n)], { encoding: 'utf8' });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0) throw new Error(`ladder_bench: ${done.stderr}`);
  return done.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Prints every rung for cubes of these sizes. */
export function climb(sizes: readonly number[]): void {
  const columns = sizes.map((n) => [...climbInJavaScript(n), ...climbInCpp(n)]);
  const table = new Table({
    head: ['rung', ...sizes.flatMap((n) => [`${n}³`, 'GFLOP/s', 'gain'])],
    colAligns: ['left', ...sizes.flatMap(() => ['right', 'right', 'right'] as const)],
    style: { head: [], border: [] },
  });
  columns[0].forEach(({ rung }, i) => {
    const cells = columns.flatMap((rungs, column) => {
      const { gflops } = rungs[i];
      const gain = i === 0 ? '' : (gflops / rungs[i - 1].gflops).toPrecision(3);
      return [formatSeconds((2 * sizes[column] ** 3) / gflops / 1e9), gflops.toPrecision(3), gain];
    });
    table.push([rung, ...cells]);
  });
  console.log(table.toString());
}
