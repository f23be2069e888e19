/**
 * What every peer of the matmul comparison multiplies, and how they are asked. A worker says who it is in a first
 * line, {"peer": name}; then it answers each line
 *
 *     batch m k n aTransposed bTransposed seconds
 *
 * with the seconds of a product, the best and the median of as many as fit into that time:
 *
 *     {"best": 1.4e-6, "median": 1.5e-6, "checksum": 123}
 *
 * Elements are eighths, so that every sum is exact in float32 in whatever order it is added: the checksums of all
 * must be equal to the last bit, or one of them computed something else. Only the first answer to a shape has one.
 */

import { createInterface } from 'node:readline';
import type { MatmulShape } from '../../src/cli/matmulShape.ts';

/** Element i, in the order of memory: of a ((31 i + ⌊i / 64⌋) mod 17 − 8) / 8, of b ((29 i + ⌊i / 64⌋) mod 13 − 6) / 8. */
export function fill(count: number, operand: 'a' | 'b'): Float32Array {
  const [step, modulus, middle] = operand === 'a' ? [31, 17, 8] : [29, 13, 6];
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = (((i * step + Math.floor(i / 64)) % modulus) - middle) / 8;
  return values;
}

/** Σ c[i] · (i mod 7 + 1): another one where rows and columns are exchanged. */
export function checksum(c: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < c.length; i++) sum += c[i] * ((i % 7) + 1);
  return sum;
}

/** A product that has been prepared: `run` computes it, `result` hands over what the last run computed. */
export interface Prepared {
  run(): unknown;
  result(): ArrayLike<number> | Promise<ArrayLike<number>>;
}

export function requestLine(shape: MatmulShape, seconds: number): string {
  const { batch, m, k, n, aTransposed, bTransposed } = shape;
  return [batch, m, k, n, aTransposed ? 1 : 0, bTransposed ? 1 : 0, seconds].join(' ');
}

function parseRequest(line: string): { shape: MatmulShape; seconds: number } {
  const [batch, m, k, n, a, b, seconds] = line.split(' ').map(Number);
  return { shape: { batch, m, k, n, aTransposed: a === 1, bTransposed: b === 1 }, seconds };
}

/** A call that is shorter than this is timed together with others, in milliseconds. */
const groupTime = 0.1;
/** The first call warms the caches, unless it takes so long that this does not matter, in milliseconds. */
const longTime = 10;

async function timed(seconds: number, { run }: Prepared): Promise<{ best: number; median: number }> {
  let repeats = 1;
  const samples: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  const first = run();
  // Waiting for what is no promise would cost as much as a small product.
  const asynchronous = first instanceof Promise;
  await first;
  const firstTime = performance.now() - began;
  if (firstTime >= longTime) samples.push(firstTime / 1000);
  while (samples.length === 0 || performance.now() < end) {
    const start = performance.now();
    if (asynchronous) for (let i = 0; i < repeats; i++) await run();
    else for (let i = 0; i < repeats; i++) run();
    const spent = performance.now() - start;
    if (spent >= groupTime || performance.now() >= end) samples.push(spent / repeats / 1000);
    if (spent < groupTime) repeats *= 2;
  }
  samples.sort((a, b) => a - b);
  return { best: samples[0], median: samples[Math.floor(samples.length / 2)] };
}

/** Answers until its input ends. What goes wrong with a shape is answered as {"error": message}. */
export async function serve(
  peer: string,
  prepare: (shape: MatmulShape) => Prepared | Promise<Prepared>,
  other: (line: string) => object | null = () => null,
): Promise<void> {
  const say = (answer: object) => console.log(JSON.stringify(answer));
  say({ peer });
  let last = '';
  let prepared: Prepared | null = null;
  for await (const line of createInterface(process.stdin)) {
    const answered = other(line);
    if (answered !== null) {
      say(answered);
      continue;
    }
    try {
      const { shape, seconds } = parseRequest(line);
      const wanted = requestLine(shape, 0);
      const fresh = wanted !== last || prepared === null;
      if (prepared === null || fresh) {
        prepared = null;
        last = wanted;
        globalThis.gc?.(); // before the next operands are made: they can have hundreds of megabytes
        prepared = await prepare(shape);
      }
      const times = await timed(seconds, prepared);
      say({ ...times, ...(fresh && { checksum: checksum(await prepared.result()) }) });
    } catch (error) {
      prepared = null;
      say({ error: error instanceof Error ? error.message : String(error) });
    }
  }
}
