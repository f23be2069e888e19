/**
 * Operations as methods: `add(a, b)` is also `a.add(b)`. The methods, and their types, are derived from the
 * modules that hold the functions; this file is the only one that attaches them.
 */

import { Tensor } from '../core/tensor.ts';
import * as conversion from './conversion.ts';
import * as elementwise from './elementwise.ts';
import * as gather from './indexing/gather.ts';
import * as indexing from './indexing/index.ts';
import * as masks from './indexing/masks.ts';
import * as scatter from './indexing/scatter.ts';
import * as matmul from './matmul.ts';
import type { Operand } from './operands.ts';
import * as parts from './parts.ts';
import { bernoulli_, normal_, uniform_ } from './random.ts';
import * as rearranging from './rearranging.ts';
import * as reductions from './reductions.ts';
import * as views from './views.ts';
import { where } from './where.ts';

// The function takes the condition first, the method is called on what it chooses: both as in PyTorch.
const choosing = {
  /** x where condition (bool) is true, else other; all three broadcast to one shape. */
  where: (x: Tensor, condition: Tensor, other: Operand): Tensor => where(condition, x, other),
};

const drawing = { bernoulli_, normal_, uniform_ };

// The losses and `linear` stay functions: none of their operands is the obvious one to call them on.
const families = [
  choosing,
  conversion,
  drawing,
  elementwise,
  gather,
  indexing,
  masks,
  matmul,
  parts,
  rearranging,
  reductions,
  scatter,
  views,
];

type Functions = typeof choosing &
  typeof conversion &
  typeof drawing &
  typeof elementwise &
  typeof gather &
  typeof indexing &
  typeof masks &
  typeof matmul &
  typeof parts &
  typeof rearranging &
  typeof reductions &
  typeof scatter &
  typeof views;

/** A function of a tensor as a method of it; functions with two signatures keep both. */
type Fluent<F> = F extends {
  (self: Tensor, ...rest: infer FirstRest): infer FirstResult;
  (self: Tensor, ...rest: infer LastRest): infer LastResult;
}
  ? { (...rest: FirstRest): FirstResult; (...rest: LastRest): LastResult }
  : F extends (self: Tensor, ...rest: infer Rest) => infer Result
    ? (...rest: Rest) => Result
    : never;

/** Every operation whose first operand is a tensor, as a method. */
export type FluentMethods = { [Name in keyof Functions]: Fluent<Functions[Name]> };

declare module '../core/tensor.ts' {
  interface Tensor extends FluentMethods {
    /** The slices along the first dimension, as views. */
    [Symbol.iterator](): IterableIterator<Tensor>;
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
