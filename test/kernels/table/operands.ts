/** Operands for the kernel table: every layout a tensor can have, in memory full of poison. */

import { type DType, dtypes, type TypedArray } from '../../../src/core/dtype.ts';
import { formatShape, type Shape } from '../../../src/core/shape.ts';
import type { Strided } from '../../../src/core/strided.ts';

type StridesOf = (shape: Shape) => number[];

/** Row-major strides; neighbours `step` apart, and `gap` elements more after each row. */
function rowMajor(shape: Shape, step = 1, gap = 0): number[] {
  const strides: number[] = [];
  let next = step;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = next;
    next = next * Math.max(shape[d], 1) + (d === shape.length - 1 ? gap : 0);
  }
  return strides;
}

const columnMajor: StridesOf = (shape) => rowMajor([...shape].reverse()).reverse();

interface LayoutDefinition {
  readonly strides: StridesOf;
  /** Poisoned elements before and after. An odd number before makes vectors unaligned. */
  readonly around: number;
}

const definitions = {
  dense: { strides: (shape) => rowMajor(shape), around: 0 },
  offset: { strides: (shape) => rowMajor(shape), around: 3 },
  transposed: { strides: columnMajor, around: 5 },
  rowsApart: { strides: (shape) => rowMajor(shape, 1, 3), around: 1 },
  stepped: { strides: (shape) => rowMajor(shape, 2, 1), around: 2 },
  negative: { strides: (shape) => rowMajor(shape, 1, 1).map((stride) => -stride), around: 4 },
  mirrored: { strides: (shape) => columnMajor(shape).map((s, d) => (d % 2 ? -s : s)), around: 7 },
  // These two, in which several elements share their memory, are for operands that are only read.
  sameRows: { strides: (shape) => rowMajor(shape).map((s, d) => (d === 0 ? 0 : s)), around: 3 },
  sameColumns: {
    strides: (shape) => rowMajor(shape).map((s, d) => (d === shape.length - 1 ? 0 : s)),
    around: 1,
  },
} satisfies Record<string, LayoutDefinition>;

export type Layout = keyof typeof definitions;

export const inputLayouts = Object.keys(definitions) as Layout[];
export const outputLayouts = inputLayouts.filter((layout) => !layout.startsWith('same'));

/** Calls `visit` with the position in memory of each element, in row-major order. */
export function forEachElement(
  x: Pick<Strided, 'offset' | 'shape' | 'strides'>,
  visit: (at: number) => void,
) {
  const { shape, strides } = x;
  const last = shape.length - 1;
  function walk(d: number, at: number): void {
    if (d === last) for (let i = 0; i < shape[d]; i++) visit(at + i * strides[d]);
    else for (let i = 0; i < shape[d]; i++) walk(d + 1, at + i * strides[d]);
  }
  if (shape.length === 0) visit(x.offset);
  else walk(0, x.offset);
}

/** An operand whose elements are drawn from `next` in row-major order; for bool, whether they are not 0. */
export function operand(dtype: DType, shape: Shape, layout: Layout, next: () => number): Strided {
  const x = poisoned(dtype, shape, layout);
  forEachElement(x, (at) => {
    const value = next();
    x.memory[at] = dtype === 'bool' ? Number(value !== 0) : value;
  });
  return x;
}

/** An operand all of whose memory is poison: NaN in floats, numbers that stand out in integers. */
export function poisoned(dtype: DType, shape: Shape, layout: Layout): Strided {
  const { strides: stridesOf, around } = definitions[layout];
  const strides = stridesOf(shape);
  let lowest = 0;
  let highest = shape.includes(0) ? -1 : 0;
  if (!shape.includes(0)) {
    shape.forEach((size, d) => {
      const reach = (size - 1) * strides[d];
      if (reach < 0) lowest += reach;
      else highest += reach;
    });
  }
  const memory = new dtypes[dtype].array(around + highest - lowest + 1 + around);
  bitsOf(memory).fill(poison[dtypes[dtype].bytes] as never);
  return { dtype, memory, offset: around - lowest, shape, strides };
}

const poison: Record<number, number | bigint> = { 1: 0xa5, 4: 0x7fc0beef, 8: 0x7ff8beefbeefbeefn };

/** The same memory as integers, so that NaNs keep their bits. */
export function bitsOf(memory: TypedArray): Uint8Array | Int32Array | BigInt64Array {
  const { buffer, byteOffset, length, BYTES_PER_ELEMENT } = memory;
  if (BYTES_PER_ELEMENT === 8) return new BigInt64Array(buffer, byteOffset, length);
  if (BYTES_PER_ELEMENT === 4) return new Int32Array(buffer, byteOffset, length);
  return new Uint8Array(buffer, byteOffset, length);
}

/** The elements in row-major order of `shape`, to which x broadcasts. */
export function valuesOf(x: Strided, shape: Shape = x.shape): Float64Array {
  const added = shape.length - x.shape.length;
  const strides = shape.map((_, d) => (d < added || x.shape[d - added] === 1 ? 0 : x.strides[d - added]));
  const values = new Float64Array(shape.reduce((product, size) => product * size, 1));
  let i = 0;
  forEachElement({ offset: x.offset, shape, strides }, (at) => {
    values[i++] = x.memory[at];
  });
  return values;
}

/** `[7, 3] strides [1, 7] from 5`, as failures print operands. */
export function formatOperand(x: Strided): string {
  return `${x.dtype} ${formatShape(x.shape)} strides ${formatShape(x.strides)} from ${x.offset}`;
}

/** The `i`-th of `items`, again from the front after the last: picks something else for each case. */
export function turn<Item>(items: readonly Item[], i: number): Item {
  return items[i % items.length];
}
