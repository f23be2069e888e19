import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const source = fileURLToPath(new URL('../src/', import.meta.url));

/** The folders of src/, highest first: a file may import from its own folder and from those below. */
const layers = ['.', 'public', 'cli', 'train', 'data', 'optim', 'nn', 'io', 'ops', 'kernels', 'core'];

/** The only file that may know both implementations of the kernel contract. */
const chooser = 'kernels/active.ts';

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.(ts|cjs)$/.test(file),
);

function layerOf(file: string): number {
  return layers.indexOf(file.includes('/') ? file.slice(0, file.indexOf('/')) : '.');
}

/** Module specifiers of every import, export-from, require and dynamic import in a file. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8');
  return [...text.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\(|\brequire\()\s*['"]([^'"]+)['"]/g)].map(
    (match) => match[1],
  );
}

const edges = files.flatMap((file) =>
  importsOf(file)
    .filter((specifier) => specifier.startsWith('.') && !specifier.endsWith('.node')) // addons lie outside src
    .map((specifier) => ({ from: file, to: relative(source, join(source, dirname(file), specifier)) })),
);

describe('architecture', () => {
  test('every folder of src has its place in the order', () => {
    expect(files.filter((file) => layerOf(file) < 0)).toEqual([]);
    expect(edges.length).toBeGreaterThan(files.length); // the scan itself found the imports
  });

  test('imports only go down', () => {
    const upward = edges.filter(({ from, to }) => layerOf(to) < layerOf(from));
    expect(upward).toEqual([]);
  });

  test('only the chooser knows both kernel sets', () => {
    const kernelSet = (file: string) => /^kernels\/(typescript|native)\//.exec(file)?.[1];
    const across = edges.filter(({ from, to }) => {
      const target = kernelSet(to);
      return target !== undefined && target !== kernelSet(from) && from !== chooser;
    });
    expect(across).toEqual([]);
  });

  test('native kernels are given the arrays that offsets count from', () => {
    const windows = files.filter(
      (file) =>
        /^kernels\/native\/(?!parameters)/.test(file) &&
        /\.memory\b/.test(readFileSync(join(source, file), 'utf8')),
    );
    expect(windows).toEqual([]);
  });

  test('the public API is the only barrel', () => {
    const reexports = files.filter((file) => {
      const text = readFileSync(join(source, file), 'utf8');
      return /^export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s*(?:as\s+\w+\s*)?from\b/m.test(text);
    });
    expect(reexports.filter((file) => file !== 'index.ts' && !file.startsWith('public/'))).toEqual([]);
    expect(
      edges.filter(({ from, to }) => to === 'index.ts' || (to.startsWith('public/') && from !== 'index.ts')),
    ).toEqual([]);
  });

  test('nothing below the command line prints', () => {
    const printing = files.filter((file) => {
      return (
        !file.startsWith('cli/') &&
        /\bconsole\.|process\.std(out|err)\b/.test(readFileSync(join(source, file), 'utf8'))
      );
    });
    expect(printing).toEqual([]);
  });
});
