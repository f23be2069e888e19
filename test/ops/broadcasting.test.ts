import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as handgrad from '../../src/index.ts';
import { ShapeError } from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { casesAreCut, checkProperty } from '../support/property.ts';
import { elements, indices, layOut, layouts, numel, position, shapes } from '../support/tensors.ts';

const library: Record<keyof typeof operations, (a: handgrad.Tensor, b: handgrad.Tensor) => handgrad.Tensor> =
  handgrad;

/** The definitions, of numbers. */
const operations = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  minimum: (a: number, b: number) => Math.min(a, b),
  maximum: (a: number, b: number) => Math.max(a, b),
  eq: (a: number, b: number) => Number(a === b),
  lt: (a: number, b: number) => Number(a < b),
  ge: (a: number, b: number) => Number(a >= b),
  logicalXor: (a: number, b: number) => Number((a !== 0) !== (b !== 0)),
};

/** Whether a dimension of an operand is there, has size 1, or the size of the result. */
const presences = fc.array(fc.constantFrom('full', 'full', 'one'), { minLength: 4, maxLength: 4 });

const broadcasts = fc
  .record({
    shape: shapes.filter((shape) => numel(shape) < 3000),
    presence: fc.tuple(presences, presences, presences),
    dropped: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)),
    layouts: fc.tuple(layouts, layouts, layouts),
    operation: fc.constantFrom(...(Object.keys(operations) as (keyof typeof operations)[])),
  })
  .map((choice) => {
    const operands = choice.presence.map((presence, k) => {
      const shape = choice.shape
        .map((size, d) => (presence[d] === 'one' ? 1 : size))
        .slice(choice.dropped[k]);
      const values = (i: number) => ((i * 7 + k * 5) % 11) - 5;
      return layOut(values, shape, choice.layouts[k]);
    });
    return { operation: choice.operation, operands };
  });

/** The elements of x as if repeated to `shape`. */
function repeated(x: handgrad.Tensor, shape: readonly number[]): number[] {
  const own = elements(x);
  return indices(shape).map((index) => {
    const ownIndex = index.slice(shape.length - x.ndim).map((i, d) => (x.shape[d] === 1 ? 0 : i));
    return own[position(ownIndex, x.shape)];
  });
}

/** NumPy's rule, from the last dimension on; null where the shapes do not fit. */
function commonShape(...all: (readonly number[])[]): number[] | null {
  const rank = Math.max(...all.map((shape) => shape.length));
  const shape: number[] = [];
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    const sizes = all.map((each) => each[each.length - fromEnd] ?? 1).filter((size) => size !== 1);
    if (sizes.some((size) => size !== sizes[0])) return null;
    shape.unshift(sizes[0] ?? 1);
  }
  return shape;
}

onBothKernels('broadcasting', () => {
  test('equals loops over repeated operands', () => {
    checkProperty(broadcasts, ({ operation, operands: [a, b] }) => {
      const shape = commonShape(a.shape, b.shape) as number[];
      const got = library[operation](a, b);
      expect(got.shape).toEqual(shape);
      const [left, right] = [repeated(a, shape), repeated(b, shape)];
      expect(elements(got)).toEqual(left.map((value, i) => operations[operation](value, right[i])));
    });
  });

  test('of three operands, too', () => {
    checkProperty(broadcasts, ({ operands: [a, b, c] }) => {
      const shape = commonShape(a.shape, b.shape, c.shape) as number[];
      const [x, y, z] = [a, b, c].map((operand) => repeated(operand, shape));
      const product = handgrad.addcmul(a, b, c, { value: 3 });
      expect(product.shape).toEqual(shape);
      expect(elements(product)).toEqual(x.map((value, i) => value + 3 * y[i] * z[i]));
      expect(elements(handgrad.clamp(a, b, c))).toEqual(
        x.map((value, i) => Math.min(Math.max(value, y[i]), z[i])),
      );
      const flags = b.gt(0);
      expect(elements(handgrad.where(flags, a, c))).toEqual(x.map((value, i) => (y[i] > 0 ? value : z[i])));
    });
  });

  test('shapes that do not fit are refused, naming both', () => {
    let refused = 0;
    checkProperty(fc.tuple(shapes, shapes), ([p, q]) => {
      const [a, b] = [handgrad.zeros(p).expand([...p]), handgrad.zeros(q)];
      const shape = commonShape(p, q);
      if (shape !== null && numel(shape) > 1e6) return;
      if (shape === null) {
        refused++;
        let error: unknown;
        try {
          a.add(b);
        } catch (thrown) {
          error = thrown;
        }
        expect(error).toBeInstanceOf(ShapeError);
        const message = (error as ShapeError).message;
        expect(message).toContain(`add: [${p.join(', ')}] and [${q.join(', ')}]`);
        expect(message).toMatch(/at dimension -\d/);
      } else expect(a.add(b).shape).toEqual(shape);
    });
    if (!casesAreCut) expect(refused).toBeGreaterThan(100);
  });
});
