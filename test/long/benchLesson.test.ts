import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const work = mkdtempSync(join(tmpdir(), 'handgrad-bench-'));
afterAll(() => rmSync(work, { recursive: true }));

test('bench lesson times each rung, and the rungs stand in their order', () => {
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const json = join(work, 'lesson.json');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'bench', 'lesson', '--json', json], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  const figures: { variant: string; shape: string; seconds: number }[] = JSON.parse(
    readFileSync(json, 'utf8'),
  );
  for (const { variant } of figures) expect(stdout).toContain(variant);
  const seconds = (shape: RegExp) =>
    figures.filter((figure) => shape.test(figure.shape)).map((figure) => figure.seconds);
  if (!stdout.startsWith('native')) return;
  // Far enough apart for any machine; how far exactly is what the benchmark is there to say.
  const [nested, typed, einsum, matmul] = seconds(/^5x784/);
  expect(typed).toBeLessThan(nested);
  expect(matmul).toBeLessThan(typed / 2);
  expect(einsum).toBeLessThan(2 * matmul);
  const [loops, , kernel] = seconds(/^50000x784/);
  expect(kernel).toBeLessThan(loops / 10);
  const versions = seconds(/^forward and backward/);
  expect(versions).toHaveLength(4);
  expect(versions[3]).toBeLessThan(versions[0]);
});
