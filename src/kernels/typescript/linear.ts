import type { Strided } from '../../core/strided.ts';
import type { Activation } from '../contract.ts';
import { gemm, type Matrix, transposed } from './gemm.ts';
import { matrixOf } from './matmul.ts';

/** x [batch, in] · weightᵀ [in, out] + bias [out] → y [batch, out]: one `gemm`, finished with bias and relu. */
export function linear(
  x: Strided,
  weight: Strided,
  bias: Strided | null,
  activation: Activation,
  y: Strided,
): void {
  const [batch, inFeatures] = x.shape;
  const [outFeatures] = weight.shape;
  const shape = { rows: batch, depth: inFeatures, columns: outFeatures };
  gemm(shape, matrixOf(x), transposed(matrixOf(weight)), matrixOf(y), {
    bias: bias === null ? null : rowOf(bias),
    relu: activation === 'relu',
    accumulate: false,
  });
}

/** dy [batch, out] → dx [batch, in], dWeight [out, in], dBias [out]: a `gemm` for each. */
export function linearBackward(
  x: Strided,
  weight: Strided,
  dy: Strided,
  y: Strided | null,
  accumulate: boolean,
  dx: Strided | null,
  dWeight: Strided | null,
  dBias: Strided | null,
): void {
  const [batch, inFeatures] = x.shape;
  const [outFeatures] = weight.shape;
  const dz = y === null ? matrixOf(dy) : reluGradient(dy, y);
  if (dx !== null) {
    const shape = { rows: batch, depth: outFeatures, columns: inFeatures };
    gemm(shape, dz, matrixOf(weight), matrixOf(dx), { bias: null, relu: false, accumulate: false });
  }
  if (dWeight !== null) {
    const shape = { rows: outFeatures, depth: batch, columns: inFeatures };
    gemm(shape, transposed(dz), matrixOf(x), matrixOf(dWeight), { bias: null, relu: false, accumulate });
  }
  if (dBias !== null) {
    // dBias = dzᵀ · 1, as one more product: a column of ones whose elements are all the same one.
    const ones = { memory: new Float64Array([1]), at: 0, rowStep: 0, columnStep: 0 };
    const shape = { rows: outFeatures, depth: batch, columns: 1 };
    gemm(shape, transposed(dz), ones, transposed(rowOf(dBias)), { bias: null, relu: false, accumulate });
  }
}

/** dy where y > 0, else 0. */
function reluGradient(dy: Strided, y: Strided): Matrix {
  const [rows, columns] = dy.shape;
  const memory = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    let i = dy.offset + row * dy.strides[0];
    let j = y.offset + row * y.strides[0];
    for (let column = 0; column < columns; column++, i += dy.strides[1], j += y.strides[1]) {
      memory[row * columns + column] = y.memory[j] > 0 ? dy.memory[i] : 0;
    }
  }
  return { memory, at: 0, rowStep: columns, columnStep: 1 };
}

/** A vector as a matrix of one row. */
function rowOf(x: Strided): Matrix {
  return { memory: x.memory, at: x.offset, rowStep: 0, columnStep: x.strides[0] };
}
