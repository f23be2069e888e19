/**
 * 0-d tensors and tensors without elements, in every operation: scripts/fixtures/expressions_sizes.py lists the
 * expressions, test/expressions.test.ts compares them with PyTorch's figures, and here none may be missing.
 */

import { expect, test } from 'vitest';
import { Tensor } from '../../src/index.ts';
import * as creation from '../../src/ops/creation.ts';
import type { FluentMethods } from '../../src/ops/fluent.ts';
import * as joining from '../../src/ops/joining.ts';
import * as linear from '../../src/ops/linear.ts';
import * as losses from '../../src/ops/losses.ts';
import * as random from '../../src/ops/random.ts';
import * as sharing from '../../src/ops/sharing.ts';
import { readFixture } from '../figures.ts';

/** Methods of the class itself, which are no operations. */
const own = [
  'constructor',
  'memory',
  'numel',
  'ndim',
  'length',
  'size',
  'stride',
  'storage',
  'storageOffset',
  'isContiguous',
  'toString',
  'dispose',
];

test('every operation has rows with 0-d tensors and tensors without elements', () => {
  const { cases } = readFixture<{ cases: { js: string }[] }>('expressions_sizes');
  const called = new Set(cases.flatMap(({ js }) => [...js.matchAll(/\b(\w+)\(/g)].map(([, name]) => name)));
  const others = [...own, ...Object.keys(sharing), 'matmulAsync']; // which have tests of their own
  const methods = Object.getOwnPropertyNames(Tensor.prototype).filter((name) => !others.includes(name));
  expect(methods).toContain('matmul' satisfies keyof FluentMethods);
  const { manualSeed, defaultGenerator, ...drawn } = random;
  const functions = Object.keys({ ...creation, ...drawn, ...joining, ...linear, ...losses, einsum: null });
  expect([...methods, ...functions].filter((name) => !called.has(name))).toEqual([]);
});
