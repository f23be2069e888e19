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
import { type Bandwidth, evictCaches, measureBandwidth, measurePeak, memoryBytes } from './limits.ts';
import {
  bytesOf,
  flopsOf,
  formatMatmulShape,
  type MatmulShape,
  matmulOperands,
  matmulShapes,
} from './matmulShape.ts';
import { formatSeconds, measureInTurns, type Timing } from './measure.ts';
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

/** One of the kernel sets that are compared. */
interface Contender {
  readonly name: KernelsName;
  /** As `kernels().name` says it: `native avx512`. */
  readonly variant: string;
  /** Floating-point operations a second that it cannot exceed; null where that cannot be measured. */
  readonly peak: number | null;
}

/** Runs that would take longer at full speed, in seconds, are left out: on the best kernels, and on the others. */
const longestRun = { best: 0.9, others: 0.2 };
/** TypeScript kernels have no measured peak; they do about this much. */
const typescriptFlops = 3e9;

/** Samples of one variant together take about this long, in seconds, and there are a few in any case. */
const sampledTime = 0.1;
const hotSamples = { least: 2, most: 5, seconds: 0.01 };
/** A sample is one run, since a second one would find what the first one left in the cache. */
const coldSamples = { least: 2, most: 9, seconds: 0 };

export function benchMatmul(options: BenchMatmulOptions): void {
  const output = options.json === undefined ? null : openOutput(options.json);
  if (options.threads !== undefined) setNumThreads(options.threads);
  const quick = options.quick === true;
  const contenders = findContenders(quick);
  setKernels(contenders[0].name);
  const bandwidth = measureBandwidth();
  const figures = printLimits(contenders, bandwidth);

  printRow(['', 'out', 'GFLOP/s', 'of limit', ...(quick ? [] : ['allocating', 'cold', 'of limit'])]);
  for (const shape of options.shape ?? matmulShapes) {
    manualSeed(1);
    const fitting = contenders.filter((contender, i) => {
      return secondsAtBest(shape, contender) <= (i === 0 ? longestRun.best : longestRun.others);
    });
    for (const row of measureShape(shape, fitting, bandwidth, quick)) {
      printRow(row.cells);
      figures.push(...row.figures);
    }
  }
  output?.write(figures);
}

/** Best first. */
function findContenders(quick: boolean): Contender[] {
  const names = availableKernels().filter((name) => name !== 'native');
  // After 'typescript' come the instruction sets, best last.
  const ordered = [...names.slice(1).toReversed(), names[0]];
  return (quick ? ordered.slice(0, 1) : ordered).map((name) => {
    setKernels(name);
    return { name, variant: kernels().name, peak: name === 'typescript' ? null : measurePeak() };
  });
}

/** Prints what the machine can do, and returns it as figures. */
function printLimits(contenders: readonly Contender[], bandwidth: Bandwidth | null): MatmulFigure[] {
  const figures: MatmulFigure[] = [];
  const threads = getNumThreads();
  for (const { variant, peak } of contenders) {
    if (peak === null) continue;
    console.log(`${variant.padEnd(16)} at most ${gigas(peak)} GFLOP/s`);
    figures.push({ name: 'peak', variant, shape: '', threads, seconds: 1 / peak, gflops: peak / 1e9 });
  }
  if (bandwidth !== null) {
    const [cached, distant] = [2 ** 18, memoryBytes].map((bytes) => bandwidth.of(bytes));
    console.log(
      `${'reading'.padEnd(16)} ${gigas(distant)} GB/s from memory, ${gigas(cached)} GB/s from 256 KiB`,
    );
    const { variant } = contenders[0];
    figures.push({
      ...{ name: 'bandwidth', variant, shape: `${memoryBytes / 2 ** 20} MiB`, threads },
      ...{ seconds: memoryBytes / distant, gbps: distant / 1e9 },
    });
  }
  console.log(
    `${threads} ${threads === 1 ? 'thread' : 'threads'}; of limit: of the least time that these allow\n`,
  );
  return figures;
}

function secondsAtBest(shape: MatmulShape, { peak }: Contender): number {
  return flopsOf(shape) / (peak ?? typescriptFlops);
}

interface Row {
  readonly cells: string[];
  readonly figures: MatmulFigure[];
}

function measureShape(
  shape: MatmulShape,
  contenders: readonly Contender[],
  bandwidth: Bandwidth | null,
  quick: boolean,
): Row[] {
  const { a, b, out } = matmulOperands(shape);
  const intoOut = () => matmul(a, b, { out });
  const fresh = () => matmul(a, b);
  const slowest = Math.max(...contenders.map((contender) => secondsAtBest(shape, contender)));
  const measure = (run: () => void, sampling: typeof hotSamples, before?: () => void) => {
    const variants = contenders.map(({ name }) => {
      const prepare = () => {
        setKernels(name);
        before?.();
        return run;
      };
      return [name, prepare] as const;
    });
    const fitting = Math.floor(sampledTime / Math.max(slowest, sampling.seconds));
    const samples = Math.min(Math.max(fitting, sampling.least), sampling.most);
    return measureInTurns(Object.fromEntries(variants), { samples, sampleSeconds: sampling.seconds });
  };

  const hot = measure(intoOut, hotSamples);
  const allocating = quick ? null : measure(fresh, hotSamples);
  const cold = quick ? null : measure(intoOut, coldSamples, evictCaches);
  return contenders.map((contender) => {
    const timings = {
      hot: hot[contender.name],
      allocating: allocating?.[contender.name],
      cold: cold?.[contender.name],
    };
    return describeRow(shape, contender, bandwidth, timings);
  });
}

function describeRow(
  shape: MatmulShape,
  { name, variant, peak }: Contender,
  bandwidth: Bandwidth | null,
  { hot, allocating, cold }: { hot: Timing; allocating: Timing | undefined; cold: Timing | undefined },
): Row {
  const [flops, bytes] = [flopsOf(shape), bytesOf(shape)];
  const label = formatMatmulShape(shape);
  /** The least time that is possible, where the operands lie among so many bytes, by the time that was taken. */
  const shareOf = (seconds: number, resident: number) =>
    peak === null || bandwidth === null
      ? undefined
      : Math.max(flops / peak, bytes / bandwidth.of(resident)) / seconds;
  const figure = (suffix: string, seconds: number, share?: number): MatmulFigure => ({
    ...{ name: 'matmul', variant: variant + suffix, shape: label, threads: getNumThreads() },
    ...{ seconds, gflops: flops / seconds / 1e9 },
    ...(share !== undefined && { share }),
  });

  const hotShare = shareOf(hot.best, bytes);
  const cells = [`${label}  ${name}`, formatSeconds(hot.best), gigas(flops / hot.best), percent(hotShare)];
  const figures = [figure('', hot.best, hotShare)];
  if (allocating !== undefined) {
    cells.push(formatSeconds(allocating.best));
    figures.push(figure(', allocating', allocating.best));
  }
  if (cold !== undefined) {
    // The median: the best of them is the one that was evicted least.
    const share = shareOf(cold.median, memoryBytes);
    cells.push(formatSeconds(cold.median), percent(share));
    figures.push(figure(', cold', cold.median, share));
  }
  return { cells, figures };
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
