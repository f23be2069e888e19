import { writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { InspectOptions } from 'node:util';

/** The ways in which a picture can be drawn. */
export interface Drawings {
  /** With terminal colours, or without any. */
  readonly text: (colors: boolean) => string;
  readonly svg: () => string;
  readonly png: () => Uint8Array;
  /** What a notebook shows: pixels for what is made of pixels, unless they leave something out. */
  readonly preferred: 'png' | 'svg';
}

/**
 * Something to look at: printed on the console it is drawn on the terminal; in a notebook it is a picture;
 * `save` makes a file of it. It is drawn when one of these happens, and not before.
 */
export class Picture {
  readonly #drawings: Drawings;

  /** @internal Pictures come from `imshow`, `showImages`, `plot` and `hist`. */
  constructor(drawings: Drawings) {
    this.#drawings = drawings;
  }

  /** The picture in characters, without colours. */
  toString(): string {
    return this.#drawings.text(false);
  }

  /** The text of an SVG file. */
  svg(): string {
    return this.#drawings.svg();
  }

  /**
   * The bytes of a PNG file. For plots and histograms that takes the package `@resvg/resvg-wasm` and a font.
   *
   * @throws Error where one of these is missing, naming what to install
   */
  png(): Uint8Array {
    return this.#drawings.png();
  }

  /** Writes an .svg or .png file. */
  save(path: string): void {
    const extension = extname(path).toLowerCase();
    if (extension !== '.svg' && extension !== '.png') {
      throw new TypeError(`save: the file's name must end in .svg or .png, got ${path}`);
    }
    writeFileSync(path, extension === '.svg' ? this.svg() : this.png());
  }

  [Symbol.for('nodejs.util.inspect.custom')](_depth: number | null, options: InspectOptions): string {
    return this.#drawings.text(options.colors === true);
  }

  /** What Jupyter's JavaScript kernels ask values for: their data by media type. */
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    const text = { 'text/plain': this.toString() };
    return this.#drawings.preferred === 'png'
      ? { 'image/png': Buffer.from(this.png()).toString('base64'), ...text }
      : { 'image/svg+xml': this.svg(), ...text };
  }
}
