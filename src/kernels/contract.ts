import type { Strided } from '../core/strided.ts';

/**
 * The contract between the operations and the code that does the arithmetic.
 *
 * There are two implementations: `typescript/`, the readable reference, and `native/`, the C++ addon. Each
 * kernel of the second is tested against the first on every instruction set that the machine has.
 *
 * Callers have checked shapes and dtypes, allocated the results, and made sure that no result overlaps an
 * operand. In unary, binary, ternary, compare, where, scan, logSoftmax, crossEntropy and squaredError a result may lie exactly
 * on an operand of the same shape and strides (the in-place forms). Operands may have any strides, zero and
 * negative ones too; results may have any strides without overlap in themselves. Zero-size tensors are
 * allowed everywhere. Kernels read and write nothing but the elements that the shapes name, and never keep
 * an operand.
 *
 * Floats follow IEEE 754: NaN and infinities propagate, subnormals are kept. Results are the same bits for
 * every number of threads, every alignment and every run on one instruction set.
 */
export interface Kernels {
  /** What runs: `typescript`, or `native avx512` and the like. */
  readonly name: string;

  /** Threads that kernels may use; 1 for TypeScript. */
  numThreads(): number;
  setNumThreads(count: number): void;

  /** out = f(x), elementwise, x of out's shape. Same dtype in x and out: float, or any for exact functions. */
  unary(op: UnaryOp, x: Strided, out: Strided): void;

  /** out = f(a, b), elementwise; a and b broadcast to out's shape. One dtype in all three. */
  binary(op: BinaryOp, a: Strided, b: Strided, out: Strided): void;

  /** out = f(a, b, c) with a number `scale` that some of them use; a, b and c broadcast to out's shape. One dtype in all. */
  ternary(op: TernaryOp, a: Strided, b: Strided, c: Strided, scale: number, out: Strided): void;

  /** out = a ? b, elementwise, as 0 or 1 in a bool tensor; one dtype in a and b. NaN compares unequal, unordered. */
  compare(op: CompareOp, a: Strided, b: Strided, out: Strided): void;

  /** out = condition ? a : b, elementwise with broadcasting; condition is bool; one dtype in a, b and out. */
  where(condition: Strided, a: Strided, b: Strided, out: Strided): void;

  /**
   * out = x, broadcast to out's shape, converted to out's dtype: floats to integers truncate toward zero and
   * wrap as `Int32Array` does, anything but 0 becomes true.
   */
  copy(x: Strided, out: Strided): void;

  /** out = value everywhere, converted as `copy` does. */
  fill(value: number, out: Strided): void;

  /**
   * Reduces x over the dimensions in which out has size 1 and x has not (out has x's rank). Dimensions of
   * size 1 in both are kept, which is the same.
   *
   * - sum, mean: Σ x and Σ x / n, in fixed blocks combined pairwise; out of x's float dtype, and of float64
   *   for integer x (exact to 2^53).
   * - prod: Π x; dtypes as for sum; of integers never −0.
   * - amax, amin: the largest and smallest, of x's dtype; NaN if any element is. Callers refuse an empty reduction.
   * - norm1, norm2: Σ |x| and √Σ x², of floats, summed as `sum`; the squares in float64, so that they do not
   *   overflow before the root.
   */
  reduce(op: ReduceOp, x: Strided, out: Strided): void;

  /**
   * Σ (x − mean)² / max(n − correction, 0), over dimensions as `reduce` does, in two passes; float dtypes.
   * Where nothing is left to divide by, that is NaN or ∞, as PyTorch has it. `std` takes the square root.
   */
  variance(x: Strided, correction: number, std: boolean, out: Strided): void;

  /**
   * Σ or Π of the elements up to each one along `dim`, itself included: out has x's shape, and the dtype that
   * `reduce` gives. One element after the other, in float64; of integers never −0. out may be x itself.
   */
  scan(op: ScanOp, x: Strided, dim: number, out: Strided): void;

  /**
   * Index of the first largest (smallest) element along `dim`; the first NaN counts as the extreme. out is
   * int32, of x's rank with size 1 at `dim`. Callers refuse an empty `dim`.
   */
  argReduce(op: ArgReduceOp, x: Strided, dim: number, out: Strided): void;

  /**
   * The lower median along `dim`, the ⌈n / 2⌉-th smallest of n elements, and the first index where it is; the
   * first NaN where there is one. Both of x's rank with size 1 at `dim`; indices int32 or null. Callers refuse
   * an empty `dim`.
   */
  median(x: Strided, dim: number, values: Strided, indices: Strided | null): void;

  /**
   * x in order along `dim`: ascending with NaN last, or descending with NaN first; equal elements keep their
   * order (so do NaNs, and 0 equals −0). values: x's dtype; indices: int32; both of x's shape, either may be null.
   */
  sort(x: Strided, dim: number, descending: boolean, values: Strided | null, indices: Strided | null): void;

