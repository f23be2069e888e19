import type { TypedArray } from '../../core/dtype.ts';
import { loadAddon } from './loader.cjs';

/** What the addon says about itself and the machine. */
export interface AddonInfo {
  /** Features of the processor that kernels use: `avx2`, `fma`. */
  readonly cpu: readonly string[];
  /** Instruction sets with kernels that run here, best last. */
  readonly isas: readonly string[];
  /** The one in use. */
  readonly isa: string;
  readonly threads: number;
  /** Bytes of working space that the addon holds. */
  readonly scratchBytes: number;
}

export type OperationFamily =
  | 'unary'
  | 'compare'
  | 'fold'
  | 'binaryFloat32'
  | 'binaryFloat64'
  | 'binaryInt32'
  | 'binaryUint8';

/**
 * The functions of the addon (native/addon.cc). Those that compute take their arrays as arguments and their
 * numbers from the parameter block (see parameters.ts). All throw on what does not fit, and never touch memory
 * outside the arrays that they are given.
 */
export interface Addon {
  info(): AddonInfo;
  /** Names the block that holds the numbers of each call, and the class that a failed allocation throws. */
  initialize(parameters: Float64Array, outOfMemoryError: new (message: string) => Error): void;
  setIsa(name: string): void;
  numThreads(): number;
  setNumThreads(count: number): void;
  /** For tests: after so many more allocations of working space the next ones fail; -1 ends that. */
  failAllocations(after: number): void;

  /** The names of the functions of a family, in the order of their codes; null where there is none. */
  operations(): Readonly<Record<OperationFamily, readonly (string | null)[]>>;
  unary(x: TypedArray, out: TypedArray): void;
  binary(a: TypedArray, b: TypedArray, out: TypedArray): void;
  compare(a: TypedArray, b: TypedArray, out: TypedArray): void;
  where(condition: TypedArray, a: TypedArray, b: TypedArray, out: TypedArray): void;
  copy(x: TypedArray, out: TypedArray): void;
  fill(out: TypedArray): void;
  matmul(a: TypedArray, b: TypedArray, out: TypedArray): void;
  linear(x: TypedArray, weight: TypedArray, bias: TypedArray | null, y: TypedArray): void;
  linearBackward(
    x: TypedArray,
    weight: TypedArray,
    dy: TypedArray,
    y: TypedArray | null,
    dx: TypedArray | null,
    dWeight: TypedArray | null,
    dBias: TypedArray | null,
  ): void;
  reduce(x: TypedArray, out: TypedArray): void;
  variance(x: TypedArray, out: TypedArray): void;
  logSoftmax(x: TypedArray, out: TypedArray): void;
  crossEntropy(
    logits: TypedArray,
    targets: TypedArray,
    losses: TypedArray | null,
    dLogits: TypedArray | null,
  ): number;
  squaredError(input: TypedArray, target: TypedArray, dInput: TypedArray | null): number;
  sgdStep(grad: TypedArray, parameter: TypedArray, velocity: TypedArray | null): void;
  indexSelect(x: TypedArray, index: TypedArray, out: TypedArray): void;
}

/** The addon, or null and the reason why there is none. */
export function findAddon(): { addon: Addon; path: string } | { addon: null; reason: string } {
  const { addon, path, failures } = loadAddon();
  if (addon !== null) return { addon: addon as Addon, path };
  return {
    addon: null,
    reason: failures.length > 0 ? failures.join('; ') : 'no addon was built for this platform',
  };
}
