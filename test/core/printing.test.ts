import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { type DType, dtypes, type TypedArray } from '../../src/core/dtype.ts';
import {
  formatTensor,
  getPrintOptions,
  inspectTensor,
  type PrintOptions,
  setPrintOptions,
} from '../../src/core/printing.ts';
import { contiguousStrides, formatShape, numelOf, type Shape } from '../../src/core/shape.ts';
import { Storage } from '../../src/core/storage.ts';
import type { Strided } from '../../src/core/strided.ts';
import { Tensor } from '../../src/core/tensor.ts';
import fixtures from '../fixtures/printing.json' with { type: 'json' };

/** One row of `scripts/fixtures/printing.py`. */
interface Case {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
  readonly offset?: number;
  readonly options: Partial<PrintOptions>;
  readonly text: string;
  readonly repr?: string;
  /** All that is in memory, or start and step of what is. */
  readonly data?: readonly (number | string)[];
  readonly ramp?: readonly [number, number];
}

const cases = fixtures.cases as unknown as readonly Case[];

function strided(
  dtype: DType,
  shape: Shape,
  memory: ArrayLike<number>,
  strides: readonly number[] = contiguousStrides(shape),
  offset = 0,
): Strided {
  const typed: TypedArray = new dtypes[dtype].array(memory.length);
  typed.set(memory);
  return { dtype, shape, memory: typed, strides, offset };
}

const float = (shape: Shape, ...values: number[]) => strided('float32', shape, values);

const notFinite: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity };

function tensorOf({ dtype, shape, strides, offset, data, ramp: [start, step] = [0, 0] }: Case): Strided {
  const values = data
    ? data.map((value) => (typeof value === 'string' ? notFinite[value] : value))
    : Array.from({ length: numelOf(shape) }, (_, i) => start + i * step);
  return strided(dtype, shape, values, strides, offset);
}

const initial = getPrintOptions();
afterEach(() => setPrintOptions(initial));

describe('as NumPy prints', () => {
  test.each(cases.map((row) => [`${row.name} ${JSON.stringify(row.options)}`, row] as const))(
    '%s',
    (_, row) => {
      const text = formatTensor(tensorOf(row), row.options);
      const elements = row.text.replaceAll('True', 'true').replaceAll('False', 'false');
      const closing = `${row.shape.length > 0 ? `shape=${formatShape(row.shape)}, ` : ''}dtype=${row.dtype})`;
      const oneLine = `tensor(${elements}, ${closing}`;
      const width = oneLine.length - (oneLine.lastIndexOf('\n') + 1);
      const fits = width <= (row.options.lineWidth ?? 75);
      expect(text).toBe(fits ? oneLine : `tensor(${elements},\n       ${closing}`);
      if (row.repr !== undefined) expect(text).toBe(row.repr);
    },
  );

  test('the fixtures hold both places of the closing, of NumPy itself', () => {
    const whole = cases.filter((row) => row.repr !== undefined && row.shape.length > 0);
    expect(whole.filter((row) => row.repr?.includes(',\n       shape=')).length).toBeGreaterThan(5);
    expect(whole.filter((row) => row.repr?.includes(', shape=')).length).toBeGreaterThan(5);
  });
});

