import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { hist, plot } from '../../../src/index.ts';
import { findFonts } from '../../../src/io/pictures/fonts.ts';
import { rasterize } from '../../../src/io/pictures/rasterize.ts';
import { decodePng, type Raster } from '../../../src/io/png.ts';

const work = mkdtempSync(join(tmpdir(), 'handgrad-rasterize-'));
afterAll(() => rmSync(work, { recursive: true }));

/** How many pixels of a picture have this colour, red green blue. */
function count({ channels, pixels }: Raster, color: readonly number[]): number {
  let found = 0;
  for (let i = 0; i < pixels.length; i += channels) {
    if (color.every((value, c) => pixels[i + (channels === 3 ? c : 0)] === value)) found++;
  }
  return found;
}

const [fonts, blue, white] = [findFonts(), [0x54, 0x70, 0xc6], [255, 255, 255]];

describe.skipIf(fonts.length === 0)('PNG files of charts (skipped where the machine has no font)', () => {
  test('a plot has twice the size of its SVG, a white ground, and a line', () => {
    const path = join(work, 'plot.png');
    plot([1, 1], { width: 300, height: 200 }).save(path);
    const image = decodePng(readFileSync(path));
    expect([image.width, image.height]).toEqual([600, 400]);
    expect(count(image, white) / (600 * 400)).toBeGreaterThan(0.9);
    // The line is 2 points thick, and goes all the way across.
    const line = image.pixels.length / 3 - count(image, white);
    expect(line).toBeGreaterThan(4 * 500);
  });

  test('bars are as high as their counts', () => {
    const image = decodePng(hist([0, 1, 1, 1], { bins: 2, range: [0, 2], width: 300, height: 200 }).png());
    const area = (from: number, to: number) => {
      const { width, height, channels, pixels } = image;
      const columns = Array.from({ length: height }, (_, y) =>
        pixels.subarray((y * width + from) * channels, (y * width + to) * channels),
      );
      return columns.reduce((sum, part) => sum + count({ ...image, pixels: part }, blue), 0);
    };
    // Not 3 to the pixel: the axis lies on the lower edge, and the axis's labels left of the middle.
    const ratio = area(image.width / 2, image.width) / area(0, image.width / 2);
    expect(ratio).toBeGreaterThan(2.7);
    expect(ratio).toBeLessThan(3.6);
  });

  test('labels are written: the same chart with a title has more ink', () => {
    const ink = (title: string) => {
      const image = decodePng(plot([1, 2], { title }).png());
      return image.width * image.height - count(image, white);
    };
    expect(ink('a long title, in letters')).toBeGreaterThan(ink('.') + 500);
  });

  test('what is no SVG is an error', () => {
    expect(() => rasterize('<svg')).toThrow(/png: resvg failed: .*SVG/);
  });
});

describe('fonts', () => {
  const put = (...path: string[]) => {
    mkdirSync(join(work, ...path.slice(0, -1)), { recursive: true });
    writeFileSync(join(work, ...path), '');
    return join(work, ...path);
  };
  const [none, one, all] = ['none', 'one', 'all'].map((name) => join(work, name));

  test('are looked for in all folders, the most complete family first', () => {
    const other = put('one', 'deep', 'Other.ttf');
    put('one', 'Script.otf');
    put('all', 'liberation', 'LiberationSans-Regular.ttf');
    const regular = put('all', 'dejavu', 'DejaVuSans.ttf');
    const bold = put('all', 'dejavu', 'DejaVuSans-Bold.ttf');
    expect(findFonts([none])).toEqual([]);
    expect(findFonts([none, one])).toEqual([other]);
    expect(findFonts([one, all])).toEqual([regular, bold]);
  });
});
