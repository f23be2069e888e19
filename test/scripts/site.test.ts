import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const work = join(root, 'build/test-site');
const out = join(work, 'site');

function site(...args: string[]) {
  return spawnSync(
    process.execPath,
    [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'scripts/site.ts'), ...args],
    {
      cwd: work,
      encoding: 'utf8',
    },
  );
}

beforeAll(() => {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  writeFileSync(
    join(work, 'first.ts'),
    [
      '// %% [markdown]',
      '// # Less < more',
      '// <script>alert(1)</script>',
      '//',
      '// and *words*',
      '',
      '// %%',
      "import { imshow, plot, tensor } from 'handgrad';",
      'const small: boolean = 1 < 2;',
      "console.log('a < b is', small);",
      'console.log(imshow(tensor([[0, 1]])));',
      "console.log(plot([1, 2], { title: 'rising' }));",
      '',
    ].join('\n'),
  );
  writeFileSync(join(work, 'second.ts'), '// %% [markdown]\n// # Second\n');
  const { status, stderr } = site('first.ts', 'second.ts', '--out', out);
  expect([status, stderr.replace(/^npm.*\n/gm, '')]).toEqual([0, '']);
});
afterAll(() => rmSync(work, { recursive: true }));

test('each lesson is a page and a notebook, and the index leads to all', () => {
  expect(readdirSync(out).sort()).toEqual([
    'first.html',
    'first.ipynb',
    'index.html',
    'second.html',
    'second.ipynb',
  ]);
  for (const page of ['index.html', 'first.html', 'second.html']) {
    const links = [...readFileSync(join(out, page), 'utf8').matchAll(/href="([^"]+)"/g)].map(
      ([, href]) => href,
    );
    expect(links.length).toBeGreaterThan(1);
    expect(links.filter((href) => !existsSync(join(out, href)))).toEqual([]);
  }
});

test('a page has text, code, outputs and pictures, and escapes what is not markup', () => {
  const html = readFileSync(join(out, 'first.html'), 'utf8');
  expect(html).toContain('<title>Less &lt; more</title>');
  expect(html).toContain('<em>words</em>');
  expect(html).not.toContain('<script>');
  const text = html.replace(/<[^>]*>/g, '');
  expect(text).toContain('const small: boolean = 1 &lt; 2;');
  expect(html).toContain('<span class="hljs-keyword">const</span>');
  expect(html).toContain('a &lt; b is true');
  expect(html).toMatch(/<img class="output" alt="[^"]*" src="data:image\/png;base64,iVBOR/);
  expect(html).toMatch(/<img class="output" alt="rising" src="data:image\/svg\+xml;base64,/);
});

test('a lesson that fails makes no page', () => {
  writeFileSync(join(work, 'wrong.ts'), '// %%\nthrow new Error("wrong");\n');
  const { status, stderr } = site('wrong.ts', '--out', join(work, 'none'));
  expect(status).toBe(1);
  expect(stderr).toContain('wrong.ts:2: cell 1: Error: wrong');
  expect(readdirSync(join(work, 'none'))).toEqual([]);
});
