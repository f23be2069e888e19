import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cell, formatLesson, parseLesson } from '../../scripts/lessons/cells.ts';
import { exportedModule } from '../../scripts/lessons/export.ts';
import { readCells } from '../../scripts/lessons/files.ts';
import { formatNotebook, notebookCells, parseNotebook, toNotebook } from '../../scripts/lessons/notebook.ts';
import { runCells } from '../../scripts/lessons/run.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
// In the project, where lessons find the library; ignored by git.
const work = join(root, 'build/test-lessons');

beforeAll(() => {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
});
afterAll(() => rmSync(work, { recursive: true }));

const lessonFiles = readdirSync(join(root, 'lessons'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(root, 'lessons', name));

function command(script: string, ...args: string[]) {
  const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
  return spawnSync(process.execPath, [tsx, join(root, 'scripts', script), ...args], {
    cwd: work,
    encoding: 'utf8',
  });
}

function file(name: string, text: string): string {
  const path = join(work, name);
  writeFileSync(path, text);
  return path;
}

const notebookOf = (...cells: object[]) =>
  JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });

const code = (source: string) => ({
  cell_type: 'code',
  metadata: {},
  source,
  outputs: [],
  execution_count: null,
});

describe('lessons as text', () => {
  test.each(lessonFiles)('%s comes back from cells, and from a notebook, to the byte', (path) => {
    const text = readFileSync(path, 'utf8');
    const cells = parseLesson(text, path);
    expect(formatLesson(cells)).toBe(text);
    const notebook = formatNotebook(toNotebook(cells));
    const back = notebookCells(parseNotebook(notebook, 'notebook'));
    expect(formatLesson(back)).toBe(text);
    expect(back.map(({ line }) => line)).toEqual(cells.map(({ line }) => line));
  });

  const line = fc.stringMatching(/^[ -~äλ→]{0,20}$/);
  const cell = fc.record({
    cell_type: fc.constantFrom('code', 'markdown', 'raw'),
    metadata: fc.dictionary(fc.constantFrom('tags', 'collapsed', 'own'), fc.jsonValue()),
    source: fc.array(line, { maxLength: 4 }),
    id: fc.stringMatching(/^[a-z0-9-]{1,8}$/),
  });

  test('a notebook comes back from a lesson: cells, ids, metadata', () => {
    fc.assert(
      fc.property(
        fc.array(cell, { maxLength: 5 }),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (cells, metadata) => {
          const usable = cells
            .map(({ source, ...rest }, i) => ({ ...rest, id: `${rest.id}-${i}`, source: source.join('\n') }))
            .filter(({ source }) => !/^\/\/ %%/m.test(source));
          fc.pre(usable.length > 0);
          // What JSON cannot hold, such as -0, is not asked for.
          const text = JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells: usable });
          const notebook = parseNotebook(text, 'n');
          const lesson = formatLesson(notebookCells(notebook));
          const back = toNotebook(parseLesson(lesson, 'l'));
          const plain = (parts: typeof notebook) => ({
            metadata: parts.metadata,
            cells: parts.cells.map(({ id, cell_type, metadata, source }) => ({
              id,
              cell_type,
              metadata,
              source: Array.isArray(source) ? source.join('') : source,
            })),
          });
          expect(plain(back)).toEqual(plain(notebook));
        },
      ),
      { seed: 6, numRuns: 300 },
    );
  });

  test('a lesson comes back from a notebook, to the byte', () => {
    const codeLine = fc.oneof(line, fc.constant(''), fc.constant('// words'), fc.constant('  // #export'));
    const block = fc.record({
      kind: fc.constantFrom('', ' [markdown]', ' [raw]'),
      lines: fc.array(codeLine, { maxLength: 4 }),
      blank: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 5 }), (blocks) => {
        const text = blocks
          .map(({ kind, lines, blank }) => {
            const body = lines.map((source) => {
              if (kind === '') return source.startsWith('// %%') ? 'code();' : source;
              return source === '' ? '//' : `// ${source}`;
            });
            if (body.at(-1) === '//') body.push('// the end');
            return `${[`// %%${kind}`, ...body].join('\n')}\n${'\n'.repeat(blank)}`;
          })
          .join('');
        const notebook = formatNotebook(toNotebook(parseLesson(text, 'l')));
        expect(formatLesson(notebookCells(parseNotebook(notebook, 'n')))).toBe(text);
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  test.each([
    ['no newline at the end', '// %%\nlet a = 1;', /newline/],
    ['no cell at the start', 'let a = 1;\n// %%\n', /x:1: a lesson begins with a cell/],
    ['an unknown kind', '// %%\n\n// %% [heading]\n', /x:3: unknown cell type 'heading'/],
    ['words on the marker', '// %% My title\n', /x:1: not a cell marker/],
    ['broken JSON on the marker', '// %% {"id": }\n', /x:1: broken JSON/],
    ['code in a text cell', '// %% [markdown]\n// # Title\nlet a = 1;\n', /x:3: a text cell holds only/],
    ['an empty line at the end of text', '// %% [markdown]\n// # Title\n//\n', /x:3: a text cell ends in/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseLesson(text, 'x')).toThrow(message);
  });
});

describe('running', () => {
  const lesson = (...cells: string[]) => parseLesson(cells.map((text) => `// %%\n${text}\n`).join('\n'), 'x');
  const run = (cells: Cell[], options = {}) => runCells(cells, join(work, 'lesson.ts'), options);

  test('gives each cell what it printed, text and pictures', async () => {
    const { outputs, failure } = await run(
      lesson(
        "import { imshow, tensor } from 'handgrad';\nconst x: number = 3;\nconsole.log('x', x);\nprocess.stdout.write('!');",
        "console.error('oh');\nconsole.log(imshow(tensor([[0, 1]])));",
        'await Promise.resolve();',
      ),
    );
    expect(failure).toBeNull();
    expect(outputs[0]).toEqual([{ output_type: 'stream', name: 'stdout', text: 'x 3\n!' }]);
    expect(outputs[1][0]).toEqual({ output_type: 'stream', name: 'stderr', text: 'oh\n' });
    const picture = outputs[1][1] as { data: Record<string, string> };
    expect(Buffer.from(picture.data['image/png'], 'base64').subarray(1, 4).toString()).toBe('PNG');
    expect(picture.data['text/plain']).toBe(' ▒');
    expect(outputs[2]).toEqual([]);
    expect(readdirSync(work).filter((name) => name.includes('running'))).toEqual([]);
  });

  test.each([
    ['throws', ['let a = 1;', 'a++;\nthrow new TypeError("wrong");', 'a = 2;'], 1, 6, /^wrong$/],
    [
      'rejects later',
      [
        'setTimeout(() => { throw new Error("late"); }, 20);',
        'await new Promise((r) => setTimeout(r, 500));',
      ],
      1,
      2,
      /^late$/,
    ],
    ['does not parse', ['let a = 1;', 'let let = 2;'], null, 5, /let/],
    ['ends the process', ['process.exit(3);'], 0, null, /exit code 3/],
    ['imports what is not there', ["import './nowhere.ts';"], null, null, /nowhere/],
  ] as const)('a cell that %s is named', async (_, cells, cell, line, message) => {
    const { failure, outputs } = await run(lesson(...cells));
    expect(failure?.cell).toBe(cell);
    expect(failure?.line).toBe(line);
    expect(failure?.message).toMatch(message);
    if (cell !== null) expect(outputs[cell].at(-1)).toMatchObject({ output_type: 'error' });
  });

  test('a cell that never ends is ended', async () => {
    const { failure } = await run(lesson('while (true);'), { timeoutSeconds: 1 });
    expect(failure).toMatchObject({ cell: 0, message: 'not finished after 1 s' });
  });
});

describe('the commands', () => {
  test('lessons stops at the cell that fails, with its place, and goes on with the next lesson', () => {
    const good = file('good.ts', "// %%\nconsole.log('fine');\n");
    const bad = file(
      'bad.ts',
      '// %% [markdown]\n// # Two\n\n// %%\nthrow new Error("no");\n\n// %%\nconsole.log("never");\n',
    );
    const { status, stdout, stderr } = command('lessons.ts', bad, good);
    expect(status).toBe(1);
    expect(stderr).toContain(`${bad}:5: cell 2 (Two): Error: no\n`);
    expect(stderr).toContain('1 of 2 lessons failed');
    expect(stdout).toMatch(/FAILED .*bad\.ts.*\npassed .*good\.ts/);
    expect(stdout).not.toContain('never');
  });

  test('convert stores outputs, keeps those of unchanged cells, and comes back', () => {
    const lesson = file('kept.ts', "// %%\nconsole.log('one');\n\n// %%\nconsole.log('two');\n");
    const notebook = join(work, 'kept.ipynb');
    expect(command('notebook.ts', 'convert', lesson, notebook, '--run').status).toBe(0);
    const outputs = () =>
      JSON.parse(readFileSync(notebook, 'utf8')).cells.map((cell: { outputs: unknown }) => cell.outputs);
    const stream = (text: string) => [{ output_type: 'stream', name: 'stdout', text: [text] }];
    expect(outputs()).toEqual([stream('one\n'), stream('two\n')]);

    file('kept.ts', "// %%\nconsole.log('1');\n\n// %%\nconsole.log('two');\n");
    expect(command('notebook.ts', 'convert', lesson, notebook).status).toBe(0);
    expect(outputs()).toEqual([[], stream('two\n')]);
    expect(command('notebook.ts', 'convert', notebook, join(work, 'back.ts')).status).toBe(0);
    expect(readFileSync(join(work, 'back.ts'), 'utf8')).toBe(readFileSync(lesson, 'utf8'));
  });

  test('a notebook runs as a test', () => {
    const notebook = file(
      'run.ipynb',
      notebookOf(code("import { tensor, testEq } from 'handgrad';"), code('testEq(tensor([1]), [2]);')),
    );
    const { status, stderr } = command('notebook.ts', 'run', notebook);
    expect(status).toBe(1);
    expect(stderr).toMatch(/run\.ipynb: cell 2, line 1: AssertionError: testEq: not the same/);
  });

  test('export makes a module of the marked cells, inside of the project', () => {
    const lesson = file(
      'marked.ts',
      "// %%\n// #export\nexport const one = 1;\n\n// %%\nthrow new Error('not run');\n\n// %%\n// #export\nexport const two: number = one + 1;\n",
    );
    const target = join(work, 'made/module.ts');
    expect(command('notebook.ts', 'export', lesson, target).status).toBe(0);
    expect(readFileSync(target, 'utf8')).toMatch(
      /edit it there\.\n\nexport const one = 1;\n\nexport const two: number = one \+ 1;\n$/,
    );
  });

  const outside = mkdtempSync(join(tmpdir(), 'handgrad-outside-'));
  afterAll(() => rmSync(outside, { recursive: true }));

  test.each<[string, () => string[], RegExp]>([
    ['broken JSON', () => ['run', file('b.ipynb', '{"cells": [')], /b\.ipynb: not a notebook: broken JSON/],
    [
      'JSON that is no notebook',
      () => ['run', file('b.ipynb', '[]')],
      /b\.ipynb: not a notebook of format 4/,
    ],
    [
      'an unknown cell type',
      () => ['run', file('b.ipynb', notebookOf(code(''), { cell_type: 'heading', source: '' }))],
      /b\.ipynb: cell 2: unknown cell type "heading"/,
    ],
    ['no cells', () => ['run', file('b.ipynb', notebookOf())], /b\.ipynb: a notebook without cells/],
    [
      'a carriage return',
      () => ['convert', file('b.ipynb', notebookOf(code('a();\r\nb();'))), 'b.ts'],
      /b\.ipynb: cell 1: has a carriage return/,
    ],
    [
      'a source that is a number',
      () => ['run', file('b.ipynb', notebookOf({ ...code(''), source: 3 }))],
      /cell 1: its source/,
    ],
    [
      'a cell that throws',
      () => ['run', file('b.ipynb', notebookOf(code('\nthrow new RangeError("up");')))],
      /b\.ipynb: cell 1, line 2: RangeError: up/,
    ],
    ['a file that is not there', () => ['run', 'none.ipynb'], /none\.ipynb: there is no such file/],
    ['another kind of file', () => ['run', file('b.txt', '')], /b\.txt: neither a lesson/],
    [
      'nothing to export',
      () => ['export', file('e.ts', '// %%\n'), join(work, 'o.ts')],
      /no cell begins with \/\/ #export/,
    ],
    [
      'an export outside of the project',
      () => ['export', file('e.ts', '// %%\n// #export\n'), join(outside, 'x.ts')],
      /x\.ts is outside of the project/,
    ],
    [
      'an export outside by way of a link',
      () => {
        symlinkSync(outside, join(work, 'link'));
        return ['export', file('e.ts', '// %%\n// #export\n'), join(work, 'link/deep/x.ts')];
      },
      /x\.ts is outside of the project/,
    ],
  ])('%s is one line', (_, args, message) => {
    const { status, stderr } = command('notebook.ts', ...args());
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
    expect(readdirSync(outside)).toEqual([]);
  });

  test.each([
    ['lessons.ts'],
    ['notebook.ts'],
    ['notebook.ts', 'convert'],
    ['notebook.ts', 'run'],
    ['notebook.ts', 'export'],
  ])('%s %s --help says what it does', (script, ...rest) => {
    const { status, stdout } = command(script, ...rest, '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: /);
  });
});

test('the modules in lessons/exported are what their lessons export', () => {
  for (const name of readdirSync(join(root, 'lessons/exported'))) {
    const lesson = `lessons/${name}`;
    const made = exportedModule(readCells(join(root, lesson)), lesson);
    expect(readFileSync(join(root, 'lessons/exported', name), 'utf8')).toBe(made);
  }
});
