import { ShapeError } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import { checkTensor } from '../../ops/operands.ts';
import { unbind } from '../../ops/parts.ts';
import { encodePng, type Raster } from '../png.ts';
import { Picture } from './picture.ts';
import { drawRaster, enlarge, type Range, rasterOf, tile } from './raster.ts';
import { escapeXml, svgDocument } from './svg.ts';

/** Pixels on the screen that a small image is enlarged to, about. */
const COMFORTABLE = 224;

export interface ImshowOptions extends Range {
  /** Written above the image; not in PNG files, which have no text. */
  readonly title?: string | undefined;
}

/**
 * An image: gray [height, width] or [1, height, width], or colour [3, height, width]. uint8 is shown as it is, other
 * dtypes from their smallest (black) to their largest element (white), unless vmin and vmax say otherwise.
 */
export function imshow(image: Tensor, options: ImshowOptions = {}): Picture {
  const { title, ...range } = options;
  const raster = rasterOf('imshow', checkTensor('imshow', image), range);
  return gridPicture([raster], 1, title === undefined ? [] : [title]);
}

export interface ShowImagesOptions extends Range {
  /** Images in a row; as many as make a wide rectangle unless said otherwise. */
  readonly columns?: number | undefined;
  /** One for each image, written above it; not in PNG files, which have no text. */
  readonly titles?: readonly (string | number)[] | undefined;
}

/**
 * Images side by side: a tensor [n, height, width] or [n, 1 or 3, height, width], or an array of images of one size.
 * All are shown on one scale of brightness.
 */
export function showImages(images: Tensor | readonly Tensor[], options: ShowImagesOptions = {}): Picture {
  const list = Array.isArray(images) ? (images as readonly Tensor[]) : unbind(images as Tensor);
  for (const image of list) checkTensor('showImages', image, 'image');
  const { titles = [], columns = Math.min(list.length, Math.ceil(Math.sqrt(2.5 * list.length))) } = options;
  const fault = faultOf(list, columns, titles.length);
  if (fault !== null) throw new ShapeError(`showImages: ${fault}`);
  const asIs = list.every(({ dtype }) => dtype === 'uint8');
  const vmin = options.vmin ?? (asIs ? 0 : Math.min(...list.map((image) => Number(image.min().item()))));
  const vmax = options.vmax ?? (asIs ? 255 : Math.max(...list.map((image) => Number(image.max().item()))));
  const rasters = list.map((image) => rasterOf('showImages', image, { vmin, vmax }));
  return gridPicture(rasters, columns, titles.map(String));
}

function faultOf(images: readonly Tensor[], columns: number, titles: number): string | null {
  if (images.length === 0) return 'needs at least one image';
  if (!Number.isSafeInteger(columns) || columns < 1)
    return `columns must be a whole number from 1, got ${columns}`;
  if (titles > 0 && titles !== images.length)
    return `${images.length} images need as many titles, got ${titles}`;
  const other = images.find(({ shape }) => formatShape(shape) !== formatShape(images[0].shape));
  if (other === undefined) return null;
  return `images must have one shape, got ${formatShape(images[0].shape)} and ${formatShape(other.shape)}`;
}

function gridPicture(images: readonly Raster[], columns: number, titles: readonly string[]): Picture {
  const [{ width, height }] = images;
  const across = Math.min(columns, images.length);
  const factor = Math.max(1, Math.round(COMFORTABLE / Math.max(width, height) / Math.min(across, 3)));
  const gap = images.length > 1 ? 2 : 0;
  return new Picture({
    text: (colors) => drawRows(images, across, titles, colors),
    png: () => encodePng(enlarge(tile(images, across, { gap, background: 255 }), factor)),
    svg: () => gridSvg(images, across, titles, factor),
    preferred: titles.length > 0 ? 'svg' : 'png',
  });
}

function drawRows(
  images: readonly Raster[],
  columns: number,
  titles: readonly string[],
  colors: boolean,
): string {
  const fits = Math.max(1, Math.floor(80 / (images[0].width + 2)));
  const across = Math.min(columns, fits);
  const lines: string[] = [];
  for (let start = 0; start < images.length; start += across) {
    const row = images.slice(start, start + across);
    if (titles.length > 0) {
      const labels = titles.slice(start, start + across).map((title) => title.padEnd(row[0].width + 2));
      lines.push(labels.join('').trimEnd());
    }
    lines.push(drawRaster(tile(row, row.length, { gap: 2, background: 0 }), colors));
  }
  return lines.join('\n');
}

const TITLE_HEIGHT = 20;
const GAP = 8;

function gridSvg(
  images: readonly Raster[],
  columns: number,
  titles: readonly string[],
  factor: number,
): string {
  const head = titles.length > 0 ? TITLE_HEIGHT : 0;
  const [width, height] = [images[0].width * factor, images[0].height * factor];
  const parts = images.flatMap((image, i) => {
    const x = (i % columns) * (width + GAP);
    const y = Math.floor(i / columns) * (height + head + GAP);
    const data = Buffer.from(encodePng(enlarge(image, factor))).toString('base64');
    const picture = `<image x="${x}" y="${y + head}" width="${width}" height="${height}" href="data:image/png;base64,${data}"/>`;
    if (titles.length === 0) return [picture];
    const label = `<text x="${x + width / 2}" y="${y + head - 6}" text-anchor="middle">${escapeXml(titles[i])}</text>`;
    return [label, picture];
  });
  const rows = Math.ceil(images.length / columns);
  return svgDocument(columns * (width + GAP) - GAP, rows * (height + head + GAP) - GAP, parts);
}
