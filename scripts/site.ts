/**
 * The lessons as a small static site: runs each, and writes a page with its text, code, outputs and pictures.
 *
 *     npm run site                    into docs/lessons
 *     npm run site -- --out DIR
 */

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { LessonError } from './lessons/cells.ts';
import { fail, seconds } from './lessons/command.ts';
import { readCells } from './lessons/files.ts';
import { type Page, renderIndex, renderPage, titleOf } from './lessons/html.ts';
import { formatNotebook, toNotebook } from './lessons/notebook.ts';
import { describeFailure, runCells } from './lessons/run.ts';

const project = join(dirname(fileURLToPath(import.meta.url)), '..');

async function site(
  given: readonly string[],
  { out, timeout }: { out: string; timeout: number },
): Promise<void> {
  const folder = join(project, 'lessons');
  const all = readdirSync(folder).filter((name) => /^\d\d-.*\.ts$/.test(name));
  const lessons =
    given.length > 0 ? given : all.sort().map((name) => relative(process.cwd(), join(folder, name)));
  const pages: Page[] = [];
  mkdirSync(out, { recursive: true });
  for (const path of lessons) {
    const cells = readCells(path);
    const run = await runCells(cells, path, { timeoutSeconds: timeout });
    if (run.failure !== null) throw new LessonError(describeFailure(path, cells, run.failure));
    const name = basename(path).replace(/\.\w+$/, '');
    pages.push({ file: `${name}.html`, title: titleOf(cells, name), cells, ...run });
    // Beside the page, for those who would rather open it in Jupyter.
    writeFileSync(join(out, `${name}.ipynb`), formatNotebook(toNotebook(cells, { outputs: run.outputs })));
  }
  pages.forEach((page, i) => {
    writeFileSync(join(out, page.file), renderPage(page, pages[i - 1], pages[i + 1]));
  });
  writeFileSync(join(out, 'index.html'), renderIndex(pages));
  console.log(`${pages.length} pages in ${out}`);
}

new Command('site')
  .description('run the lessons, and write them with their outputs as HTML pages and notebooks')
  .argument('[files...]', 'lessons or notebooks; all lessons unless given')
  .option('--out <dir>', 'folder to write to', join(project, 'docs/lessons'))
  .option('--timeout <seconds>', 'how long one lesson may take', seconds, 300)
  .addHelpText('after', '\nMNIST is read from the folder MNIST_DIR, else from the cache, else downloaded.')
  .action(site)
  .parseAsync()
  .catch(fail);
