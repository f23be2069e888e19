import { type FloatStyle, numberTexts } from './number-text.ts';
import { formatShape, numelOf, type Shape } from './shape.ts';
import type { Strided } from './strided.ts';

/** How tensors are printed. Names and meaning are those of `numpy.set_printoptions`; `sciMode` is PyTorch's. */
export interface PrintOptions extends FloatStyle {
  /** Most digits behind the point of a float; fewer where fewer tell it from its neighbours. 8. */
  readonly precision: number;
  /** Beyond this many elements only the edges of each dimension are printed; `Infinity` prints all. 1000. */
  readonly threshold: number;
  /** How many elements an edge has. 3. */
  readonly edgeItems: number;
  /** Characters in a line; `Infinity` never wraps. 75. */
  readonly lineWidth: number;
  /** Whether small numbers, and small beside large ones, are written without exponents, as 0. if need be. false. */
  readonly suppress: boolean;
  /** `true` writes all floats with exponents, `false` none, `null` as their sizes suggest. null. */
  readonly sciMode: boolean | null;
}

const defaults: PrintOptions = {
  precision: 8,
  threshold: 1000,
  edgeItems: 3,
  lineWidth: 75,
  suppress: false,
  sciMode: null,
};

let current = defaults;

interface OptionRule {
  readonly type: 'number' | 'boolean';
  readonly rule: string;
  accepts(value: unknown): boolean;
}

const wholeFrom = (least: number): OptionRule => ({
  type: 'number',
  rule: `a whole number from ${least}`,
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= least,
});

const wholeOrInfinity = (least: number): OptionRule => ({
  type: 'number',
  rule: `a whole number from ${least} or Infinity`,
  accepts: (value) => value === Infinity || wholeFrom(least).accepts(value),
});

const rules: Readonly<Record<keyof PrintOptions, OptionRule>> = {
  precision: wholeFrom(0),
  threshold: wholeOrInfinity(0),
  edgeItems: wholeFrom(1),
  lineWidth: wholeOrInfinity(1),
  suppress: { type: 'boolean', rule: 'true or false', accepts: (value) => typeof value === 'boolean' },
  sciMode: {
    type: 'boolean',
    rule: 'true, false or null',
    accepts: (value) => value === null || typeof value === 'boolean',
  },
};

const quoted = (value: unknown) => (typeof value === 'string' ? JSON.stringify(value) : String(value));

/** The current options with `changes`, once they are known to be good; `undefined` changes nothing. */
function withChanges(operation: string, changes: Partial<PrintOptions>): PrintOptions {
  if (typeof changes !== 'object' || changes === null) {
    throw new TypeError(`${operation}: options must be an object, got ${String(changes)}`);
  }
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (!Object.hasOwn(rules, name)) {
      throw new TypeError(
        `${operation}: there is no option ${name}; there are ${Object.keys(rules).join(', ')}`,
      );
    }
    const { type, rule, accepts } = rules[name as keyof PrintOptions];
    if (accepts(value)) continue;
    const ErrorClass = typeof value === type ? RangeError : TypeError;
    throw new ErrorClass(`${operation}: ${name} must be ${rule}, got ${quoted(value)}`);
  }
  return { ...current, ...Object.fromEntries(given) };
}

/**
 * Sets how tensors are printed from now on; options that are not named stay as they are.
 * `setPrintOptions({ precision: 4, suppress: true })`
 *
 * @throws RangeError for a number that is not allowed, TypeError for a value of the wrong kind or an unknown name;
 * then nothing is changed.
 */
export function setPrintOptions(options: Partial<PrintOptions>): void {
  current = withChanges('setPrintOptions', options);
}

/** The options in force, as a copy: hand it to `setPrintOptions` later to restore them. */
export function getPrintOptions(): PrintOptions {
  return { ...current };
}

/** Stands among indices for those that are left out. */
const gap = -1;

/** For each dimension the indices that are printed, with one `gap` where the inner ones are left out. */
function shownIndices(shape: Shape, { threshold, edgeItems }: PrintOptions): number[][] {
  const shortened = numelOf(shape) > threshold;
  return shape.map((size) => {
    if (!shortened || size <= 2 * edgeItems) return Array.from({ length: size }, (_, i) => i);
    const leading = Array.from({ length: edgeItems }, (_, i) => i);
    return [...leading, gap, ...leading.map((i) => size - edgeItems + i)];
  });
}

