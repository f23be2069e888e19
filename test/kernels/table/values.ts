/** Where the table's numbers come from: seeded, so that every run sees the same. */

import type { DType } from '../../../src/core/dtype.ts';

export type Source = () => number;

/** Uniform in [0, 1): a 32-bit linear congruential generator with the high bits mixed down. */
export function uniform(seed: number): Source {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32;
  };
}

/** Numbers around 0 of the usual size. */
export function ordinary(seed: number): Source {
  const next = uniform(seed);
  return () => (next() + next() + next() - 1.5) * 2;
}

/** Small whole numbers: sums of products of these are exact in float32. */
export function whole(seed: number, largest = 4): Source {
  const next = uniform(seed);
  return () => Math.floor(next() * (2 * largest + 1)) - largest;
}

export const nonFinite = [NaN, Infinity, -Infinity];

/** Numbers at which functions turn, for each dtype. */
export const specials: Record<DType, readonly number[]> = {
  float32: [
    ...nonFinite,
    ...signs([0, 1, 2, 3, 0.5, 1.5, 2.5, 0.25, 0.1, 10, 0.46875, 4, 88.7, 89.5, 103.5, 8388608, 8388607.5]),
    ...signs([1e-7, 1e-4, 16777217, 1e10, 1e30, 3.4028234663852886e38]),
    ...signs([2 ** -149, 3 * 2 ** -149, 2 ** -127, 2 ** -126, 1 / 3]),
    ...signs([Math.PI, Math.PI / 2, 100 * Math.PI].map(Math.fround)),
  ],
  float64: [
    ...nonFinite,
    ...signs([0, 1, 2, 3, 0.5, 1.5, 2.5, 0.25, 0.1, 10, 0.46875, 4, 709.7, 710, 745, 4503599627370495.5]),
    ...signs([1e-16, 1e-8, 1e10, 1e30, 1e300, 9007199254740992]),
    ...signs([2 ** -1074, 3 * 2 ** -1074, 2 ** -1023, 2 ** -1022, 1 / 3]),
    ...signs([Math.PI, Math.PI / 2, 100 * Math.PI, Number.MAX_VALUE]),
  ],
  int32: [...signs([0, 1, 2, 3, 7, 46341, 65536, 123456789, 2147483647]), -2147483648],
  uint8: [0, 1, 2, 3, 7, 15, 16, 127, 128, 200, 254, 255],
  bool: [0, 1],
};

function signs(sizes: readonly number[]): number[] {
  return sizes.flatMap((size) => [size, -size]);
}

/** Every special number of the dtype in between numbers of all magnitudes; two sources meet in all pairs. */
export function varied(dtype: DType, seed: number): Source {
  const next = uniform(seed);
  const kept = specials[dtype];
  return () => {
    if (next() < 0.3) return kept[Math.floor(next() * kept.length)];
    if (dtype === 'bool') return next() < 0.5 ? 0 : 1;
    if (dtype === 'uint8') return Math.floor(next() * 256);
    const sign = next() < 0.5 ? -1 : 1;
    if (dtype === 'int32') return sign * Math.floor(2 ** (next() * 31));
    // Magnitudes from 2^-20 to 2^8, and now and then from the whole range.
    const exponent = next() < 0.8 ? next() * 28 - 20 : (next() - 0.5) * (dtype === 'float32' ? 250 : 2000);
    return sign * 2 ** exponent * (1 + next());
  };
}

/** What storing in the dtype makes of a number. */
export function stored(dtype: DType, value: number): number {
  switch (dtype) {
    case 'float32':
      return Math.fround(value);
    case 'float64':
      return value;
    case 'int32':
      return Number(BigInt.asIntN(32, wholePart(value)));
    case 'uint8':
      return Number(BigInt.asUintN(8, wholePart(value)));
    case 'bool':
      return value === 0 ? 0 : 1;
  }
}

function wholePart(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}
