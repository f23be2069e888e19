/**
 * Version 5 of lesson 3 beside PyTorch's autograd, in turns in one run:
 *
 *     npm run bench:backward -- [--rounds 10] [--threads 1,2]
 *
 * Forward, loss and backward of 784-50-1 on 50,000 images, without the gradient of the images on either side. Both draw
 * the same numbers, and must arrive at the same loss and gradients. Compared is each side's best time.
 */

import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { kernels, manualSeed, nn, randn, setNumThreads } from '../../dist/index.mjs';
import { here, pythonOfPeers } from './install.ts';
import { type Worker, withWorkers } from './worker.ts';

interface Answer {
  readonly seconds: number;
  readonly loss: number;
  readonly norms: readonly number[];
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '10' }, threads: { type: 'string', default: '1,2' } },
});

manualSeed(1);
const [x, target] = [randn([50_000, 784]), randn([50_000, 1])];
const model = nn.sequential(nn.linear(784, 50), nn.relu(), nn.linear(50, 1));
const mse = nn.mseLoss();

function ours(threads: number): Answer {
  setNumThreads(threads);
  const started = performance.now();
  model.zeroGrad();
  const loss = mse.forward(model.forward(x), target);
  model.backward(mse.backward(), { inputGrad: false });
  const seconds = (performance.now() - started) / 1000;
  const norms = model.parameters().map(({ grad }) => Number(grad?.norm().item()));
  return { seconds, loss: Number(loss.item()), norms };
}

function compare(mine: Answer, their: Answer): void {
  const pairs = [[mine.loss, their.loss], ...mine.norms.map((norm, i) => [norm, their.norms[i]])];
  for (const [a, b] of pairs) {
    if (!(Math.abs(a - b) <= 1e-3 * Math.abs(b))) {
      throw new Error(`not the same work: ${JSON.stringify([mine, their])}`);
    }
  }
}

async function compareInTurns(peer: Worker): Promise<void> {
  const { peer: name } = await peer.read();
  const table = new Table({
    head: ['threads', `handgrad ${kernels().name}`, String(name), 'times as fast'],
    style: { head: [], border: [] },
  });
  for (const threads of values.threads.split(',').map(Number)) {
    const best = [Infinity, Infinity];
    for (let round = 0; round < Number(values.rounds); round++) {
      const answers = [ours(threads), (await peer.ask({ threads })) as unknown as Answer];
      compare(answers[0], answers[1]);
      answers.forEach(({ seconds }, side) => {
        best[side] = Math.min(best[side], seconds);
      });
    }
    const [mine, their] = best;
    table.push([
      threads,
      `${(mine * 1e3).toFixed(1)} ms`,
      `${(their * 1e3).toFixed(1)} ms`,
      (their / mine).toFixed(2),
    ]);
  }
  console.log(table.toString());
}

await withWorkers((start) => compareInTurns(start(pythonOfPeers(), [here('pytorch_backward.py')]))).catch(
  (error: Error) => {
    console.error(`bench:backward: ${error.message}`);
    process.exitCode = 1;
  },
);
