/** A stranger's first two commands, in a fresh clone on a machine without a compiler. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'handgrad-clone-'));
const clone = join(work, 'clone');
const bin = join(work, 'bin');

/** No settings of this project, no cache, no download, and on the PATH nothing but Node and a shell. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(HANDGRAD|VITEST|NODE_ENV|npm_)/i.test(name)),
) as Record<string, string>;
Object.assign(environment, { PATH: bin, HANDGRAD_MNIST_MIRRORS: '', XDG_CACHE_HOME: join(work, 'cache') });

function succeed(command: string, args: string[], cwd: string, env = environment) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}:\n${stdout}${stderr}`);
  return { stdout, stderr };
}

beforeAll(() => {
  succeed('git', ['clone', '--quiet', root, clone], work, process.env as Record<string, string>);
  mkdirSync(bin);
  for (const program of ['node', 'npm', 'sh', 'env']) {
    const found = (process.env['PATH'] ?? '')
      .split(delimiter)
      .map((folder) => join(folder, program))
      .find(existsSync);
    symlinkSync(found as string, join(bin, program));
  }
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

test('npm ci && npm run train works without a compiler, with one warning', () => {
  succeed(join(bin, 'npm'), ['ci'], clone);
  expect(existsSync(join(clone, 'build'))).toBe(false);
  const { stdout, stderr } = succeed(join(bin, 'npm'), ['run', '-s', 'train', '--', '--epochs', '1'], clone);
  expect(stderr.match(/\bWarning:/g)).toHaveLength(1);
  expect(stderr).toContain('TypeScript kernels');
  expect(stdout).toContain('procedural digits');
  expect(stdout).toContain('kernels  typescript, 1 thread');
  const accuracy = Number(/^ +1 +[\d.]+ +[\d.]+ +([\d.]+)/m.exec(stdout)?.[1]);
  expect(accuracy).toBeGreaterThan(0.9);
});
