/** Shapes of matrix products, as the command line names them. */

import { InvalidArgumentError } from 'commander';
import { allocateTensor, type Tensor } from '../core/tensor.ts';
import { rand } from '../ops/random.ts';
import { transpose } from '../ops/views.ts';

/** a [batch, m, k] @ b [batch, k, n]; `batch` is 1 for two matrices. */
export interface MatmulShape {
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** Whether an operand lies transposed in memory. */
  readonly aTransposed: boolean;
  readonly bTransposed: boolean;
}

const pattern = /^(?:(\d+)\*)?(\d+)x(\d+)(t?)(?:@(\d+))?x(\d+)(t?)$/;

/**
 * Reads `64x784@784x50t`, or `64x784x50t` for short: sizes m, k and n, and a `t` behind an operand that lies
 * transposed in memory. `32*64x64x64` is a batch of 32.
 *
 * @throws InvalidArgumentError saying what is wrong
 */
export function parseMatmulShape(text: string): MatmulShape {
  const found = pattern.exec(text.replaceAll('×', 'x').replaceAll('ᵀ', 't').replaceAll(' ', ''));
  if (found === null) {
    throw new InvalidArgumentError('It must be MxKxN or MxK@KxN, like 64x784x50 or 64x784@784x50t.');
  }
  const [, batch = '1', m, k, aMark, kAgain = k, n, bMark] = found;
  if (kAgain !== k) throw new InvalidArgumentError(`The inner sizes differ: ${k} and ${kAgain}.`);
  const sizes = [batch, m, k, n].map(Number);
  if (sizes.some((size) => size < 1 || !Number.isSafeInteger(size))) {
    throw new InvalidArgumentError('Sizes must be whole numbers from 1.');
  }
  return {
    batch: sizes[0],
    m: sizes[1],
    k: sizes[2],
    n: sizes[3],
    aTransposed: aMark === 't',
    bTransposed: bMark === 't',
  };
}

/** `64×784 @ 784×50ᵀ`. */
export function formatMatmulShape({ batch, m, k, n, aTransposed, bTransposed }: MatmulShape): string {
  const product = `${m}×${k}${aTransposed ? 'ᵀ' : ''} @ ${k}×${n}${bTransposed ? 'ᵀ' : ''}`;
  return batch === 1 ? product : `${batch} of ${product}`;
}

/** Floating-point operations of the product. */
export function flopsOf({ batch, m, k, n }: MatmulShape): number {
  return 2 * batch * m * k * n;
}

/** Bytes that it must read and write at least, in float32. */
export function bytesOf({ batch, m, k, n }: MatmulShape): number {
  return 4 * batch * (m * k + k * n + m * n);
}

/** The operands, drawn from the default generator, and room for the product. */
export function matmulOperands(shape: MatmulShape): { a: Tensor; b: Tensor; out: Tensor } {
  const { batch, m, k, n, aTransposed, bTransposed } = shape;
  const outer = batch === 1 ? [] : [batch];
  const operand = (rows: number, columns: number, transposed: boolean) =>
    transposed ? transpose(rand([...outer, columns, rows]), -2, -1) : rand([...outer, rows, columns]);
  return {
    a: operand(m, k, aTransposed),
    b: operand(k, n, bTransposed),
    out: allocateTensor('bench', [...outer, m, n], 'float32'),
  };
}

/** Forward x · Wᵀ, input gradient dy · W, and weight gradient dyᵀ · x of a layer. */
function layerShapes(batch: number, inputs: number, outputs: number): string[] {
  return [
    `${batch}x${inputs}@${inputs}x${outputs}t`,
    `${batch}x${outputs}@${outputs}x${inputs}`,
    `${outputs}x${batch}t@${batch}x${inputs}`,
  ];
}

/** What deep learning asks of a matmul: single images, layers, squares, a whole training set, convolutions. */
export const matmulShapes: readonly MatmulShape[] = [
  '5x784@784x10',
  '1x784@784x50t',
  ...layerShapes(64, 784, 50),
  ...layerShapes(64, 50, 10),
  ...layerShapes(64, 784, 512),
  ...layerShapes(64, 512, 512),
  ...[256, 512, 1024, 2048, 4096].map((size) => `${size}x${size}x${size}`),
  '50000x784@784x50',
  '50000x784@784x50t',
  '50000x784@784x10',
  '784x50000t@50000x50',
  '50000x50@50x784',
  '32x288@288x4608',
  '16x144@144x50176',
  '32*64x64@64x64',
].map(parseMatmulShape);
