/**
 * Turns an equation into steps that kernels can do: sums, products, matrix products. Which step, and through
 * which views, follows from shapes and strides alone, so that a plan serves every call with the same ones.
 */

import { contiguousStrides, type Shape } from '../../core/shape.ts';
import type { Labelled } from './parse.ts';
import { contractionPath } from './path.ts';

/** How a step sees a register: registers hold the operands, and then the result of each step. */
export interface View {
  readonly register: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Each step makes the next register, and writes all of it, seen through `out`. */
export type Step =
  | { readonly kind: 'sum'; readonly x: View; readonly out: View }
  | { readonly kind: 'copy'; readonly x: View; readonly out: View }
  | { readonly kind: 'mul'; readonly a: View; readonly b: View; readonly out: View }
  | { readonly kind: 'matmul'; readonly a: View; readonly b: View; readonly out: View };

export interface Plan {
  readonly steps: readonly Step[];
  readonly result: View;
}

/** An operand, or what became of some: a register whose dimensions are named by labels. */
interface Factor {
  readonly register: number;
  /** The stride of each label that the factor has. */
  readonly strides: ReadonlyMap<number, number>;
}

/** From this many terms on, a matrix product of one row and one column is quicker than a product and a sum. */
const LONG_DOT = 64;

/** From this size on, a matrix dimension is long enough for the others of its kind to be looped over. */
const LONG_SIDE = 16;

/** The steps for an equation and operands of these shapes and strides. */
export function planContraction(
  { inputs, output, sizes }: Labelled,
  operands: readonly { readonly shape: Shape; readonly strides: readonly number[] }[],
): Plan {
  const lowering = new Lowering(sizes, operands.length);
  const factors = operands.map((operand, register) =>
    factorOf(register, inputs[register], operand.shape, operand.strides),
  );
  // Labels of size 1 are in no factor: they come back in the view of the result.
  const order = output.filter((label) => sizes[label] !== 1);
  const path = contractionPath(
    factors.map((factor) => [...factor.strides.keys()]),
    order,
    sizes,
  );
  const open = new Set(factors);
  for (const [i, j] of path) {
    open.delete(factors[i]);
    open.delete(factors[j]);
    const needed = new Set(order);
    for (const factor of open) for (const label of factor.strides.keys()) needed.add(label);
    const result = lowering.contract(factors[i], factors[j], needed, open.size === 0 ? order : null);
    factors.push(result);
    open.add(result);
  }
  const last = lowering.sumAway(factors[factors.length - 1], new Set(order), order);
  return {
    steps: lowering.steps,
    result: {
      register: last.register,
      shape: output.map((label) => sizes[label]),
      strides: output.map((label) => last.strides.get(label) ?? 1),
    },
  };
}

/** An operand's dimensions by label: one step along a label that comes twice goes along its diagonal. */
function factorOf(
  register: number,
  labels: readonly number[],
  shape: Shape,
  strides: readonly number[],
): Factor {
  const byLabel = new Map<number, number>();
  labels.forEach((label, d) => {
    // A dimension of size 1 broadcasts, and so does one that is not there.
    if (shape[d] !== 1) byLabel.set(label, (byLabel.get(label) ?? 0) + strides[d]);
  });
  return { register, strides: byLabel };
}

class Lowering {
  readonly steps: Step[] = [];
  readonly #sizes: readonly number[];
  #registers: number;

  constructor(sizes: readonly number[], operands: number) {
    this.#sizes = sizes;
    this.#registers = operands;
  }

