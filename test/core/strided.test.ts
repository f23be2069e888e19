import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ShapeError } from '../../src/core/errors.ts';
import { broadcastShapes, broadcastStrides, formatShape, type Shape } from '../../src/core/shape.ts';
import { type Loops, mergeLoops, type Strided } from '../../src/core/strided.ts';

const seed = 20221122; // fast-check prints it, and the shrunk counterexample, where a property fails
const options = { seed, numRuns: 1000 };

const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 });

/** Every index into `shape`, in row-major order. */
function indicesOf(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (indices, size) => indices.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

/** Where the element lies that the result's element at `index` takes from an operand broadcast to it. */
function positionOf(
  index: readonly number[],
  operand: Pick<Strided, 'offset' | 'shape' | 'strides'>,
): number {
  const added = index.length - operand.shape.length;
  return operand.shape.reduce(
    (position, size, d) => position + (size === 1 ? 0 : index[added + d]) * operand.strides[d],
    operand.offset,
  );
}

/** A shape, and shapes that broadcast to it: leading dimensions left out, some sizes 1. */
const broadcasting = shape.chain((target) =>
  fc.tuple(
    fc.constant(target),
    fc.array(
      fc
        .tuple(
          fc.nat({ max: target.length }),
          fc.array(fc.boolean(), { minLength: target.length, maxLength: target.length }),
        )
        .map(([first, ones]) => target.map((size, d) => (ones[d] ? 1 : size)).slice(first)),
      { minLength: 1, maxLength: 4 },
    ),
  ),
);

function operandOf(shape: Shape, strides: readonly number[], offset: number): Strided {
  return { dtype: 'float32', memory: new Float32Array(0), offset, shape, strides };
}

/** Strides as tensors have them: of a contiguous one whose dimensions are permuted, flipped, cut or repeated. */
const layout = (shape: Shape) =>
  fc
    .record({
      order: fc.shuffledSubarray(
        shape.map((_, d) => d),
        { minLength: shape.length, maxLength: shape.length },
      ),
      gaps: fc.array(fc.constantFrom(0, 0, 0, 1), { minLength: shape.length, maxLength: shape.length }),
      signs: fc.array(fc.constantFrom(1, 1, 1, -1, 0), { minLength: shape.length, maxLength: shape.length }),
      sorted: fc.boolean(),
    })
    .map(({ order, gaps, signs, sorted }) => {
      const strides = new Array<number>(shape.length);
      let step = 1;
      for (const d of sorted ? shape.map((_, i) => shape.length - 1 - i) : order) {
        strides[d] = step * (sorted ? 1 : signs[d]);
        step = step * Math.max(shape[d], 1) + gaps[d];
      }
      return strides;
    });

const walk = broadcasting.chain(([target, shapes]) =>
  fc.tuple(
    fc.constant(target),
    fc.tuple(
      ...shapes.map((operandShape) =>
        fc.tuple(fc.constant(operandShape), layout(operandShape), fc.nat({ max: 9 })),
      ),
    ),
  ),
);

/** Turns the loops, and gives the position of each operand at each turn. */
function positionsIn({ sizes, strides }: Loops, operands: readonly Strided[]): number[][] {
  return indicesOf(sizes).map((index) =>
    operands.map(({ offset }, i) => index.reduce((position, at, d) => position + at * strides[i][d], offset)),
  );
}

describe('broadcastShapes', () => {
  test('is, from the end, the size that is not 1', () => {
    fc.assert(
      fc.property(broadcasting, ([target, shapes]) => {
        const got = shapes.reduce<Shape>((a, b) => broadcastShapes('op', a, b), []);
        const rank = Math.max(...shapes.map(({ length }) => length));
        const expected = Array.from({ length: rank }, (_, d) => {
          const fromEnd = rank - d;
          const sizes = shapes.map((shape) => shape[shape.length - fromEnd] ?? 1);
          return sizes.find((size) => size !== 1) ?? 1;
        });
        expect(got).toEqual(expected);
        expect(broadcastShapes('op', got, target)).toEqual(
          target.map((size, d) => (size === 1 ? (got[d - target.length + rank] ?? 1) : size)),
        );
      }),
      options,
    );
  });

  test('does not mind the order, and refuses with both shapes and the dimension', () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        const clashes: number[] = [];
        for (let fromEnd = 1; fromEnd <= Math.min(a.length, b.length); fromEnd++) {
          const sizes = new Set([a[a.length - fromEnd], b[b.length - fromEnd]]);
          if (sizes.size === 2 && !sizes.has(1)) clashes.push(fromEnd);
        }
        if (clashes.length === 0) {
          expect(broadcastShapes('op', a, b)).toEqual(broadcastShapes('op', b, a));
          return;
        }
        const run = () => broadcastShapes('op', a, b);
        expect(run).toThrow(ShapeError);
        expect(run).toThrow(`op: ${formatShape(a)} and ${formatShape(b)} do not broadcast`);
        expect(run).toThrow(`at dimension -${clashes[0]}`);
      }),
      options,
    );
  });
});

describe('broadcastStrides', () => {
  test('leads to the element that each index takes', () => {
    fc.assert(
      fc.property(walk, ([target, operands]) => {
        for (const [operandShape, strides, offset] of operands) {
          const walked = broadcastStrides(operandShape, strides, target);
          expect(walked).toHaveLength(target.length);
          for (const index of indicesOf(target)) {
            const position = index.reduce((sum, i, d) => sum + i * walked[d], offset);
            expect(position).toBe(positionOf(index, { offset, shape: operandShape, strides }));
          }
        }
      }),
      { ...options, numRuns: 300 },
    );
  });
});

describe('mergeLoops', () => {
  test('visits the elements of every operand in row-major order', () => {
    fc.assert(
      fc.property(walk, ([target, described]) => {
        const operands = described.map(([operandShape, strides, offset]) =>
          operandOf(operandShape, strides, offset),
        );
        const expected = indicesOf(target).map((index) =>
          operands.map((operand) => positionOf(index, operand)),
        );
        expect(positionsIn(mergeLoops(target, operands), operands)).toEqual(expected);
      }),
      options,
    );
  });

  test('leaves no loop of one turn and none that could be merged', () => {
    fc.assert(
      fc.property(walk, ([target, described]) => {
        const operands = described.map(([operandShape, strides, offset]) =>
          operandOf(operandShape, strides, offset),
        );
        const { sizes, strides } = mergeLoops(target, operands);
        expect(sizes.length).toBeGreaterThan(0);
        if (sizes.length > 1) expect(sizes).not.toContain(1);
        for (let d = 1; d < sizes.length; d++) {
          expect(strides.every((steps) => steps[d - 1] === steps[d] * sizes[d])).toBe(false);
        }
      }),
      options,
    );
  });

  test('contiguous operands of one shape are one loop, a matrix and a row two', () => {
    const matrix = operandOf([5, 3, 4], [12, 4, 1], 7);
    const row = operandOf([4], [1], 0);
    expect(mergeLoops([5, 3, 4], [matrix, matrix])).toEqual({ sizes: [60], strides: [[1], [1]] });
    expect(mergeLoops([5, 3, 4], [matrix, row])).toEqual({
      sizes: [15, 4],
      strides: [
        [4, 1],
        [0, 1],
      ],
    });
    expect(mergeLoops([], [operandOf([], [], 3)])).toEqual({ sizes: [1], strides: [[0]] });
  });
});
