/** `handgrad bench matmul`: our matmul on the shapes of deep learning, beside what the machine allows. */

import {
  availableKernels,
  getNumThreads,
  type KernelsName,
  kernels,
  setKernels,
  setNumThreads,
} from '../kernels/active.ts';
import { matmul } from '../ops/matmul.ts';
import { manualSeed } from '../ops/random.ts';
import { evictCaches, type Limits, measureLimits, memoryBytes } from './limits.ts';
import {
  bytesOf,
  flopsOf,
  formatMatmulShape,
  type MatmulShape,
  matmulOperands,
  matmulShapes,
} from './matmulShape.ts';
import { formatSeconds, measureInTurns } from './measure.ts';
import { openOutput } from './output.ts';

export interface BenchMatmulOptions {
  readonly threads?: number;
  readonly json?: string;
  /** Only the best kernels, with operands in the cache. */
  readonly quick?: boolean;
  readonly shape?: readonly MatmulShape[];
}

/** One measurement in the JSON file. */
interface MatmulFigure {
  readonly name: 'matmul' | 'peak' | 'bandwidth';
  readonly variant: string;
  readonly shape: string;
  readonly threads: number;
  readonly seconds: number;
  readonly gflops?: number;
  readonly gbps?: number;
  /** The least time that the machine allows, by the time that was taken. */
  readonly share?: number;
}

/** A run that would take longer at full speed, in seconds, is left out. */
const longestRun = 0.9;
/** TypeScript kernels have no measured limit; they do about this much. */
const typescriptFlops = 3e9;

const hotSampling = { samples: 5, sampleSeconds: 0.02 };
/** A sample is one run, since a second one would find what the first one left in the cache. */
const coldSampling = { samples: 9, sampleSeconds: 0 };
/** For runs above `longRun` seconds. */
const fewSamples = 2;
const longRun = 0.1;

export function benchMatmul(options: BenchMatmulOptions): void {
  const output = options.json === undefined ? null : openOutput(options.json);
  if (options.threads !== undefined) setNumThreads(options.threads);
  const names = kernelsToMeasure(options.quick === true);
  const limits = new Map<KernelsName, Limits | null>();
  const figures: MatmulFigure[] = [];

  for (const name of names) {
    setKernels(name);
    const measured = name === 'typescript' ? null : measureLimits();
    limits.set(name, measured);
    if (measured === null) continue;
    console.log(`${variantOf(name).padEnd(16)} at most ${gigas(measured.flops)} GFLOP/s`);
    figures.push({ ...figure('peak', name, '', 1), gflops: measured.flops / 1e9 });
  }
  const reading = limits.get(names[0]);
  if (reading) {
    const [cached, distant] = [2 ** 18, memoryBytes].map((bytes) => reading.bandwidth(bytes));
    console.log(
      `${'reading'.padEnd(16)} ${gigas(distant)} GB/s from memory, ${gigas(cached)} GB/s from 256 KiB`,
    );
    figures.push({ ...figure('bandwidth', names[0], '256 MiB', memoryBytes / distant), gbps: distant / 1e9 });
  }
  console.log(
    `${getNumThreads()} ${getNumThreads() === 1 ? 'thread' : 'threads'}; "of limit" is the share of`,
  );
  console.log(
    'the FMA peak, or of the bandwidth to where the operands lie where that is the tighter limit\n',
  );

  printRow(['', 'out', 'GFLOP/s', 'of limit', ...(options.quick ? [] : ['allocating', 'cold', 'of limit'])]);
  for (const shape of options.shape ?? matmulShapes) {
    manualSeed(1);
    const fitting = names.filter((name) => {
      const flops = limits.get(name)?.flops ?? typescriptFlops;
      return flopsOf(shape) / flops <= longestRun;
    });
    for (const row of measureShape(shape, fitting, limits, options.quick === true)) {
      printRow(row.cells);
      figures.push(...row.figures);
    }
  }
  output?.write(figures);
}

/** Best first. */
function kernelsToMeasure(quick: boolean): KernelsName[] {
  const names = availableKernels().filter((name) => name !== 'native');
  // After 'typescript' come the instruction sets, best last.
  const ordered = [...names.slice(1).toReversed(), names[0]];
  return quick ? ordered.slice(0, 1) : ordered;
}

interface Row {
  readonly cells: string[];
  readonly figures: MatmulFigure[];
}

function measureShape(
  shape: MatmulShape,
  names: readonly KernelsName[],
  limits: ReadonlyMap<KernelsName, Limits | null>,
  quick: boolean,
): Row[] {
  const { a, b, out } = matmulOperands(shape);
  const flops = flopsOf(shape);
  const bytes = bytesOf(shape);
  const expected = flops / (limits.get(names[0])?.flops ?? typescriptFlops);
  const samples = expected > longRun ? fewSamples : hotSampling.samples;
  const on = (name: KernelsName, run: () => void, before?: () => void) => () => {
    setKernels(name);
    before?.();
    return run;
  };
  const each = (run: () => void, before?: () => void) =>
    Object.fromEntries(names.map((name) => [name, on(name, run, before)]));
  const intoOut = () => matmul(a, b, { out });
  const fresh = () => matmul(a, b);

  const hot = measureInTurns(each(intoOut), { ...hotSampling, samples });
  const allocating = quick ? null : measureInTurns(each(fresh), { ...hotSampling, samples });
  const cold = quick
    ? null
    : measureInTurns(each(intoOut, evictCaches), {
        ...coldSampling,
        samples: expected > longRun ? fewSamples : coldSampling.samples,
      });

  return names.map((name) => {
    const limit = limits.get(name) ?? null;
    const hotShare = limit === null ? undefined : limit.atLeast(flops, bytes) / hot[name].best;
    const figureOf = (temperature: string, seconds: number, share?: number): MatmulFigure => ({
      ...figure('matmul', name, formatMatmulShape(shape), seconds),
      variant: `${variantOf(name)}${temperature}`,
      gflops: flops / seconds / 1e9,
      ...(share !== undefined && { share }),
    });
    const cells = [
      `${formatMatmulShape(shape)}  ${name}`,
      formatSeconds(hot[name].best),
      gigas(flops / hot[name].best),
      percent(hotShare),
    ];
    const figures = [figureOf('', hot[name].best, hotShare)];
    if (allocating !== null) {
      cells.push(formatSeconds(allocating[name].best));
      figures.push(figureOf(', allocating', allocating[name].best));
    }
    if (cold !== null) {
      // The median: the best of them is the one that was evicted least.
      const seconds = cold[name].median;
      const share = limit === null ? undefined : limit.atLeast(flops, bytes, memoryBytes) / seconds;
      cells.push(formatSeconds(seconds), percent(share));
      figures.push(figureOf(', cold', seconds, share));
    }
    return { cells, figures };
  });
}

function figure(
  name: MatmulFigure['name'],
  kernelsName: KernelsName,
  shape: string,
  seconds: number,
): MatmulFigure {
  return { name, variant: variantOf(kernelsName), shape, threads: getNumThreads(), seconds };
}

/** As `kernels().name` says it: `native avx512`. */
function variantOf(name: KernelsName): string {
  setKernels(name);
  return kernels().name;
}

function gigas(perSecond: number): string {
  return (perSecond / 1e9).toPrecision(3);
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${(100 * share).toFixed(0)} %`;
}

function printRow([label, ...cells]: readonly string[]): void {
  console.log(`${label.padEnd(38)}${cells.map((cell) => cell.padStart(12)).join('')}`);
}
