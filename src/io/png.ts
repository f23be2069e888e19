/** PNG files as tensors. The package `pngjs` reads and writes them, and is loaded when the first one is. */

import { readFileSync, writeFileSync } from 'node:fs';
import type * as pngjs from 'pngjs';
import { FormatError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { allocateTensor, type Tensor } from '../core/tensor.ts';
import { contiguous } from '../ops/conversion.ts';
import { checkTensor } from '../ops/operands.ts';
import { load } from './optional.cjs';

/** Pixels by row, 8 bits a channel: 1 channel is gray, 3 are red, green and blue, side by side. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
}

// PNG's own names for what the pixels are made of.
const COLOR_TYPES = { 1: 0, 3: 2 } as const;

function library(): typeof pngjs {
  return load('pngjs') as typeof pngjs;
}

/** The bytes of a PNG file. */
export function encodePng({ width, height, channels, pixels }: Raster): Uint8Array {
  const { PNG } = library();
  const image = new PNG({ width, height });
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = pixels[i * channels + (channels === 3 ? c : 0)];
    image.data[4 * i + 3] = 255;
  }
  const colorType = COLOR_TYPES[channels];
  return PNG.sync.write(image, { colorType, inputColorType: 6, bitDepth: 8 });
}

/** @throws FormatError for bytes that are no PNG */
export function decodePng(bytes: Uint8Array, name = 'decodePng'): Raster {
  const { PNG } = library();
  let image: pngjs.PNGWithMetadata;
  try {
    image = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    throw new FormatError(`${name}: not a readable PNG: ${(error as Error).message}`);
  }
  const { width, height, data, color } = image;
  const channels = color ? 3 : 1;
  const pixels = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < channels; c++) pixels[i * channels + c] = data[4 * i + c];
  }
  return { width, height, channels, pixels };
}

/**
 * An image file → uint8, gray [height, width], or [3, height, width] in colour; transparency is dropped.
 *
 * @throws FormatError for what is no PNG, Error where there is no file
 */
export function readPng(path: string): Tensor {
  const { width, height, channels, pixels } = decodePng(readFileSync(path), path);
  const shape = channels === 1 ? [height, width] : [channels, height, width];
  const image = allocateTensor('readPng', shape, 'uint8');
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < channels; c++) image.memory[c * width * height + i] = pixels[i * channels + c];
  }
  return image;
}

/** Writes a uint8 image, gray [height, width] or [1, height, width], or [3, height, width] in colour. */
export function writePng(path: string, image: Tensor): void {
  checkTensor('writePng', image, 'image');
  if (image.dtype !== 'uint8') throw new TypeError(`writePng: image must be uint8, got ${image.dtype}`);
  const [height, width] = image.shape.slice(-2);
  const channels = image.ndim === 2 ? 1 : image.shape[0];
  if ((image.ndim !== 2 && image.ndim !== 3) || (channels !== 1 && channels !== 3) || image.numel() === 0) {
    throw new ShapeError(
      `writePng: image must be [height, width] or [3, height, width], got ${formatShape(image.shape)}`,
    );
  }
  const planes = contiguous(image);
  const size = width * height;
  const pixels = new Uint8Array(size * channels);
  for (let i = 0; i < size; i++) {
    for (let c = 0; c < channels; c++) pixels[i * channels + c] = planes.memory[planes.offset + c * size + i];
  }
  writeFileSync(path, encodePng({ width, height, channels, pixels }));
}
