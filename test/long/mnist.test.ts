/** The real MNIST, trained by the command line: accuracy over seeds, and agreement of kernels and threads. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { mnistDir } from '../mnistDir.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'handgrad-mnist-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

interface Epoch {
  trainLoss: number;
  validLoss: number;
  accuracy: number;
  trainSeconds: number;
}

function train(...options: string[]): Epoch[] {
  const json = join(work, 'figures.json');
  const args = [
    'train',
    '--data',
    mnistDir as string,
    '--lr',
    '0.1',
    '--batch-size',
    '64',
    '--json',
    json,
    ...options,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')}:\n${stdout}${stderr}`);
  return JSON.parse(readFileSync(json, 'utf8')).epochs;
}

/** What does not depend on the clock. */
const figures = (epochs: Epoch[]) =>
  epochs.map(({ trainLoss, validLoss, accuracy }) => ({ trainLoss, validLoss, accuracy }));

describe.skipIf(!mnistDir)('on MNIST', () => {
  const native = new Map<number, Epoch[]>();

  test.each(['native', 'typescript'])('784-50-10 learns over five seeds, on %s kernels', (kernels) => {
    const accuracies = [1, 2, 3, 4, 5].map((seed) => {
      const epochs = train('--model', 'mlp', '--epochs', '5', '--seed', String(seed), '--kernels', kernels);
      if (kernels === 'native') native.set(seed, epochs);
      else {
        for (const [i, epoch] of epochs.entries()) {
          const twin = (native.get(seed) as Epoch[])[i];
          const where = `seed ${seed}, epoch ${i + 1}`;
          const apart = Math.abs(epoch.trainLoss - twin.trainLoss);
          expect(apart, where).toBeLessThan(1e-3);
          // Sooner or later rounding decides for one ReLU that its input is positive here and not there. Up to then all
          // curves agree. From then on the mean over an epoch does; what is measured at its end, after a last step on
          // 16 images, scatters as it does from epoch to epoch.
          if (apart < 1e-6) expect(Math.abs(epoch.validLoss - twin.validLoss), where).toBeLessThan(1e-3);
          expect(Math.abs(epoch.accuracy - twin.accuracy), where).toBeLessThan(0.01);
        }
      }
      return epochs[4].accuracy;
    });
    expect(accuracies.reduce((sum, accuracy) => sum + accuracy) / 5).toBeGreaterThanOrEqual(0.965);
    expect(Math.min(...accuracies)).toBeGreaterThanOrEqual(0.955);
  });

  test.each(['mlp', 'mlp-large'])('%s: the same bits for 1 and 2 threads, and from run to run', (model) => {
    const runs = ['1', '2', '2'].map((threads) =>
      train('--model', model, '--epochs', '1', '--threads', threads),
    );
    expect(figures(runs[1])).toEqual(figures(runs[0]));
    expect(figures(runs[2])).toEqual(figures(runs[1]));
  });

  test('an epoch on TypeScript kernels takes at most 12 s', () => {
    expect(train('--epochs', '1', '--kernels', 'typescript')[0].trainSeconds).toBeLessThan(12);
  });
});
