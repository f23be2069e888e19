import { dtypes, type TypedArray } from '../../core/dtype.ts';
import { numelOf, type Shape } from '../../core/shape.ts';
import { mergeLoops, type Strided } from '../../core/strided.ts';
import type { ReduceOp } from '../contract.ts';
import { copy } from './copy.ts';
import { forEachRun, strided, without } from './runs.ts';

/*
 * How a reduction goes. The merged loops over x that are to vanish are folded one by one, innermost first,
 * in lanes: `acc[j] = acc[j] ⊕ x[i + j·di]` for up to LANES elements, row after row. Where the loop beside it
 * that is kept has its neighbours closer in memory (the sum of each column), the lanes lie along that, and
 * are the results. Else they lie along the reduced loop itself (the sum of each row), and are folded together
 * in the end. Rows are added in blocks of ROWS, and blocks in pairs, so that rounding errors grow with the
 * logarithm of the size (Higham 1993, "The accuracy of floating point summation"). All is held in float64.
 */

const LANES = 128;
const ROWS = 64;
/** Fewer elements than this do not make lanes. */
const FEW = 32;

/** acc[j] = acc[j] ⊕ x[i + j·di] for j < n. Of the folds below only one looks at the mean. */
type FoldLanes = (
  acc: Float64Array,
  n: number,
  x: TypedArray,
  i: number,
  di: number,
  mean: TypedArray,
  m: number,
  dm: number,
) => void;

interface Fold {
  /** What ⊕ leaves as it is. */
  readonly start: number;
  /** Takes elements of x in. */
  readonly lanes: FoldLanes;
  /** Takes in what has been folded already. */
  readonly merge: FoldLanes;
}

const sum: FoldLanes = (acc, n, x, i, di) => {
  for (let j = 0; j < n; j++, i += di) acc[j] += x[i];
};
const prod: FoldLanes = (acc, n, x, i, di) => {
  for (let j = 0; j < n; j++, i += di) acc[j] *= x[i];
};
// Math.max and Math.min give NaN where either is.
const amax: FoldLanes = (acc, n, x, i, di) => {
  for (let j = 0; j < n; j++, i += di) acc[j] = Math.max(acc[j], x[i]);
};
const amin: FoldLanes = (acc, n, x, i, di) => {
  for (let j = 0; j < n; j++, i += di) acc[j] = Math.min(acc[j], x[i]);
};
const magnitude: FoldLanes = (acc, n, x, i, di) => {
  for (let j = 0; j < n; j++, i += di) acc[j] += Math.abs(x[i]);
};
const squared: FoldLanes = (acc, n, x, i, di) => {
  for (let j = 0; j < n; j++, i += di) acc[j] += x[i] * x[i];
};
const squaredDeviation: FoldLanes = (acc, n, x, i, di, mean, m, dm) => {
  for (let j = 0; j < n; j++, i += di, m += dm) {
    const deviation = x[i] - mean[m];
    acc[j] += deviation * deviation;
  }
};

const folds = {
  sum: { start: 0, lanes: sum, merge: sum },
  mean: { start: 0, lanes: sum, merge: sum },
  prod: { start: 1, lanes: prod, merge: prod },
  amax: { start: -Infinity, lanes: amax, merge: amax },
  amin: { start: Infinity, lanes: amin, merge: amin },
  norm1: { start: 0, lanes: magnitude, merge: sum },
  norm2: { start: 0, lanes: squared, merge: sum },
} satisfies Record<ReduceOp, Fold>;

const squaredDeviations: Fold = { start: 0, lanes: squaredDeviation, merge: sum };

/** x → out of the same rank, with size 1 in the dimensions that are reduced. */
export function reduce(op: ReduceOp, x: Strided, out: Strided): void {
  const totals = foldAway(folds[op], x, out.shape);
  if (op === 'mean') divide(totals, reducedCount(x.shape, out.shape));
  if (op === 'norm2') takeRoots(totals);
  if (op === 'prod' && !dtypes[x.dtype].floating) withoutNegativeZeros(totals);
  copy(strided('float64', totals, 0, out.shape), out);
}

/** As `reduce`: first the means, then the squared distances from them. */
export function variance(x: Strided, correction: number, std: boolean, out: Strided): void {
  const count = reducedCount(x.shape, out.shape);
  const means = foldAway(folds.sum, x, out.shape);
  divide(means, count);
  const totals = foldAway(squaredDeviations, x, out.shape, means);
  divide(totals, Math.max(count - correction, 0));
  if (std) takeRoots(totals);
  copy(strided('float64', totals, 0, out.shape), out);
}

function divide(values: Float64Array, divisor: number): void {
  for (let i = 0; i < values.length; i++) values[i] /= divisor;
}

/** Whole numbers know one 0. */
function withoutNegativeZeros(values: Float64Array): void {
  for (let i = 0; i < values.length; i++) values[i] += 0;
}

