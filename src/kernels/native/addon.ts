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

/**
 * How the addon would compute C [rows, columns] = A [rows, depth] · B [depth, columns]: a function of the shape, the
 * strides and the instruction set alone. `native/drivers/matmul_plan.h` says more.
 */
export interface MatmulPlan {
  /** Outer products, whose vectors lie along the columns of C; or dot products, with vectors along the depth. */
  readonly family: 'outer' | 'dot';
  /** Whether Cᵀ = Bᵀ · Aᵀ is computed instead: then all that follows is about that problem. */
  readonly transposed: boolean;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Numbers in a vector. */
  readonly lanes: number;
  /** The largest tile: its sums stay in registers. */
  readonly tileRows: number;
  readonly tileColumns: number;
  /** Whether A (B) is first copied into the order in which tiles read it. */
  readonly packA: boolean;
  readonly packB: boolean;
  /** Whether each thread packs B for itself. */
  readonly ownB: boolean;
  /** Sums over so much of the depth at a time, and over so many columns of B. */
  readonly blockDepth: number;
  readonly blockColumns: number;
  /** The part of B that is packed at a time. */
  readonly packDepth: number;
  readonly packColumns: number;
  /** Whether sums gather in working space before they go into C. */
  readonly gather: boolean;
  /** Outer products: the last so many columns, too few to fill a vector, are dot products. */
  readonly restColumns: number;
  /** Above 1: the depth is cut into so many parts, tasks of their own, whose sums are added in a fixed tree. */
  readonly depthParts: number;
  /** C is cut into so many parts, which threads take one after another. */
  readonly rowTasks: number;
  readonly columnTasks: number;
  /** Working space in bytes: of all threads together, and of each. */
  readonly sharedBytes: number;
  readonly threadBytes: number;
}

export type OperationFamily =
  | 'unary'
  | 'ternary'
  | 'compare'
  | 'fold'
  | 'argFold'
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
  ternary(a: TypedArray, b: TypedArray, c: TypedArray, out: TypedArray): void;
  compare(a: TypedArray, b: TypedArray, out: TypedArray): void;
  where(condition: TypedArray, a: TypedArray, b: TypedArray, out: TypedArray): void;
  copy(x: TypedArray, out: TypedArray): void;
  fill(out: TypedArray): void;
  matmul(a: TypedArray, b: TypedArray, out: TypedArray): void;
  matmulAsync(a: TypedArray, b: TypedArray, out: TypedArray): Promise<void>;
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
  argReduce(x: TypedArray, out: TypedArray): void;
  logSoftmax(x: TypedArray, out: TypedArray): void;
  crossEntropy(
    logits: TypedArray,
    targets: TypedArray,
    losses: TypedArray | null,
    dLogits: TypedArray | null,
  ): number;
  squaredError(input: TypedArray, target: TypedArray, dInput: TypedArray | null): number;
  sgdStep(...gradsAndParameters: readonly TypedArray[]): void;
  gather(x: TypedArray, out: TypedArray, ...indices: TypedArray[]): boolean;
  scatter(x: TypedArray, out: TypedArray, ...indices: TypedArray[]): boolean;
  sort(x: TypedArray, values: TypedArray | null, indices: TypedArray | null): void;
  median(x: TypedArray, values: TypedArray, indices: TypedArray | null): void;
  scan(x: TypedArray, out: TypedArray): void;
  histogram(x: TypedArray, out: TypedArray): void;
  nonzero(x: TypedArray, out: TypedArray | null): number;
  maskedSelect(mask: TypedArray, x: TypedArray, out: TypedArray): void;
  indexSelect(x: TypedArray, index: TypedArray, out: TypedArray): void;

  /** Asks the system to back the memory of `x` by large pages when it is first touched. A hint. */
  adviseHugePages(x: Uint8Array): void;
  /** Bytes from where `x` begins to where a cache line does: 0 to 63. */
  bytesToCacheLine(x: Uint8Array): number;

  /** For benches: multiply-adds out of registers on all threads; returns how many floating-point operations. */
  multiplyAdds(rounds: number): number;
  /** For benches: reads `x` so many times, all threads together; returns the sum of what was read. */
  readAll(x: Float32Array, passes: number): number;
  /** The strides are those between rows and between columns, of A, of B and of C. */
  describePlan(
    isa: string,
    elementBytes: number,
    rows: number,
    columns: number,
    depth: number,
    ...strides: readonly number[]
  ): MatmulPlan;
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
