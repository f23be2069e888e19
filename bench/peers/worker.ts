/** Peers as processes of their own, asked over a pipe. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { here, pythonOfPeers } from './install.ts';

export interface WorkerOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What starts the program on cores of its own: `taskset -c 0`. */
  readonly pin?: readonly string[];
}

/** With these a shell, and `taskset`, say that there is no such program, or that it is none. */
const couldNotStart = [126, 127];

/** A process that answers each line with one line of JSON. Only one of them works at a time. */
export class Worker {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  /** Never fulfilled; rejected when the process could not start, or has ended. */
  readonly ended: Promise<never>;

  constructor(program: string, args: readonly string[], { env = {}, pin = [] }: WorkerOptions = {}) {
    const [first, ...rest] = [...pin, program, ...args];
    const child = spawn(first, rest, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    this.#process = child;
    this.ended = new Promise((_, reject) => {
      child.once('error', ({ message }) => reject(new Error(`cannot start ${program}: ${message}`)));
      child.once('close', (code, signal) => {
        const how = code === null ? `by ${signal}` : `with exit code ${code}`;
        const what = couldNotStart.includes(code ?? 0) ? 'cannot start' : 'a worker ended early:';
        reject(new Error(`${what} ${[program, ...args].join(' ')} (${how})`));
      });
    });
    this.ended.catch(() => {}); // whoever asks it hears of it
    child.stdin.on('error', () => {}); // a pipe that broke; `ended` says why
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  }

  async read(): Promise<Record<string, unknown>> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) return this.ended;
      if (value.startsWith('{')) return JSON.parse(value); // some libraries greet on standard output
    }
  }

  /** Sends a line, or an object as one, and returns the answer. */
  ask(request: string | object): Promise<Record<string, unknown>> {
    this.#process.stdin?.write(`${typeof request === 'string' ? request : JSON.stringify(request)}\n`);
    return this.read();
  }

  end(): void {
    this.#process.stdin?.destroy(); // what another process started for this one (tsx, say) ends by it
    this.#process.kill();
  }
}

export type StartWorker = (...worker: ConstructorParameters<typeof Worker>) => Worker;

/**
 * Runs `body` with the workers that it starts. When it is done, or fails, or one of them ends before the others, all
 * are ended: one that is still there would keep this process waiting for ever.
 */
export async function withWorkers<T>(body: (start: StartWorker) => Promise<T>): Promise<T> {
  const workers: Worker[] = [];
  try {
    return await new Promise<T>((resolve, reject) => {
      const start: StartWorker = (...of) => {
        const worker = new Worker(...of);
        worker.ended.catch(reject);
        workers.push(worker);
        return worker;
      };
      body(start).then(resolve, reject);
    });
  } finally {
    for (const worker of workers) worker.end();
  }
}

export interface Peers {
  readonly ours: Worker;
  readonly theirs: Worker;
  readonly names: readonly string[];
}

/** Runs `body` with `handgrad_<name>.ts` and `pytorch_<name>.py`, each of which first says who it is. */
export function withPeers<T>(
  name: string,
  args: readonly string[],
  body: (peers: Peers) => Promise<T>,
): Promise<T> {
  return withWorkers(async (start) => {
    const tsx = createRequire(import.meta.url).resolve('tsx/cli');
    const ours = start(process.execPath, [tsx, here(`handgrad_${name}.ts`), ...args]);
    const theirs = start(pythonOfPeers(), [here(`pytorch_${name}.py`), ...args]);
    const names = [(await ours.read())['peer'], (await theirs.read())['peer']] as string[];
    return body({ ours, theirs, names });
  });
}
