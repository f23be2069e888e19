/** The same bits for every number of threads, on every instruction set. */

import { afterAll, describe, expect, test } from 'vitest';
import type { DType } from '../../src/core/dtype.ts';
import { dtypes } from '../../src/core/dtype.ts';
import { contiguousStrides, type Shape } from '../../src/core/shape.ts';
import type { Strided } from '../../src/core/strided.ts';
import { availableKernels, kernels, setKernels, setNumThreads } from '../../src/kernels/active.ts';
import type { Kernels } from '../../src/kernels/contract.ts';
import { ordinary } from './table/values.ts';

const isas = availableKernels().filter((name) => name !== 'typescript' && name !== 'native');

function filled(dtype: DType, shape: Shape, seed: number): Strided {
  const next = ordinary(seed);
  const memory = new dtypes[dtype].array(shape.reduce((product, size) => product * size, 1));
  for (let i = 0; i < memory.length; i++) memory[i] = next();
  return { dtype, memory, offset: 0, shape, strides: contiguousStrides(shape) };
}

function turned(x: Strided): Strided {
  return { ...x, shape: [...x.shape].reverse(), strides: [...x.strides].reverse() };
}

/** Large enough for several tasks each; what each leaves in `out`. */
function cases(dtype: DType): Record<string, { run: (kernels: Kernels) => unknown; out: Strided }> {
  const wide = filled(dtype, [331, 1009], 1);
  const other = filled(dtype, [331, 1009], 2);
  const row = filled(dtype, [1009], 3);
  const column = filled(dtype, [331, 1], 4);
  const long = filled(dtype, [600_011], 5);
  const out = filled(dtype, [331, 1009], 6);
  const outLong = filled(dtype, [600_011], 7);
  const [one, rows, columns] = [
    filled(dtype, [1], 8),
    filled(dtype, [331, 1], 9),
    filled(dtype, [1, 1009], 10),
  ];
  const tall = filled(dtype, [40_009, 9], 11);
  const tallSum = filled(dtype, [1, 9], 12);
  const tallRows = filled(dtype, [40_009, 1], 13);
  const corner = filled(dtype, [1, 1], 14);
  const places = filled('int32', [331, 1], 15);
  const choice = { ...filled('int32', [331, 1009], 21) };
  for (let i = 0; i < choice.memory.length; i++) choice.memory[i] = (i * 7919) % 331;
  const picks = [{ index: choice, lowest: 0, size: 331, step: 1009 }];
  const origin = { ...wide, strides: [0, 1] };
  const mask = filled('bool', [331, 1009], 18);
  const chosen = Array.from<number>(mask.memory).filter((value) => value !== 0).length;
  const selected = filled(dtype, [chosen], 19);
  const coordinates = filled('int32', [chosen, 2], 20);
  return {
    exp: { run: (k) => k.unary('exp', long, outLong), out: outLong },
    add: { run: (k) => k.binary('add', wide, other, out), out },
    'minus a row': { run: (k) => k.binary('sub', wide, row, out), out },
    'times a column': { run: (k) => k.binary('mul', column, wide, out), out },
    'plus a transposed one': {
      run: (k) => k.binary('add', wide, { ...turned(filled(dtype, [1009, 331], 16)) }, out),
      out,
    },
    transpose: { run: (k) => k.copy(turned(filled(dtype, [1009, 331], 17)), out), out },
    'sum of all': { run: (k) => k.reduce('sum', long, one), out: one },
    'mean of rows': { run: (k) => k.reduce('mean', wide, rows), out: rows },
    'sum of columns': { run: (k) => k.reduce('sum', wide, columns), out: columns },
    'sum of tall columns': { run: (k) => k.reduce('sum', tall, tallSum), out: tallSum },
    'sum of short rows': { run: (k) => k.reduce('sum', tall, tallRows), out: tallRows },
    'largest of rows': { run: (k) => k.reduce('amax', wide, rows), out: rows },
    'variance of all': { run: (k) => k.variance(wide, 1, true, corner), out: corner },
    'variance of columns': { run: (k) => k.variance(wide, 0, false, columns), out: columns },
    lerp: { run: (k) => k.ternary('lerp', wide, other, row, 1, out), out },
    gather: { run: (k) => k.gather(origin, picks, out), out },
    sort: { run: (k) => k.sort(wide, 1, true, out, null), out },
    median: { run: (k) => k.median(wide, 1, rows, null), out: rows },
    cumsum: { run: (k) => k.scan('cumsum', wide, 0, out), out },
    histogram: { run: (k) => k.histogram(long, -1, 1, row), out: row },
    norm: { run: (k) => k.reduce('norm2', wide, columns), out: columns },
    'atan2 of all': { run: (k) => k.binary('atan2', wide, other, out), out },
    maskedSelect: { run: (k) => k.maskedSelect(wide, mask, selected), out: selected },
    nonzero: { run: (k) => k.nonzero(mask, coordinates), out: coordinates },
    argmax: { run: (k) => k.argReduce('argmax', wide, 1, places), out: places },
  };
}

describe.each(isas)('%s', (isa) => {
  afterAll(() => setKernels('native'));

  test.each(['float32', 'float64'] as const)('1, 2, 3 and 7 threads give the same bits of %s', (dtype) => {
    setKernels(isa);
    for (const [name, { run, out }] of Object.entries(cases(dtype))) {
      const results = [1, 2, 3, 7].map((threads) => {
        setNumThreads(threads);
        out.memory.fill(-1);
        run(kernels());
        return Buffer.from(out.memory.slice().buffer);
      });
      expect(out.memory.some((value) => value !== -1)).toBe(true);
      for (const result of results) expect(`${name} ${result.equals(results[0])}`).toBe(`${name} true`);
    }
  });
});

if (isas.length === 0) test.skip('native kernels: no addon was built', () => {});
