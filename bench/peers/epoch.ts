/**
 * One training epoch, ours against PyTorch's, in turns in one run. Each round runs each side once with each number
 * of threads; compared is each side's best time with its better number. Both do the same work: images in memory,
 * batches as x[perm], SGD without momentum; the clock holds shuffling, batching, forward, backward and update.
 */

import Table from 'cli-table3';
import { type Peers, withPeers } from './worker.ts';

export interface EpochOptions {
  readonly rounds: number;
  readonly models: readonly string[];
  readonly batchSize: number;
  readonly threads: readonly number[];
}

export function compareEpochs(folder: string, options: EpochOptions): Promise<void> {
  return withPeers('epoch', [folder], (peers) => compare(peers, options));
}

async function compare({ ours, theirs, names }: Peers, options: EpochOptions): Promise<void> {
  const { rounds, models, batchSize, threads: threadCounts } = options;
  const table = new Table({
    head: ['model', 'threads', ...names, 'times as fast'],
    style: { head: [], border: [] },
  });
  for (const model of models) {
    const seconds = threadCounts.map((): [number[], number[]] => [[], []]);
    for (let round = 0; round < rounds; round++) {
      for (const [i, threads] of threadCounts.entries()) {
        // In proportion to the batch: at 0.1 thousands of steps of 8 images turn rounding into a difference of 2 %.
        const lr = (0.1 * batchSize) / 64;
        const request = { model, threads, batchSize, lr, seed: 1 + round };
        const losses: number[] = [];
        for (const [side, worker] of [ours, theirs].entries()) {
          const answer = await worker.ask(request);
          seconds[i][side].push(answer['seconds'] as number);
          losses.push(answer['loss'] as number);
        }
        // Both draw the same numbers, so that a difference beyond rounding means that one does not do the work.
        if (Math.abs(losses[0] - losses[1]) > 0.01 * losses[1])
          throw new Error(`${model}: losses differ: ${losses.join(', ')}`);
      }
    }
    const best = seconds.map((sides) => sides.map((times) => Math.min(...times)));
    const row = (label: string | number, [mine, peers]: number[]) =>
      table.push([model, label, `${mine.toFixed(3)} s`, `${peers.toFixed(3)} s`, (peers / mine).toFixed(2)]);
    for (const [i, threads] of threadCounts.entries()) row(threads, best[i]);
    row(
      'better',
      [0, 1].map((side) => Math.min(...best.map((sides) => sides[side]))),
    );
  }
  console.log(table.toString());
}
