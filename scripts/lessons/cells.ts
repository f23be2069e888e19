/**
 * Lessons as text: TypeScript in cells, as editors know them.
 *
 *     // %% [markdown]
 *     // # Broadcasting
 *
 *     // %%
 *     console.log(m.add(c));
 *
 * Parsing and formatting are inverse to each other, to the byte; what could not come back is refused.
 */

/** Something wrong with a lesson or a notebook; the message is one line and begins with the place. */
export class LessonError extends Error {
  override readonly name = 'LessonError';
}

export type CellKind = 'code' | 'markdown' | 'raw';

/** What a notebook knows of a cell beyond its text; on the cell's marker line in JSON. */
export interface CellExtras {
  readonly id?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly attachments?: Readonly<Record<string, unknown>>;
  /** How many newlines the notebook's text ends in, which a lesson's cell does not. */
  readonly newlines?: number;
  /** Of the first cell: the metadata of the whole notebook, where they are not a lesson's. */
  readonly notebook?: Readonly<Record<string, unknown>>;
}

export interface Cell {
  readonly kind: CellKind;
  /** The text without the comment signs of Markdown, and without a newline at the end. */
  readonly source: string;
  readonly extras: CellExtras;
  /** Blank lines between this cell and the next; one unless the author wants it otherwise. */
  readonly blankLines: number;
  /** Line of the lesson that the source begins on, from 1. */
  readonly line: number;
}

const MARKER = /^\/\/ %%(?: \[(\w+)\])?(?: (\{.*\}))?$/;
const kinds: readonly string[] = ['code', 'markdown', 'raw'] satisfies CellKind[];

/** @throws LessonError for what is no lesson, naming file and line */
export function parseLesson(text: string, name: string): Cell[] {
  const lines = text.split('\n');
  if (lines.pop() !== '' || text.includes('\r')) {
    throw new LessonError(`${name}: a lesson's lines end in a newline each, without carriage returns`);
  }
  if (!lines[0]?.startsWith('// %%')) {
    throw new LessonError(`${name}:1: a lesson begins with a cell, // %% or // %% [markdown]`);
  }
  const starts = lines.flatMap((line, i) => (line.startsWith('// %%') ? [i] : []));
  return starts.map((start, i) => parseCell(lines.slice(start, starts[i + 1]), start + 1, name));
}

function parseCell([marker, ...body]: string[], line: number, name: string): Cell {
  const [, word = 'code', json = '{}'] = MARKER.exec(marker) ?? [];
  if (!MARKER.test(marker)) throw new LessonError(`${name}:${line}: not a cell marker: ${marker}`);
  if (!kinds.includes(word)) throw new LessonError(`${name}:${line}: unknown cell type '${word}'`);
  let blankLines = 0;
  while (body.at(-1) === '') {
    body.pop();
    blankLines++;
  }
  const kind = word as CellKind;
  if (kind !== 'code' && body.at(-1) === '//') {
    throw new LessonError(
      `${name}:${line + body.length}: a text cell ends in a line of text, not in an empty one`,
    );
  }
  const text = kind === 'code' ? body : body.map((text, i) => uncommented(text, `${name}:${line + 1 + i}`));
  return {
    kind,
    source: text.join('\n'),
    extras: parseExtras(json, `${name}:${line}`),
    blankLines,
    line: line + 1,
  };
}

function uncommented(line: string, place: string): string {
  if (line === '//') return '';
  if (/^\/\/ ./.test(line)) return line.slice(3);
  throw new LessonError(`${place}: a text cell holds only lines '// ...' and '//', got '${line}'`);
}

function parseExtras(json: string, place: string): CellExtras {
  try {
    return JSON.parse(json) as CellExtras;
  } catch (error) {
    throw new LessonError(`${place}: broken JSON on the cell marker: ${(error as Error).message}`);
  }
}

/** The inverse of `parseLesson`. */
export function formatLesson(cells: readonly Cell[]): string {
  return cells.map(formatCell).join('');
}

function formatCell({ kind, source, extras, blankLines }: Cell): string {
  const word = kind === 'code' ? '' : ` [${kind}]`;
  const json = Object.keys(extras).length > 0 ? ` ${JSON.stringify(extras)}` : '';
  const body =
    source === '' ? '' : `${kind === 'code' ? source : source.split('\n').map(commented).join('\n')}\n`;
  return `// %%${word}${json}\n${body}${'\n'.repeat(blankLines)}`;
}

function commented(line: string): string {
  return line === '' ? '//' : `// ${line}`;
}

/** The heading that a reader last saw before cell `i`, for messages; '' where there is none. */
export function headingOf(cells: readonly Cell[], i: number): string {
  for (const { kind, source } of cells.slice(0, i + 1).reverse()) {
    const heading = kind === 'markdown' && source.match(/^#+ +(.*)$/gm)?.at(-1);
    if (heading) return heading.replace(/^#+ +/, '');
  }
  return '';
}
