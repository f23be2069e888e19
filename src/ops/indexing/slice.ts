/** Python's slices: `slice(1, 3)`, or as text `'1:3'`. */

import { describe } from '../operands.ts';

/** Entries of a dimension from `start` on and before `stop`, `step` apart; null leaves a bound open. */
export class Slice {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number;

  /** @internal Slices come from `slice`. */
  constructor(start: number | null, stop: number | null, step: number) {
    this.start = start;
    this.stop = stop;
    this.step = step;
  }

  toString(): string {
    const step = this.step === 1 ? '' : `:${this.step}`;
    return `${this.start ?? ''}:${this.stop ?? ''}${step}`;
  }
}

type Bound = number | null | undefined;

/**
 * A slice for `index`, as Python's: `slice(stop)`, `slice(start, stop)`, `slice(start, stop, step)`. Negative
 * bounds count from the end, null (or nothing) leaves a bound open, bounds beyond the ends are drawn in. A
 * negative step walks backwards.
 *
 * @example
 * const x = arange(6);
 * x.index(slice(2)).toArray(); // [0, 1]
 * x.index(slice(1, null, 2)).toArray(); // [1, 3, 5]
 *
 * @throws RangeError for a step of 0, and for bounds that are not whole numbers.
 */
export function slice(startOrStop?: Bound, ...rest: [stop?: Bound, step?: Bound]): Slice {
  const [start, stop, step] = rest.length === 0 ? [null, startOrStop] : [startOrStop, ...rest];
  return checkedSlice('slice', start ?? null, stop ?? null, step ?? 1);
}

function checkedSlice(operation: string, start: number | null, stop: number | null, step: number): Slice {
  for (const [name, value] of Object.entries({ start, stop, step })) {
    if (value === null) continue;
    if (typeof value !== 'number')
      throw new TypeError(`${operation}: ${name} must be a number or null, got ${describe(value)}`);
    if (!Number.isSafeInteger(value))
      throw new RangeError(`${operation}: ${name} must be a whole number or null, got ${value}`);
  }
  if (step === 0) throw new RangeError(`${operation}: step must not be 0`);
  return new Slice(start, stop, step);
}

const sliceText = /^\s*([+-]?\d+)?\s*:\s*([+-]?\d+)?\s*(?::\s*([+-]?\d+)?\s*)?$/;

/** The slice that `text` writes, as `'1:3'`, `'::-1'`, `':'`; null where it is none. */
export function parseSlice(operation: string, text: string): Slice | null {
  const match = sliceText.exec(text);
  if (match === null) return null;
  const [start, stop, step] = match.slice(1).map((part) => (part === undefined ? null : Number(part)));
  return checkedSlice(operation, start, stop, step ?? 1);
}

/** What a slice picks from a dimension of `size` entries: the first one, and how many. */
export function sliceRange({ start, stop, step }: Slice, size: number): { first: number; count: number } {
  // Walking backwards a bound may lie one before the first entry.
  const [lowest, highest] = step > 0 ? [0, size] : [-1, size - 1];
  const bound = (value: number | null, open: number) =>
    value === null ? open : Math.min(Math.max(value < 0 ? value + size : value, lowest), highest);
  const first = bound(start, step > 0 ? lowest : highest);
  const end = bound(stop, step > 0 ? highest : lowest);
  return { first, count: Math.max(0, Math.ceil((end - first) / step)) };
}
