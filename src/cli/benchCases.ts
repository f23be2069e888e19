/** What `handgrad bench` measures: each case as a function of the public operations. */

import { allocateTensor, type Tensor } from '../core/tensor.ts';
import { proceduralMnist } from '../data/mnist.ts';
import { normalize } from '../data/normalize.ts';
import { crossEntropyLoss } from '../nn/losses/crossEntropyLoss.ts';
import { add, exp, sub } from '../ops/elementwise.ts';
import { matmul } from '../ops/matmul.ts';
import { rand, randn } from '../ops/random.ts';
import { mean, std, sum } from '../ops/reductions.ts';
import { t } from '../ops/views.ts';
import { sgd } from '../optim/sgd.ts';
import { trainEpoch } from '../train/epoch.ts';
import { makeModel } from './models.ts';

export interface BenchCase {
  /** The group that `npm run bench -- NAME` selects by. */
  readonly name: string;
  readonly shape: string;
  /** Floating-point operations of one run. */
  readonly flops?: number;
  /** Bytes that one run must read and write at least. */
  readonly bytes?: number;
  /** Makes the operands, and returns the run. */
  prepare(): () => void;
}

const float = 4; // bytes

function matmulCase(
  m: number,
  k: number,
  n: number,
  layout: 'plain' | 'aTransposed' | 'bTransposed' = 'plain',
): BenchCase {
  const marks = { plain: ['', ''], aTransposed: ['ᵀ', ''], bTransposed: ['', 'ᵀ'] }[layout];
  return {
    name: 'matmul',
    shape: `${m}x${k}${marks[0]} @ ${k}x${n}${marks[1]}`,
    flops: 2 * m * k * n,
    prepare() {
      const a = layout === 'aTransposed' ? t(randn([k, m])) : randn([m, k]);
      const b = layout === 'bTransposed' ? t(randn([n, k])) : randn([k, n]);
      const out = allocateTensor('bench', [m, n], 'float32');
      return () => matmul(a, b, { out });
    },
  };
}

function streamCase(name: string, shape: string, bytes: number, make: () => () => Tensor): BenchCase {
  return { name, shape, bytes, prepare: make };
}

const [images, pixels] = [50_000, 784];
const imageBytes = images * pixels * float;

export const benchCases: readonly BenchCase[] = [
  matmulCase(5, 784, 10),
  matmulCase(64, 784, 50, 'bTransposed'),
  matmulCase(50, 64, 784, 'aTransposed'),
  matmulCase(64, 50, 784),
  matmulCase(64, 784, 512, 'bTransposed'),
  matmulCase(64, 512, 512, 'bTransposed'),
  matmulCase(256, 256, 256),
  matmulCase(512, 512, 512),
  matmulCase(1024, 1024, 1024),
  matmulCase(10_000, 784, 50),
  streamCase('elementwise', 'a + b, 1000', 3 * 1000 * float, () => {
    const [a, b, out] = [rand([1000]), rand([1000]), rand([1000])];
    return () => add(a, b, { out });
  }),
  streamCase('elementwise', 'a + b, 10000000', 3 * 1e7 * float, () => {
    const [a, b, out] = [rand([1e7]), rand([1e7]), rand([1e7])];
    return () => add(a, b, { out });
  }),
  streamCase('elementwise', 'exp, 100000', 2 * 1e5 * float, () => {
    const [a, out] = [randn([1e5]), rand([1e5])];
    return () => exp(a, { out });
  }),
  streamCase('broadcasting', `${images}x${pixels} - row`, 2 * imageBytes, () => {
    const [a, row, out] = [rand([images, pixels]), rand([pixels]), rand([images, pixels])];
    return () => sub(a, row, { out });
  }),
  streamCase('broadcasting', `${images}x${pixels} - column`, 2 * imageBytes, () => {
    const [a, column, out] = [rand([images, pixels]), rand([images, 1]), rand([images, pixels])];
    return () => sub(a, column, { out });
  }),
  streamCase('reductions', `sum of ${images}x${pixels}`, imageBytes, () => {
    const a = rand([images, pixels]);
    return () => sum(a);
  }),
  streamCase('reductions', `mean(0) of ${images}x${pixels}`, imageBytes, () => {
    const a = rand([images, pixels]);
    return () => mean(a, 0);
  }),
  streamCase('reductions', `mean(1) of ${images}x${pixels}`, imageBytes, () => {
    const a = rand([images, pixels]);
    return () => mean(a, 1);
  }),
  streamCase('reductions', `std of ${images}x${pixels}`, imageBytes, () => {
    const a = rand([images, pixels]);
    return () => std(a);
  }),
  {
    name: 'epoch',
    shape: '784-50-10, batch 64, 10000 images',
    // Forward and weight gradient of both layers, and the input gradient of the second.
    flops: 2 * 10_000 * (2 * pixels * 50 + 3 * 50 * 10),
    prepare() {
      const { trainSet } = normalize(proceduralMnist({ count: 12_000 }));
      const model = makeModel('mlp');
      const loss = crossEntropyLoss();
      const optimizer = sgd(model.parameters(), { lr: 0.1 });
      return () => {
        for (const _ of trainEpoch(model, loss, optimizer, trainSet, { batchSize: 64 }));
      };
    },
  },
];
