/**
 * The process that a lesson runs in: `child.ts FILE`, with a channel to the parent. FILE is the lesson with a call in
 * the place of each marker of a code cell. All that it prints goes to the parent, cell by cell.
 */

import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import type { Output } from './outputs.ts';
import { CELL_CALL, type Message } from './protocol.ts';

/** What Jupyter's JavaScript kernels ask values for: their data by media type. */
const DISPLAY = Symbol.for('Jupyter.display');

function tell(message: Message): void {
  process.send?.(message);
}

function printed(name: 'stdout' | 'stderr', text: string): void {
  tell({ type: 'output', output: { output_type: 'stream', name, text }, screen: text });
}

function isPicture(value: unknown): value is { [DISPLAY](): Record<string, string> } {
  return typeof value === 'object' && value !== null && DISPLAY in value;
}

function log(...values: unknown[]): void {
  // A picture alone is shown as one; among words it is text, as any value.
  const [first] = values;
  if (values.length === 1 && isPicture(first)) {
    const output: Output = { output_type: 'display_data', data: first[DISPLAY](), metadata: {} };
    tell({ type: 'output', output, screen: `${format(first)}\n` });
  } else {
    printed('stdout', `${format(...values)}\n`);
  }
}

function fail(error: unknown): never {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(format(error));
  tell({ type: 'failed', name, message, stack });
  process.disconnect?.();
  process.exit(1);
}

async function run(file: string): Promise<void> {
  process.on('uncaughtException', fail);
  Object.assign(globalThis, { [CELL_CALL]: (cell: number) => tell({ type: 'cell', cell }) });
  Object.assign(console, { log, info: log });
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (chunk: string | Uint8Array) => {
      printed(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      return true;
    };
  }
  await import(pathToFileURL(file).href);
  tell({ type: 'done' });
  process.disconnect?.();
}

run(process.argv[2]).catch(fail);
