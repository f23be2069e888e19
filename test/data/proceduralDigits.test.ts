import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digitSkeletons } from '../../src/data/digitSkeletons.ts';
import { proceduralDigits } from '../../src/data/proceduralDigits.ts';

const size = 28;
const pixels = size * size;
const { images, labels } = proceduralDigits({ count: 5000, seed: 42 });
const digits = Array.from(labels, (label, i) => ({
  label,
  image: images.subarray(i * pixels, (i + 1) * pixels),
}));

/** First and last row (or column) with ink. */
function extent(image: Uint8Array, at: (i: number, j: number) => number): [number, number] {
  const inked = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }).some((_, j) => image[at(i, j)] > 0),
  );
  return [inked.indexOf(true), inked.lastIndexOf(true)];
}

describe('proceduralDigits', () => {
  test('one seed gives the same bytes everywhere; a longer run begins with the shorter one', () => {
    // changes when the drawing does: look at the digits, and measure again what the docstring promises
    const hash = createHash('md5').update(images).update(labels).digest('hex');
    expect(hash).toBe('fc37b88bdd6675f8a9b44625508035f9');
    const first = proceduralDigits({ count: 100, seed: 42 });
    expect(first.labels).toEqual(labels.subarray(0, 100));
    expect(first.images).toEqual(images.subarray(0, 100 * pixels));
    expect(proceduralDigits({ count: 100, seed: 43 }).images).not.toEqual(first.images);
  });

  test('every digit is as frequent, and none is drawn twice the same', () => {
    const counts = new Array<number>(10).fill(0);
    for (const label of labels) counts[label]++;
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(80);
    expect(new Set(digits.map(({ image }) => image.join())).size).toBe(5000);
  });

  test('a digit lies in a box of 20 × 20 and is centred by mass, as in MNIST', () => {
    let [sumX, sumY] = [0, 0];
    for (const { image } of digits) {
      const [top, bottom] = extent(image, (i, j) => i * size + j);
      const [left, right] = extent(image, (i, j) => j * size + i);
      expect(Math.max(bottom - top, right - left) + 1).toBeLessThanOrEqual(20);
      expect(Math.max(bottom - top, right - left) + 1).toBeGreaterThanOrEqual(15);
      let [mass, x, y] = [0, 0, 0];
      image.forEach((ink, i) => {
        mass += ink;
        x += ink * (i % size);
        y += ink * Math.floor(i / size);
      });
      expect(Math.abs(x / mass - 14)).toBeLessThan(4);
      expect(Math.abs(y / mass - 14)).toBeLessThan(4);
      sumX += x / mass;
      sumY += y / mass;
    }
    expect(sumX / digits.length).toBeCloseTo(14, 0);
    expect(sumY / digits.length).toBeCloseTo(14, 0);
  });

  test('white on black, anti-aliased, about as much ink as MNIST has', () => {
    const paper = images.filter((ink) => ink === 0).length / images.length;
    const grey = images.filter((ink) => ink > 0 && ink < 128).length / images.length;
    const mean = images.reduce((sum, ink) => sum + ink, 0) / images.length / 256;
    expect(paper).toBeGreaterThan(0.75);
    expect(paper).toBeLessThan(0.85);
    expect(grey).toBeGreaterThan(0.02);
    expect(mean).toBeGreaterThan(0.1); // MNIST: 0.1304
    expect(mean).toBeLessThan(0.14);
  });

  test('no digits are digits too', () => {
    expect(proceduralDigits({ count: 0, seed: 1 })).toEqual({
      images: new Uint8Array(0),
      labels: new Uint8Array(0),
    });
  });

  test.each([-1, 1.5, Number.NaN, Infinity])('refuses %d digits', (count) => {
    expect(() => proceduralDigits({ count, seed: 1 })).toThrow(
      `proceduralDigits: count must be a whole number from 0, got ${count}`,
    );
  });

  test('refuses what is no seed', () => {
    expect(() => proceduralDigits({ count: 1, seed: 0.5 })).toThrow(RangeError);
  });
});

test('skeletons: ten digits, strokes of whole points on the sheet', () => {
  expect(digitSkeletons.length).toBe(10);
  for (const { weight, strokes } of digitSkeletons.flat()) {
    expect(weight).toBeGreaterThan(0);
    for (const stroke of strokes) {
      expect(stroke.length % 2).toBe(0);
      expect(stroke.length).toBeGreaterThanOrEqual(4);
      for (const coordinate of stroke) expect(Math.abs(coordinate - 50)).toBeLessThanOrEqual(60);
    }
  }
});
