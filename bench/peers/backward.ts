/**
 * Version 5 of lesson 3 beside PyTorch's autograd, in turns in one run:
 *
 *     npm run bench:backward -- [--rounds 10] [--threads 1,2]
 *
 * Forward, loss and backward of 784-50-1 on 50,000 images, without the gradient of the images on either side. Both draw
 * the same numbers, and must arrive at the same loss and gradients. Compared is each side's best time.
 */

import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { kernels, manualSeed, nn, randn, setNumThreads } from '../../dist/index.mjs';

interface Answer {
  readonly seconds: number;
  readonly loss: number;
  readonly norms: readonly number[];
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '10' }, threads: { type: 'string', default: '1,2' } },
});
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const python =
  process.env['HANDGRAD_PEER_PYTHON'] ??
  execFileSync(here('setup.sh'), ['python'], { encoding: 'utf8' }).trim();
const peer = spawn(python, [here('pytorch_backward.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface(peer.stdout)[Symbol.asyncIterator]();

async function read<T>(): Promise<T> {
  const { value, done } = await lines.next();
  if (done) throw new Error('bench:backward: PyTorch ended early');
  return JSON.parse(value);
}

function theirs(threads: number): Promise<Answer> {
  peer.stdin.write(`${JSON.stringify({ threads })}\n`);
  return read();
}

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
      throw new Error(`bench:backward: not the same work: ${JSON.stringify([mine, their])}`);
    }
  }
}

const { peer: name } = await read<{ peer: string }>();
const table = new Table({
  head: ['threads', `handgrad ${kernels().name}`, name, 'times as fast'],
  style: { head: [], border: [] },
});
for (const threads of values.threads.split(',').map(Number)) {
  const best = [Infinity, Infinity];
  for (let round = 0; round < Number(values.rounds); round++) {
    const answers = [ours(threads), await theirs(threads)];
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
peer.stdin.end();
console.log(table.toString());
