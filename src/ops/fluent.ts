/**
 * Operations as methods: `add(a, b)` is also `a.add(b)`. The methods, and their types, are derived from the
 * modules that hold the functions; this file is the only one that attaches them.
 */

import type { DType, FloatDType, Known, Promoted, TypedArrayOf } from '../core/dtype.ts';
import { Tensor } from '../core/tensor.ts';
import * as bitwise from './bitwise.ts';
import * as comparisons from './comparisons.ts';
import * as conversion from './conversion.ts';
import * as elementwise from './elementwise.ts';
import * as extremes from './extremes.ts';
import * as histograms from './histograms.ts';
import * as gather from './indexing/gather.ts';
import * as indexing from './indexing/index.ts';
import * as masks from './indexing/masks.ts';
import * as scatter from './indexing/scatter.ts';
import * as matmul from './matmul.ts';
import * as matmulAsync from './matmulAsync.ts';
import type { Operand } from './operands.ts';
import * as parts from './parts.ts';
import * as products from './products.ts';
import type * as random from './random.ts';
import { bernoulli_, normal_, uniform_ } from './random.ts';
import * as rearranging from './rearranging.ts';
import type { ValuesAndIndices } from './reducing.ts';
import * as reductions from './reductions.ts';
import * as scans from './scans.ts';
import type * as sharedOnes from './sharing.ts';
import { handle, isShared, share } from './sharing.ts';
import * as sorting from './sorting.ts';
import * as ternary from './ternary.ts';
import * as views from './views.ts';
import { where } from './where.ts';

// The function takes the condition first, the method is called on what it chooses: both as in PyTorch.
const choosing = {
  /** x where condition (bool) is true, else other; all three broadcast to one shape. */
  where: (x: Tensor, condition: Tensor, other: Operand): Tensor => where(condition, x, other),
};

// Those of the random functions that fill a tensor; the others make one.
const drawing = { bernoulli_, normal_, uniform_ };
type Drawing = Pick<typeof random, keyof typeof drawing>;
// `fromHandle` makes a tensor too.
const sharing = { share, isShared, handle };
type Sharing = Pick<typeof sharedOnes, keyof typeof sharing>;

// The losses and `linear` stay functions: none of their operands is the obvious one to call them on.
const families = [
  bitwise,
  choosing,
  comparisons,
  conversion,
  drawing,
  elementwise,
  extremes,
  gather,
  histograms,
  indexing,
  masks,
  matmul,
  matmulAsync,
  parts,
  products,
  rearranging,
  reductions,
  scans,
  scatter,
  sharing,
  sorting,
  ternary,
  views,
];

type Functions = typeof bitwise &
  typeof choosing &
  typeof comparisons &
  typeof conversion &
  Drawing &
  typeof elementwise &
  typeof extremes &
  typeof gather &
  typeof histograms &
  typeof indexing &
  typeof masks &
  typeof matmul &
  typeof matmulAsync &
  typeof parts &
  typeof products &
  typeof rearranging &
  typeof reductions &
  typeof scans &
  typeof scatter &
  Sharing &
  typeof sorting &
  typeof ternary &
  typeof views;

/** A function of a tensor as a method of one of dtype D; functions with two signatures keep both. */
type Fluent<F, D extends DType> = F extends {
  (self: Tensor, ...rest: infer FirstRest): infer FirstResult;
  (self: Tensor, ...rest: infer LastRest): infer LastResult;
}
  ? {
      (...rest: FirstRest): ResultOn<D, F, FirstResult>;
      (...rest: LastRest): ResultOn<D, F, LastResult>;
    }
  : F extends (self: Tensor, ...rest: infer Rest) => infer Result
    ? (...rest: Rest) => ResultOn<D, F, Result>
    : never;

/**
 * What F gives for a tensor of dtype D. TypeScript infers the result of a generic function for any dtype only; where
 * that leaves the dtype open, two samples tell whether F keeps it, or promotes it.
 */
type ResultOn<D extends DType, F, Result> = Tensor extends Result
  ? F extends Keeping<'uint8'>
    ? Tensor<D>
    : F extends Keeping<FloatDType>
      ? Tensor<Promoted<D>>
      : Result
  : Tensor[] extends Result
    ? Tensor<D>[]
    : ValuesAndIndices extends Result
      ? ValuesAndIndices<D>
      : Result;

type Keeping<Sample extends DType> = (self: Tensor<Sample>, ...rest: never[]) => Tensor<Sample>;

/** Methods whose result depends on an argument, which `Fluent` cannot see. */
interface ByArgument<D extends DType> {
  to<R extends DType>(dtype: R): Tensor<Known<R>>;
  toTypedArray<R extends DType = D>(dtype?: R): TypedArrayOf<R>;
}

/** Every operation whose first operand is a tensor, as a method. */
export type FluentMethods<D extends DType = DType> = {
  [Name in keyof Functions]: Name extends keyof ByArgument<D>
    ? ByArgument<D>[Name]
    : Fluent<Functions[Name], D>;
};

declare module '../core/tensor.ts' {
  interface Tensor<out D extends DType = DType> extends FluentMethods<D> {
    /** The slices along the first dimension, as views. */
    [Symbol.iterator](): IterableIterator<Tensor<D>>;
  }
}

for (const family of families) {
  for (const [name, operation] of Object.entries(family)) {
    const apply = operation as (self: Tensor, ...rest: unknown[]) => unknown;
    Object.defineProperty(Tensor.prototype, name, {
      configurable: true,
      writable: true,
      value(this: Tensor, ...rest: unknown[]) {
        return apply(this, ...rest);
      },
    });
  }
}

Object.defineProperty(Tensor.prototype, Symbol.iterator, {
  configurable: true,
  writable: true,
  *value(this: Tensor) {
    for (let i = 0; i < this.length; i++) yield views.select(this, 0, i);
  },
});
