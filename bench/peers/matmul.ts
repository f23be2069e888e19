/**
 * Our matmul against the libraries that people would use instead, on the shapes of deep learning. Every library is
 * a process of its own, pinned to the same cores; for each shape they are asked in turns, round after round, and
 * only one works at a time. What the machine can do at most is measured in between.
 */

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { bytesOf, flopsOf, formatMatmulShape, type MatmulShape } from '../../src/cli/matmulShape.ts';
import { here, nativeOfPeers, nodeOfPeers, pythonOfPeers } from './install.ts';
import { requestLine } from './operands.ts';
import type { Contender, Report, ShapeResult } from './report.ts';
import { type StartWorker, type Worker, withWorkers } from './worker.ts';

export interface CompareOptions {
  readonly threads: readonly number[];
  readonly rounds: number;
  /** How long each turn takes at least, in seconds. */
  readonly seconds: number;
  readonly shapes: readonly MatmulShape[];
  /** Only OpenBLAS, oneDNN and PyTorch. */
  readonly vendorsOnly: boolean;
  /** Which of our kernels. */
  readonly kernels: string;
}

/** Threads of the libraries watch for work some time after a turn; by then they sleep. In milliseconds. */
const pause = 20;
/** The packages for Node are far behind: they take part in so many rounds, and not in what would take them seconds. */
const roundsOfOthers = 1;
const mostFlopsOfOthers = 5e9;
/** So many rounds are enough where a product takes long: for these a disturbance is a small part. */
const roundsOfLong = 2;
const longFlops = 5e10;

export async function compareMatmul(options: CompareOptions): Promise<Report> {
  const results: ShapeResult[] = [];
  for (const threads of options.threads) {
    results.push(...(await withWorkers((start) => compareOn(start, threads, options))));
  }
  return { date: new Date().toISOString().slice(0, 10), machine: describeMachine(), results };
}

