/**
 * Memory over workers that come and go: eight at a time train a little, and end. What is left behind by those that load
 * the library is compared with what empty ones leave.
 *
 *     tsx scripts/long/workers.ts [ROUNDS]
 */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

const empty = '1 + 1';
const training = `
  const { data, manualSeed, nn, optim, randn, randint, setNumThreads } = require('./dist/index.js');
  setNumThreads(2);
  manualSeed(1);
  const model = nn.sequential(nn.linear(784, 50), nn.relu(), nn.linear(50, 10));
  const loss = nn.crossEntropyLoss();
  const sgd = optim.sgd(model.parameters(), { lr: 0.1 });
  const [x, y] = [randn([64, 784]).share(), randint(0, 10, [64], { dtype: 'int32' })];
  for (let step = 0; step < 5; step++) {
    sgd.zeroGrad();
    loss.forward(model.forward(x), y);
    model.backward(loss.backward());
    sgd.step();
  }
`;

/** Resident MB after each tenth of the rounds. */
export function residentOver(rounds: number, work: 'empty' | 'training'): number[] {
  const program = `
    const { Worker } = require('node:worker_threads');
    const run = () => new Promise((resolve, reject) => {
      const worker = new Worker(${JSON.stringify(work === 'empty' ? empty : training)}, { eval: true });
      worker.once('error', reject);
      worker.once('exit', resolve);
    });
    (async () => {
      const resident = [];
      for (let round = 1; round <= ${rounds}; round++) {
        await Promise.all(Array.from({ length: 8 }, run));
        if (round % ${Math.max(1, Math.floor(rounds / 10))} !== 0) continue;
        gc();
        resident.push(process.memoryUsage.rss() / 2 ** 20);
      }
      console.log(JSON.stringify(resident));
    })();
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '-e', program], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0 || stderr !== '') throw new Error(`workers, ${work}: ${status} ${stderr}`);
  return JSON.parse(stdout);
}

if (process.argv[1] === import.meta.filename) {
  const rounds = Number(process.argv[2] ?? 1000);
  for (const work of ['empty', 'training'] as const) {
    const resident = residentOver(rounds, work);
    const growth = resident[resident.length - 1] - resident[Math.floor(resident.length / 2) - 1];
    console.log(
      `${work}: ${resident.map((mb) => mb.toFixed(1)).join(' ')} MB; second half ${growth.toFixed(1)} MB`,
    );
  }
}
