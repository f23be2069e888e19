import fc from 'fast-check';
import { type DType, dtypes } from '../../src/core/dtype.ts';
import { Storage } from '../../src/core/storage.ts';
import { Tensor } from '../../src/core/tensor.ts';

/** How a tensor lies in memory: which dimensions are inner, how much is left between elements, which run backwards. */
export interface Layout {
  /** A key a dimension; dimensions are laid out in the order of their keys. */
  readonly order: readonly number[];
  readonly gap: readonly number[];
  readonly backwards: readonly boolean[];
}

const RANK = 6;

export const layouts: fc.Arbitrary<Layout> = fc.record({
  order: fc.array(fc.nat(9), { minLength: RANK, maxLength: RANK }),
  gap: fc.array(fc.constantFrom(0, 0, 0, 1, 2), { minLength: RANK, maxLength: RANK }),
  backwards: fc.array(fc.constantFrom(false, false, true), { minLength: RANK, maxLength: RANK }),
});

/** Shapes of up to four dimensions, mostly small, some without elements. */
export const shapes: fc.Arbitrary<number[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 1, max: 4 }) },
    { weight: 2, arbitrary: fc.constantFrom(33, 129) },
    { weight: 1, arbitrary: fc.constant(0) },
  ),
  { maxLength: 4 },
);

export function numel(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A tensor of these elements, in row-major order, laid out so. */
export function layOut(
  values: (position: number) => number,
  shape: readonly number[],
  layout: Layout,
  dtype: DType = 'float64',
): Tensor {
  const strides = new Array<number>(shape.length).fill(0);
  const inner = shape.map((_, d) => d).sort((p, q) => layout.order[q] - layout.order[p] || q - p);
  let reach = 1;
  let offset = 0;
  for (const d of inner) {
    strides[d] = reach + layout.gap[d];
    reach += Math.max(shape[d] - 1, 0) * strides[d];
    if (!layout.backwards[d]) continue;
    offset += Math.max(shape[d] - 1, 0) * strides[d];
    strides[d] = -strides[d];
  }
  const memory = new dtypes[dtype].array(reach + 1).fill(77); // neighbours that nobody must read
  const x = new Tensor(new Storage(memory, dtype), shape, strides, offset);
  places(x).forEach((place, position) => {
    memory[place] = values(position);
  });
  return x;
}

/** Where the elements lie, in row-major order. */
export function places(x: Tensor): number[] {
  let found = [x.offset];
  x.shape.forEach((size, d) => {
    found = found.flatMap((place) => Array.from({ length: size }, (_, i) => place + i * x.strides[d]));
  });
  return found;
}

/** The elements in row-major order, read one by one. */
export function elements(x: Tensor): number[] {
  return places(x).map((place) => x.memory[place]);
}

/** All tuples of indices of a shape, in row-major order. */
export function indices(shape: readonly number[]): number[][] {
  let found: number[][] = [[]];
  for (const size of shape)
    found = found.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i]));
  return found;
}

/** Position in row-major order. */
export function position(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((sum, i, d) => sum * shape[d] + i, 0);
}

/** Without the difference of 0 and −0, which the order of summing decides. */
export function unsigned(values: readonly number[]): number[] {
  return values.map((value) => (value === 0 ? 0 : value));
}