  /**
   * The first values.shape[dim] elements of each slice of `sort` (descending where `largest`), and their indices.
   * values and indices have x's shape, but for the size at `dim`.
   */
  topk(x: Strided, dim: number, largest: boolean, values: Strided, indices: Strided): void;

  /**
   * How many elements of x lie in each of out's equal parts of [low, high], low < high: x counts in part
   * ⌊(x − low) · parts / (high − low)⌋, computed in its dtype; high itself in the last; others, and NaN, nowhere.
   * out [parts], of x's float dtype; the counting is exact.
   */
  histogram(x: Strided, low: number, high: number, out: Strided): void;

  /**
   * out[…, i, j] = Σ_k a[…, i, k] · b[…, k, j], plus out's old value where `accumulate` is true (else out is
   * never read and may hold NaN). a [batch…, M, K], b [batch…, K, N], out [batch…, M, N]; the batch dimensions
   * of a and b broadcast to out's. K = 0 gives 0. Float dtypes, one for all.
   */
  matmul(a: Strided, b: Strided, out: Strided, accumulate: boolean): void;

  /**
   * `matmul` without accumulating, while the event loop goes on; all three in shared memory, and one product at a
   * time. Rejects with OutOfMemoryError; then nothing has been written.
   */
  matmulAsync(a: Strided, b: Strided, out: Strided): Promise<void>;

  /**
   * y = x · weightᵀ + bias, then max(y, 0) (NaN stays) where activation is relu.
   * x [batch, in], weight [out, in], bias [out] or null, y [batch, out].
   */
  linear(x: Strided, weight: Strided, bias: Strided | null, activation: Activation, y: Strided): void;

  /**
   * The gradients of `linear`, for each that is not null:
   *
   *     dz = y === null ? dy : dy where y > 0, else 0        (y: what a relu forward gave)
   *     dx = dz · weight        dWeight = dzᵀ · x        dBias = Σ_batch dz
   *
   * dWeight and dBias are added to what they hold where `accumulate` is true; dx is always overwritten.
   */
  linearBackward(
    x: Strided,
    weight: Strided,
    dy: Strided,
    y: Strided | null,
    accumulate: boolean,
    dx: Strided | null,
    dWeight: Strided | null,
    dBias: Strided | null,
  ): void;

  /** out[i, j] = x[i, j] − max_i − log Σ_j exp(x[i, j] − max_i); x and out [rows, classes]. */
  logSoftmax(x: Strided, out: Strided): void;

  /**
   * Cross-entropy of logits [rows, classes] (float) against class indices targets [rows] (int32), with its
   * gradient in the same pass:
   *
   *     losses[i]     = −logSoftmax(logits)[i, targets[i]]
   *     dLogits[i, j] = scale · (softmax(logits)[i, j] − (j == targets[i]))
   *
   * Either result may be null. Returns Σ_i losses[i], summed in float64.
   * @throws RangeError naming the row, the label and the number of classes; then nothing has been written.
   */
  crossEntropy(
    logits: Strided,
    targets: Strided,
    scale: number,
    losses: Strided | null,
    dLogits: Strided | null,
  ): number;

  /**
   * Squared error of input and target (one shape, float) with its gradient in the same pass:
   * dInput = 2 · scale · (input − target), where not null. Returns Σ (input − target)², summed in float64.
   */
  squaredError(input: Strided, target: Strided, scale: number, dInput: Strided | null): number;

  /**
   * One step of stochastic gradient descent, of many parameters in one call and one pass (PyTorch's `SGD`; Sutskever et al. 2013 for Nesterov):
   *
   *     g = grad + weightDecay · parameter
   *     velocity = firstStep ? g : momentum · velocity + (1 − dampening) · g      (where velocity is not null)
   *     parameter −= lr · (velocity null ? g : nesterov ? g + momentum · velocity : velocity)
   *
   * The entries of the lists belong together: parameter, grad and velocity of one shape and float dtype.
   */
  sgdStep(
    parameters: readonly Strided[],
    grads: readonly Strided[],
    velocities: readonly Strided[] | null,
    step: SgdStep,
  ): void;

  /**
   * out = the slices of x along dim that `index` (int32, one dimension) names; out has x's shape with
   * index.length at dim; any dtype.
   * @throws RangeError naming the position, the index and the size, where an index is not from 0 to size − 1;
   *   out is then unspecified.
   */
  indexSelect(x: Strided, dim: number, index: Strided, out: Strided): void;

