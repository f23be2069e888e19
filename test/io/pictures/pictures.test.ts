import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { arange, hist, imshow, linspace, plot, showImages, tensor, zeros } from '../../../src/index.ts';
import { decodePng } from '../../../src/io/png.ts';

const work = mkdtempSync(join(tmpdir(), 'handgrad-pictures-'));
afterAll(() => rmSync(work, { recursive: true }));

const DISPLAY = Symbol.for('Jupyter.display') as unknown as 'display';
const displayed = (picture: object): Record<string, string> =>
  (picture as { display: () => Record<string, string> })[DISPLAY]();

describe('imshow', () => {
  const ramp = tensor([
    [0, 1],
    [2, 4],
  ]);

  test('shows the smallest black and the largest white, unless told otherwise', () => {
    const corners = (picture: ReturnType<typeof imshow>) => {
      const { width, height, pixels } = decodePng(picture.png());
      return [pixels[0], pixels[width - 1], pixels[(height - 1) * width], pixels[width * height - 1]];
    };
    expect(corners(imshow(ramp))).toEqual([0, 64, 128, 255]);
    expect(corners(imshow(ramp, { vmin: 2, vmax: 3 }))).toEqual([0, 0, 0, 255]);
    expect(corners(imshow(ramp.to('uint8')))).toEqual([0, 1, 2, 4]);
    expect(corners(imshow(ramp.gt(1)))).toEqual([0, 0, 255, 255]);
    expect(corners(imshow(tensor([[Number.NaN, 0, 1]])))[0]).toBe(0);
  });

  test('draws colour, and small images large', () => {
    const { width, height, channels, pixels } = decodePng(imshow(tensor([[[1]], [[0]], [[0.5]]])).png());
    expect([width, height, channels]).toEqual([224, 224, 3]);
    expect([...pixels.subarray(0, 3)]).toEqual([255, 0, 128]);
  });

  test('is two rows of pixels a line on a terminal, in shades or in colours', () => {
    const image = tensor([
      [0, 1, 1],
      [0, 0, 1],
      [1, 0, 0],
    ]);
    expect(String(imshow(image))).toBe(' ▒█\n▒');
    const coloured = inspect(imshow(image), { colors: true });
    expect(coloured.split('\n')).toHaveLength(2);
    expect(coloured).toContain('\x1b[38;2;255;255;255m\x1b[48;2;0;0;0m▀');
  });

  test('refuses what is no image', () => {
    expect(() => imshow(zeros([2]))).toThrow(/imshow: an image is .* got \[2\]/);
    expect(() => imshow(zeros([2, 4, 4]))).toThrow(/got \[2, 4, 4\]/);
    expect(() => imshow(zeros([0, 4]))).toThrow(/got \[0, 4\]/);
  });
});

describe('showImages', () => {
  const images = arange(5).float().view(5, 1, 1).expand(5, 4, 4);

  test('puts images in rows, on one scale of brightness', () => {
    const { width, height, pixels } = decodePng(showImages(images, { columns: 3 }).png());
    const factor = width / (3 * 4 + 2 * 2);
    expect([Number.isInteger(factor), height]).toEqual([true, (2 * 4 + 2) * factor]);
    const at = (column: number, row: number) => pixels[row * 6 * factor * width + column * 6 * factor];
    expect([at(0, 0), at(1, 0), at(2, 0), at(0, 1), at(1, 1), at(2, 1)]).toEqual([0, 64, 128, 191, 255, 255]);
  });

  test('writes titles into SVG, with what XML wants escaped, and above the characters', () => {
    const picture = showImages(images, { titles: ['<a>', 1, 2, 3, 4] });
    expect(picture.svg().match(/<text [^>]*>&lt;a&gt;<\/text>/)).not.toBeNull();
    expect(picture.svg().match(/<image /g)).toHaveLength(5);
    expect(String(picture).split('\n')[0]).toMatch(/^<a> +1 +2 +3/);
    expect(Object.keys(displayed(picture))).toEqual(['image/svg+xml', 'text/plain']);
  });

  test('refuses what does not go together', () => {
    expect(() => showImages([])).toThrow(/at least one image/);
    expect(() => showImages([zeros([2, 2]), zeros([2, 3])])).toThrow(/one shape, got \[2, 2\] and \[2, 3\]/);
    expect(() => showImages(images, { titles: ['one'] })).toThrow(/5 images need as many titles, got 1/);
    expect(() => showImages(images, { columns: 0 })).toThrow(/columns must be .* got 0/);
  });
});

