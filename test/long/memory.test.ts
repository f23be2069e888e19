/** Memory over many epochs: what a step allocates must go away. */

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';

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
