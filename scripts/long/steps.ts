/**
 * Memory over very many training steps of 784-50-10 with small batches:
 *
 *     tsx scripts/long/steps.ts [--steps 1000000] [--batch-size 8] [--kernels native]
 *
 * Prints one JSON object: `growth`, the MB by which resident memory grew over the last half of the steps, by the
 * straight line that fits its samples best; `allocated`, the bytes that were newly taken for tensors in that half;
 * `longestPause`, the longest garbage collection of the last half in ms; `seconds`.
 */

import { PerformanceObserver } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { allocatedBytes } from '../../src/core/pools.ts';
import {
  data,
  manualSeed,
  nn,
  optim,
  rand,
  randint,
  setKernels,
  setNumThreads,
  train,
} from '../../src/index.ts';
import type { KernelsName } from '../../src/kernels/active.ts';

const SAMPLES = 400;

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '1000000' },
    'batch-size': { type: 'string', default: '8' },
    kernels: { type: 'string', default: 'native' },
  },
});
const steps = Number(values.steps);
const batchSize = Number(values['batch-size']);

setKernels(values.kernels as KernelsName);
setNumThreads(1);
manualSeed(1);
const rows = Math.min(steps * batchSize, 50_000);
const set = data.dataset(rand([rows, 784]), randint(10, [rows]));
const model = nn.sequential(nn.linear(784, 50), nn.relu(), nn.linear(50, 10));
const sgd = optim.sgd(model.parameters(), { lr: 0.01 });
const loss = nn.crossEntropyLoss();

let longestPause = 0;
const observer = new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) {
    if (startTime >= halfTime) longestPause = Math.max(longestPause, duration);
  }
});
observer.observe({ entryTypes: ['gc'] });

const resident: number[] = [];
let halfTime = Number.POSITIVE_INFINITY;
let allocatedAtHalf = 0;
const started = performance.now();
for (let step = 0; step < steps; ) {
  for (const _ of train.trainEpoch(model, loss, sgd, set, { batchSize })) {
    step++;
    if (step % Math.ceil(steps / SAMPLES) === 0) resident.push(process.memoryUsage.rss() / 2 ** 20);
    if (step === Math.floor(steps / 2)) {
      halfTime = performance.now();
      allocatedAtHalf = allocatedBytes();
    }
    if (step === steps) break;
  }
  await new Promise((resolve) => setImmediate(resolve)); // the observer's turn
}

const lastHalf = resident.slice(Math.floor(resident.length / 2));
console.log(
  JSON.stringify({
    growth: slope(lastHalf) * lastHalf.length,
    allocated: allocatedBytes() - allocatedAtHalf,
    longestPause,
    seconds: (performance.now() - started) / 1000,
  }),
);

/** Of the straight line with the least squares, a sample. */
function slope(ys: readonly number[]): number {
  const [meanX, meanY] = [(ys.length - 1) / 2, ys.reduce((sum, y) => sum + y, 0) / ys.length];
  const covariance = ys.reduce((sum, y, x) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / ys.reduce((sum, _, x) => sum + (x - meanX) ** 2, 0);
}
