import { numelOf } from '../../core/shape.ts';
import type { Strided } from '../../core/strided.ts';
import { Turns } from '../../core/turns.ts';
import { gemm, type Matrix } from './gemm.ts';
import { forEachRun, strided } from './runs.ts';

/** out [batch…, M, N] = a [batch…, M, K] · b [batch…, K, N], a `gemm` for each matrix of the batch. */
export function matmul(a: Strided, b: Strided, out: Strided, accumulate: boolean): void {
  if (out.shape.includes(0)) return; // before counting what may be a very large batch
  const [rows, columns] = out.shape.slice(-2);
  const depth = a.shape[a.shape.length - 1];
  const finish = { bias: null, relu: false, accumulate };
  const batch = out.shape.slice(0, -2);
  forEachRun(batch, [batchOf(a), batchOf(b), batchOf(out)], (at, step, length) => {
    for (let i = 0; i < length; i++) {
      gemm(
        { rows, depth, columns },
        matrixOf(a, at[0] + i * step[0]),
        matrixOf(b, at[1] + i * step[1]),
        matrixOf(out, at[2] + i * step[2]),
        finish,
      );
    }
  });
}

/** Multiply-adds between two looks at the clock: about a millisecond's. */
const AT_ONCE = 1 << 21;

/** `matmul`, a few rows at a time, and the event loop has its turn in between. */
export async function matmulAsync(a: Strided, b: Strided, out: Strided): Promise<void> {
  const turns = new Turns();
  const [rows, columns] = out.shape.slice(-2);
  const batch = numelOf(out.shape.slice(0, -2));
  const step = Math.max(1, Math.floor(AT_ONCE / Math.max(1, a.shape[a.shape.length - 1] * columns * batch)));
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first);
    matmul(someRows(a, first, count), b, someRows(out, first, count), false);
    if (turns.due()) await turns.take();
  }
}

/** `count` rows of each of x's matrices. */
function someRows(x: Strided, first: number, count: number): Strided {
  const dim = x.shape.length - 2;
  const shape = x.shape.with(dim, count);
  return strided(x.dtype, x.memory, x.offset + first * x.strides[dim], shape, x.strides);
}

/** The first elements of each of x's matrices. */
function batchOf(x: Strided): Strided {
  return strided(x.dtype, x.memory, x.offset, x.shape.slice(0, -2), x.strides.slice(0, -2));
}

/** The matrix in x's last two dimensions whose first element is at `at`. */
export function matrixOf(x: Strided, at = x.offset): Matrix {
  const [rowStep, columnStep] = x.strides.slice(-2);
  return { memory: x.memory, at, rowStep, columnStep };
}
