/** Memory over many epochs: what a step allocates must go away. */

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { watchSteps } from '../../scripts/long/steps.ts';

const program = `
const { data, manualSeed, nn, optim, setKernels, train } = require('./dist/index.js');
setKernels(process.argv[1]);
manualSeed(1);
const { trainSet, validSet } = data.normalize(data.proceduralMnist({ count: Number(process.argv[2]) }));
const model = nn.sequential(nn.linear(784, 50), nn.relu(), nn.linear(50, 10));
const loss = nn.crossEntropyLoss();
const sgd = optim.sgd(model.parameters(), { lr: 0.1 });
const resident = [];
for (let epoch = 1; epoch <= 20; epoch++) {
  for (const _ of train.trainEpoch(model, loss, sgd, trainSet, { batchSize: 64 }));
  train.evaluate(model, loss, validSet);
  resident.push(process.memoryUsage.rss() / 2 ** 20);
}
console.log(JSON.stringify(resident));
`;

describe('resident memory', () => {
  test.each([
    ['native', 60_000],
    ['typescript', 12_000],
  ])('is flat from the second to the twentieth epoch on %s kernels', (kernels, count) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', program, kernels, String(count)], {
      encoding: 'utf8',
      cwd: new URL('../../', import.meta.url),
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const resident = JSON.parse(stdout) as number[];
    expect(Math.abs(resident[19] - resident[1]), resident.map(Math.round).join(' ')).toBeLessThanOrEqual(20);
  });
});

/** Runs a program on its own; its output is JSON. */
function run<Result>(args: readonly string[]): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: new URL('../../', import.meta.url),
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

const temporaries = `
const { ones, setKernels } = require('./dist/index.js');
setKernels('native');
const [count, size] = process.argv.slice(1).map(Number);
const x = ones([size]);
const start = process.memoryUsage.rss();
let most = start;
for (let i = 0; i < count; i++) {
  x.add(1);
  if (i % 1000 === 0 || size > 10_000) most = Math.max(most, process.memoryUsage.rss());
}
console.log(JSON.stringify((most - start) / 2 ** 20));
`;

describe('temporaries in a synchronous loop, with neither scope nor dispose', () => {
  test.each([
    [10_000_000, 10],
    [100_000, 100_000],
  ])('%i of %i elements stay within 256 MB', (count, size) => {
    expect(run<number>(['-e', temporaries, String(count), String(size)])).toBeLessThanOrEqual(256);
  });
});

describe('100,000 training steps with small batches', () => {
  // `tsx scripts/long/steps.ts` takes a million.
  const steps = { steps: 100_000, batchSize: 8, kernels: 'native' };

  test('take no more memory in the last half', () => {
    const { growth, allocated } = watchSteps('resident', steps);
    expect(growth).toBeLessThan(1);
    expect(allocated).toBeLessThan(2 ** 22); // 8 passes of the loader, each with batches of its own
    expect(watchSteps('live', steps).kept).toBeLessThan(0.1);
  });

  test('are never held up by the garbage collector for 5 ms', () => {
    let longest = Number.POSITIVE_INFINITY;
    // On a busy machine a pause holds the wait for a processor too: of three runs the quietest counts.
    for (let attempt = 0; attempt < 3 && longest >= 5; attempt++) {
      longest = Math.min(longest, watchSteps('pauses', steps).longest);
    }
    expect(longest).toBeLessThan(5);
  });
});
