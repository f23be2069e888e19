/** Cells marked `// #export`, as a module: what the lesson's notebook-to-script does. */

import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type Cell, LessonError } from './cells.ts';

const MARK = /^\/\/ ?#export *\n?/;

/**
 * The module: all marked cells, without their marks.
 *
 * @throws LessonError where no cell is marked
 */
export function exportedModule(cells: readonly Cell[], name: string): string {
  const marked = cells.filter(({ kind, source }) => kind === 'code' && MARK.test(source));
  if (marked.length === 0) {
    throw new LessonError(`${name}: no cell begins with // #export, so there is nothing to export`);
  }
  const header = `// Made by \`scripts/notebook.ts export\` from ${name}: edit it there.\n`;
  return `${[header, ...marked.map(({ source }) => `${source.replace(MARK, '').trim()}\n`)].join('\n')}`;
}

/**
 * Writes `text` to `path`, and its folders.
 *
 * @throws LessonError for a path outside of `root`, also by way of a link
 */
export function writeInside(root: string, path: string, text: string): void {
  const target = resolve(path);
  // The nearest folder that is there tells where links really lead.
  const outside = (file: string) => {
    const way = relative(realpathSync(root), file);
    return way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
  };
  if (outside(realTarget(target))) {
    throw new LessonError(`export: ${path} is outside of the project, ${root}`);
  }
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}

function realTarget(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realTarget(parent), relative(parent, path));
  }
}