  /**
   * The product of two factors, summed over the labels that are not needed any more.
   *
   * @param order the order of the result's labels where it is the last one, else null
   */
  contract(
    first: Factor,
    second: Factor,
    needed: ReadonlySet<number>,
    order: readonly number[] | null,
  ): Factor {
    // What only one of them has, and nobody needs, is summed before there are products of it.
    let a = this.sumAway(first, new Set([...needed, ...second.strides.keys()]));
    let b = this.sumAway(second, new Set([...needed, ...a.strides.keys()]));
    const shared = [...a.strides.keys()].filter((label) => b.strides.has(label));
    const batch = shared.filter((label) => needed.has(label));
    const inner = shared.filter((label) => !needed.has(label));
    // The innermost dimension of the result should be one of columns, for rows of it to be written in order.
    if (order && order.length > 0 && !b.strides.has(order[order.length - 1])) [a, b] = [b, a];
    const rows = [...a.strides.keys()].filter((label) => !b.strides.has(label));
    const columns = [...b.strides.keys()].filter((label) => !a.strides.has(label));

    const manyDots = batch.length > 0 && rows.length === 0 && columns.length === 0;
    if (inner.length === 0 || (manyDots && this.#count(inner) < LONG_DOT)) {
      const kept = order ?? [...batch, ...rows, ...columns];
      return this.sumAway(this.#multiply(a, b, [...kept, ...inner]), new Set(kept));
    }
    return this.#matmul(a, b, { batch, rows, columns, inner }, order);
  }

  /** Without the labels that are not in `kept`. The result's labels are in `order`, or in the factor's own. */
  sumAway(factor: Factor, kept: ReadonlySet<number>, order?: readonly number[]): Factor {
    const gone = [...factor.strides.keys()].filter((label) => !kept.has(label));
    if (gone.length === 0) return factor;
    const left = order ?? [...factor.strides.keys()].filter((label) => kept.has(label));
    const result = this.#fresh(left);
    const x = this.#view(factor, [...left, ...gone]);
    const { register, shape, strides } = this.#view(result, left);
    const out = {
      register,
      shape: [...shape, ...gone.map(() => 1)],
      strides: [...strides, ...gone.map(() => 1)],
    };
    this.steps.push({ kind: 'sum', x, out });
    return result;
  }

  #multiply(a: Factor, b: Factor, labels: readonly number[]): Factor {
    const result = this.#fresh(labels);
    this.steps.push({
      kind: 'mul',
      a: this.#view(a, labels),
      b: this.#view(b, labels),
      out: this.#view(result, labels),
    });
    return result;
  }

  #matmul(a: Factor, b: Factor, groups: Groups, order: readonly number[] | null): Factor {
    const { batch } = groups;
    const inner = this.#bestOrder(groups.inner, a, b);
    const inOrder = (labels: readonly number[]) =>
      order === null ? labels : order.filter((label) => labels.includes(label));
    const left = this.#side(a, inOrder(groups.rows), inner, batch);
    const right = this.#side(b, inOrder(groups.columns), inner, batch);
    const loops = [...batch, ...left.looped, ...right.looped];

    const natural = this.#strides([...loops, ...left.labels, ...right.labels]);
    const wanted = order && this.#strides(order);
    const fits =
      wanted && this.#merged(wanted, left.labels) !== null && this.#merged(wanted, right.labels) !== null;
    const result: Factor = { register: this.#registers, strides: fits ? wanted : natural };

    const aView = this.#matrices(left.factor, loops, left.labels, inner);
    const bView = this.#matrices(right.factor, loops, inner, right.labels);
    this.steps.push({
      kind: 'matmul',
      a: aView,
      b: bView,
      out: this.#matrices(result, loops, left.labels, right.labels),
    });
    this.#registers++;
    return result;
  }

  /**
   * One side of a matrix product: its labels that nothing sums over must become one dimension. Where their
   * strides do not allow that, all but a long run of them are looped over, as if they were of the batch; or,
   * where there is no long run, or the inner labels do not merge either, the factor is copied.
   */
  #side(
    factor: Factor,
    labels: readonly number[],
    inner: readonly number[],
    batch: readonly number[],
  ): { factor: Factor; labels: readonly number[]; looped: readonly number[] } {
    if (this.#merged(factor.strides, inner) !== null) {
      const descending = byStride(factor, labels);
      for (const candidate of [labels, descending]) {
        if (this.#merged(factor.strides, candidate) !== null)
          return { factor, labels: candidate, looped: [] };
      }
      const run = this.#longestRun(factor, descending);
      if (this.#count(run) >= LONG_SIDE)
        return { factor, labels: run, looped: labels.filter((label) => !run.includes(label)) };
    }
    const copy = this.#fresh([...batch, ...labels, ...inner]);
    const order = [...copy.strides.keys()];
    this.steps.push({ kind: 'copy', x: this.#view(factor, order), out: this.#view(copy, order) });
    return { factor: copy, labels, looped: [] };
  }

  /** The order of the inner labels, which both factors must share, that needs the smallest copies. */
  #bestOrder(inner: readonly number[], a: Factor, b: Factor): readonly number[] {
    const copied = (order: readonly number[]) => {
      let elements = 0;
      for (const factor of [a, b])
        if (this.#merged(factor.strides, order) === null) elements += this.#count([...factor.strides.keys()]);
      return elements;
    };
    const orders = [byStride(a, inner), byStride(b, inner)];
    return copied(orders[1]) < copied(orders[0]) ? orders[1] : orders[0];
  }

  /** Of labels in order of their strides, the run of neighbours that merge into the largest dimension. */
  #longestRun(factor: Factor, labels: readonly number[]): readonly number[] {
    let longest: readonly number[] = [];
    for (let from = 0; from < labels.length; from++) {
      for (let to = from + 1; to <= labels.length; to++) {
        const run = labels.slice(from, to);
        if (this.#merged(factor.strides, run) === null) break;
        if (this.#count(run) > this.#count(longest)) longest = run;
      }
    }
    return longest;
  }

  /** The stride of the one dimension that labels in this order make; null where they do not. */
  #merged(strides: ReadonlyMap<number, number>, labels: readonly number[]): number | null {
    if (this.#count(labels) === 0) return 1; // there is nothing to step to
    for (let i = 0; i + 1 < labels.length; i++) {
      const [outer, next] = [labels[i], labels[i + 1]];
      if (strides.get(outer) !== (strides.get(next) as number) * this.#sizes[next]) return null;
    }
    return labels.length === 0 ? 1 : (strides.get(labels[labels.length - 1]) as number);
  }

  /** A factor as matrices, one for each turn of the loops. */
  #matrices(
    factor: Factor,
    loops: readonly number[],
    rows: readonly number[],
    columns: readonly number[],
  ): View {
    const { register, shape, strides } = this.#view(factor, loops);
    const [height, width] = [this.#count(rows), this.#count(columns)];
    const columnStep = this.#merged(factor.strides, columns) as number;
    const rowStep = rows.length === 0 ? width * columnStep : (this.#merged(factor.strides, rows) as number);
    return { register, shape: [...shape, height, width], strides: [...strides, rowStep, columnStep] };
  }

  /** A factor with one dimension a label, repeated (stride 0) along those that it has not. */
  #view(factor: Factor, labels: readonly number[]): View {
    return {
      register: factor.register,
      shape: labels.map((label) => this.#sizes[label]),
      strides: labels.map((label) => factor.strides.get(label) ?? 0),
    };
  }

  /** The factor that the next step makes, contiguous in the order of its labels. */
  #fresh(labels: readonly number[]): Factor {
    return { register: this.#registers++, strides: this.#strides(labels) };
  }

  #strides(labels: readonly number[]): ReadonlyMap<number, number> {
    const strides = contiguousStrides(labels.map((label) => this.#sizes[label]));
    return new Map(labels.map((label, d) => [label, strides[d]]));
  }

  /** Elements that these labels count. */
  #count(labels: readonly number[]): number {
    return labels.reduce((product, label) => product * this.#sizes[label], 1);
  }
}

/** The labels of a matrix product by what becomes of them. */
interface Groups {
  /** In both factors, and in the result. */
  readonly batch: readonly number[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  /** In both factors, and summed over. */
  readonly inner: readonly number[];
}

function byStride(factor: Factor, labels: readonly number[]): readonly number[] {
  const stride = (label: number) => Math.abs(factor.strides.get(label) as number);
  return labels.toSorted((p, q) => stride(q) - stride(p));
}
