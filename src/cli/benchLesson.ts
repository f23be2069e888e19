/** `handgrad bench lesson`: the ladder of lesson 1 and the backward passes of lesson 3, each rung beside the others. */

import Table from 'cli-table3';
import type { Tensor } from '../core/tensor.ts';
import { getNumThreads, kernels, setNumThreads } from '../kernels/active.ts';
import { linear } from '../nn/layers/linear.ts';
import { relu } from '../nn/layers/relu.ts';
import { sequential } from '../nn/layers/sequential.ts';
import { mseLoss } from '../nn/losses/mseLoss.ts';
import { einsum } from '../ops/einsum/einsum.ts';
import '../ops/fluent.ts'; // the lessons chain methods
import { manualSeed, randn } from '../ops/random.ts';
import { formatSeconds, measureInTurns, type Timing } from './measure.ts';
import { openOutput } from './output.ts';

const [images, pixels, hidden, digits] = [50_000, 784, 50, 10];

/** Images of which outer products, 157 kB each, are made at once. */
const portion = 2000;

interface Rung {
  readonly name: string;
  readonly run: () => unknown;
  /** How much smaller the work is than that of the others. */
  readonly share?: number;
}

interface Comparison {
  readonly shape: string;
  readonly samples: number;
  /** Makes the operands, and returns the rungs. The last one is what the others are compared with. */
  readonly prepare: () => readonly Rung[];
}

/** The lesson's three loops, over rows of rows. */
function nestedLoops(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  const [rows, inner, columns] = [a.length, b.length, b[0].length];
  const c = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let k = 0; k < inner; k++) c[i][j] += a[i][k] * b[k][j];
    }
  }
  return c;
}

/** The same over typed arrays. */
function typedLoops(a: Float32Array, b: Float32Array, rows: number, inner: number, columns: number) {
  const c = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[i * inner + k] * b[k * columns + j];
      c[i * columns + j] = sum;
    }
  }
  return c;
}

function ladder(rows: number, all: boolean): readonly Rung[] {
  const [a, b] = [randn([rows, pixels]), randn([pixels, digits])];
  const [nestedA, nestedB] = [a, b].map((x) => x.toArray() as number[][]);
  const rungs: Rung[] = [{ name: 'loops over nested arrays', run: () => nestedLoops(nestedA, nestedB) }];
  if (all) {
    const [flatA, flatB] = [a, b].map((x) => Float32Array.from(x.reshape(-1).toArray() as number[]));
    rungs.push({
      name: 'loops over typed arrays',
      run: () => typedLoops(flatA, flatB, rows, pixels, digits),
    });
  }
  rungs.push({ name: 'einsum', run: () => einsum('ik,kj->ij', a, b) });
  return [...rungs, { name: 'matmul', run: () => a.matmul(b) }];
}

/** The gradient of a weight [in, out] from the layer's input [n, in] and its output's gradient [n, out]. */
type WeightGradient = (x: Tensor, dy: Tensor) => Tensor;

/** Forward and backward as lesson 3 writes them, the gradient of the images included. */
function written(n: number, weightGradient: WeightGradient): () => unknown {
  const [x, target] = [randn([n, pixels]), randn([n])];
  const [w1, w2] = [randn([pixels, hidden]).mul(Math.sqrt(2 / pixels)), randn([hidden, 1])];
  const [b1, b2] = [randn([hidden]), randn([1])];
  return () => {
    const l1 = x.matmul(w1).add(b1);
    const l2 = l1.clampMin(0);
    const output = l2.matmul(w2).add(b2);
    const errors = output.squeeze(-1).sub(target);
    const dOutput = errors.unsqueeze(-1).mul(2 / n);
    const dHidden = l1.gt(0).float().mul(dOutput.matmul(w2.t()));
    return [
      [weightGradient(l2, dOutput), dOutput.sum(0)],
      [weightGradient(x, dHidden), dHidden.sum(0), dHidden.matmul(w1.t())],
    ];
  };
}

function fromLibrary(): () => unknown {
  const [x, target] = [randn([images, pixels]), randn([images, 1])];
  const model = sequential(linear(pixels, hidden), relu(), linear(hidden, 1));
  const loss = mseLoss();
  return () => {
    model.zeroGrad();
    loss.forward(model.forward(x), target);
    return model.backward(loss.backward(), { inputGrad: false });
  };
}

const backwards = (): readonly Rung[] => [
  {
    name: '1, 2: outer products, summed *',
    run: written(portion, (x, dy) => x.unsqueeze(-1).mul(dy.unsqueeze(1)).sum(0)),
    share: portion / images,
  },
  { name: '3: einsum', run: written(images, (x, dy) => einsum('bi,bj->ij', x, dy)) },
  { name: '4: xᵀ @ dy', run: written(images, (x, dy) => x.t().matmul(dy)) },
  { name: '5: nn.Linear, without the gradient of the images', run: fromLibrary() },
];

const comparisons: readonly Comparison[] = [
  { shape: `5x${pixels} @ ${pixels}x${digits}`, samples: 25, prepare: () => ladder(5, true) },
  { shape: `${images}x${pixels} @ ${pixels}x${digits}`, samples: 3, prepare: () => ladder(images, false) },
  {
    shape: `forward and backward, ${pixels}-${hidden}-1, ${images} images`,
    samples: 3,
    prepare: backwards,
  },
];

export interface BenchLessonOptions {
  readonly threads?: number;
  readonly json?: string;
}

/** On one thread unless said otherwise: the loops have no more. */
export function benchLesson({ threads = 1, json }: BenchLessonOptions): void {
  const output = json === undefined ? null : openOutput(json);
  setNumThreads(threads);
  console.log(`${kernels().name}, ${getNumThreads()} ${threads === 1 ? 'thread' : 'threads'}`);
  const figures: object[] = [];
  for (const { shape, samples, prepare } of comparisons) {
    manualSeed(1);
    const rungs = prepare();
    const timings: Record<string, Timing> = measureInTurns(
      Object.fromEntries(rungs.map(({ name, run }) => [name, () => () => void run()])),
      { samples, sampleSeconds: 0.02 },
    );
    const seconds = rungs.map(({ name, share = 1 }) => timings[name].best / share);
    const last = rungs[rungs.length - 1].name;
    const table = new Table({
      head: [shape, 'seconds', `${last.split(':')[0]} is faster by`],
      colAligns: ['left', 'right', 'right'],
      style: { head: [], border: [] },
    });
    for (const [i, { name }] of rungs.entries()) {
      table.push([
        name,
        formatSeconds(seconds[i]),
        (seconds[i] / seconds[seconds.length - 1]).toPrecision(3),
      ]);
      figures.push({ name: 'lesson', variant: name, shape, seconds: seconds[i] });
    }
    console.log(table.toString());
  }
  console.log(`* ${portion} images, the time extrapolated`);
  output?.write(figures);
}
