/** What NumPy wrote, made by scripts/fixtures/npy_files.py. */

import { readFileSync } from 'node:fs';
import type { NestedArray, Tensor } from '../../src/index.ts';

/** A number as JSON holds it: integers and what is not finite as text. */
type Written = number | string | boolean;

export interface NpyCase {
  readonly name: string;
  /** base64 */
  readonly file: string;
  readonly descr: string;
  readonly shape: readonly number[];
  readonly fortran: boolean;
  readonly values: readonly Written[];
}

interface Fixtures {
  readonly arrays: readonly NpyCase[];
  readonly tooWide: readonly NpyCase[];
  readonly beyondDouble: readonly NpyCase[];
  readonly refused: Readonly<Record<string, string>>;
  readonly content: Readonly<Record<string, NpyCase>>;
  readonly archives: Readonly<Record<'stored' | 'deflated', string>>;
  readonly bomb: string;
  readonly otherArchives: Readonly<Record<'text' | 'bzip2' | 'empty' | 'commented', string>>;
}

const file = new URL('../fixtures/npy.json', import.meta.url);

export const fixtures = JSON.parse(readFileSync(file, 'utf8')) as Fixtures;

export function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

export function valuesOf({ values }: NpyCase): (number | boolean)[] {
  const named: Record<string, number> = { nan: NaN, inf: Infinity, '-inf': -Infinity };
  return values.map((value) => (typeof value === 'string' ? (named[value] ?? Number(value)) : value));
}

export function elementsOf(x: Tensor): NestedArray {
  return x.contiguous().view(-1).toArray();
}

export const dtypeOf: Readonly<Record<string, string>> = {
  b1: 'bool',
  u1: 'uint8',
  f2: 'float32',
  f4: 'float32',
  f8: 'float64',
  i1: 'int32',
  i2: 'int32',
  i4: 'int32',
  i8: 'int32',
  u2: 'int32',
  u4: 'int32',
  u8: 'int32',
};
