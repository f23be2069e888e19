import { Generator } from '../core/generator.ts';
import { keep } from '../core/scope.ts';
import { allocateResult, type Tensor } from '../core/tensor.ts';
import { indexSelect } from '../ops/indexing/gather.ts';
import { defaultGenerator, randperm } from '../ops/random.ts';
import { narrow } from '../ops/views.ts';
import { Dataset } from './dataset.ts';

export interface LoaderOptions {
  /** Rows in a batch; 64 unless said otherwise. */
  readonly batchSize?: number | undefined;
  /** A new random order in each pass. Not unless said otherwise. */
  readonly shuffle?: boolean | undefined;
  /**
   * Give out the same two tensors for every shuffled batch, overwritten by the next: for loops that are done with a
   * batch when they ask for another, be there one or not. It spares the memory of a new copy each time. Not unless
   * said otherwise.
   */
  readonly reuse?: boolean | undefined;
  /**
   * How many batches `for await` makes ahead, in turns of the event loop in which the loop's body waits for something
   * else: 0 unless said otherwise. The batches, and their order, are the same.
   */
  readonly prefetch?: number | undefined;
  /** Leave out the last batch where it is smaller than the others. Not unless said otherwise. */
  readonly dropLast?: boolean | undefined;
  /** What shuffles: the library's one generator, which `manualSeed` seeds, unless said otherwise. */
  readonly generator?: Generator | undefined;
  /** A generator of the loader's own, started from this seed: the same passes, whatever else is drawn. */
  readonly seed?: number | bigint | undefined;
}

/** Rows of x and of y. */
export type Batch = [x: Tensor, y: Tensor];

/**
 * The rows of a data set in batches. Each `for … of` is one pass, and so is each `for await … of`, which lets timers
 * and signals (a progress bar, Ctrl-C) have their turn between batches.
 *
 * In order, batches are views of the data set; shuffled, they are copies, x[perm] with the order of `randperm`.
 */
export class DataLoader implements Iterable<Batch>, AsyncIterable<Batch> {
  readonly dataset: Dataset;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  readonly reuse: boolean;
  readonly prefetch: number;
  readonly #generator: Generator;

  /** @throws RangeError unless batchSize is a whole number from 1, and prefetch one from 0 */
  constructor(dataset: Dataset, options: LoaderOptions = {}) {
    const { batchSize = 64, shuffle = false, dropLast = false, reuse = false, prefetch = 0 } = options;
    const { generator, seed } = options;
    if (!(dataset instanceof Dataset)) {
      throw new TypeError('loader: the first argument must be a Dataset; make one with data.dataset(x, y)');
    }
    if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
      throw new RangeError(`loader: batchSize must be a whole number from 1, got ${batchSize}`);
    }
    if (!Number.isSafeInteger(prefetch) || prefetch < 0) {
      throw new RangeError(`loader: prefetch must be a whole number from 0, got ${prefetch}`);
    }
    if (generator !== undefined && seed !== undefined) {
      throw new TypeError('loader: give a generator or a seed, not both');
    }
    if (generator !== undefined && !(generator instanceof Generator)) {
      throw new TypeError('loader: generator must be a Generator');
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.shuffle = shuffle;
    this.dropLast = dropLast;
    this.reuse = reuse;
    this.prefetch = prefetch;
    this.#generator = generator ?? (seed === undefined ? defaultGenerator : new Generator(seed));
  }

  /** Number of batches in a pass. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  [Symbol.iterator](): IterableIterator<Batch> {
    return this.#batches(1);
  }

  /** The batches of a pass. With `reuse`, each is overwritten when so many more were asked for. */
  *#batches(kept: number): IterableIterator<Batch> {
    const { x, y, length: rows } = this.dataset;
    const order = this.shuffle ? keep(randperm(rows, { generator: this.#generator })) : undefined;
    const batches = this.length;
    const buffers =
      order !== undefined && this.reuse
        ? Array.from({ length: Math.min(kept, batches) }, () => batchBuffers(this.dataset, this.batchSize))
        : undefined;
    try {
      for (let batch = 0; batch < batches; batch++) {
        const start = batch * this.batchSize;
        const count = Math.min(this.batchSize, rows - start);
        if (order === undefined) {
          yield [narrow(x, 0, start, count), narrow(y, 0, start, count)];
        } else {
          const chosen = narrow(order, 0, start, count);
          const buffer = buffers?.[batch % buffers.length];
          const [outX, outY] = buffer?.map((whole) => narrow(whole, 0, 0, count)) ?? [];
          yield [indexSelect(x, 0, chosen, { out: outX }), indexSelect(y, 0, chosen, { out: outY })];
        }
      }
      // Who asked for another batch is done with the last one, unless this one only reads ahead.
      if (kept === 1) for (const whole of buffers?.flat() ?? []) whole.dispose();
    } finally {
      order?.dispose(); // nobody else has it
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    const { prefetch } = this;
    const batches = this.#batches(prefetch + 1);
    const ahead: IteratorResult<Batch, undefined>[] = [];
    let failure: { error: unknown } | undefined;
    let fills: NodeJS.Immediate | undefined;
    const fill = () => {
      if (ahead.length >= prefetch || failure !== undefined || ahead.at(-1)?.done) return;
      try {
        ahead.push(batches.next());
      } catch (error) {
        failure = { error }; // whoever asks for that batch gets it
        return;
      }
      fills = setImmediate(fill);
    };
    try {
      for (;;) {
        if (ahead.length === 0 && failure !== undefined) throw failure.error;
        const next = ahead.shift() ?? batches.next();
        if (next.done) return;
        if (prefetch > 0) fills = setImmediate(fill);
        yield next.value;
        await new Promise((resolve) => setImmediate(resolve));
        clearImmediate(fills);
      }
    } finally {
      clearImmediate(fills);
    }
  }
}

function batchBuffers({ x, y, length }: Dataset, batchSize: number): Batch {
  const rows = Math.min(batchSize, length);
  // Kept, as the order is: a pass may begin in a scope and go on after it.
  const buffer = (like: Tensor) => keep(allocateResult('loader', [rows, ...like.shape.slice(1)], like.dtype));
  return [buffer(x), buffer(y)];
}

/** A {@link DataLoader} over the rows of a data set. */
export function loader(dataset: Dataset, options?: LoaderOptions): DataLoader {
  return new DataLoader(dataset, options);
}
