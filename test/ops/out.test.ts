import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as handgrad from '../../src/index.ts';
import { type OutOptions, Tensor, tensor, zeros } from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { checkProperty } from '../support/property.ts';
import { elements, layOut, layouts, places, unsigned } from '../support/tensors.ts';

type Operation = (...operands: (Tensor | OutOptions)[]) => Tensor;
const library = handgrad as unknown as Record<string, Operation>;

/** By number of operands. All have a twin in place. */
const unary = [
  ...[
    'neg',
    'abs',
    'sign',
    'square',
    'relu',
    'floor',
    'ceil',
    'round',
    'trunc',
    'sqrt',
    'rsqrt',
    'reciprocal',
  ],
  ...['exp', 'expm1', 'log', 'log1p', 'log2', 'log10', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh'],
  ...['cosh', 'tanh', 'sigmoid', 'erf', 'logicalNot'],
];
const binary = [
  ...['add', 'sub', 'mul', 'div', 'floorDivide', 'remainder', 'fmod', 'pow', 'minimum', 'maximum', 'atan2'],
  ...['logaddexp', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'logicalAnd', 'logicalOr', 'logicalXor', 'clampMin'],
  'clampMax',
];
const ternary = ['clamp', 'lerp', 'addcmul', 'addcdiv'];
const integer = ['bitwiseNot', 'bitwiseAnd', 'bitwiseOr', 'bitwiseXor'];

const values = [0.3, -1.7, 2.5, 0.9, -0.4, 3.25];

function operandsOf(operation: string): Tensor[] {
  const count = ternary.includes(operation)
    ? 3
    : unary.includes(operation) || operation === 'bitwiseNot'
      ? 1
      : 2;
  return Array.from({ length: count }, (_, k) => {
    const x = tensor(values.map((value) => value + k)).view(2, 3);
    return integer.includes(operation) ? x.mul(10).int() : x;
  });
}

describe.each([...unary, ...binary, ...ternary, ...integer])('%s', (operation) => {
  const f = library[operation];

  test('into out, whatever its strides, and as a method', () => {
    const operands = operandsOf(operation);
    const want = f(...operands);
    const out = zeros([3, 2], { dtype: want.dtype }).t();
    expect(f(...operands, { out })).toBe(out);
    expect(elements(out)).toEqual(elements(want));
    expect(out.storage().version).toBe(1);
    const [self, ...rest] = operands;
    const method = (self as unknown as Record<string, Operation>)[operation];
    expect(elements(method.call(self, ...rest))).toEqual(elements(want));
  });

  test('in place, and refuses tensors whose elements share memory', () => {
    const operands = operandsOf(operation);
    const want = elements(f(...operands));
    const [self, ...rest] = operands;
    const twin = library[`${operation}_`];
    expect(twin(self, ...rest)).toBe(self);
    expect(elements(self)).toEqual(
      want.map((value) => (self.dtype === 'int32' ? value : Math.fround(value))),
    );
    expect(self.storage().version).toBe(1);
    const repeated = operands[0].narrow(0, 0, 1).expand(2, 3);
    const before = elements(repeated);
    expect(() => twin(repeated, ...rest)).toThrow(handgrad.ShapeError);
    expect(elements(repeated)).toEqual(before);
  });

  test('out of another shape or dtype is refused, and unchanged', () => {
    const operands = operandsOf(operation);
    const { dtype } = f(...operands);
    const wrongShape = zeros([2, 2], { dtype });
    expect(() => f(...operands, { out: wrongShape })).toThrow(handgrad.ShapeError);
    expect(() => f(...operands, { out: wrongShape })).toThrow(`${operation}: out has shape [2, 2]`);
    const wrongDType = zeros([2, 3], { dtype: 'uint8' });
    expect(() => f(...operands, { out: wrongDType })).toThrow(TypeError);
    expect(elements(wrongDType).every((value) => value === 0)).toBe(true);
  });
});

onBothKernels('memory that operands and results share', () => {
  /** Three views of one storage, of one shape, the last one of them writable. */
  const overlaps = fc
    .record({
      shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
      layouts: fc.tuple(layouts, layouts, layouts),
      shifts: fc.tuple(fc.nat(6), fc.nat(6), fc.nat(6)),
      same: fc.boolean(),
    })
    .map(({ shape, layouts: laid, shifts, same }) => {
      const length = 2000;
      const memory = Float64Array.from({ length }, (_, i) => ((i * 31) % 101) - 50);
      const base = new handgrad.Storage(memory);
      const [a, b, out] = laid.map((layout, k) => {
        const like = layOut(() => 0, shape, same ? laid[0] : layout);
        return new Tensor(base, shape, like.strides, like.offset + (same ? 0 : shifts[k]));
      });
      return { a, b, out, memory };
    });

  test('gives what copies would have given', () => {
    checkProperty(overlaps, ({ a, b, out, memory }) => {
      const [x, y] = [elements(a), elements(b)];
      const written = new Set(places(out));
      const before = [...memory];
      handgrad.sub(a, b, { out });
      expect(elements(out)).toEqual(x.map((value, i) => value - y[i]));
      const strayed = before.filter((value, place) => memory[place] !== value && !written.has(place));
      expect(strayed).toEqual([]);
    });
  });

  test('so do three operands, scans and reductions', () => {
    checkProperty(overlaps, ({ a, b, out }) => {
      const want = handgrad.addcmul(a.clone(), b.clone(), out.clone(), { value: 2 });
      expect(unsigned(elements(handgrad.addcmul(a, b, out, { value: 2, out })))).toEqual(
        unsigned(elements(want)),
      );
      const running = handgrad.cumsum(a.clone(), 0);
      expect(elements(handgrad.cumsum(a, 0, { out }))).toEqual(elements(running));
      const total = handgrad.sum(a.clone(), 0);
      expect(elements(handgrad.sum(a, 0, { out: out.select(0, 0) }))).toEqual(elements(total));
    });
  });

  test('matmul into one of its operands', () => {
    const m = tensor([1, 2, 3, 4]).view(2, 2);
    const want = elements(m.clone().matmul(m.clone()));
    expect(elements(handgrad.matmul(m, m, { out: m }))).toEqual(want);
    const n = tensor([1, 2, 3, 4]).view(2, 2);
    const wantTransposed = elements(n.clone().matmul(n.clone()));
    const into = n.t();
    expect(elements(handgrad.matmul(n, n, { out: into }))).toEqual(wantTransposed);
  });
});
