/** Peers as processes of their own, asked over a pipe. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { here, pythonOfPeers } from './install.ts';

/** A process that answers each line with one line of JSON. Only one of them works at a time. */
export class Worker {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #command: string;

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#command = [command, ...args].join(' ');
    this.#process = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    if (this.#process.stdout === null) throw new Error(`${command}: no output`);
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  async read(): Promise<Record<string, unknown>> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`a worker ended early: ${this.#command}`);
      if (value.startsWith('{')) return JSON.parse(value); // some libraries greet on standard output
    }
  }

  /** Sends a line, or an object as one, and returns the answer. */
  ask(request: string | object): Promise<Record<string, unknown>> {
    this.#process.stdin?.write(`${typeof request === 'string' ? request : JSON.stringify(request)}\n`);
    return this.read();
  }

  end(): void {
    this.#process.stdin?.end();
  }
}

/** Starts `handgrad_<name>.ts` and `pytorch_<name>.py`, each of which first says who it is. */
export async function startPeers(
  name: string,
  args: readonly string[],
): Promise<{ ours: Worker; theirs: Worker; names: string[] }> {
  const tsx = createRequire(import.meta.url).resolve('tsx/cli');
  const ours = new Worker(process.execPath, [tsx, here(`handgrad_${name}.ts`), ...args]);
  const theirs = new Worker(pythonOfPeers(), [here(`pytorch_${name}.py`), ...args]);
  const names = [(await ours.read())['peer'], (await theirs.read())['peer']] as string[];
  return { ours, theirs, names };
}
