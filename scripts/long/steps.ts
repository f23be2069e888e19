/**
 * Very many training steps of 784-50-10 with small batches, and what they do to memory:
 *
 *     tsx scripts/long/steps.ts [--steps 1000000] [--batch-size 8] [--kernels native]
 *
 * Prints one JSON object. What watches memory also takes some, so that each figure is of a run of its own, in a plain
 * Node on `dist/`; tsx has a thread beside the program's, whose collections would be seen as well.
 */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '../..');

export interface Steps {
  readonly steps: number;
  readonly batchSize: number;
  readonly kernels: string;
}

/** What is watched, and the names of the figures that come of it. */
interface Figures {
  /**
   * `growth`: the MB by which resident memory grew over the last half of the steps, by the straight line that fits its
   * samples best. `allocated`: the bytes that were newly taken for tensors in that half.
   */
  resident: { growth: number; allocated: number; seconds: number };
  /** `kept`: the MB that outlive a full collection at the end, less those that outlive one in the middle. */
  live: { kept: number };
  /** `longest`: the longest garbage collection of the last half, in ms. */
  pauses: { longest: number };
}

/** JavaScript that begins to watch, that runs every 400th part of the steps, in their middle, and at their end. */
interface Watch {
  readonly flags: readonly string[];
  readonly start: string;
  readonly sample: string;
  readonly middle: string;
  readonly result: string;
}

const watches: Readonly<Record<keyof Figures, Watch>> = {
  resident: {
    // V8 doubles the space of young objects, up to twice 16 MB, when enough of them have survived: with few survivors a
    // step that may be after 400,000. Here it has that size from the start.
    flags: ['--min-semi-space-size=16'],
    start: 'const resident = []; let allocatedBefore; const started = performance.now();',
    sample: 'resident.push(process.memoryUsage.rss() / 2 ** 20);',
    middle: 'allocatedBefore = allocatedBytes();',
    result: `
      const half = resident.slice(resident.length >> 1);
      const mean = (ys) => ys.reduce((sum, y) => sum + y, 0) / ys.length;
      const [meanX, meanY] = [(half.length - 1) / 2, mean(half)];
      const slope = mean(half.map((y, x) => (x - meanX) * (y - meanY))) / mean(half.map((_, x) => (x - meanX) ** 2));
      const result = {
        growth: slope * half.length,
        allocated: allocatedBytes() - allocatedBefore,
        seconds: (performance.now() - started) / 1000,
      };`,
  },
  live: {
    flags: ['--expose-gc'],
    start: `
      let before;
      const live = () => {
        gc();
        const { heapUsed, external } = process.memoryUsage();
        return (heapUsed + external) / 2 ** 20;
      };`,
    sample: '',
    middle: 'before = live();',
    result: 'const result = { kept: live() - before };',
  },
  pauses: {
    flags: [],
    start: `
      let longest = 0, from = Infinity;
      const observer = new PerformanceObserver((list) => {
        for (const { startTime, duration } of list.getEntries()) {
          if (startTime >= from) longest = Math.max(longest, duration);
        }
      });
      observer.observe({ entryTypes: ['gc'] });`,
    sample: '',
    middle: 'from = performance.now();',
    result: 'const result = { longest };',
  },
};

/** Trains for so many steps and watches. */
export function watchSteps<What extends keyof Figures>(
  what: What,
  { steps, batchSize, kernels }: Steps,
): Figures[What] {
  const { flags, start, sample, middle, result } = watches[what];
  const rows = Math.min(steps * batchSize, 50_000);
  const program = `
    const { allocatedBytes } = require('./dist/core/pools.js');
    const { data, manualSeed, nn, optim, rand, randint, setKernels, setNumThreads, train } = require('./dist');
    setKernels('${kernels}');
    setNumThreads(1);
    manualSeed(1);
    const set = data.dataset(rand([${rows}, 784]), randint(10, [${rows}]));
    const model = nn.sequential(nn.linear(784, 50), nn.relu(), nn.linear(50, 10));
    const sgd = optim.sgd(model.parameters(), { lr: 0.01 });
    const loss = nn.crossEntropyLoss();
    (async () => {
      ${start}
      for (let step = 0; step < ${steps}; ) {
        for (const _ of train.trainEpoch(model, loss, sgd, set, { batchSize: ${batchSize} })) {
          step++;
          if (step % ${Math.ceil(steps / 400)} === 0) { ${sample} }
          if (step === ${Math.floor(steps / 2)}) { ${middle} }
          if (step === ${steps}) break;
        }
        await new Promise((resolve) => setImmediate(resolve)); // an observer's turn
      }
      ${result}
      console.log(JSON.stringify(result));
    })();
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', program], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0 || stderr !== '') throw new Error(`steps, ${what}: ${status} ${stderr}`);
  return JSON.parse(stdout);
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      steps: { type: 'string', default: '1000000' },
      'batch-size': { type: 'string', default: '8' },
      kernels: { type: 'string', default: 'native' },
    },
  });
  const { kernels } = values;
  const steps = { steps: Number(values.steps), batchSize: Number(values['batch-size']), kernels };
  const names = Object.keys(watches) as (keyof Figures)[];
  console.log(JSON.stringify(Object.fromEntries(names.map((what) => [what, watchSteps(what, steps)]))));
}
