import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { manualSeed, randint, readPng, type Tensor, writePng, zeros } from '../../src/index.ts';

const work = mkdtempSync(join(tmpdir(), 'handgrad-png-'));
afterAll(() => rmSync(work, { recursive: true }));

const noise = (shape: number[]): Tensor => {
  manualSeed(1);
  return randint(0, 256, shape).to('uint8');
};

describe('PNG files', () => {
  test.each([
    ['gray', [5, 7]],
    ['colour', [3, 4, 6]],
    ['one pixel', [1, 1]],
  ])('%s comes back as it went', (_, shape) => {
    const file = join(work, 'image.png');
    const image = noise(shape);
    writePng(file, image);
    const back = readPng(file);
    expect(back.dtype).toBe('uint8');
    expect(back.toArray()).toEqual(image.toArray());
  });

  test('a plane of one channel is gray; views are written as they show', () => {
    const file = join(work, 'view.png');
    const image = noise([6, 4]);
    writePng(file, image.t().unsqueeze(0));
    expect(readPng(file).toArray()).toEqual(image.t().toArray());
  });

  test('the file is a PNG of 8 bits and one channel', () => {
    const file = join(work, 'header.png');
    writePng(file, noise([2, 3]));
    const bytes = readFileSync(file);
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes[24], bytes[25]]).toEqual([3, 2, 8, 0]);
  });

  test('what cannot be is refused', () => {
    const file = join(work, 'no.png');
    expect(() => writePng(file, zeros([2, 2]))).toThrow(/must be uint8, got float32/);
    expect(() => writePng(file, noise([2, 2, 2]))).toThrow(
      /\[height, width\] or \[3, height, width\], got \[2, 2, 2\]/,
    );
    expect(() => readPng(file)).toThrow(/ENOENT/);
    writeFileSync(file, 'this is text');
    expect(() => readPng(file)).toThrow(/no\.png: not a readable PNG/);
  });
});
