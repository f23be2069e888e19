/** Losses, optimizer step and indexSelect of the addon: the same bits for every thread count, and misuse. */

import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import type { DType } from '../../src/core/dtype.ts';
import type { Shape } from '../../src/core/shape.ts';
import type { Strided } from '../../src/core/strided.ts';
import { availableKernels, kernels, setKernels, setNumThreads } from '../../src/kernels/active.ts';
import { type Layout, operand, poisoned } from './table/operands.ts';
import { ordinary, uniform } from './table/values.ts';

const isas = availableKernels().filter((name) => name !== 'typescript' && name !== 'native');
const floats: readonly DType[] = ['float32', 'float64'];
const step = { lr: 0.1, momentum: 0.9, dampening: 0.1, weightDecay: 0.01, nesterov: true, firstStep: false };

afterAll(() => {
  if (isas.length > 0) setKernels('native');
});

/** The digest of what each kernel gives, for sizes that are several tasks. */
function outcomes(dtype: DType, layout: Layout): unknown[] {
  const k = kernels();
  const next = ordinary(1);
  const pick = uniform(2);
  const make = (shape: Shape) => operand(dtype, shape, layout, next);
  const bits = (...results: Strided[]) =>
    results.map(({ memory }) => createHash('md5').update(memory).digest('hex'));
  const all: unknown[] = [];
  for (const [rows, classes] of [
    [5003, 10],
    [301, 77],
  ]) {
    const x = make([rows, classes]);
    const targets = operand('int32', [rows], 'dense', () => Math.floor(pick() * classes));
    const [losses, dx] = [poisoned(dtype, [rows], 'dense'), poisoned(dtype, [rows, classes], layout)];
    all.push(k.crossEntropy(x, targets, 0.5, losses, dx), ...bits(losses, dx));
    k.logSoftmax(x, dx);
    all.push(...bits(dx));
  }
  const [a, b, d] = [make([401, 211]), make([401, 211]), poisoned(dtype, [401, 211], layout)];
  all.push(k.squaredError(a, b, 0.25, d), ...bits(d));
  const velocity = make([401, 211]);
  k.sgdStep([a, make([7])], [b, make([7])], [velocity, make([7])], step);
  all.push(...bits(a, velocity));
  const index = operand('int32', [999], 'dense', () => Math.floor(pick() * 401));
  const selected = poisoned(dtype, [999, 211], layout);
  k.indexSelect(a, 0, index, selected);
  all.push(...bits(selected));
  return all;
}

describe.each(isas)('%s', (isa) => {
  test.each(floats)('the same bits for 1, 2, 3 and 7 threads, %s', (dtype) => {
    setKernels(isa);
    for (const layout of ['dense', 'rowsApart', 'transposed'] as const) {
      setNumThreads(1);
      const alone = outcomes(dtype, layout);
      for (const threads of [2, 3, 7]) {
        setNumThreads(threads);
        expect(outcomes(dtype, layout)).toEqual(alone);
      }
    }
  });
});

describe.skipIf(isas.length === 0)('misuse throws and leaves the process alive', () => {
  const f32 = (...shape: number[]) => operand('float32', shape, 'dense', () => 1);
  const labels = (n: number) => operand('int32', [n], 'dense', () => 1);
  const short = (x: Strided): Strided => ({ ...x, memory: x.memory.slice(0, -1) });
  const detached = (x: Strided): Strided => {
    const memory = x.memory.slice();
    structuredClone(memory.buffer, { transfer: [memory.buffer as ArrayBuffer] });
    return { ...x, memory };
  };
  const nan = (x: Strided): Strided => ({ ...x, offset: NaN });
  const negative = (x: Strided): Strided => ({ ...x, offset: -1 });
  const doubles = (x: Strided): Strided => ({ ...x, memory: new Float64Array(x.memory) });

  const calls: Record<string, { operands: Strided[]; run: (x: Strided[]) => unknown }> = {
    logSoftmax: {
      operands: [f32(4, 3), f32(4, 3)],
      run: ([x, out]) => kernels().logSoftmax(x, out),
    },
    crossEntropy: {
      operands: [f32(4, 3), labels(4), f32(4), f32(4, 3)],
      run: ([x, targets, losses, dx]) => kernels().crossEntropy(x, targets, 1, losses, dx),
    },
    squaredError: {
      operands: [f32(4, 3), f32(4, 3), f32(4, 3)],
      run: ([x, target, dx]) => kernels().squaredError(x, target, 1, dx),
    },
    sgdStep: {
      operands: [f32(4, 3), f32(4, 3), f32(4, 3)],
      run: ([parameter, grad, velocity]) =>
        kernels().sgdStep([f32(2), parameter], [f32(2), grad], [f32(2), velocity], step),
    },
    indexSelect: {
      operands: [f32(4, 3), labels(2), f32(2, 3)],
      run: ([x, index, out]) => kernels().indexSelect(x, 0, index, out),
    },
  };
  const spoilers: Record<string, (x: Strided) => Strided> = { short, detached, nan, negative, doubles };

  for (const [name, { operands, run }] of Object.entries(calls)) {
    test.each(Object.entries(spoilers))(`${name}: %s`, (_, spoil) => {
      setKernels('native');
      expect(() => run(operands)).not.toThrow();
      operands.forEach((_, i) => {
        const spoiled = operands.map((x, j) => (i === j ? spoil(x) : x));
        const message = new RegExp(`^${name}: `);
        expect(() => run(spoiled)).toThrow(message);
      });
    });
  }

  test('targets that change places with what is written stay checked', () => {
    setKernels('native');
    // The gradient is written over the targets: as integers, those floats would name classes far outside.
    const buffer = new ArrayBuffer(4 * 64 * 10);
    const dx: Strided = { ...poisoned('float32', [64, 10], 'dense'), memory: new Float32Array(buffer) };
    const targets: Strided = { ...labels(64), memory: new Int32Array(buffer, 0, 64) };
    targets.memory.fill(3);
    expect(kernels().crossEntropy(f32(64, 10), targets, 1, null, dx)).toBeCloseTo(64 * Math.log(10), 3);
  });

  test('shapes that do not fit each other', () => {
    setKernels('native');
    expect(() => kernels().crossEntropy(f32(4, 3), labels(5), 1, null, null)).toThrow('5 targets for 4 rows');
    expect(() => kernels().logSoftmax(f32(4), f32(4))).toThrow('rank must be 2');
    expect(() => kernels().indexSelect(f32(4, 3), 0, labels(2), f32(3, 3))).toThrow('do not fit');
    expect(() => kernels().indexSelect(f32(4, 3), 2, labels(2), f32(2, 3))).toThrow('do not fit');
    expect(() => kernels().crossEntropy(f32(2, 0), labels(2), 1, null, null)).toThrow(
      'target at row 0 is 1, but there are 0 classes',
    );
  });
});
