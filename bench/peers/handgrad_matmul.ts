/**
 * Our side of the matmul comparison, through the public API: `matmul(a, b, { out })`. Speaks what operands.ts
 * describes, and measures what the machine can do at most:
 *
 *     handgrad_matmul.ts THREADS [KERNELS]
 *     peak → {"flops": …}          bandwidth → {"sizes": [...], "rates": [...]}
 */

import { measureBandwidth, measurePeak, memoryBytes } from '../../dist/cli/limits.js';
import { kernels, matmul, setKernels, setNumThreads, tensor, zeros } from '../../dist/index.mjs';
import type { MatmulShape } from '../../src/cli/matmulShape.ts';
import { fill, type Prepared, serve } from './operands.ts';

const [threads = '1', name = 'native'] = process.argv.slice(2);
setKernels(name as Parameters<typeof setKernels>[0]);
setNumThreads(Number(threads));

function prepare({ batch, m, k, n, aTransposed, bTransposed }: MatmulShape): Prepared {
  const outer = batch === 1 ? [] : [batch];
  const operand = (which: 'a' | 'b', rows: number, columns: number, transposed: boolean) => {
    const flat = tensor(fill(batch * rows * columns, which));
    return transposed
      ? flat.view(...outer, columns, rows).transpose(-2, -1)
      : flat.view(...outer, rows, columns);
  };
  const a = operand('a', m, k, aTransposed);
  const b = operand('b', k, n, bTransposed);
  const out = zeros([...outer, m, n]);
  return { run: () => matmul(a, b, { out }), result: () => out.storage().memory };
}

function measureLimits(line: string): object | null {
  if (line === 'peak') return { flops: measurePeak() };
  if (line !== 'bandwidth') return null;
  const bandwidth = measureBandwidth();
  const sizes: number[] = [];
  for (let size = 2 ** 14; size <= memoryBytes; size *= 2) sizes.push(size);
  return { sizes, rates: sizes.map((size) => bandwidth?.of(size)) };
}

await serve(`handgrad ${kernels().name}`, prepare, measureLimits);
