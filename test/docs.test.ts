import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readFixture } from './figures.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

test('every row of the page from NumPy and PyTorch is among the expressions that run', () => {
  const page = readFileSync(join(root, 'docs/from-numpy-and-pytorch.md'), 'utf8');
  const rows = [...page.matchAll(/^\|.*\| (`.+`|) \| `(.+)` \|$/gm)].map(([, , handgrad]) => handgrad);
  expect(rows.length).toBeGreaterThan(100);
  // scripts/fixtures/expressions_page.py makes the figures anew.
  const { cases } = readFixture<{ cases: { js: string }[] }>('expressions_page');
  expect(cases.map(({ js }) => js)).toEqual(rows);
});

test('links between the pages lead to files', () => {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  const pages = ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => join('docs', name))];
  const dead = pages
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)]
        .filter(([, target]) => !existsSync(join(root, dirname(page), target)))
        .map(([, target]) => `${page}: ${target}`),
    );
  expect(dead).toEqual([]);
});
