/** The example of docs/workers.md: it trains, and answers meanwhile and after. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { proceduralDigits } from '../../src/data/proceduralDigits.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'handgrad-example-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const count = 6000;
// Its weights are drawn anew each time: after 8 epochs 37 of 50 images were recognised, or more; after 40, all 50.
const epochs = 40;
const { images, labels } = proceduralDigits({ count, seed: 1 });

/** An IDX file: magic, sizes, and the bytes. */
function writeIdx(name: string, sizes: number[], bytes: Uint8Array): void {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.set([0, 0, 8, sizes.length]);
  for (const [i, size] of sizes.entries()) header.writeUInt32BE(size, 4 + 4 * i);
  writeFileSync(join(folder, name), Buffer.concat([header, bytes]));
}

test('train-and-serve trains in a worker and answers requests', { timeout: 60_000 }, async () => {
  writeIdx('train-images-idx3-ubyte', [count, 28, 28], images);
  writeIdx('train-labels-idx1-ubyte', [count], labels);
  const server = spawn(process.execPath, ['examples/train-and-serve.mjs', String(epochs), folder], {
    cwd: root,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await Promise.race([
      once(server.stdout, 'data'),
      once(server, 'exit').then(([code]) => {
        throw new Error(`the server ended with ${code}`);
      }),
    ]);
    const url = String(line).trim();
    const status = async () =>
      (await fetch(url)).json() as Promise<{ epoch: number; accuracy: number; training: boolean }>;
    const seen = new Set<number>();
    for (;;) {
      const { epoch, training, accuracy } = await status();
      seen.add(epoch);
      if (!training && accuracy > 0 && epoch === epochs) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(seen.size).toBeGreaterThan(1); // it answered while it trained
    let right = 0;
    for (let i = 0; i < 50; i++) {
      const pixels = Array.from(images.subarray(i * 784, (i + 1) * 784), (pixel) => pixel / 256);
      const answer = await fetch(`${url}/predict`, { method: 'POST', body: JSON.stringify(pixels) });
      if (((await answer.json()) as { digit: number }).digit === labels[i]) right++;
    }
    expect(right).toBeGreaterThan(45);
    const refused = await fetch(`${url}/predict`, { method: 'POST', body: '[1, 2]' });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: expect.stringContaining('784') },
    ]);
  } finally {
    server.kill();
  }
  const [, signal] = await once(server, 'exit');
  expect(signal).toBe('SIGTERM');
});
