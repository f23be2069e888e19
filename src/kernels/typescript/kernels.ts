import type { Kernels } from '../contract.ts';
import { argReduce } from './argReduce.ts';
import { binary } from './binary.ts';
import { compare, where } from './compare.ts';
import { copy, fill, indexSelect } from './copy.ts';
import { gather, scatter } from './gather.ts';
import { histogram } from './histogram.ts';
import { linear, linearBackward } from './linear.ts';
import { crossEntropy, logSoftmax, squaredError } from './losses.ts';
import { matmul, matmulAsync } from './matmul.ts';
import { median } from './median.ts';
import { maskedSelect, nonzero } from './nonzero.ts';
import { reduce, variance } from './reduce.ts';
import { scan } from './scan.ts';
import { sgdStep } from './sgd.ts';
import { sort, topk } from './sort.ts';
import { ternary } from './ternary.ts';
import { unary } from './unary.ts';

/** The contract in plain TypeScript: the reference for every other implementation, and what runs without one. */
export const typescriptKernels: Kernels = {
  name: 'typescript',
  numThreads: () => 1,
  setNumThreads: () => {}, // There is one, and it stays.
  unary,
  binary,
  ternary,
  compare,
  where,
  copy,
  fill,
  reduce,
  variance,
  scan,
  argReduce,
  median,
  sort,
  topk,
  histogram,
  matmul,
  matmulAsync,
  linear,
  linearBackward,
  logSoftmax,
  crossEntropy,
  squaredError,
  sgdStep,
  indexSelect,
  gather,
  scatter,
  nonzero,
  maskedSelect,
};
