/** The relative error of handgrad's sum. Speaks what pytorch_sums.py speaks. */

import { createInterface } from 'node:readline';
import { kernels, manualSeed, rand, randn } from '../../dist/index.mjs';

interface Request {
  distribution: 'uniform' | 'normal';
  seed: number;
  count: number;
}

function errorOf({ distribution, seed, count }: Request): number {
  manualSeed(seed);
  const x = distribution === 'uniform' ? rand([count]) : randn([count]);
  const exact = accurateSum(x.toTypedArray());
  return (Number(x.sum().item()) - exact) / exact;
}

/** What rounding takes away is kept in a second number (Neumaier 1974). */
function accurateSum(values: ArrayLike<number>): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

console.log(JSON.stringify({ peer: `handgrad ${kernels().name}` }));
for await (const line of createInterface(process.stdin))
  console.log(JSON.stringify({ error: errorOf(JSON.parse(line)) }));
