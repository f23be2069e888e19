/** Tensors as the oracles of the property tests see them: a function from coordinates to values, and no strides. */

import fc from 'fast-check';
import type { Tensor } from '../../src/index.ts';
import { arange } from '../../src/index.ts';

export interface Model {
  readonly shape: readonly number[];
  readonly at: (coordinates: readonly number[]) => number;
}

/** Each of these draws as many cases; a failure prints its seed and path. */
export const propertyOptions = { numRuns: 1000, seed: 20_261_122 };

export type Draw = fc.GeneratorValue;

/** Without fast-check's liking for the ends of a range: ends are sizes of 0 and 1, at which little happens. */
const evenly = (min: number, max: number) => fc.noBias(fc.integer({ min, max }));

export function drawInteger(g: Draw, min: number, max: number): number {
  return g(evenly, min, max);
}

/** One of the items; the index is drawn, so that shrinking goes towards the first. */
export function drawFrom<Item>(g: Draw, items: readonly Item[]): Item {
  return items[drawInteger(g, 0, items.length - 1)];
}

/** A size of a dimension; 0 now and then. */
export function drawSize(g: Draw): number {
  // Rarely: one 0 makes all of a tensor empty.
  return drawFrom(g, [2, 3, 4, 3, 1, 4, 0, 2, 4, 3, 2, 1, 4, 3, 2, 4]);
}

export function drawShape(g: Draw): number[] {
  return Array.from({ length: drawFrom(g, [2, 3, 1, 4, 0, 3, 2, 4]) }, () => drawSize(g));
}

/** The numbers from 0 on, `count` of them, shuffled. */
export function drawOrder(g: Draw, count: number): number[] {
  const order: number[] = [];
  const left = Array.from({ length: count }, (_, i) => i);
  while (left.length > 0) order.push(...left.splice(drawInteger(g, 0, left.length - 1), 1));
  return order;
}

/** All coordinates of a shape in row-major order. */
export function coordinatesIn(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (lists, size) => lists.flatMap((list) => Array.from({ length: size }, (_, i) => [...list, i])),
    [[]],
  );
}

/** The values in row-major order. */
export function valuesOfModel({ shape, at }: Model): number[] {
  return coordinatesIn(shape).map(at);
}

/** The values of a tensor in row-major order, read element by element from its storage. */
export function valuesOf(x: Tensor): number[] {
  const memory = x.storage().toArray();
  const strides = x.stride();
  return coordinatesIn(x.shape).map(
    (coordinates) => memory[coordinates.reduce((sum, i, d) => sum + i * strides[d], x.storageOffset())],
  );
}

export function modelOf(x: Tensor): Model {
  const memory = x.storage().toArray();
  const strides = x.stride();
  return {
    shape: [...x.shape],
    at: (coordinates) => memory[coordinates.reduce((sum, i, d) => sum + i * strides[d], x.storageOffset())],
  };
}

/**
 * A float32 tensor of the shape whose elements are their own places in the storage, laid out in a way that is
 * drawn: dimensions in another order, some backwards, some with gaps.
 */
export function drawLayout(g: Draw, shape: readonly number[]): Tensor {
  const order = drawOrder(g, shape.length);
  const steps = shape.map(() => drawFrom(g, [1, 1, 1, -1, 2, -2]));
  const whole = order.map((d) => shape[d] * Math.abs(steps[d]));
  const numel = whole.reduce((product, size) => product * size, 1);
  const stepped = arange(numel, undefined, 1, { dtype: 'float32' })
    .view(whole)
    .index(...order.map((d) => `::${steps[d]}` as const));
  return stepped.permute(shape.map((_, d) => order.indexOf(d)));
}