describe('plot', () => {
  test('draws a line from corner to corner', () => {
    const lines = String(plot([0, 1], { title: 'up', xLabel: 'step' })).split('\n');
    expect(lines[0]).toBe('up');
    expect(lines[1]).toMatch(/^1 │ +⢀?⠔?\S+$/);
    expect(lines[14]).toMatch(/^0 │\S/);
    expect(lines.at(-1)).toMatch(/^ +0 +step +1$/);
  });

  test('makes an SVG of all series with their names', () => {
    const x = linspace(-1, 1, 11);
    const picture = plot({ square: x.square(), 'a<b': x }, { x, title: 'two' });
    for (const part of ['<svg ', '>two</text>', '>square</text>', '>a&lt;b</text>', '</svg>']) {
      expect(picture.svg()).toContain(part);
    }
    picture.save(join(work, 'plot.svg'));
    expect(readFileSync(join(work, 'plot.svg'), 'utf8')).toContain('<path');
    expect(() => picture.save(join(work, 'plot.gif'))).toThrow(/\.svg or \.png, got .*plot\.gif/);
    expect(displayed(picture)['image/svg+xml']).toContain('<svg');
  });

  test('leaves out what is not finite, and takes flat lines and single points', () => {
    for (const values of [[1, Number.NaN, Infinity, 2], [3, 3, 3], [7], [], [Number.NaN]]) {
      const picture = plot(values);
      expect(String(picture)).not.toMatch(/NaN|undefined|Infinity/);
      expect(picture.svg()).toContain('</svg>');
    }
  });

  test('refuses series that do not fit x', () => {
    expect(() => plot({ a: [1, 2] }, { x: [1, 2, 3] })).toThrow(/a has 2 points, but x has 3/);
    expect(() => plot(zeros([2, 2]))).toThrow(/one dimension, got \[2, 2\]/);
    expect(() => plot({})).toThrow(/at least one series/);
  });
});

describe('hist', () => {
  const bars = (text: string) => text.split('\n').slice(0, 8);

  test('counts as NumPy: the last bar takes in its right edge', () => {
    // np.histogram([0, 0.9, 1, 1, 2, 3], bins=3, range=(0, 3)) is [2, 2, 2]
    const text = String(hist([0, 0.9, 1, 1, 2, 3], { bins: 3, range: [0, 3] }));
    expect(bars(text)[0]).toBe('2 │███');
    // [1, 2, 0, 3]
    const uneven = bars(
      String(
        hist(
          tensor([
            [0, 1, 1],
            [3, 3.5, 4],
          ]),
          { bins: 4, range: [0, 4] },
        ),
      ),
    );
    expect(uneven[0]).toBe('3 │   █');
    expect(uneven[7]).toBe('  │██ █');
  });

  test('leaves out what is outside of the range or not finite', () => {
    expect(String(hist([1, 2, 50, Number.NaN, Infinity], { bins: 2, range: [0, 4] }))).toMatch(/^1 │██\n/);
  });

  test('makes an SVG, and takes nothing and equal values', () => {
    for (const values of [[1, 2, 2], [5, 5], []]) expect(hist(values, { bins: 4 }).svg()).toContain('</svg>');
    expect(() => hist([1], { bins: 0 })).toThrow(/bins must be .* got 0/);
    expect(() => hist([1], { range: [2, 2] })).toThrow(/range must go from low to high/);
  });
});
