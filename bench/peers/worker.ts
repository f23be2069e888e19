/** The processes that measurements are asked of: ours, and PyTorch's. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A process that answers each line with one line. Only one of them works at a time. */
class Worker {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: string, args: readonly string[]) {
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#process.stdout === null) throw new Error(`${command}: no output`);
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  async read(): Promise<Record<string, unknown>> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('a worker ended early');
    return JSON.parse(value);
  }

  ask(request: object): Promise<Record<string, unknown>> {
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`);
    return this.read();
  }

  end(): void {
    this.#process.stdin?.end();
  }
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Starts `handgrad_<name>.ts` and `pytorch_<name>.py`, each of which first says who it is. HANDGRAD_PEER_PYTHON
 * names a Python that has PyTorch; else setup.sh installs one.
 */
export async function startPeers(
  name: string,
  args: readonly string[],
): Promise<{ ours: Worker; theirs: Worker; names: string[] }> {
  const python =
    process.env['HANDGRAD_PEER_PYTHON'] ?? execFileSync(here('setup.sh'), { encoding: 'utf8' }).trim();
  const tsx = createRequire(import.meta.url).resolve('tsx/cli');
  const ours = new Worker(process.execPath, [tsx, here(`handgrad_${name}.ts`), ...args]);
  const theirs = new Worker(python, [here(`pytorch_${name}.py`), ...args]);
  const names = [(await ours.read())['peer'], (await theirs.read())['peer']] as string[];
  return { ours, theirs, names };
}
