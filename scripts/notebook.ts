/**
 * Lessons and Jupyter notebooks: `tsx scripts/notebook.ts --help`.
 *
 *     convert lessons/01-matmul.ts build/01-matmul.ipynb --run     with outputs and pictures
 *     convert notes.ipynb lessons/06-notes.ts
 *     run notes.ipynb
 *     export lessons/01-matmul.ts lessons/exported/matmul.ts
 */

import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { type Cell, formatLesson, LessonError } from './lessons/cells.ts';
import { fail, seconds } from './lessons/command.ts';
import { exportedModule, writeInside } from './lessons/export.ts';
import { readCells, readText } from './lessons/files.ts';
import { formatNotebook, parseNotebook, toNotebook } from './lessons/notebook.ts';
import { describeFailure, type Run, runCells } from './lessons/run.ts';

const project = join(dirname(fileURLToPath(import.meta.url)), '..');

async function runOrFail(cells: readonly Cell[], path: string, timeoutSeconds: number): Promise<Run> {
  const run = await runCells(cells, path, {
    timeoutSeconds,
    onOutput: (text) => process.stdout.write(text),
  });
  if (run.failure !== null) throw new LessonError(describeFailure(path, cells, run.failure));
  return run;
}

interface ConvertOptions {
  readonly run?: boolean;
  readonly timeout: number;
}

async function convert(from: string, to: string, { run = false, timeout }: ConvertOptions): Promise<void> {
  const cells = readCells(from);
  if (to.endsWith('.ipynb')) {
    const previous = existsSync(to) ? { previous: parseNotebook(readText(to), to) } : {};
    const { outputs } = run ? await runOrFail(cells, from, timeout) : {};
    writeFileSync(to, formatNotebook(toNotebook(cells, outputs === undefined ? previous : { outputs })));
  } else if (to.endsWith('.ts')) {
    writeFileSync(to, formatLesson(cells));
  } else {
    throw new LessonError(`${to}: neither a lesson (.ts) nor a notebook (.ipynb)`);
  }
}

const program = new Command('notebook').description('lessons (.ts) and Jupyter notebooks (.ipynb)');

program
  .command('convert')
  .description('write a lesson as a notebook, or a notebook as a lesson')
  .argument('<from>', 'lesson or notebook to read')
  .argument(
    '<to>',
    'notebook or lesson to write; a notebook that is there keeps the outputs of unchanged cells',
  )
  .option('--run', 'run the cells first and store what they print and show')
  .option('--timeout <seconds>', 'how long the run may take', seconds, 300)
  .action(convert);

program
  .command('run')
  .description('run a lesson or notebook as a test; stop at the cell that fails')
  .argument('<file>', 'lesson or notebook')
  .option('--timeout <seconds>', 'how long it may take', seconds, 300)
  .action(async (file: string, { timeout }: { timeout: number }) => {
    const { seconds } = await runOrFail(readCells(file), file, timeout);
    console.log(`passed  ${file}  ${seconds.toFixed(1)} s`);
  });

program
  .command('export')
  .description('make a module of the cells that begin with // #export')
  .argument('<file>', 'lesson or notebook')
  .argument('<module>', 'TypeScript file to write, inside of the project')
  .action((file: string, module: string) => {
    writeInside(project, module, exportedModule(readCells(file), file));
  });

program.parseAsync().catch(fail);