/** The elements at the shown indices, in row-major order; nothing else of `x` is read. */
function shownElements(x: Strided, shown: readonly number[][]): number[] {
  const values: number[] = [];
  const walk = (dim: number, offset: number): void => {
    if (dim === x.shape.length) {
      values.push(x.memory[offset]);
      return;
    }
    for (const index of shown[dim]) {
      if (index !== gap) walk(dim + 1, offset + index * x.strides[dim]);
    }
  };
  walk(0, x.offset);
  return values;
}

/** `words` with commas, in lines that begin at column `indent` and end before column `width` where a break can help. */
function wrap(words: readonly string[], indent: number, width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const longer = line === '' ? word : `${line}, ${word}`;
    // A word too wide for any line stays where it is: a line of its own would not be wider.
    if (line === '' || indent + longer.length <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].join(`,\n${' '.repeat(indent)}`);
}

/**
 * The elements of `x` in nested brackets, the first of which stands in column `column`: one bracket pair a
 * dimension, rows below each other, and a blank line more for each dimension further out.
 */
function bracketed(x: Strided, column: number, options: PrintOptions): string {
  const rank = x.shape.length;
  if (numelOf(x.shape) === 0) return '[]';
  // Disposed of, or transferred to another thread: to look at it must not throw.
  if (x.memory.length === 0) return '<no memory>';
  const shown = shownIndices(x.shape, options);
  const texts = numberTexts(shownElements(x, shown), x.dtype, options);
  if (rank === 0) return texts[0].trimStart();
  // A line must leave room for the brackets of all dimensions and for what follows the last of them.
  const width = options.lineWidth - rank - 1;

  let next = 0;
  const block = (dim: number): string => {
    if (dim === rank) return texts[next++];
    const items = shown[dim].map((index) => (index === gap ? '...' : block(dim + 1)));
    const indent = column + 1 + dim;
    if (dim === rank - 1) return `[${wrap(items, indent, width)}]`;
    return `[${items.join(`,${'\n'.repeat(rank - 1 - dim)}${' '.repeat(indent)}`)}]`;
  };
  return block(0);
}

/** `opening`, which ends in column `column`, then the elements, shape and dtype. */
function described(x: Strided, opening: string, column: number, options: PrintOptions): string {
  const text = `${opening}${bracketed(x, column, options)},`;
  const shape = x.shape.length > 0 ? `shape=${formatShape(x.shape)}, ` : '';
  const closing = `${shape}dtype=${x.dtype})`;
  const lastLine = text.length - (text.lastIndexOf('\n') + 1);
  const fits = lastLine + 1 + closing.length <= options.lineWidth;
  return text + (fits ? ' ' : `\n${' '.repeat(column)}`) + closing;
}

/**
 * The text of a tensor: its elements as NumPy prints an array's, then shape (unless it is a single number)
 * and dtype. `options` replace those of `setPrintOptions` for this call.
 *
 *     tensor([[1., 2., 3.],
 *             [4., 5., 6.]], shape=[2, 3], dtype=float32)
 *
 * @throws RangeError or TypeError as `setPrintOptions`.
 */
export function formatTensor(x: Strided, options: Partial<PrintOptions> = {}): string {
  return described(x, 'tensor(', 'tensor('.length, withChanges('formatTensor', options));
}

/** What Node's `util.inspect` says of itself; its own type would ask users of the library for @types/node. */
export interface InspectContext {
  readonly depth?: number | null | undefined;
}

/**
 * What a tensor's `[Symbol.for('nodejs.util.inspect.custom')](depth, options)` returns, so that Node's
 * console prints `formatTensor(x)`. Inside of objects and arrays, elements of several lines begin on a line of
 * their own: how far in `tensor(` stands there is not known, and rows must stay below each other.
 *
 *     {
 *       weight: tensor(
 *         [[1., 2.],
 *          [3., 4.]], shape=[2, 2], dtype=float32)
 *     }
 *
 * @param depth how many levels may still be opened; null for all. Below 0 only shape and dtype are printed.
 */
export function inspectTensor(x: Strided, depth: number | null, options: InspectContext): string {
  if (depth !== null && depth < 0) return `[tensor ${formatShape(x.shape)} ${x.dtype}]`;
  const text = formatTensor(x);
  const nested = depth !== null && options.depth != null && depth < options.depth;
  return nested && text.includes('\n') ? described(x, 'tensor(\n  ', 2, current) : text;
}
