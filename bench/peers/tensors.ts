/**
 * Operations on tensors, ours against PyTorch's, in turns in one run. Each round runs each side once with each number
 * of threads, for at least 50 ms; compared is each side's best time. Both compute the same from the same numbers, which
 * their sums prove. `into out` writes where a result lies already; the others make a fresh result in every run, whose
 * pages the system has to hand out.
 */

import Table from 'cli-table3';
import { type Peers, withPeers } from './worker.ts';

export interface TensorsOptions {
  readonly rounds: number;
  readonly threads: readonly number[];
  /** All, unless said otherwise. */
  readonly cases?: readonly string[];
}

const micros = (seconds: number) => `${(seconds * 1e6).toPrecision(4)} µs`;

export function compareTensors(options: TensorsOptions): Promise<void> {
  return withPeers('tensors', [], (peers) => compare(peers, options));
}

async function compare(
  { ours, theirs, names }: Peers,
  { rounds, threads: threadCounts, cases }: TensorsOptions,
): Promise<void> {
  const wanted = cases ?? ((await ours.ask({ list: true })) as { cases: string[] }).cases;
  const table = new Table({
    head: ['case', 'threads', ...names, 'times as fast'],
    style: { head: [], border: [] },
  });
  for (const name of wanted) {
    const best = threadCounts.map(() => [Infinity, Infinity]);
    for (let round = 0; round < rounds; round++) {
      for (const [i, threads] of threadCounts.entries()) {
        const sums: number[] = [];
        for (const [side, worker] of [ours, theirs].entries()) {
          const answer = await worker.ask({ case: name, threads });
          best[i][side] = Math.min(best[i][side], answer['seconds'] as number);
          sums.push(answer['sum'] as number);
        }
        if (!(Math.abs(sums[0] - sums[1]) <= 1e-5 * Math.max(1, Math.abs(sums[1]))))
          throw new Error(`${name}: results differ: their sums are ${sums.join(' and ')}`);
      }
    }
    for (const [i, threads] of threadCounts.entries()) {
      const [mine, peers] = best[i];
      table.push([name, threads, micros(mine), micros(peers), (peers / mine).toFixed(2)]);
    }
  }
  console.log(table.toString());
}
