import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program (CommonJS) in a process of its own, with `handgrad`, the names of `worker_threads`, and `inWorker(body)`,
 * which starts a worker that knows the same names; what it posts first says that it has begun.
 *
 * @param signalAt what the program prints when it is to be sent SIGTERM
 */
export function runProgram(body: string, signalAt?: string): Promise<Ended> {
  const prelude = `
    const handgrad = require(${JSON.stringify(`${root}dist/index.js`)});
    const { Worker, parentPort, workerData, threadId } = require('node:worker_threads');
    const begun = (worker) => new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    const inWorker = (body, workerData) => new Worker(prelude + body, { eval: true, workerData });
  `;
  const program = `const prelude = ${JSON.stringify(prelude)}; ${prelude}
    (async () => { ${body} })().catch((error) => { console.error(error); process.exit(70); });`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', program], { cwd: root, timeout: 600_000 });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => {
      stdout += data;
      if (signalAt !== undefined && stdout.includes(signalAt)) child.kill('SIGTERM');
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
