/**
 * How far off the sum of many float32 numbers is, ours and PyTorch's: the root of the mean square of the relative
 * error, over seeds. Both sides draw the same numbers (uniform in [0, 1), and normal, whose sums are small beside their
 * terms), and judge their own result by a sum in more digits.
 */

import Table from 'cli-table3';
import { type Peers, withPeers } from './worker.ts';

export interface SumsOptions {
  readonly seeds: number;
  readonly count: number;
}

export function compareSums(options: SumsOptions): Promise<void> {
  return withPeers('sums', [], (peers) => compare(peers, options));
}

async function compare({ ours, theirs, names }: Peers, { seeds, count }: SumsOptions): Promise<void> {
  const table = new Table({ head: ['numbers', ...names], style: { head: [], border: [] } });
  for (const distribution of ['uniform', 'normal']) {
    const squares = [0, 0];
    for (let seed = 0; seed < seeds; seed++) {
      for (const [side, worker] of [ours, theirs].entries()) {
        const { error } = await worker.ask({ distribution, seed, count });
        squares[side] += (error as number) ** 2 / seeds;
      }
    }
    table.push([distribution, ...squares.map((square) => Math.sqrt(square).toExponential(3))]);
  }
  console.log(table.toString());
}
