/** Tensors as pixels, and pixels as characters. */

import { ShapeError } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import { clone, to } from '../../ops/conversion.ts';
import type { Raster } from '../png.ts';

export interface Range {
  /** Shown black; the smallest element unless said otherwise. */
  readonly vmin?: number | undefined;
  /** Shown white; the largest element unless said otherwise. */
  readonly vmax?: number | undefined;
}

/**
 * [height, width] or [1, height, width] in gray, or [3, height, width] in colour, as pixels. uint8 is shown as it is,
 * bool as black and white, all else from vmin to vmax.
 */
export function rasterOf(operation: string, image: Tensor, { vmin, vmax }: Range): Raster {
  const channels = image.ndim === 2 ? 1 : image.shape[0];
  if ((image.ndim !== 2 && image.ndim !== 3) || (channels !== 1 && channels !== 3) || image.numel() === 0) {
    throw new ShapeError(
      `${operation}: an image is [height, width] or [1 or 3, height, width], got ${formatShape(image.shape)}`,
    );
  }
  const [height, width] = image.shape.slice(-2);
  const { memory } = clone(to(image, 'float64'));
  const finite = memory.filter((value) => Number.isFinite(value));
  const asIs = image.dtype === 'uint8' && vmin === undefined && vmax === undefined;
  const low = vmin ?? (asIs ? 0 : least(finite));
  const high = vmax ?? (asIs ? 255 : -least(finite.map((value) => -value)));
  const pixels = new Uint8Array(memory.length);
  const size = width * height;
  for (let i = 0; i < size; i++) {
    for (let c = 0; c < channels; c++) {
      const share = (memory[c * size + i] - low) / (high - low || 1);
      // NaN becomes 0 here: black.
      pixels[i * channels + c] = Math.round(255 * Math.min(Math.max(share, 0), 1));
    }
  }
  return { width, height, channels, pixels };
}

/** Not Math.min(...values): an image may have more pixels than a call may have arguments. */
function least(values: ArrayLike<number>): number {
  let result = Infinity;
  for (let i = 0; i < values.length; i++) result = Math.min(result, values[i]);
  return Number.isFinite(result) ? result : 0;
}

/** Each pixel as a square of `factor` × `factor`. */
export function enlarge({ width, height, channels, pixels }: Raster, factor: number): Raster {
  const large = new Uint8Array(pixels.length * factor * factor);
  const row = width * factor;
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < row; x++) {
      const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * channels;
      for (let c = 0; c < channels; c++) large[(y * row + x) * channels + c] = pixels[from + c];
    }
  }
  return { width: row, height: height * factor, channels, pixels: large };
}

/** Images of one size and kind in rows of `columns`, `gap` pixels apart on `background`. */
export function tile(
  images: readonly Raster[],
  columns: number,
  { gap, background }: { gap: number; background: number },
): Raster {
  const [{ width, height, channels }] = images;
  const rows = Math.ceil(images.length / columns);
  const whole = {
    width: columns * (width + gap) - gap,
    height: rows * (height + gap) - gap,
    channels,
  };
  const pixels = new Uint8Array(whole.width * whole.height * channels).fill(background);
  images.forEach((image, i) => {
    const left = (i % columns) * (width + gap);
    const top = Math.floor(i / columns) * (height + gap);
    for (let y = 0; y < height; y++) {
      const line = image.pixels.subarray(y * width * channels, (y + 1) * width * channels);
      pixels.set(line, ((top + y) * whole.width + left) * channels);
    }
  });
  return { ...whole, pixels };
}

const SHADES = ' ░▒▓█';

/** How many characters wide a picture may be. */
const COLUMNS = 80;

/**
 * The pixels as characters, a column of pixels a character. A character is about twice as high as wide and so
 * stands for two rows: with colours exactly, as a half block, else as one of five shades of their mean.
 */
export function drawRaster(raster: Raster, colors: boolean): string {
  const { width, height } = raster;
  const step = Math.max(1, Math.ceil(width / COLUMNS));
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2 * step) {
    let line = '';
    for (let x = 0; x < width; x += step) {
      const upper = meanColor(raster, x, y, step);
      const lower = y + step < height ? meanColor(raster, x, y + step, step) : [0, 0, 0];
      if (colors) line += `\x1b[38;2;${upper.join(';')}m\x1b[48;2;${lower.join(';')}m▀`;
      else line += SHADES[Math.min(4, Math.floor((brightness(upper) + brightness(lower)) / 2 / 51.2))];
    }
    lines.push(colors ? `${line}\x1b[0m` : line.trimEnd());
  }
  return lines.join('\n');
}

function brightness([red, green, blue]: readonly number[]): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue; // ITU-R BT.601
}

function meanColor(
  { width, height, channels, pixels }: Raster,
  left: number,
  top: number,
  size: number,
): number[] {
  const total = [0, 0, 0];
  let count = 0;
  for (let y = top; y < Math.min(top + size, height); y++) {
    for (let x = left; x < Math.min(left + size, width); x++, count++) {
      const at = (y * width + x) * channels;
      for (let c = 0; c < 3; c++) total[c] += pixels[at + (channels === 3 ? c : 0)];
    }
  }
  return total.map((value) => Math.round(value / count));
}
