/** What the compiler and editors know of tensors, asked from the compiler itself. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { API, type Checker } from 'typescript/unstable/sync';
import { afterAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = fileURLToPath(new URL('./types/hovers.ts', import.meta.url));
const source = readFileSync(file, 'utf8');

const api = new API({ cwd: root });
afterAll(() => api.close());
const [project] = api.updateSnapshot({ openProject: `${root}tsconfig.json` }).getProjects();
const checker: Checker = project.checker;

test('ordinary code compiles as it is, and what is refused is refused', () => {
  expect(project.program.getSemanticDiagnostics(file).map(({ text }) => text)).toEqual([]);
});

test('a hover shows the dtype', () => {
  const lines = source.split('\n').filter((line) => line.includes('//=>'));
  expect(lines.length).toBeGreaterThan(30);
  const shown = lines.map((line) => {
    const name = line.indexOf('const ') + 'const '.length;
    const type = checker.getTypeAtPosition(file, source.indexOf(line) + name);
    return `${line.slice(0, line.indexOf('//=>'))}//=> ${type && checker.typeToString(type)}`;
  });
  expect(shown).toEqual(lines);
});

test('a hover on a method shows the docstring of the function, with shapes and errors', () => {
  const hover = (call: string) => {
    const symbol = checker.getSymbolAtPosition(file, source.indexOf(call) + 1);
    const tags = symbol?.getJsDocTags(checker).map(({ name, text }) => `@${name} ${text}`) ?? [];
    return [symbol?.getDocumentationComment(checker), ...tags].join('\n');
  };
  expect(hover('.matmul(weights)')).toContain('a [m, k] @ b [k, n] → [m, n]');
  expect(hover('.matmul(weights)')).toContain('@throws ShapeError when the inner sizes differ');
  expect(hover('.nonzero()')).toContain('int32 [count, ndim]');
  expect(hover('.max(0)')).toContain('{values, indices}');
  expect(hover('.view(2, -1)')).toContain('one size may be -1');
});

test('every method has a docstring', () => {
  const tensorType = checker.getTypeAtPosition(file, source.indexOf('x: Tensor'));
  expect(tensorType).toBeDefined();
  const methods = tensorType ? checker.getPropertiesOfType(tensorType) : [];
  expect(methods.length).toBeGreaterThan(220);
  const bare = methods
    .filter(({ name }) => !name.startsWith('__'))
    .filter(
      (method) => method.getDocumentationComment(checker) === '' && method.getJsDocTags(checker).length === 0,
    );
  expect(bare.map(({ name }) => name)).toEqual([]);
});
