/**
 * Floating-point numbers as decimal digits: the fewest that tell a number from its neighbours, or a given count.
 *
 * The goal is that of Steele & White, "How to Print Floating-Point Numbers Accurately" (1990), and the digits are
 * those of Dragon4, which NumPy prints with. The way is plainer: whole numbers of any size, scaled by a power of ten.
 */

export type FloatDType = 'float32' | 'float64';

/** `d₀.d₁d₂… · 10^exponent`, with neither leading nor trailing zeros; zero has no digits. Signs stay outside. */
export interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

const zero: Decimal = { digits: '', exponent: 0 };

/** `integer / 10^places` */
function decimalOf(integer: bigint, places: number): Decimal {
  if (integer === 0n) return zero;
  const text = integer.toString();
  return { digits: text.replace(/0+$/, ''), exponent: text.length - 1 - places };
}

const float32 = new Float32Array(1);
const bits32 = new Uint32Array(float32.buffer);
const float64 = new Float64Array(1);
const bits64 = new BigUint64Array(float64.buffer);

interface Neighbours {
  readonly below: number;
  /** Infinity above the largest number. */
  readonly above: number;
  /** Whether ties between `x` and a neighbour are rounded to `x`. */
  readonly even: boolean;
}

/** The numbers of the dtype next to `x` > 0: as bit patterns, positive floats are in order. */
function neighbours(x: number, dtype: FloatDType): Neighbours {
  if (dtype === 'float32') {
    float32[0] = x;
    const pattern = bits32[0];
    bits32[0] = pattern - 1;
    const below = float32[0];
    bits32[0] = pattern + 1;
    return { below, above: float32[0], even: pattern % 2 === 0 };
  }
  float64[0] = x;
  const pattern = bits64[0];
  bits64[0] = pattern - 1n;
  const below = float64[0];
  bits64[0] = pattern + 1n;
  return { below, above: float64[0], even: pattern % 2n === 0n };
}

/** How often `x` must be doubled to be whole. Doubling is exact, and what has a fraction is far from overflow. */
function binaryPlaces(x: number): number {
  let places = 0;
  for (let doubled = x; !Number.isInteger(doubled); doubled *= 2) places++;
  return places;
}

/** `x · 10^places` for an `x` with at most that many binary places: as 10 = 2 · 5, it is whole. */
function scaleToInteger(x: number, places: number): bigint {
  const half = Math.floor(places / 2); // In two steps, as 2^1074, which the smallest float64 needs, is none.
  return BigInt(x * 2 ** half * 2 ** (places - half)) * 5n ** BigInt(places);
}

/** A number, and what a reader rounds to it: from `low` to `high`, all three times `10^places`. */
interface Interval {
  readonly low: bigint;
  readonly value: bigint;
  readonly high: bigint;
  readonly places: number;
  readonly closed: boolean;
}

/** The interval of `x` > 0. It reaches half way to either neighbour; below a power of two that is half as far. */
function intervalOf(x: number, dtype: FloatDType): Interval {
  const { below, above, even } = neighbours(x, dtype);
  // One of the two is odd on the grid of `below`, which is the finest of the three.
  const places = Math.max(binaryPlaces(below), binaryPlaces(x));
  const value = scaleToInteger(x, places);
  const lower = scaleToInteger(below, places);
  const upper = above === Infinity ? 2n * value - lower : scaleToInteger(above, places);
  // One place more for the halves: 10 (a + b) / 2.
  return {
    low: 5n * (lower + value),
    value: 10n * value,
    high: 5n * (value + upper),
    places: places + 1,
    closed: even,
  };
}

interface Rounded {
  readonly integer: bigint;
  /** Whether a reader gets the number back. */
  readonly unique: boolean;
}

/**
 * The multiple of `unit` that stands for the interval's number: of the two around it the nearer one, ties to the
 * even one; but where a reader gets the number back from one of them only, that one. The two differ just above
 * powers of two, where the nearer one can be outside of the interval's shorter half.
 */
function roundTo({ low, value, high, closed }: Interval, unit: bigint): Rounded {
  const count = value / unit;
  const down = count * unit;
  const up = down + unit;
  const downFits = closed ? down >= low : down > low;
  const upFits = closed ? up <= high : up < high;
  const lean = value - down - (up - value);
  const downIsNearer = lean === 0n ? count % 2n === 0n : lean < 0n;
  const goDown = downFits === upFits ? downIsNearer : downFits;
  return { integer: goDown ? down : up, unique: downFits || upFits };
}

/** The fewest digits that name the finite `x` ≥ 0 among the numbers of its dtype: float32's 0.1, not 0.10000000149. */
export function shortestDecimal(x: number, dtype: FloatDType): Decimal {
  if (x === 0) return zero;
  if (dtype === 'float64') {
    const [digits, exponent] = x.toExponential().split('e');
    return { digits: digits.replace('.', ''), exponent: Number(exponent) };
  }
  const interval = intervalOf(x, dtype);
  let unit = 10n ** BigInt(interval.high.toString().length);
  let rounded: Rounded;
  do {
    unit /= 10n;
    rounded = roundTo(interval, unit);
  } while (!rounded.unique);
  return decimalOf(rounded.integer, interval.places);
}

/** The finite `x` ≥ 0 with its digits up to `place` behind the point; the rest is rounded. */
export function decimalToPlace(x: number, dtype: FloatDType, place: number): Decimal {
  if (x === 0) return zero;
  const interval = intervalOf(x, dtype);
  const dropped = Math.max(interval.places - place, 0);
  return decimalOf(roundTo(interval, 10n ** BigInt(dropped)).integer, interval.places);
}

/** The first `count` digits of the finite `x` ≥ 0; the rest is rounded. */
export function decimalToCount(x: number, dtype: FloatDType, count: number): Decimal {
  if (x === 0) return zero;
  const interval = intervalOf(x, dtype);
  const dropped = Math.max(interval.value.toString().length - count, 0);
  return decimalOf(roundTo(interval, 10n ** BigInt(dropped)).integer, interval.places);
}
