import type { Strided } from '../../core/strided.ts';
import { forEachRun, strided, without } from './runs.ts';

/** Up to this many, the best are kept in a list; more are the beginning of all, sorted. */
const SHORT_LIST = 64;

/** Runs of this length are sorted by insertion before they are merged. */
const INSERTION_RUN = 16;

export function sort(
  x: Strided,
  dim: number,
  descending: boolean,
  values: Strided | null,
  indices: Strided | null,
): void {
  const size = x.shape[dim];
  const sorter = new Sorter(size, descending);
  forEachSlice(x, dim, values, indices, (from, toValues, toIndices) => {
    sorter.load(x, from, x.strides[dim]);
    const order = sorter.sorted();
    for (let k = 0; k < size; k++) {
      const place = order[k];
      if (values !== null) values.memory[toValues + k * values.strides[dim]] = sorter.valueAt(place);
      if (indices !== null) indices.memory[toIndices + k * indices.strides[dim]] = place;
    }
  });
}

export function topk(x: Strided, dim: number, largest: boolean, values: Strided, indices: Strided): void {
  const count = values.shape[dim];
  const sorter = new Sorter(x.shape[dim], largest);
  forEachSlice(x, dim, values, indices, (from, toValues, toIndices) => {
    sorter.load(x, from, x.strides[dim]);
    const order = count <= SHORT_LIST ? sorter.first(count) : sorter.sorted();
    for (let k = 0; k < count; k++) {
      values.memory[toValues + k * values.strides[dim]] = sorter.valueAt(order[k]);
      indices.memory[toIndices + k * indices.strides[dim]] = order[k];
    }
  });
}

/** Calls `visit` with the places of the first elements of each slice along `dim`. */
function forEachSlice(
  x: Strided,
  dim: number,
  values: Strided | null,
  indices: Strided | null,
  visit: (from: number, toValues: number, toIndices: number) => void,
): void {
  const shape = without(x.shape, dim);
  const firsts = [x, values ?? x, indices ?? x].map((each) =>
    strided(each.dtype, each.memory, each.offset, shape, without(each.strides, dim)),
  );
  forEachRun(shape, firsts, (at, step, length) => {
    for (let i = 0; i < length; i++) visit(at[0] + i * step[0], at[1] + i * step[1], at[2] + i * step[2]);
  });
}

/** Orders the places of one slice after the other. */
class Sorter {
  /** The elements, or, for descending order, their negatives: keys are always in ascending order. */
  readonly #keys: Float64Array;
  readonly #descending: boolean;
  #order: Int32Array;
  #scratch: Int32Array;

  constructor(size: number, descending: boolean) {
    this.#keys = new Float64Array(size);
    this.#descending = descending;
    this.#order = new Int32Array(size);
    this.#scratch = new Int32Array(size);
  }

  load(x: Strided, from: number, step: number): void {
    const keys = this.#keys;
    const { memory } = x;
    if (this.#descending) for (let k = 0, i = from; k < keys.length; k++, i += step) keys[k] = -memory[i];
    else for (let k = 0, i = from; k < keys.length; k++, i += step) keys[k] = memory[i];
  }

  valueAt(place: number): number {
    return this.#descending ? -this.#keys[place] : this.#keys[place];
  }

  /** All places in order: a merge sort, from short runs upwards, which keeps equal keys as they are. */
  sorted(): Int32Array {
    const [begin, end] = this.#setNaNsApart();
    for (let low = begin; low < end; low += INSERTION_RUN)
      this.#sortRun(low, Math.min(low + INSERTION_RUN, end));
    this.#scratch.set(this.#order); // merging leaves the places of NaN as they are
    for (let width = INSERTION_RUN; width < end - begin; width *= 2) {
      for (let low = begin; low < end; low += 2 * width)
        this.#merge(low, Math.min(low + width, end), Math.min(low + 2 * width, end));
      [this.#order, this.#scratch] = [this.#scratch, this.#order];
    }
    return this.#order;
  }

  /** The first `count` places in order, by insertion into a list of no more. */
  first(count: number): Int32Array {
    const keys = this.#keys;
    const order = this.#order;
    let held = 0;
    for (let place = 0; count > 0 && place < keys.length; place++) {
      if (held === count && !this.#precedes(keys[place], keys[order[held - 1]])) continue;
      let k = held < count ? held++ : held - 1;
      for (; k > 0 && this.#precedes(keys[place], keys[order[k - 1]]); k--) order[k] = order[k - 1];
      order[k] = place;
    }
    return order;
  }

  /** NaN counts as the largest element: first in descending order, last in ascending. */
  #precedes(key: number, other: number): boolean {
    if (Number.isNaN(key)) return this.#descending && !Number.isNaN(other);
    return key < other || (Number.isNaN(other) && !this.#descending);
  }

  /** Lays out the places with those of NaN on their side, and returns where the others begin and end. */
  #setNaNsApart(): [begin: number, end: number] {
    const keys = this.#keys;
    const order = this.#order;
    let numbers = 0;
    for (let place = 0; place < keys.length; place++) if (!Number.isNaN(keys[place])) numbers++;
    const begin = this.#descending ? keys.length - numbers : 0;
    let number = begin;
    let missing = this.#descending ? 0 : numbers;
    for (let place = 0; place < keys.length; place++) {
      if (Number.isNaN(keys[place])) order[missing++] = place;
      else order[number++] = place;
    }
    return [begin, begin + numbers];
  }

  #sortRun(low: number, high: number): void {
    const keys = this.#keys;
    const order = this.#order;
    for (let i = low + 1; i < high; i++) {
      const place = order[i];
      const key = keys[place];
      let k = i;
      for (; k > low && key < keys[order[k - 1]]; k--) order[k] = order[k - 1];
      order[k] = place;
    }
  }

  /** Merges order[low…middle) and order[middle…high) into the scratch. */
  #merge(low: number, middle: number, high: number): void {
    const keys = this.#keys;
    const order = this.#order;
    const scratch = this.#scratch;
    let [left, right] = [low, middle];
    for (let k = low; k < high; k++) {
      const takeLeft = left < middle && (right >= high || keys[order[left]] <= keys[order[right]]);
      scratch[k] = takeLeft ? order[left++] : order[right++];
    }
  }
}
