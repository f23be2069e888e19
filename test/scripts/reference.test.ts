import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Entry, readEntries, readOpening } from '../../scripts/reference/entries.ts';
import { renderReference } from '../../scripts/reference/pages.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { runExample } from '../support/examples.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const entries = readEntries(root, 'src/index.ts');

describe('the reference', () => {
  const pages = renderReference(entries, (source) => readOpening(`${root}/src/${source}`));

  test('has every export, on a page that the overview links to', () => {
    expect(entries.length).toBeGreaterThan(400);
    const overview = pages.get('README.md') as string;
    for (const { name, kind } of entries) {
      const twin = name.endsWith('_') && [...pages.values()].some((text) => text.includes(`\`${name}\``));
      if (kind !== 'type' && !twin) expect(overview).toContain(`[\`${name}\`](`);
    }
    for (const [, file] of overview.matchAll(/\]\((\w+\.md)#/g)) expect([...pages.keys()]).toContain(file);
  });

  test('gives signatures, shapes, errors and examples', () => {
    const products = pages.get('products.md') as string;
    expect(products).toContain(
      'einsum(equation: string, ...operands: readonly Tensor[] | [readonly Tensor[]]): Tensor',
    );
    expect(products).toContain('a [m, k] @ b [k, n] → [m, n]');
    expect(products).toContain('- throws ShapeError when the inner sizes differ');
    expect(products).toContain('zeros([5, 1, 2, 3]).matmul(zeros([4, 3, 6])).shape; // [5, 4, 2, 6]');
    expect(pages.get('elementwise.md')).toContain('Integers wrap\nat the ends of their range');
    expect(pages.get('nn.md')).toContain('- `forward(x: Tensor): Tensor`');
  });
});

interface Example {
  readonly name: string;
  readonly code: string;
}

function examplesOf({ name, tags, members }: Entry): Example[] {
  const own = tags.filter((tag) => tag.name === 'example').map(({ text }) => ({ name, code: text }));
  return [...own, ...members.flatMap(examplesOf)];
}

const examples = entries.flatMap(examplesOf);

onBothKernels('every example in a docstring gives what it says', () => {
  test.each(examples)('$name', ({ code }) => runExample(code));

  test('there are many', () => expect(examples.length).toBeGreaterThan(70));
});