describe('formatTensor', () => {
  test('writes shape and dtype', () => {
    expect(formatTensor(float([2, 3], 1, 2, 3, 4, 5, 6))).toBe(
      'tensor([[1., 2., 3.],\n        [4., 5., 6.]], shape=[2, 3], dtype=float32)',
    );
    expect(formatTensor(float([], 3.5))).toBe('tensor(3.5, dtype=float32)');
    expect(formatTensor(float([0, 3]))).toBe('tensor([], shape=[0, 3], dtype=float32)');
    expect(formatTensor(strided('bool', [2], [1, 0]))).toBe('tensor([ true, false], shape=[2], dtype=bool)');
  });

  test('reads only what it prints', () => {
    const read: number[] = [];
    const memory = new Proxy(new Float32Array(1), {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) {
          read.push(Number(key));
          return 0.5;
        }
        return Reflect.get(target, key);
      },
    });
    const text = formatTensor({
      dtype: 'float32',
      shape: [50000, 784],
      strides: [784, 1],
      memory,
      offset: 0,
    });
    const edge = (size: number) => [0, 1, 2, size - 3, size - 2, size - 1];
    expect(read).toEqual(edge(50000).flatMap((row) => edge(784).map((column) => 784 * row + column)));
    expect(text.split('\n')).toHaveLength(8);
  });

  test('a size of 10^15, all the same element', () => {
    expect(formatTensor(strided('int32', [1e15], [7], [0]))).toBe(
      'tensor([7, 7, 7, ..., 7, 7, 7], shape=[1000000000000000], dtype=int32)',
    );
  });

  test('a threshold and a width of Infinity print everything in one line', () => {
    const row = strided('uint8', [3000], new Uint8Array(3000));
    const text = formatTensor(row, { threshold: Infinity, lineWidth: Infinity });
    expect(text).toBe(`tensor([${'0, '.repeat(2999)}0], shape=[3000], dtype=uint8)`);
  });

  test('sciMode overrides the choice by size', () => {
    const numbers = strided('float64', [3], [1, 25, -0.125]);
    expect(formatTensor(numbers, { sciMode: true })).toBe(
      'tensor([ 1.00e+00,  2.50e+01, -1.25e-01], shape=[3], dtype=float64)',
    );
    const wide = strided('float64', [2], [1e21, 1e-10]);
    expect(formatTensor(wide, { sciMode: false, precision: 10 })).toBe(
      'tensor([1000000000000000000000.          ,\n                             0.0000000001], shape=[2], dtype=float64)',
    );
  });

  test('of a detached buffer it prints shape and dtype', () => {
    const x = float([2], 1, 2);
    structuredClone(x.memory, { transfer: [x.memory.buffer as ArrayBuffer] });
    expect(formatTensor(x)).toBe('tensor(<no memory>, shape=[2], dtype=float32)');
  });

  test('every number is read back as it was, if precision allows', () => {
    const options = { precision: 400, threshold: Infinity };
    const finite = { noNaN: true, noDefaultInfinity: true };
    const readBack = (dtype: DType, values: number[]) => {
      const text = formatTensor(strided(dtype, [values.length], values), options);
      return text.slice('tensor(['.length, text.indexOf(']')).split(',').map(Number);
    };
    fc.assert(
      fc.property(fc.array(fc.float(finite), { minLength: 1 }), (values) => {
        expect(readBack('float32', values).map(Math.fround)).toEqual(values);
      }),
      { seed: 11 },
    );
    fc.assert(
      fc.property(fc.array(fc.double(finite), { minLength: 1 }), (values) => {
        expect(readBack('float64', values)).toEqual(values);
      }),
      { seed: 12 },
    );
  });

  test('a view prints as its copy does', () => {
    const dimension = fc.record({ size: fc.nat(4), stride: fc.integer({ min: -3, max: 3 }) });
    fc.assert(
      fc.property(fc.array(dimension, { maxLength: 4 }), fc.nat(12), (dimensions, threshold) => {
        const memory = Float32Array.from({ length: 101 }, (_, i) => (i - 50) / 8);
        const shape = dimensions.map(({ size }) => size);
        const strides = dimensions.map(({ stride }) => stride);
        let copy = [50];
        dimensions.forEach(({ size, stride }) => {
          copy = copy.flatMap((start) => Array.from({ length: size }, (_, i) => start + i * stride));
        });
        const options = { threshold, edgeItems: 1 };
        expect(formatTensor(strided('float32', shape, memory, strides, 50), options)).toBe(
          formatTensor(
            strided(
              'float32',
              shape,
              copy.map((i) => memory[i]),
            ),
            options,
          ),
        );
      }),
      { seed: 13 },
    );
  });
});