function describeMachine(): string {
  const all = cpus();
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}`;
}

type Kind = 'ours' | 'vendor' | 'other';

interface Peer {
  readonly kind: Kind;
  readonly worker: Worker;
  readonly name: string;
}

/** Starts a process of each on the same cores. */
async function startPeers(
  start: StartWorker,
  threads: number,
  { vendorsOnly, kernels }: CompareOptions,
): Promise<Peer[]> {
  const native = nativeOfPeers();
  const tsx = createRequire(import.meta.url).resolve('tsx/cli');
  const node = (script: string, ...args: string[]) => [
    process.execPath,
    '--expose-gc',
    tsx,
    here(script),
    ...args,
  ];
  const commands: [Kind, string[]][] = [
    ['ours', node('handgrad_matmul.ts', String(threads), kernels)],
    ['vendor', [`${native}/openblas_matmul`]],
    ['vendor', [`${native}/onednn_matmul`, 'sgemm']],
    ['vendor', [`${native}/onednn_matmul`, 'primitive']],
    ['vendor', [pythonOfPeers(), here('pytorch_matmul.py'), String(threads)]],
  ];
  if (!vendorsOnly) {
    const folder = nodeOfPeers();
    for (const peer of ['onnxruntime', 'tfjs', 'numpy-ts']) {
      commands.push(['other', node('node_matmul.ts', peer, folder, String(threads))]);
    }
  }
  const pin = pinning(threads);
  const env = { OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
  const started: Peer[] = [];
  for (const [kind, [program, ...args]] of commands) {
    const worker = start(program, args, { env, pin });
    started.push({ kind, worker, name: String((await worker.read())['peer']) });
  }
  return started;
}

/** `taskset`, where there is one: the first `threads` cores. */
export function pinning(threads: number): string[] {
  const cores = Array.from({ length: threads }, (_, i) => i).join(',');
  const works = spawnSync('taskset', ['-c', cores, 'true']).status === 0;
  if (!works) console.error('bench:peers: no taskset here, so processes are not pinned to cores');
  return works ? ['taskset', '-c', cores] : [];
}

/** The limits as our process measures them: the best of several times, since a disturbance only makes them lower. */
class LimitsOfRun {
  readonly #worker: Worker;
  #peak = 0;
  #rates: readonly (readonly [number, number])[] = [];

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  async measurePeak(): Promise<void> {
    this.#peak = Math.max(this.#peak, (await this.#worker.ask('peak'))['flops'] as number);
  }

  async measureBandwidth(): Promise<void> {
    const { sizes, rates } = (await this.#worker.ask('bandwidth')) as { sizes: number[]; rates: number[] };
    this.#rates = sizes.map((size, i) => [size, Math.max(rates[i], this.#rates[i]?.[1] ?? 0)]);
  }

  get peak(): number {
    return this.#peak;
  }

  bandwidth(bytes: number): number {
    return (this.#rates.find(([size]) => size >= bytes) ?? this.#rates[this.#rates.length - 1])[1];
  }
}

async function compareOn(
  start: StartWorker,
  threads: number,
  options: CompareOptions,
): Promise<ShapeResult[]> {
  const peers = await startPeers(start, threads, options);
  const limits = new LimitsOfRun(peers[0].worker);
  await limits.measureBandwidth();
  const measured: { shape: MatmulShape; contenders: Map<Peer, Contender> }[] = [];
  for (const shape of options.shapes) {
    console.error(`${threads} ${threads === 1 ? 'thread' : 'threads'}: ${formatMatmulShape(shape)}`);
    measured.push({ shape, contenders: await compareShape(shape, peers, threads, limits, options) });
  }
  await limits.measureBandwidth();

  // Only now are the limits the best of the whole run.
  return measured.map(({ shape, contenders }) => {
    const of = (kind: Kind) =>
      [...contenders].filter(([peer]) => peer.kind === kind).map(([, contender]) => contender);
    const bytes = bytesOf(shape);
    return {
      shape: formatMatmulShape(shape),
      threads,
      flops: flopsOf(shape),
      bytes,
      peak: limits.peak,
      bandwidth: limits.bandwidth(bytes),
      ours: of('ours')[0],
      vendors: of('vendor'),
      others: of('other'),
    };
  });
}

async function compareShape(
  shape: MatmulShape,
  peers: readonly Peer[],
  threads: number,
  limits: LimitsOfRun,
  { rounds, seconds }: CompareOptions,
): Promise<Map<Peer, Contender>> {
  const flops = flopsOf(shape);
  const times = new Map<Peer, { best: number[]; median: number[] }>();
  let expected: unknown;
  for (let round = 0; round < (flops > longFlops ? Math.min(rounds, roundsOfLong) : rounds); round++) {
    await limits.measurePeak();
    for (const peer of peers) {
      if (peer.kind === 'other' && (round >= roundsOfOthers || flops > mostFlopsOfOthers)) continue;
      const answer = await peer.worker.ask(requestLine(shape, seconds));
      if (threads > 1) await setTimeout(pause);
      if (answer['error'] !== undefined) {
        if (peer.kind !== 'other') throw new Error(`${peer.name}: ${answer['error']}`);
        console.error(`  ${peer.name}: ${answer['error']}`);
        continue;
      }
      expected ??= answer['checksum'];
      if (round === 0 && answer['checksum'] !== expected) {
        throw new Error(
          `${peer.name}: ${formatMatmulShape(shape)}: the sum is ${answer['checksum']}, not ${expected}`,
        );
      }
      const list = times.get(peer) ?? { best: [], median: [] };
      list.best.push(answer['best'] as number);
      list.median.push(answer['median'] as number);
      times.set(peer, list);
    }
  }
  const contenders = new Map<Peer, Contender>();
  for (const [peer, { best, median }] of times) {
    median.sort((a, b) => a - b);
    contenders.set(peer, {
      name: peer.name,
      best: Math.min(...best),
      median: median[Math.floor(median.length / 2)],
    });
  }
  return contenders;
}
