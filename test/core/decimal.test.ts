import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Decimal, decimalToCount, decimalToPlace, shortestDecimal } from '../../src/core/decimal.ts';

const written = ({ digits, exponent }: Decimal) => `${digits}e${exponent - digits.length + 1}`;
const numberOf = (decimal: Decimal) => Number(written(decimal));
const range = { noNaN: true, noDefaultInfinity: true, min: 0 };

describe('shortestDecimal', () => {
  test('knows the dtype', () => {
    expect(shortestDecimal(Math.fround(0.1), 'float32')).toEqual({ digits: '1', exponent: -1 });
    expect(shortestDecimal(Math.fround(0.1), 'float64')).toEqual({
      digits: '10000000149011612',
      exponent: -1,
    });
  });

  test('zero has no digits', () => {
    expect(shortestDecimal(0, 'float32')).toEqual({ digits: '', exponent: 0 });
    expect(shortestDecimal(0, 'float64')).toEqual({ digits: '', exponent: 0 });
  });

  test.each([
    [2 ** -149, '1e-45'],
    [2 ** 128 - 2 ** 104, '34028235e31'],
    // The shortest of these is not the nearest decimal of its length; figures are NumPy's.
    [2 ** -96, '12621775e-36'],
    [2 ** 87, '15474251e19'],
    [2 ** 90, '12379401e20'],
    // A tie between two shortest ones: the even.
    [2097152.25, '20971522e-1'],
    [2097152.75, '20971528e-1'],
  ])('float32 %d', (x, text) => {
    expect(written(shortestDecimal(x, 'float32'))).toBe(text);
  });

  test('float32: it reads back, and no nearest decimal with fewer digits does', () => {
    fc.assert(
      fc.property(fc.float(range), (x) => {
        fc.pre(x > 0);
        const shortest = shortestDecimal(x, 'float32');
        expect(Math.fround(numberOf(shortest))).toBe(x);
        for (let count = 1; count < shortest.digits.length; count++) {
          expect(Math.fround(Number(x.toPrecision(count)))).not.toBe(x);
        }
      }),
      { seed: 21, numRuns: 2000 },
    );
  });
});

describe('a given number of digits', () => {
  test('ties go to the even digit', () => {
    expect(written(decimalToPlace(0.125, 'float64', 2))).toBe('12e-2');
    expect(written(decimalToPlace(0.375, 'float64', 2))).toBe('38e-2');
    expect(written(decimalToCount(25, 'float64', 1))).toBe('2e1');
    expect(written(decimalToCount(35, 'float64', 1))).toBe('4e1');
  });

  test('the number is rounded, not its shortest digits', () => {
    // 0.15 is 0.1499999999999999944...
    expect(written(decimalToPlace(0.15, 'float64', 1))).toBe('1e-1');
    expect(written(decimalToCount(Math.fround(0.3), 'float32', 9))).toBe('300000012e-9');
  });

  test('below the place there is nothing, or one unit', () => {
    expect(decimalToPlace(4e-9, 'float64', 8)).toEqual({ digits: '', exponent: 0 });
    expect(written(decimalToPlace(6e-9, 'float64', 8))).toBe('1e-8');
    expect(decimalToPlace(9e-10, 'float64', 8)).toEqual({ digits: '', exponent: 0 });
  });

  test('carries reach a new digit', () => {
    expect(decimalToCount(9.996, 'float64', 3)).toEqual({ digits: '1', exponent: 1 });
  });

  test('JavaScript rounds to the same, away from ties', () => {
    fc.assert(
      fc.property(fc.double(range), fc.integer({ min: 1, max: 15 }), (x, count) => {
        // Exact ties have few binary places; JavaScript takes the larger digit for them.
        fc.pre(x > 0 && x !== Number(x.toPrecision(15)));
        expect(numberOf(decimalToCount(x, 'float64', count))).toBe(Number(x.toPrecision(count)));
      }),
      { seed: 22, numRuns: 2000 },
    );
  });

  test('more digits than there are is all of them', () => {
    expect(written(decimalToCount(2 ** -10, 'float64', 100))).toBe('9765625e-10');
    expect(written(decimalToPlace(2 ** -10, 'float64', 100))).toBe('9765625e-10');
  });
});