describe('print options', () => {
  const third = () => formatTensor(strided('float64', [1], [1 / 3]));

  test('are set one by one and restored', () => {
    setPrintOptions({ precision: 3 });
    setPrintOptions({ edgeItems: 1 });
    expect(getPrintOptions()).toEqual({ ...initial, precision: 3, edgeItems: 1 });
    expect(third()).toBe('tensor([0.333], shape=[1], dtype=float64)');
    setPrintOptions(initial);
    expect(third()).toBe('tensor([0.33333333], shape=[1], dtype=float64)');
  });

  test('are those of NumPy to begin with', () => {
    expect(initial).toEqual({
      precision: 8,
      threshold: 1000,
      edgeItems: 3,
      lineWidth: 75,
      suppress: false,
      sciMode: null,
    });
  });

  test('cannot be changed through what was handed out', () => {
    Object.assign(getPrintOptions(), { precision: 1 });
    expect(getPrintOptions().precision).toBe(8);
  });

  test('undefined changes nothing', () => {
    setPrintOptions({ precision: undefined } as unknown as PrintOptions);
    expect(getPrintOptions()).toEqual(initial);
  });

  test.each([
    ['precision must be a whole number from 0, got -1', { precision: -1 }, RangeError],
    ['precision must be a whole number from 0, got 1.5', { precision: 1.5 }, RangeError],
    ['precision must be a whole number from 0, got "3"', { precision: '3' }, TypeError],
    ['threshold must be a whole number from 0 or Infinity, got NaN', { threshold: NaN }, RangeError],
    ['edgeItems must be a whole number from 1, got 0', { edgeItems: 0 }, RangeError],
    ['lineWidth must be a whole number from 1 or Infinity, got -5', { lineWidth: -5 }, RangeError],
    ['suppress must be true or false, got 1', { suppress: 1 }, TypeError],
    ['sciMode must be true, false or null, got "yes"', { sciMode: 'yes' }, TypeError],
    [
      'there is no option edgeitems; there are precision, threshold, edgeItems, lineWidth, suppress, sciMode',
      { edgeitems: 2 },
      TypeError,
    ],
    ['options must be an object, got null', null, TypeError],
    ['options must be an object, got 4', 4, TypeError],
  ] as const)('%s', (message, options, ErrorClass) => {
    const bad = options as unknown as PrintOptions;
    const thrownBy = (call: () => unknown) => {
      try {
        call();
      } catch (error) {
        return error;
      }
      return undefined;
    };
    const error = thrownBy(() => setPrintOptions(bad));
    expect(error).toBeInstanceOf(ErrorClass);
    expect((error as Error).message).toBe(`setPrintOptions: ${message}`);
    expect(thrownBy(() => formatTensor(float([], 1), bad))).toEqual(
      new ErrorClass(`formatTensor: ${message}`),
    );
  });

  test('one bad option leaves all as they were', () => {
    expect(() => setPrintOptions({ lineWidth: 40, precision: -1 })).toThrow(RangeError);
    expect(getPrintOptions()).toEqual(initial);
  });
});

describe('inspectTensor', () => {
  const printable = (x: Strided) => ({
    [inspect.custom]: (depth: number, options: object) => inspectTensor(x, depth, options),
  });
  const matrix = printable(float([2, 2], 1, 2, 3, 4));
  const row = printable(float([2], 1, 2));

  test('by itself, a tensor is its text', () => {
    expect(inspect(matrix)).toBe('tensor([[1., 2.],\n        [3., 4.]], shape=[2, 2], dtype=float32)');
  });

  test('in objects and arrays rows stay below each other', () => {
    expect(inspect({ weight: matrix, bias: row, list: [matrix] })).toBe(
      [
        '{',
        '  weight: tensor(',
        '    [[1., 2.],',
        '     [3., 4.]], shape=[2, 2], dtype=float32),',
        '  bias: tensor([1., 2.], shape=[2], dtype=float32),',
        '  list: [',
        '    tensor(',
        '      [[1., 2.],',
        '       [3., 4.]], shape=[2, 2], dtype=float32)',
        '  ]',
        '}',
      ].join('\n'),
    );
  });

  test('below the depth only shape and dtype', () => {
    expect(inspect({ a: { b: matrix } }, { depth: 1 })).toBe('{ a: { b: [tensor [2, 2] float32] } }');
  });

  test('is what console.log shows of a Tensor, and formatTensor its toString', () => {
    const x = new Tensor(new Storage(Float32Array.of(1, 2, 3, 4)), [2, 2]);
    expect(inspect(x)).toBe(inspect(matrix));
    expect(inspect({ x })).toBe(inspect({ x: matrix }));
    expect(String(x)).toBe(inspect(matrix));
  });

  test('follows setPrintOptions', () => {
    setPrintOptions({ sciMode: true });
    expect(inspect(row)).toBe('tensor([1.e+00, 2.e+00], shape=[2], dtype=float32)');
  });
});
