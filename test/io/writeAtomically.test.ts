import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { writeAtomically } from '../../src/io/writeAtomically.ts';

/** The step at which the next write fails, as it does when the disk is full. */
let failing: 'open' | 'writeFile' | 'sync' | 'rename' | null = null;

function diskFull(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
}

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    async open(...args: Parameters<typeof real.open>) {
      if (failing === 'open') throw diskFull();
      const file = await real.open(...args);
      return {
        async writeFile(content: Uint8Array) {
          if (failing !== 'writeFile') return file.writeFile(content);
          await file.writeFile(content.subarray(0, content.length / 2));
          throw diskFull();
        },
        async sync() {
          if (failing === 'sync') throw diskFull();
          return file.sync();
        },
        close: () => file.close(),
      };
    },
    async rename(from: string, to: string) {
      if (failing === 'rename') throw diskFull();
      return real.rename(from, to);
    },
  };
});

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handgrad-atomic-'));
  path = join(folder, 'file');
});
beforeEach(async () => {
  failing = null;
  await writeAtomically(path, Buffer.from('old'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a file is replaced', async () => {
  await writeAtomically(path, Buffer.from('new content'));
  expect(await readFile(path, 'utf8')).toBe('new content');
  expect(await readdir(folder)).toEqual(['file']);
});

test.each(['open', 'writeFile', 'sync', 'rename'] as const)(
  '%s fails: the old file stays, and nothing else',
  async (step) => {
    failing = step;
    await expect(writeAtomically(path, Buffer.from('new content'))).rejects.toThrow('ENOSPC');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['file']);
  },
);
