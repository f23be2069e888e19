/**
 * Operations on tensors in handgrad, through its public API. Speaks what pytorch_tensors.py speaks: one JSON object
 * a line, answered by one line; and `{"list": true}`, answered by the names of the cases.
 */

import { createInterface } from 'node:readline';
import {
  exp,
  kernels,
  log,
  manualSeed,
  mul,
  nn,
  rand,
  scope,
  setNumThreads,
  sigmoid,
  sub,
  type Tensor,
  tanh,
  zeros,
} from '../../dist/index.mjs';

const [images, pixels] = [50_000, 784];
const sampleSeconds = 0.05;

manualSeed(1);
const a = rand([images, pixels]);
const row = rand([pixels]);
const column = rand([images, 1]);
const some = rand([100_000]);
const [ten, otherTen, thousand, otherThousand] = [10, 10, 1000, 1000].map((size) => rand([size]));
const [left, right] = [rand([5, pixels]), rand([pixels, 10])];
const batch = rand([64, 28, 28]);
const target = rand([images, 1]);
const model = nn.sequential(nn.linear(pixels, 50), nn.relu(), nn.linear(50, 1));
const loss = nn.mseLoss();
const mask = a.lt(0.5);
const out = zeros([images, pixels]);
const someOut = zeros([100_000]);

const cases: Record<string, () => Tensor> = {
  'a - row': () => sub(a, row),
  'a - row, into out': () => sub(a, row, { out }),
  'a * column': () => mul(a, column),
  'a * column, into out': () => mul(a, column, { out }),
  'exp(a)': () => exp(a),
  'exp(a), into out': () => exp(a, { out }),
  'sigmoid(a)': () => sigmoid(a),
  'sigmoid(a), into out': () => sigmoid(a, { out }),
  'a.t() made contiguous': () => a.t().contiguous(),
  'a[a < 0.5]': () => a.index(mask),
  'mean(0)': () => a.mean(0),
  'mean(1)': () => a.mean(1),
  'std()': () => a.std(),
  'sum()': () => a.sum(),
  'sum of a[::2, ::2]': () => a.index('::2', '::2').sum(),
  'sum of a.t()[::2]': () => a.t().index('::2').sum(),
  'exp, 100000 into out': () => exp(some, { out: someOut }),
  'log, 100000 into out': () => log(some, { out: someOut }),
  'tanh, 100000 into out': () => tanh(some, { out: someOut }),
  'sigmoid, 100000 into out': () => sigmoid(some, { out: someOut }),
  'a - row, in a scope': () => sub(a, row),
  'forward and backward, 784-50-1': () =>
    scope(() => {
      model.zeroGrad();
      const value = loss.forward(model.forward(a), target);
      model.backward(loss.backward(), { inputGrad: false });
      return value;
    }),
  'small: add of 10': () => ten.add(otherTen),
  'small: add of 1000': () => thousand.add(otherThousand),
  'small: view(-1, 784)': () => batch.view(-1, pixels),
  'small: 5×784 @ 784×10': () => left.matmul(right),
  'a - 0.5, 100000 into out': () => sub(some, 0.5, { out: someOut }),
};

function answer({ case: name, threads }: { case: string; threads: number }): {
  seconds: number;
  sum: number;
} {
  setNumThreads(threads);
  const run = cases[name];
  const sum = Number(run().mean().item());
  const timed = name.endsWith('in a scope')
    ? () => {
        scope(() => {
          run();
        });
      }
    : run;
  timed(); // in a scope the first run takes what the later ones use again
  const atOnce = name.startsWith('small') ? 2000 : 1; // a look at the clock costs as much as they do
  const started = performance.now();
  let runs = 0;
  let seconds = 0;
  for (; seconds < sampleSeconds; runs += atOnce) {
    for (let i = 0; i < atOnce; i++) timed();
    seconds = (performance.now() - started) / 1000;
  }
  return { seconds: seconds / runs, sum };
}

console.log(JSON.stringify({ peer: `handgrad ${kernels().name}` }));
for await (const line of createInterface(process.stdin)) {
  const request = JSON.parse(line);
  console.log(JSON.stringify(request.list ? { cases: Object.keys(cases) } : answer(request)));
}
