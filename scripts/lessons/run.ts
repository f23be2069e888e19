/** Runs a lesson's cells in a process of their own, and says which one failed, where and why. */

import { fork } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cell, headingOf } from './cells.ts';
import { appendOutput, type Output } from './outputs.ts';
import { CELL_CALL, type Message } from './protocol.ts';

export interface RunOptions {
  /** Is handed all that is printed, as it comes. */
  readonly onOutput?: (text: string) => void;
  /** How long all cells together may take. */
  readonly timeoutSeconds?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Failure {
  /** Index of the cell, or null where none had begun. */
  readonly cell: number | null;
  /** Line of the lesson, from 1; null where the error does not tell. */
  readonly line: number | null;
  readonly name: string;
  readonly message: string;
}

export interface Run {
  /** For each cell what it gave out; nothing for those after a failure. */
  readonly outputs: readonly (readonly Output[])[];
  readonly seconds: number;
  readonly failure: Failure | null;
}

const child = join(dirname(fileURLToPath(import.meta.url)), 'child.ts');

/**
 * Executes the code cells in order.
 *
 * @param path of the lesson or notebook: imports in the cells are resolved from its folder
 */
export async function runCells(cells: readonly Cell[], path: string, options: RunOptions = {}): Promise<Run> {
  const { onOutput = () => {}, timeoutSeconds = 600, env = process.env } = options;
  // Beside the lesson, so that its relative imports hold; .mts is a module in any package.
  const file = join(dirname(path), `.${basename(path).replace(/\.\w+$/, '')}.running-${process.pid}.mts`);
  const outputs: Output[][] = cells.map(() => []);
  const started = performance.now();
  const { text, lineOf } = instrument(cells);
  writeFileSync(file, text);
  try {
    const failure = await new Promise<Failure | null>((resolve) => {
      let current: number | null = null;
      let done = false;
      let failure: Failure | null = null;
      let timedOut = false;
      const worker = fork(child, [file], {
        execArgv: ['--import', import.meta.resolve('tsx')],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        env,
      });
      const timer = setTimeout(() => {
        timedOut = true;
        worker.kill('SIGKILL');
      }, timeoutSeconds * 1000);
      worker.on('message', (message: Message) => {
        if (message.type === 'cell') current = message.cell;
        else if (message.type === 'done') done = true;
        else if (message.type === 'failed') failure = locate(message, file, path, current, lineOf);
        else {
          if (current !== null) appendOutput(outputs[current], message.output);
          onOutput(message.screen);
        }
      });
      worker.on('exit', (code, signal) => {
        clearTimeout(timer);
        if (done || failure !== null) return resolve(failure);
        const message = timedOut
          ? `not finished after ${timeoutSeconds} s`
          : `the process ended ${signal === null ? `with exit code ${code}` : `by ${signal}`} before the last cell did`;
        resolve({ cell: current, line: null, name: 'Error', message });
      });
    });
    if (failure !== null && failure.cell !== null) {
      const { name, message } = failure;
      outputs[failure.cell].push({
        output_type: 'error',
        ename: name,
        evalue: message,
        traceback: [message],
      });
    }
    return { outputs, seconds: (performance.now() - started) / 1000, failure };
  } finally {
    rmSync(file, { force: true });
  }
}

/** The program: each line of a code cell, with a call before it that says which cell begins. */
function instrument(cells: readonly Cell[]): { text: string; lineOf: (line: number) => number | null } {
  const lines: string[] = [];
  const origins: (number | null)[] = [];
  cells.forEach(({ kind, source, line }, i) => {
    if (kind !== 'code') return;
    lines.push(`globalThis.${CELL_CALL}(${i});`, ...source.split('\n'));
    origins.push(null, ...source.split('\n').map((_, offset) => line + offset));
  });
  return { text: `${lines.join('\n')}\n`, lineOf: (line) => origins[line - 1] ?? null };
}

/** Where in the lesson an error came from: the first line of its stack, or of its message, that is in the lesson. */
function locate(
  { name, message, stack }: Extract<Message, { type: 'failed' }>,
  file: string,
  path: string,
  current: number | null,
  lineOf: (line: number) => number | null,
): Failure {
  // What does not parse is named without the m of .mts.
  const places = `${basename(file, '.mts').replace(/[.-]/g, '\\$&')}\\.m?ts:(\\d+)`;
  const [, line] = new RegExp(places).exec(`${message}\n${stack}`) ?? [];
  const [, syntax] = new RegExp(`${places}:\\d+: ERROR: (.*?):?$`, 'm').exec(message)?.slice(1) ?? [];
  return {
    cell: current,
    line: line === undefined ? null : lineOf(Number(line)),
    name: syntax === undefined ? name : 'SyntaxError',
    message: syntax ?? message.replaceAll(file, path),
  };
}

/** One failure for people: the place, the heading above it, the error. */
export function describeFailure(path: string, cells: readonly Cell[], failure: Failure): string {
  const { message, name } = failure;
  const cell = failure.cell ?? cells.findLastIndex(({ line }) => line <= (failure.line ?? 0));
  if (cell < 0) return `${path}: ${name}: ${message}`;
  const line = failure.line ?? cells[cell].line;
  const heading = headingOf(cells, cell);
  const where = path.endsWith('.ipynb')
    ? `${path}: cell ${cell + 1}, line ${line - cells[cell].line + 1}`
    : `${path}:${line}: cell ${cell + 1}`;
  return `${where}${heading === '' ? '' : ` (${heading})`}: ${name}: ${message}`;
}