  /**
   * Elements picked by indices:
   *
   *     out[p] = x[p] moved on in memory by Σ_k step_k · (index_k[p] < 0 ? index_k[p] + size_k : index_k[p])
   *
   * x and the indices broadcast to out's shape. x shows at p what indices of 0 would pick there, so it has
   * stride 0 along dimensions that only the indices walk. One dtype, any, in x and out. Where no index changes
   * along the inner dimensions, whole runs are copied.
   *
   * Returns false where an index is out of its range; out is then unspecified. The caller says which one.
   */
  gather(x: Strided, indices: readonly IndexedDimension[], out: Strided): boolean;

  /**
   * The way back, element after element in row-major order, so that of several writes to one place the last stays:
   *
   *     out[p] moved on as in `gather`  =  x[p]        (accumulate: += x[p], or |= in a bool tensor)
   *
   * x and the indices broadcast to out's shape; out, for once, may have stride 0. Float sums are rounded to out's
   * dtype at every addition, integers wrap.
   *
   * Returns false where an index is out of its range; then nothing has been written.
   */
  scatter(x: Strided, indices: readonly IndexedDimension[], accumulate: boolean, out: Strided): boolean;

  /**
   * How many elements of x (any dtype) differ from 0, as NaN does; their coordinates, in row-major order, go
   * into out [count, rank of x] (int32) where it is not null.
   */
  nonzero(x: Strided, out: Strided | null): number;

  /**
   * out = the elements of x at which mask (bool, of x's shape) is true, in row-major order. out has one dimension,
   * of just their number, and x's dtype.
   */
  maskedSelect(x: Strided, mask: Strided, out: Strided): void;
}

/** A dimension that indices choose from, as `gather` and `scatter` see it. */
export interface IndexedDimension {
  /** int32 */
  readonly index: Strided;
  /** The smallest index allowed: 0, or −size where negative ones count from the end. */
  readonly lowest: number;
  /** Entries of the dimension. */
  readonly size: number;
  /** Elements from one entry to the next in memory. */
  readonly step: number;
}

export type Activation = 'none' | 'relu';

export interface SgdStep {
  readonly lr: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  readonly firstStep: boolean;
}

/** Functions of one element. The first group is exact, and defined for every dtype but bool; the second for floats. */
export const unaryOps = [
  'neg', // −x
  'abs',
  'sign', // −1, 0, 1; NaN for NaN
  'square', // x · x
  'relu', // x > 0 ? x : 0, but NaN for NaN
  'floor',
  'ceil',
  'round', // half to even
  'trunc',
  'sqrt',
  'rsqrt', // 1 / √x
  'reciprocal', // 1 / x
  'exp',
  'expm1',
  'log',
  'log1p',
  'sin',
  'cos',
  'tanh',
  'sigmoid', // 1 / (1 + exp(−x)), the smallest results too, where exp(−x) would overflow
  'erf',
  // Rarely used, and computed one by one with the mathematical library.
  'log2',
  'log10',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
] as const;
export type UnaryOp = (typeof unaryOps)[number];

/** Functions of two elements of one dtype. Integers wrap, and dividing them by 0 gives 0. */
export const binaryOps = [
  'add',
  'sub',
  'mul',
  'div', // floats only
  'pow', // 1 to any power is 1, also to NaN; integers to a negative one give 0, but 1 and −1 as it is
  'minimum', // NaN if either is
  'maximum',
  'remainder', // a − b · ⌊a / b⌋, the sign of b (Python's %)
  'fmod', // a − b · trunc(a / b), the sign of a (C's fmod)
  'floorDivide', // ⌊a / b⌋ as Python's `//`: of the exact quotient; a / b for b = 0; NaN for infinite a
  'atan2', // the angle of the point (b, a); floats only
  'logaddexp', // log(exp(a) + exp(b)); floats only
  'bitwiseAnd', // the bitwise ones: integers and bool only
  'bitwiseOr',
  'bitwiseXor',
  'reluBackward', // a where b > 0, else 0: dy and x (or y) to dx
] as const;
export type BinaryOp = (typeof binaryOps)[number];

/** Functions of three elements of one dtype, and of one number for all. */
export const ternaryOps = [
  'clamp', // min(max(a, b), c); NaN if any is
  'lerp', // a + c · (b − a) where |c| < 1/2, else b − (1 − c) · (b − a), so that 1 gives b; floats only
  'addcmul', // a + scale · b · c; integers wrap
  'addcdiv', // a + scale · b / c; floats only
] as const;
export type TernaryOp = (typeof ternaryOps)[number];

export const compareOps = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const;
export type CompareOp = (typeof compareOps)[number];

export const reduceOps = ['sum', 'mean', 'prod', 'amax', 'amin', 'norm1', 'norm2'] as const;
export type ReduceOp = (typeof reduceOps)[number];

export const scanOps = ['cumsum', 'cumprod'] as const;
export type ScanOp = (typeof scanOps)[number];

export const argReduceOps = ['argmax', 'argmin'] as const;
export type ArgReduceOp = (typeof argReduceOps)[number];
