import Table from 'cli-table3';
import { getNumThreads, kernels, setKernels, setNumThreads } from '../kernels/active.ts';
import { manualSeed } from '../ops/random.ts';
import { type BenchCase, benchCases } from './benchCases.ts';
import { benchLesson } from './benchLesson.ts';
import { type BenchMatmulOptions, benchMatmul } from './benchMatmul.ts';
import { formatSeconds, measureInTurns, type Timing } from './measure.ts';
import { openOutput } from './output.ts';

/** All but threads and json are for the benchmark of matmul. */
export type BenchOptions = BenchMatmulOptions;

/** One measurement in the JSON file; `seconds` is the best sample. */
interface BenchFigure {
  readonly name: string;
  readonly variant: string;
  readonly shape: string;
  readonly seconds: number;
  readonly gflops?: number;
  readonly gbps?: number;
}

/** Short enough that a whole run takes about two minutes, long enough that the clock does not matter. */
const sampling = { samples: 5, sampleSeconds: 0.05 };

/** `handgrad bench`: each case on native and on TypeScript kernels, in turns; matmul has a benchmark of its own. */
export function bench(name: string | undefined, options: BenchOptions): void {
  if (name === 'matmul') {
    benchMatmul(options);
    return;
  }
  if (options.quick || options.shape) throw new Error('bench: --quick and --shape are for bench matmul');
  if (name === 'lesson') {
    benchLesson(options);
    return;
  }
  const cases = benchCases.filter((benchCase) => name === undefined || benchCase.name === name);
  if (cases.length === 0) {
    const names = [...new Set(benchCases.map((benchCase) => benchCase.name)), 'lesson'].join(', ');
    throw new Error(`bench: no case is named '${name}'; there are: ${names}`);
  }
  const output = options.json === undefined ? null : openOutput(options.json);
  const best = kernels().name;
  const native = best.startsWith('native');
  if (options.threads !== undefined) setNumThreads(options.threads);
  console.log(
    `${best}, ${getNumThreads()} ${getNumThreads() === 1 ? 'thread' : 'threads'}, against typescript`,
  );

  const table = new Table({
    head: ['case', 'shape', native ? best : '', 'typescript', native ? 'times as fast' : '', 'rate'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  const figures: BenchFigure[] = [];
  for (const benchCase of cases) {
    manualSeed(1);
    const run = benchCase.prepare();
    const on = (choice: 'native' | 'typescript') => () => {
      setKernels(choice);
      return run;
    };
    const timings: Record<string, Timing> = measureInTurns(
      native ? { native: on('native'), typescript: on('typescript') } : { typescript: on('typescript') },
      sampling,
    );
    for (const [variant, { best: seconds }] of Object.entries(timings)) {
      figures.push(figure(benchCase, variant === 'native' ? best : variant, seconds));
    }
    table.push(row(benchCase, timings));
  }
  console.log(table.toString());
  output?.write(figures);
}

function figure({ name, shape, flops, bytes }: BenchCase, variant: string, seconds: number): BenchFigure {
  return {
    name,
    variant,
    shape,
    seconds,
    ...(flops !== undefined && { gflops: flops / seconds / 1e9 }),
    ...(bytes !== undefined && { gbps: bytes / seconds / 1e9 }),
  };
}

/** The rate is that of the native kernels, where they run. */
function row(
  { name, shape, flops, bytes }: BenchCase,
  { native, typescript }: Record<string, Timing>,
): string[] {
  const seconds = (native ?? typescript).best;
  const rate =
    flops !== undefined
      ? `${(flops / seconds / 1e9).toPrecision(3)} GFLOP/s`
      : bytes !== undefined
        ? `${(bytes / seconds / 1e9).toPrecision(3)} GB/s`
        : '';
  return [
    name,
    shape,
    native === undefined ? '' : formatSeconds(native.best),
    formatSeconds(typescript.best),
    native === undefined ? '' : (typescript.best / native.best).toPrecision(3),
    rate,
  ];
}
