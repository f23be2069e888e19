/**
 * Jupyter notebooks (nbformat 4.5) and cells.
 *
 * Source: the notebook format, https://nbformat.readthedocs.io/en/latest/format_description.html
 */

import { isDeepStrictEqual } from 'node:util';
import { type Cell, type CellExtras, type CellKind, LessonError } from './cells.ts';
import type { Output } from './outputs.ts';

export interface NotebookCell {
  cell_type: CellKind;
  id?: string;
  metadata: Record<string, unknown>;
  attachments?: Record<string, unknown>;
  source: string | string[];
  execution_count?: number | null;
  outputs?: unknown[];
}

export interface Notebook {
  nbformat: number;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: NotebookCell[];
}

/** Where our own facts about a cell are kept. */
const OURS = 'handgrad';

/** What a notebook made from a lesson says of itself: any TypeScript kernel will do, and this is Deno's name. */
const lessonMetadata = {
  kernelspec: { display_name: 'Deno', language: 'typescript', name: 'deno' },
  language_info: {
    name: 'typescript',
    file_extension: '.ts',
    mimetype: 'text/x.typescript',
    codemirror_mode: 'typescript',
    pygments_lexer: 'typescript',
  },
};

/** @throws LessonError for what is no notebook, naming file and cell */
export function parseNotebook(text: string, name: string): Notebook {
  let notebook: Notebook;
  try {
    notebook = JSON.parse(text) as Notebook;
  } catch (error) {
    throw new LessonError(`${name}: not a notebook: broken JSON: ${oneLine((error as Error).message)}`);
  }
  if (!isRecord(notebook) || notebook.nbformat !== 4 || !Array.isArray(notebook.cells)) {
    throw new LessonError(`${name}: not a notebook of format 4: it needs "nbformat": 4 and "cells"`);
  }
  if (notebook.cells.length === 0) throw new LessonError(`${name}: a notebook without cells`);
  notebook.cells.forEach((cell, i) => {
    const fault = faultOf(cell);
    if (fault !== null) throw new LessonError(`${name}: cell ${i + 1}: ${fault}`);
  });
  return notebook;
}

function faultOf(cell: NotebookCell): string | null {
  if (!isRecord(cell)) return 'not an object';
  if (!['code', 'markdown', 'raw'].includes(cell.cell_type)) {
    return `unknown cell type ${JSON.stringify(cell.cell_type)}; known are code, markdown and raw`;
  }
  const { source } = cell;
  if (
    typeof source !== 'string' &&
    !(Array.isArray(source) && source.every((line) => typeof line === 'string'))
  ) {
    return 'its source is neither text nor lines of text';
  }
  if (textOf(cell).includes('\r')) return 'has a carriage return, which a lesson cannot keep';
  if (cell.cell_type === 'code' && /^\/\/ %%/m.test(textOf(cell))) {
    return 'a line begins with // %%, which would end the cell in a lesson';
  }
  return null;
}

function textOf({ source }: NotebookCell): string {
  return typeof source === 'string' ? source : source.join('');
}

/** The cells of a notebook. What a lesson does not write as text is in `extras`, outputs excepted. */
export function notebookCells({ cells, metadata }: Notebook): Cell[] {
  let line = 1;
  return cells.map((cell, i) => {
    const { [OURS]: ours = {}, ...rest } = cell.metadata ?? {};
    const { blankLines = i < cells.length - 1 ? 1 : 0 } = ours as { blankLines?: number };
    const text = textOf(cell);
    const source = text.replace(/\n+$/, '');
    const foreign = i === 0 && !isDeepStrictEqual(metadata, lessonMetadata);
    const extras: CellExtras = {
      ...(cell.id !== undefined && cell.id !== defaultId(i) && { id: cell.id }),
      ...(Object.keys(rest).length > 0 && { metadata: rest }),
      ...(cell.attachments && { attachments: cell.attachments }),
      ...(text !== source && { newlines: text.length - source.length }),
      ...(foreign && { notebook: metadata }),
    };
    const lines = source === '' ? 0 : source.split('\n').length;
    const result = { kind: cell.cell_type, source, extras, blankLines, line: line + 1 };
    line += 1 + lines + blankLines;
    return result;
  });
}

/**
 * Cells as a notebook. Outputs are those of a run, where there was one; else those that `previous`, the notebook
 * as it was, has for a code cell of the same text.
 */
export function toNotebook(
  cells: readonly Cell[],
  options: { readonly outputs?: readonly (readonly Output[])[]; readonly previous?: Notebook } = {},
): Notebook {
  const { outputs, previous } = options;
  const metadata = cells[0]?.extras.notebook ?? lessonMetadata;
  let count = 0;
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { ...metadata },
    cells: cells.map(({ kind, source, extras, blankLines }, i): NotebookCell => {
      const usual = i < cells.length - 1 ? 1 : 0;
      const text = source + '\n'.repeat(extras.newlines ?? 0);
      const shared = {
        id: extras.id ?? defaultId(i),
        metadata: { ...extras.metadata, ...(blankLines !== usual && { [OURS]: { blankLines } }) },
        ...(extras.attachments && { attachments: { ...extras.attachments } }),
        source: sourceLines(text),
      };
      if (kind !== 'code') return { cell_type: kind, ...shared };
      const before = outputs === undefined ? sameCell(previous, text, i) : undefined;
      return {
        cell_type: 'code',
        execution_count: before?.execution_count ?? (outputs === undefined ? null : ++count),
        ...shared,
        outputs: before?.outputs ?? (outputs?.[i] ?? []).map(storedOutput),
      };
    }),
  };
}

/** The text of an .ipynb file, as Jupyter writes it. */
export function formatNotebook(notebook: Notebook): string {
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

function sameCell(notebook: Notebook | undefined, source: string, i: number): NotebookCell | undefined {
  const same = (cell: NotebookCell) => cell.cell_type === 'code' && textOf(cell) === source;
  const there = notebook?.cells[i];
  return there !== undefined && same(there) ? there : notebook?.cells.find(same);
}

function storedOutput(output: Output): unknown {
  if (output.output_type === 'stream') return { ...output, text: sourceLines(output.text) };
  if (output.output_type === 'error') return output;
  // PNG stays one string, in base64; text is stored by lines, so that changes can be read.
  const data = Object.entries(output.data).map(([type, text]) => [
    type,
    type === 'image/png' ? text : sourceLines(text),
  ]);
  return { ...output, data: Object.fromEntries(data) };
}

function sourceLines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

function defaultId(i: number): string {
  return `cell-${i + 1}`;
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
