/** Lessons and notebooks on disk. */

import { readFileSync } from 'node:fs';
import { type Cell, LessonError, parseLesson } from './cells.ts';
import { notebookCells, parseNotebook } from './notebook.ts';

/** The text of a file, or one line that says why there is none. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new LessonError(`${path}: ${code === 'ENOENT' ? 'there is no such file' : message}`);
  }
}

/** The cells of a lesson (.ts) or a notebook (.ipynb). */
export function readCells(path: string): Cell[] {
  const text = readText(path);
  if (path.endsWith('.ipynb')) return notebookCells(parseNotebook(text, path));
  if (path.endsWith('.ts') || path.endsWith('.mts')) return parseLesson(text, path);
  throw new LessonError(`${path}: neither a lesson (.ts) nor a notebook (.ipynb)`);
}
