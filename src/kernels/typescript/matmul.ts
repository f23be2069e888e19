import type { Strided } from '../../core/strided.ts';
import { gemm, type Matrix } from './gemm.ts';
import { forEachRun, strided } from './runs.ts';

/** out [batch…, M, N] = a [batch…, M, K] · b [batch…, K, N], a `gemm` for each matrix of the batch. */
export function matmul(a: Strided, b: Strided, out: Strided, accumulate: boolean): void {
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

/** The first elements of each of x's matrices. */
function batchOf(x: Strided): Strided {
  return strided(x.dtype, x.memory, x.offset, x.shape.slice(0, -2), x.strides.slice(0, -2));
}

/** The matrix in x's last two dimensions whose first element is at `at`. */
export function matrixOf(x: Strided, at = x.offset): Matrix {
  const [rowStep, columnStep] = x.strides.slice(-2);
  return { memory: x.memory, at, rowStep, columnStep };
}