function takeRoots(values: Float64Array): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.sqrt(values[i]);
}

/** How many elements of x make one of out. */
function reducedCount(x: Shape, out: Shape): number {
  let count = 1;
  for (let d = 0; d < x.length; d++) if (x[d] !== out[d]) count *= x[d];
  return count;
}

/**
 * The fold of x over the dimensions in which `outShape` has size 1: as float64, in row-major order of
 * outShape, as `mean` is too.
 */
function foldAway(
  fold: Fold,
  x: Strided,
  outShape: Shape,
  mean: Float64Array = new Float64Array(numelOf(outShape)),
): Float64Array {
  if (numelOf(x.shape) === 0) return new Float64Array(numelOf(outShape)).fill(fold.start);
  const { sizes, strides } = mergeLoops(x.shape, [x, strided('float64', mean, 0, outShape)]);
  const [xStrides, meanStrides] = strides;
  const reduced = sizes.map((_, d) => d).filter((d) => meanStrides[d] === 0);
  if (reduced.length === 0) {
    // Nothing to reduce: a loop of one turn, so that each element is folded with the start alone.
    reduced.push(sizes.length);
    sizes.push(1);
    xStrides.push(0);
    meanStrides.push(0);
  }
  let left = strided(x.dtype, x.memory, x.offset, sizes, xStrides);
  let centers = strided('float64', mean, 0, sizes, meanStrides);
  for (const d of reduced.reverse()) {
    centers = dropDimension(centers, d);
    left = foldDimension(fold, left, d, centers);
    fold = { ...fold, lanes: fold.merge }; // from the second loop on
  }
  return left.memory as Float64Array;
}

/** x folded over dimension d: float64, contiguous, without that dimension. `mean` has the result's shape. */
function foldDimension(fold: Fold, x: Strided, d: number, mean: Strided): Strided {
  const kept = dropDimension(x, d);
  const results = new Float64Array(numelOf(kept.shape));
  const out = strided('float64', results, 0, kept.shape);
  const acc = new Float64Array(LANES);
  const size = x.shape[d];
  const stride = x.strides[d];

  forEachRun(kept.shape, [kept, mean, out], ([xAt, meanAt, outAt], [xStep, meanStep], length) => {
    if (size < FEW || (length >= FEW && Math.abs(xStep) < Math.abs(stride))) {
      const lanes = { x: x.memory, rowStep: stride, step: xStep, mean: mean.memory, meanStep };
      for (let j = 0; j < length; j += LANES) {
        const n = Math.min(LANES, length - j);
        acc.fill(fold.start, 0, n);
        foldRows(fold, acc, n, lanes, xAt + j * xStep, meanAt + j * meanStep, size);
        for (let lane = 0; lane < n; lane++) results[outAt + j + lane] = acc[lane];
      }
    } else {
      const lanes = { x: x.memory, rowStep: LANES * stride, step: stride, mean: mean.memory, meanStep: 0 };
      const rows = Math.floor(size / LANES);
      const rest = size % LANES;
      for (let j = 0; j < length; j++) {
        const at = xAt + j * xStep;
        const m = meanAt + j * meanStep;
        acc.fill(fold.start);
        foldRows(fold, acc, LANES, lanes, at, m, rows);
        fold.lanes(acc, rest, x.memory, at + rows * LANES * stride, stride, mean.memory, m, 0);
        for (let half = LANES / 2; half >= 1; half /= 2) fold.merge(acc, half, acc, half, 1, acc, 0, 0);
        results[outAt + j] = acc[0];
      }
    }
  });
  return out;
}

interface Lanes {
  readonly x: TypedArray;
  readonly rowStep: number;
  readonly step: number;
  readonly mean: TypedArray;
  readonly meanStep: number;
}

/** Folds `rows` rows of n lanes, the first at x[at], into acc: up to ROWS one by one, more by halves. */
function foldRows(
  fold: Fold,
  acc: Float64Array,
  n: number,
  lanes: Lanes,
  at: number,
  meanAt: number,
  rows: number,
): void {
  const { x, rowStep, step, mean, meanStep } = lanes;
  if (rows <= ROWS) {
    for (let row = 0; row < rows; row++)
      fold.lanes(acc, n, x, at + row * rowStep, step, mean, meanAt, meanStep);
    return;
  }
  const half = ROWS * Math.ceil(rows / ROWS / 2);
  const second = new Float64Array(n).fill(fold.start);
  foldRows(fold, acc, n, lanes, at, meanAt, half);
  foldRows(fold, second, n, lanes, at + half * rowStep, meanAt, rows - half);
  fold.merge(acc, n, second, 0, 1, second, 0, 0);
}

function dropDimension(x: Strided, d: number): Strided {
  return strided(x.dtype, x.memory, x.offset, without(x.shape, d), without(x.strides, d));
}
