/**
 * Runs lessons as tests.
 *
 *     npm run lessons                       all of them
 *     npm run lessons -- lessons/01-matmul.ts --quiet
 *
 * Each lesson runs in a process of its own, cell by cell; it is passed when its last cell is. A lesson checks its
 * own results, so that this is also the test of what it says.
 */

import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { LessonError } from './lessons/cells.ts';
import { fail, seconds } from './lessons/command.ts';
import { readCells } from './lessons/files.ts';
import { describeFailure, runCells } from './lessons/run.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../lessons');

function allLessons(): string[] {
  return readdirSync(folder)
    .filter((name) => /^\d\d-.*\.ts$/.test(name))
    .sort()
    .map((name) => relative(process.cwd(), join(folder, name)));
}

interface Options {
  readonly quiet?: boolean;
  readonly timeout: number;
}

async function lessons(files: readonly string[], { quiet = false, timeout }: Options): Promise<void> {
  const rows: string[] = [];
  let failed = 0;
  for (const file of files.length > 0 ? files : allLessons()) {
    const cells = readCells(file);
    if (!quiet) console.log(`\n=== ${file}\n`);
    const onOutput = quiet ? () => {} : (text: string) => process.stdout.write(text);
    const run = await runCells(cells, file, { onOutput, timeoutSeconds: timeout });
    const took = `${run.seconds.toFixed(1)} s`;
    rows.push(`${run.failure === null ? 'passed' : 'FAILED'}  ${file}  ${took}`);
    if (run.failure === null) continue;
    failed++;
    console.error(describeFailure(file, cells, run.failure));
  }
  console.log(`\n${rows.join('\n')}`);
  if (failed > 0) throw new LessonError(`${failed} of ${rows.length} lessons failed`);
}

new Command('lessons')
  .description('run lessons (.ts) or notebooks (.ipynb) as tests; without files, all lessons')
  .argument('[files...]', 'lessons to run')
  .option('--quiet', 'do not print what the cells print')
  .option('--timeout <seconds>', 'how long one lesson may take', seconds, 300)
  .addHelpText('after', '\nMNIST is read from the folder MNIST_DIR, else from the cache, else downloaded.')
  .action(lessons)
  .parseAsync()
  .catch(fail);
