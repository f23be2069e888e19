import type { DType, ElementOf, TypedArray } from './dtype.ts';
import { StateError } from './errors.ts';
import { formatTensor, type InspectContext, inspectTensor } from './printing.ts';
import {
  addressableNumel,
  contiguousStrides,
  formatShape,
  isContiguousLayout,
  normalizeDim,
  numelOf,
  type Shape,
} from './shape.ts';
import { allocateStorage, Storage } from './storage.ts';
import type { Strided } from './strided.ts';

/** Numbers in arrays within arrays, one level a dimension; a 0-d tensor is a bare number. */
export type NestedArray<Element extends number | boolean = number | boolean> =
  | Element
  | NestedArray<Element>[];

// What structured clone throws for a symbol names it, and so says what to do: without this it would make a plain
// object, with a copy of the whole storage.
const notCloneable = Symbol('A Tensor (post x.share().handle(), and open it with fromHandle())');

/**
 * An n-dimensional array: a view of a storage through a shape, strides and an offset. Views made from one
 * another share the storage, so a write through one is seen by all.
 *
 * The operations are functions of tensors (`add(a, b)`), and methods of the same names (`a.add(b)`).
 *
 * `Tensor` is a tensor of any dtype. Where an operation settles it, the compiler knows more: `a.lt(b)` is a
 * `Tensor<'bool'>`, whose `item()` is a boolean, and `a.mean()` one of floats, whose `item()` is a number.
 */
export class Tensor<out D extends DType = DType> implements Strided {
  /** @internal */
  readonly cloning: symbol;
  /** The type of the elements: float32, float64, int32, uint8 or bool. */
  readonly dtype: D;
  /** Sizes by dimension, outermost first; `[]` for a single number. */
  readonly shape: Shape;
  /** @internal Elements to step for one step along each dimension; users read `stride()`. */
  readonly strides: readonly number[];
  /** @internal Position of the first element in the storage; users read `storageOffset()`. */
  readonly offset: number;
  /** @internal Users read `storage()`. */
  readonly base: Storage;
  /** @internal Whether `dispose` gives the storage back: views do not. */
  readonly owns: boolean;

  /** @internal Tensors come from `tensor`, `zeros`, `randn` and the other operations. */
  constructor(
    base: Storage,
    shape: Shape,
    strides: readonly number[] = contiguousStrides(shape),
    offset = 0,
    owns = false,
  ) {
    this.cloning = notCloneable; // the first property, and so the first that structured clone comes to
    this.dtype = base.dtype as D; // only the code that made the storage knows
    this.base = base;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.owns = owns;
  }

  /** @internal */
  get memory(): TypedArray {
    return this.base.memory;
  }

  /** Number of elements. */
  numel(): number {
    return numelOf(this.shape);
  }

  /** Number of dimensions. */
  get ndim(): number {
    return this.shape.length;
  }

  /** Size of the first dimension, as of an array. */
  get length(): number {
    if (this.shape.length === 0) throw new TypeError('length: a 0-d tensor has none');
    return this.shape[0];
  }

  /** The shape, or the size of one dimension. */
  size(): number[];
  size(dim: number): number;
  size(dim?: number): number | number[] {
    return dim === undefined ? [...this.shape] : this.shape[existingDim('size', dim, this.ndim)];
  }

  /** Elements to step in the storage for one step along each dimension, or along `dim`. */
  stride(): number[];
  stride(dim: number): number;
  stride(dim?: number): number | number[] {
    return dim === undefined ? [...this.strides] : this.strides[existingDim('stride', dim, this.ndim)];
  }

  /**
   * The memory that this tensor is a view of. Asking for it takes it out of all reuse: a scope or `dispose` leaves it
   * alone from then on.
   */
  storage(): Storage {
    if (this.base.isGone) throw unreachable('storage', this);
    return this.base.setApart();
  }

