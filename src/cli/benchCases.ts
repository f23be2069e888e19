/** What `handgrad bench` measures: each case as a function of the public operations. */

import type { Tensor } from '../core/tensor.ts';
import { proceduralMnist } from '../data/mnist.ts';
import { normalize } from '../data/normalize.ts';
import { crossEntropyLoss } from '../nn/losses/crossEntropyLoss.ts';
import { add, exp, sub } from '../ops/elementwise.ts';
import { matmul } from '../ops/matmul.ts';
import { rand, randn } from '../ops/random.ts';
import { mean, std, sum } from '../ops/reductions.ts';
import { sgd } from '../optim/sgd.ts';
import { trainEpoch } from '../train/epoch.ts';
import {
  flopsOf,
  formatMatmulShape,
  type MatmulShape,
  matmulOperands,
  parseMatmulShape,
} from './matmulShape.ts';
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

function matmulCase(shape: MatmulShape): BenchCase {
  return {
    name: 'matmul',
    shape: formatMatmulShape(shape),
    flops: flopsOf(shape),
    prepare() {
      const { a, b, out } = matmulOperands(shape);
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
  ...[
    '5x784x10',
    '64x784x50t',
    '50x64tx784',
    '64x50x784',
    '64x784x512t',
    '64x512x512t',
    '256x256x256',
    '512x512x512',
    '1024x1024x1024',
    '10000x784x50',
  ].map((text) => matmulCase(parseMatmulShape(text))),
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
