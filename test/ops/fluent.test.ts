import { expect, test } from 'vitest';
import { Tensor, tensor } from '../../src/index.ts';
import * as bitwise from '../../src/ops/bitwise.ts';
import * as comparisons from '../../src/ops/comparisons.ts';
import * as conversion from '../../src/ops/conversion.ts';
import * as elementwise from '../../src/ops/elementwise.ts';
import * as extremes from '../../src/ops/extremes.ts';
import type { FluentMethods } from '../../src/ops/fluent.ts';
import * as histograms from '../../src/ops/histograms.ts';
import * as gather from '../../src/ops/indexing/gather.ts';
import * as indexing from '../../src/ops/indexing/index.ts';
import * as masks from '../../src/ops/indexing/masks.ts';
import * as scatter from '../../src/ops/indexing/scatter.ts';
import * as matmul from '../../src/ops/matmul.ts';
import * as matmulAsync from '../../src/ops/matmulAsync.ts';
import * as parts from '../../src/ops/parts.ts';
import * as products from '../../src/ops/products.ts';
import * as random from '../../src/ops/random.ts';
import * as rearranging from '../../src/ops/rearranging.ts';
import * as reductions from '../../src/ops/reductions.ts';
import * as scans from '../../src/ops/scans.ts';
import { handle, isShared, share } from '../../src/ops/sharing.ts';
import * as sorting from '../../src/ops/sorting.ts';
import * as ternary from '../../src/ops/ternary.ts';
import * as views from '../../src/ops/views.ts';
import { where } from '../../src/ops/where.ts';

const { uniform_, normal_, bernoulli_ } = random;
const operations = {
  ...bitwise,
  ...comparisons,
  ...conversion,
  ...extremes,
  ...histograms,
  ...products,
  ...scans,
  ...sorting,
  ...ternary,
  ...elementwise,
  ...gather,
  ...indexing,
  ...masks,
  ...matmul,
  ...matmulAsync,
  ...parts,
  ...rearranging,
  ...reductions,
  ...scatter,
  ...views,
  uniform_,
  normal_,
  bernoulli_,
  share,
  isShared,
  handle,
  where,
};

// The compiler refuses this line if a method is declared that is not among the operations.
const names = Object.keys(operations) as (keyof FluentMethods & keyof typeof operations)[];
const declared: Record<keyof FluentMethods, unknown> = operations;

test('every declared method is there', () => {
  expect(names.length).toBeGreaterThan(210);
  const missing = Object.keys(declared).filter(
    (name) => typeof Object.getOwnPropertyDescriptor(Tensor.prototype, name)?.value !== 'function',
  );
  expect(missing).toEqual([]);
});

test('a method calls the function of its name', () => {
  const x = tensor([
    [1, 4],
    [9, 16],
  ]);
  expect(x.add(1).toArray()).toEqual(elementwise.add(x, 1).toArray());
  expect(x.sub(x, { out: x.clone() }).toArray()).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(x.max(1).values.toArray()).toEqual([4, 16]);
  expect(x.view(4).toArray()).toEqual([1, 4, 9, 16]);
  expect(x.sum(0, { keepdim: true }).shape).toEqual([1, 2]);
  expect(x.matmul(x).shape).toEqual([2, 2]);
});

test('methods are not enumerable, so that tensors print and compare as what they hold', () => {
  expect(Object.keys(Tensor.prototype)).toEqual([]);
});
