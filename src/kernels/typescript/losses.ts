import type { TypedArray } from '../../core/dtype.ts';
import type { Strided } from '../../core/strided.ts';
import { forEachRun } from './runs.ts';

/** x [rows, classes] → out [rows, classes], row by row. */
export function logSoftmax(x: Strided, out: Strided): void {
  const [rows, classes] = x.shape;
  const [xRow, xStep] = x.strides;
  const [outRow, outStep] = out.strides;
  for (let row = 0; row < rows; row++) {
    const from = x.offset + row * xRow;
    const to = out.offset + row * outRow;
    const max = maxOf(x.memory, from, xStep, classes);
    let total = 0;
    for (let j = 0; j < classes; j++) total += Math.exp(x.memory[from + j * xStep] - max);
    const logTotal = Math.log(total);
    for (let j = 0; j < classes; j++)
      out.memory[to + j * outStep] = x.memory[from + j * xStep] - max - logTotal;
  }
}

/** logits [rows, classes], targets [rows] → losses [rows], dLogits [rows, classes] and Σ losses, row by row. */
export function crossEntropy(
  logits: Strided,
  targets: Strided,
  scale: number,
  losses: Strided | null,
  dLogits: Strided | null,
): number {
  const [rows, classes] = logits.shape;
  const [logitsRow, logitsStep] = logits.strides;
  checkTargets(targets, rows, classes);
  const exps = new Float64Array(classes);
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const from = logits.offset + row * logitsRow;
    const target = targets.memory[targets.offset + row * targets.strides[0]];
    const max = maxOf(logits.memory, from, logitsStep, classes);
    const targetLogit = logits.memory[from + target * logitsStep];
    let total = 0;
    for (let j = 0; j < classes; j++) {
      exps[j] = Math.exp(logits.memory[from + j * logitsStep] - max);
      total += exps[j];
    }
    const loss = Math.log(total) - (targetLogit - max);
    sum += loss;
    if (losses !== null) losses.memory[losses.offset + row * losses.strides[0]] = loss;
    if (dLogits !== null) {
      const to = dLogits.offset + row * dLogits.strides[0];
      const step = dLogits.strides[1];
      for (let j = 0; j < classes; j++) {
        dLogits.memory[to + j * step] = scale * (exps[j] / total - (j === target ? 1 : 0));
      }
    }
  }
  return sum;
}

function checkTargets(targets: Strided, rows: number, classes: number): void {
  for (let row = 0; row < rows; row++) {
    const target = targets.memory[targets.offset + row * targets.strides[0]];
    if (target < 0 || target >= classes) {
      throw new RangeError(
        `crossEntropy: target at row ${row} is ${target}, but there are ${classes} classes`,
      );
    }
  }
}

/** The largest of x[i], x[i + di], …: `n` elements; NaN where one is. Subtracted, it keeps exp from overflowing. */
function maxOf(x: TypedArray, i: number, di: number, n: number): number {
  let max = -Infinity;
  for (; n > 0; n--, i += di) max = Math.max(max, x[i]);
  return max;
}

/** input and target of one shape → dInput of that shape, and Σ (input − target)². */
export function squaredError(input: Strided, target: Strided, scale: number, dInput: Strided | null): number {
  const operands = dInput === null ? [input, target] : [input, target, dInput];
  const [inputs, targets, gradients] = operands.map(({ memory }) => memory);
  let total = 0;
  forEachRun(input.shape, operands, (at, [di, dj, dk = 0], length) => {
    let [i, j, k = 0] = at;
    let sum = 0; // V8 keeps a local variable in a register, but not one of the surrounding function
    for (let n = length; n > 0; n--, i += di, j += dj, k += dk) {
      const error = inputs[i] - targets[j];
      sum += error * error;
      if (dInput !== null) gradients[k] = 2 * scale * error;
    }
    total += sum;
  });
  return total;
}
