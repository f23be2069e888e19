import { decimalToCount, decimalToPlace, type FloatDType, shortestDecimal } from './decimal.ts';
import type { DType } from './dtype.ts';

/** How floats are written: see `PrintOptions`. */
export interface FloatStyle {
  readonly precision: number;
  readonly suppress: boolean;
  readonly sciMode: boolean | null;
}

/** A finite number in the pieces that are aligned with those of its neighbours: `-12` `.` `5` `e+03`. */
interface NumberPieces {
  readonly integer: string;
  readonly fraction: string;
  readonly exponent: string;
}

function longest(texts: readonly string[]): number {
  return texts.reduce((length, text) => Math.max(length, text.length), 0);
}

/**
 * From where on numbers are written with exponents: as NumPy since 2.3, earlier ones have 1e8 for float32 too.
 * Numbers are compared in the precision of their dtype.
 */
const exponentBounds = {
  float32: { large: 1e6, small: Math.fround(1e-4), rounded: Math.fround },
  float64: { large: 1e8, small: 1e-4, rounded: (x: number) => x },
} as const;

/** NumPy's rule: exponents for large numbers, for small ones, and where the largest is over 1000 times the smallest. */
function needsExponents(finite: readonly number[], dtype: FloatDType, suppress: boolean): boolean {
  let largest = 0;
  let smallest = Infinity;
  for (const value of finite) {
    if (value === 0) continue;
    largest = Math.max(largest, Math.abs(value));
    smallest = Math.min(smallest, Math.abs(value));
  }
  if (largest === 0) return false;
  const { large, small, rounded } = exponentBounds[dtype];
  return largest >= large || (!suppress && (smallest < small || rounded(largest / smallest) > 1000));
}

const sign = (value: number) => (value < 0 || Object.is(value, -0) ? '-' : '');

function positional(finite: readonly number[], dtype: FloatDType, precision: number): NumberPieces[] {
  return finite.map((value) => {
    const magnitude = Math.abs(value);
    const shortest = shortestDecimal(magnitude, dtype);
    // Too many digits: the number itself is rounded, as rounding its shortest digits again could err.
    const decimal =
      shortest.digits.length - 1 - shortest.exponent <= precision
        ? shortest
        : decimalToPlace(magnitude, dtype, precision);
    const { digits, exponent } = decimal;
    const before = Math.max(exponent + 1, 0);
    return {
      integer: sign(value) + (digits.slice(0, before).padEnd(before, '0') || '0'),
      fraction: exponent < 0 ? '0'.repeat(-exponent - 1) + digits : digits.slice(before),
      exponent: '',
    };
  });
}

function scientific(finite: readonly number[], dtype: FloatDType, precision: number): NumberPieces[] {
  const needed = finite.map((value) => {
    const shortest = shortestDecimal(Math.abs(value), dtype);
    return shortest.digits.length <= precision + 1
      ? shortest
      : decimalToCount(Math.abs(value), dtype, precision + 1);
  });
  const count = Math.max(longest(needed.map(({ digits }) => digits)), 1);
  const exponentWidth = Math.max(longest(needed.map(({ exponent }) => `${Math.abs(exponent)}`)), 2);
  return needed.map((decimal, i) => {
    const value = finite[i];
    // All get as many digits as the longest, and these are digits of the number, not zeros: NumPy writes
    // float32's 0.3 as 3.00000012e-01 beside a number that needs nine digits.
    const { digits, exponent } =
      decimal.digits.length === count ? decimal : decimalToCount(Math.abs(value), dtype, count);
    return {
      integer: sign(value) + (digits[0] ?? '0'),
      fraction: digits.slice(1).padEnd(count - 1, '0'),
      exponent: `e${exponent < 0 ? '-' : '+'}${`${Math.abs(exponent)}`.padStart(exponentWidth, '0')}`,
    };
  });
}

const notFinite = (value: number) => (Number.isNaN(value) ? 'nan' : `${value < 0 ? '-' : ''}inf`);

function floatTexts(values: readonly number[], dtype: FloatDType, style: FloatStyle): string[] {
  const finite = values.filter(Number.isFinite);
  const write = (style.sciMode ?? needsExponents(finite, dtype, style.suppress)) ? scientific : positional;
  const pieces = write(finite, dtype, style.precision);

  const right = longest(pieces.map((piece) => piece.fraction));
  const tail = 1 + right + (pieces[0]?.exponent.length ?? 0);
  const others = values.filter((value) => !Number.isFinite(value)).map(notFinite);
  const left = Math.max(longest(pieces.map((piece) => piece.integer)), longest(others) - tail);

  let next = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return notFinite(value).padStart(left + tail);
    const { integer, fraction, exponent } = pieces[next++];
    return `${integer.padStart(left)}.${fraction.padEnd(right)}${exponent}`;
  });
}

/**
 * The text of each of `values`, all equally wide, as NumPy writes the elements of an array: floats with the
 * digits that they need, up to `precision` behind the point, points below each other; whole numbers aligned
 * at the right; bools as `true` and `false`.
 */
export function numberTexts(values: readonly number[], dtype: DType, style: FloatStyle): string[] {
  if (dtype === 'float32' || dtype === 'float64') return floatTexts(values, dtype, style);
  const texts = values.map(dtype === 'bool' ? (value) => `${value !== 0}` : String);
  // Bools leave room for false, even where all are true.
  const width = dtype === 'bool' ? 'false'.length : longest(texts);
  return texts.map((text) => text.padStart(width));
}
