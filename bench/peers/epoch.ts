/**
 * One training epoch, ours against PyTorch's, in turns in one run:
 *
 *     npm run bench:peers -- DIR [--rounds 5] [--models mlp,mlp-large] [--batch-size 64] [--threads 1,2]
 *
 * DIR holds MNIST's IDX files. Each round runs each side once with each number of threads; compared is each side's
 * best time with its better number. Both do the same work: images in memory, batches as x[perm], SGD without
 * momentum; the clock holds shuffling, batching, forward, backward and update.
 */

import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { startPeers } from './worker.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    models: { type: 'string', default: 'mlp,mlp-large' },
    'batch-size': { type: 'string', default: '64' },
    threads: { type: 'string', default: '1,2' },
  },
});
const folder = positionals[0] ?? process.env['MNIST_DIR'];
if (folder === undefined) throw new Error('bench:peers: name the folder with the IDX files of MNIST');

const { ours, theirs, names } = await startPeers('epoch', [folder]);

const table = new Table({
  head: ['model', 'threads', ...names, 'times as fast'],
  style: { head: [], border: [] },
});
const threadCounts = values.threads.split(',').map(Number);
for (const model of values.models.split(',')) {
  const seconds = threadCounts.map((): [number[], number[]] => [[], []]);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [i, threads] of threadCounts.entries()) {
      const request = { model, threads, batchSize: Number(values['batch-size']), lr: 0.1, seed: 1 + round };
      const losses: number[] = [];
      for (const [side, worker] of [ours, theirs].entries()) {
        const answer = await worker.ask(request);
        seconds[i][side].push(answer['seconds'] as number);
        losses.push(answer['loss'] as number);
      }
      // Both draw the same numbers, so that a difference beyond rounding means that one does not do the work.
      if (Math.abs(losses[0] - losses[1]) > 1e-3)
        throw new Error(`${model}: losses differ: ${losses.join(', ')}`);
    }
  }
  const best = seconds.map((sides) => sides.map((times) => Math.min(...times)));
  for (const [i, threads] of threadCounts.entries()) {
    const [mine, peers] = best[i];
    table.push([model, threads, `${mine.toFixed(3)} s`, `${peers.toFixed(3)} s`, (peers / mine).toFixed(2)]);
  }
  const [mine, peers] = [0, 1].map((side) => Math.min(...best.map((sides) => sides[side])));
  table.push([model, 'better', `${mine.toFixed(3)} s`, `${peers.toFixed(3)} s`, (peers / mine).toFixed(2)]);
}
for (const worker of [ours, theirs]) worker.end();
console.log(table.toString());
