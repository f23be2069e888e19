import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { getNumThreads, type KernelsName, kernels, setKernels, setNumThreads } from '../kernels/active.ts';
import { crossEntropyLoss } from '../nn/losses/crossEntropyLoss.ts';
import { manualSeed } from '../ops/random.ts';
import { sgd } from '../optim/sgd.ts';
import { evaluate, trainEpoch } from '../train/epoch.ts';
import { loadDigits } from './digits.ts';
import { type ModelName, makeModel } from './models.ts';
import { openOutput } from './output.ts';
import { ProgressBar } from './progress.ts';

export interface TrainOptions {
  readonly data?: string;
  readonly model: ModelName;
  readonly epochs: number;
  readonly lr: number;
  readonly momentum: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly kernels?: KernelsName;
  readonly threads?: number;
  readonly json?: string;
}

/** One row of the table, and one entry in the JSON file. Seconds of training hold shuffling and batching. */
interface EpochFigures {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly validLoss: number;
  readonly accuracy: number;
  readonly trainSeconds: number;
  readonly validSeconds: number;
}

/** `handgrad train`: trains, and reports each epoch. Ctrl-C ends it with the rows so far. */
export async function train(options: TrainOptions): Promise<void> {
  if (options.kernels !== undefined) setKernels(options.kernels);
  if (options.threads !== undefined) setNumThreads(options.threads);
  const output = options.json === undefined ? null : openOutput(options.json);
  const interrupt = listenForInterrupt();
  const digits = await loadDigits(options.data, interrupt).catch((error: unknown) => {
    if (!interrupt.aborted) throw error;
    process.exitCode = 130;
    return null;
  });
  if (digits === null) return;
  const { trainSet, validSet, description } = digits;
  manualSeed(options.seed);
  const model = makeModel(options.model);
  const loss = crossEntropyLoss();
  const optimizer = sgd(model.parameters(), { lr: options.lr, momentum: options.momentum });

  console.log(`data     ${description}`);
  console.log(`model    ${options.model}, ${countWeights(model)} weights`);
  console.log(
    `kernels  ${kernels().name}, ${getNumThreads()} ${getNumThreads() === 1 ? 'thread' : 'threads'}`,
  );
  printRow(['epoch', 'train loss', 'valid loss', 'accuracy', 'seconds', 'images/s']);

  const rows: EpochFigures[] = [];
  const started = performance.now();
  for (let epoch = 1; epoch <= options.epochs && !interrupt.aborted; epoch++) {
    const bar = new ProgressBar(`epoch ${epoch}`, trainSet.length);
    const steps = trainEpoch(model, loss, optimizer, trainSet, { batchSize: options.batchSize });
    const { result: trainLoss, seconds: trainSeconds } = await runSteps(steps, bar, interrupt);
    bar.clear();
    if (trainLoss === undefined) break;
    const evaluationStarted = performance.now();
    const { loss: validLoss, accuracy } = evaluate(model, loss, validSet);
    const validSeconds = (performance.now() - evaluationStarted) / 1000;
    rows.push({ epoch, trainLoss, validLoss, accuracy, trainSeconds, validSeconds });
    printRow([
      String(epoch),
      trainLoss.toFixed(4),
      validLoss.toFixed(4),
      accuracy.toFixed(4),
      trainSeconds.toFixed(2),
      String(Math.round(trainSet.length / trainSeconds)),
    ]);
  }
  if (interrupt.aborted) console.log(`stopped after ${rows.length} of ${options.epochs} epochs`);
  output?.write(report(options, rows, (performance.now() - started) / 1000));
  if (interrupt.aborted) process.exitCode = 130;
}

function report(options: TrainOptions, epochs: readonly EpochFigures[], totalSeconds: number): object {
  const [set, isa = null] = kernels().name.split(' ');
  const { model, seed, lr, momentum, batchSize } = options;
  return {
    kernels: set,
    isa,
    threads: getNumThreads(),
    model,
    seed,
    lr,
    momentum,
    batchSize,
    epochs,
    totalSeconds,
  };
}

function countWeights(model: ReturnType<typeof makeModel>): number {
  return model.parameters().reduce((count, parameter) => count + parameter.numel(), 0);
}

function printRow(cells: readonly string[]): void {
  console.log(cells.map((cell, i) => cell.padStart(i === 0 ? 5 : 10)).join('  '));
}

/** How long training may keep the event loop, and with it Ctrl-C, waiting, in milliseconds. */
const TURN = 50;

/**
 * Takes all steps of an epoch, and lets signals in between them now and then. The bar and the turns of the event
 * loop are not in the seconds.
 *
 * @returns no result where Ctrl-C came before the end
 */
async function runSteps(
  steps: Generator<number, number, void>,
  bar: ProgressBar,
  interrupt: AbortSignal,
): Promise<{ result: number | undefined; seconds: number }> {
  let seconds = 0;
  let turnStarted = performance.now();
  for (;;) {
    const step = steps.next();
    const now = performance.now();
    if (!step.done && now - turnStarted < TURN) continue;
    seconds += (now - turnStarted) / 1000;
    // Also at the end: many short epochs must not keep signals waiting either.
    await nextTurn();
    if (step.done) return { result: step.value, seconds };
    if (interrupt.aborted) return { result: undefined, seconds };
    bar.update(step.value);
    turnStarted = performance.now();
  }
}

/** Under `npm run` one Ctrl-C can reach the process twice, in milliseconds; this much later it is another one. */
const SECOND_THOUGHT = 500;

/** Makes Ctrl-C a signal to end in order; a second one ends the process at once. */
function listenForInterrupt(): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  process.on('SIGINT', () => {
    first ??= performance.now();
    if (performance.now() - first > SECOND_THOUGHT) process.exit(130);
    controller.abort();
  });
  return controller.signal;
}