  /**
   * Gives the memory back at once, for other tensors to be made of, where one would otherwise wait for the garbage
   * collector. The tensor is of no use after that, and neither are its views: using them is a StateError. Of a view
   * only itself ends. A second time is nothing.
   *
   *     using y = x.matmul(w);      // disposes of y where its block ends
   */
  dispose(): void {
    if (this.owns) this.base.giveBack();
    (this as { base: Storage }).base = gone;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Position of the first element in the storage. */
  storageOffset(): number {
    return this.offset;
  }

  /** Whether the elements lie in row-major order without gaps. */
  isContiguous(): boolean {
    return isContiguousLayout(this.shape, this.strides);
  }

  /**
   * The one element as a JavaScript number, or boolean for bool.
   *
   * @throws RangeError when there is not exactly one element.
   */
  item(): ElementOf<D> {
    if (this.numel() !== 1)
      throw new RangeError(`item: needs exactly one element, got shape ${formatShape(this.shape)}`);
    const value = this.memory[this.offset];
    if (value === undefined) throw unreachable('item', this);
    return elementOf(this, this.offset);
  }

  /** The elements in nested arrays, one level a dimension; booleans for bool. */
  toArray(): NestedArray<ElementOf<D>> {
    checkAttached('toArray', this);
    return nestedArrays(this, 0, this.offset);
  }

  /** As NumPy prints arrays, with shape and dtype; `setPrintOptions` says how many elements and digits. */
  toString(): string {
    return formatTensor(this);
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth: number | null, options: InspectContext): string {
    return inspectTensor(this, depth, options);
  }
}

function existingDim(operation: string, dim: number, rank: number): number {
  if (rank === 0) throw new RangeError(`${operation}: a 0-d tensor has no dimension ${dim}`);
  return normalizeDim(operation, dim, rank);
}

function elementOf<D extends DType>(x: Tensor<D>, place: number): ElementOf<D> {
  return x.dtype === 'bool' ? x.memory[place] !== 0 : x.memory[place];
}

function nestedArrays<D extends DType>(x: Tensor<D>, dim: number, offset: number): NestedArray<ElementOf<D>> {
  if (dim === x.shape.length) return elementOf(x, offset);
  return Array.from({ length: x.shape[dim] }, (_, i) =>
    nestedArrays(x, dim + 1, offset + i * x.strides[dim]),
  );
}

/** The storage of tensors that were disposed of. */
const gone = new Storage(new Uint8Array(0));
gone.giveBack();

function unreachable(operation: string, x: Tensor): Error {
  return x.base.isGone
    ? new StateError(
        `${operation}: the tensor of shape ${formatShape(x.shape)} was disposed of, or made in a scope that has ` +
          'ended; return it from the scope, or keep() it there',
      )
    : new TypeError(`${operation}: the tensor's buffer was transferred away (detached)`);
}

/** Throws when the memory of `x` was given back, or was transferred to another thread, and so is no longer here. */
export function checkAttached(operation: string, x: Tensor): void {
  const { base } = x;
  if (base.array.length === 0 && (base.isGone || x.numel() > 0)) throw unreachable(operation, x);
}

/** A fresh contiguous tensor, all zero. `shape` is taken as it is: check it first if it comes from a user. */
export function allocateTensor<D extends DType>(operation: string, shape: Shape, dtype: D): Tensor<D> {
  const base = allocateStorage(operation, dtype, addressableNumel(operation, shape), true);
  return new Tensor(base, shape, contiguousStrides(shape), 0, true);
}

/**
 * A fresh contiguous tensor whose elements the caller writes, every one: until then they are whatever their memory
 * held before. `shape` is taken as it is.
 */
export function allocateResult<D extends DType>(
  operation: string,
  shape: Shape,
  dtype: D,
  strides: readonly number[] = contiguousStrides(shape),
): Tensor<D> {
  return new Tensor(
    allocateStorage(operation, dtype, addressableNumel(operation, shape), false),
    shape,
    strides,
    0,
    true,
  );
}
