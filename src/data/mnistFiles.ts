import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError, malformed } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { cacheFolder } from './cacheFolder.ts';
import { DownloadError, type DownloadOptions, downloadFile } from './download.ts';
import { type IdxArray, parseIdx } from './idx.ts';
import { findFile, idxContent, readIdxBytes } from './idxFile.ts';

/** The files of MNIST, of which each set has one for images and one for labels. */
const fileNames = {
  train: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  t10k: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
} as const;

/** The 60,000 images to train on, or the 10,000 to test with. */
export type MnistPart = keyof typeof fileNames;

type FileName = (typeof fileNames)[MnistPart]['images' | 'labels'];

/** MD5 sums of the uncompressed files, so that it does not matter how, or whether, they are compressed. */
export type KnownSet = { readonly name: string; readonly md5: Readonly<Record<FileName, string>> };

const knownSets: readonly KnownSet[] = [
  {
    name: 'MNIST',
    md5: {
      'train-images-idx3-ubyte': '6bbc9ace898e44ae57da46a324031adb',
      'train-labels-idx1-ubyte': 'a25bea736e30d166cdddb491f175f624',
      't10k-images-idx3-ubyte': '2646ac647ad5339dbf082846283269ea',
      't10k-labels-idx1-ubyte': '27ae3e4e09519cfbb04c329615203637',
    },
  },
  {
    name: 'Fashion-MNIST',
    md5: {
      'train-images-idx3-ubyte': 'f4a8712d7a061bf5bd6d2ca38dc4d50a',
      'train-labels-idx1-ubyte': '9018921c3c673c538a1fc5bad174d6f9',
      't10k-images-idx3-ubyte': '8181f5470baa50b63fa0f6fddb340f0a',
      't10k-labels-idx1-ubyte': '15d484375f8d13e6eb1aabb0c3f46965',
    },
  },
];

/** Public copies of the four files, gzipped. */
const defaultMirrors = [
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
];

export interface MnistFileOptions extends DownloadOptions {
  /** The folder with the files, `.gz` or not. Without it, they are in the cache folder, or come from a mirror. */
  readonly dir?: string | undefined;
  /**
   * What the files in `dir` must be, by the MD5 of their uncompressed content:
   * - `true` (the default): MNIST, or a FormatError.
   * - `'known'`: a known set (MNIST or Fashion-MNIST) as a whole, or no known file at all; a mixture is a FormatError,
   *   since a damaged file among good ones looks like that.
   * - `false`: any IDX files of MNIST's layout.
   *
   * What was downloaded is always verified.
   */
  readonly verify?: boolean | 'known' | undefined;
  /** Where downloads are kept: `handgrad/mnist` in the system's cache folder unless said otherwise. */
  readonly cacheDir?: string | undefined;
  /**
   * Base URLs, tried in this order; by default those of the environment variable `HANDGRAD_MNIST_MIRRORS`
   * (separated by spaces), else two public ones. None at all forbids the download.
   */
  readonly mirrors?: readonly string[] | undefined;
}

/** 28×28 images and their labels, checked. */
export interface LabelledImages {
  /** [count, 28, 28], 0 is background */
  readonly images: Uint8Array;
  /** [count], 0 to 9 */
  readonly labels: Uint8Array;
}

export interface MnistFiles<Part extends MnistPart> {
  /** What the MD5 sums say: `MNIST`, `Fashion-MNIST`, or `unverified IDX files`. */
  readonly name: string;
  /** The folder that they were read from. */
  readonly dir: string;
  readonly parts: Readonly<Record<Part, LabelledImages>>;
}

interface Content {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly md5: string;
}

/**
 * Reads the files of MNIST, or of a set in its layout: from `dir`, else from the cache folder, else from the first
 * mirror that has them.
 *
 * @param wanted the parts to read; files of other parts need not be there
 * @param sets the known sets, the first of which is the one to download; tests have their own
 * @throws Error where the folder or a file is missing; FormatError, with file and byte offset, for damaged or wrong
 *   files; DownloadError where they cannot be had from any mirror
 */
export async function readMnistFiles<Part extends MnistPart>(
  wanted: readonly Part[],
  options: MnistFileOptions = {},
  sets: readonly KnownSet[] = knownSets,
): Promise<MnistFiles<Part>> {
  const { dir } = options;
  const folder = dir ?? options.cacheDir ?? join(cacheFolder(), 'mnist');
  if (dir !== undefined) await checkFolder(dir, wanted);
  const read = dir === undefined ? cacheReader(folder, options, sets[0]) : folderReader(dir);

  const contents = new Map<FileName, Content>();
  const parts: Partial<Record<Part, LabelledImages>> = {};
  for (const part of wanted) {
    const names = fileNames[part];
    const images = await read(names.images);
    const labels = await read(names.labels);
    contents.set(names.images, images).set(names.labels, labels);
    parts[part] = labelledImages(images, labels);
  }
  const name = recognise(contents, options.verify ?? true, sets);
  return { name, dir: folder, parts: parts as Record<Part, LabelledImages> };
}

type Reader = (name: FileName) => Promise<Content>;

function contentOf(path: string, bytes: Uint8Array): Content {
  return { path, bytes, md5: createHash('md5').update(bytes).digest('hex') };
}

async function checkFolder(dir: string, wanted: readonly MnistPart[]): Promise<void> {
  const stats = await stat(dir).catch(() => undefined);
  if (stats?.isDirectory()) return;
  const names = wanted.flatMap((part) => Object.values(fileNames[part]));
  const what = stats === undefined ? 'no folder' : 'not a folder:';
  throw new Error(`mnist: ${what} ${dir} (looked there for ${names.join(', ')}, each as such or .gz)`);
}

function folderReader(dir: string): Reader {
  return async (name) => {
    const path = await findFile(join(dir, name));
    if (path === undefined) throw new Error(`mnist: no ${name} or ${name}.gz in ${dir}`);
    return contentOf(path, await readIdxBytes(path));
  };
}

function cacheReader(folder: string, options: MnistFileOptions, { md5 }: KnownSet): Reader {
  let mirrors = options.mirrors ?? mirrorsOfEnvironment() ?? defaultMirrors;
  return async (name) => {
    const path = join(folder, `${name}.gz`);
    const check = async (downloaded: Uint8Array, url: string) => {
      const content = contentOf(path, await idxContent(downloaded, { name: url }));
      if (content.md5 !== md5[name]) throw new Error(`wrong content: MD5 ${content.md5}, not ${md5[name]}`);
      return content;
    };
    const urls = mirrors.map((base) => `${base.replace(/\/*$/, '/')}${name}.gz`);
    try {
      const cached = await cachedContent(join(folder, name), md5[name]);
      if (cached !== undefined) return cached;
      const { checked, url } = await downloadFile(urls, path, check, options);
      // the mirror that worked comes first for the files that follow
      const used = mirrors[urls.indexOf(url)];
      mirrors = [used, ...mirrors.filter((base) => base !== used)];
      return checked;
    } catch (error) {
      if (error instanceof DownloadError) {
        throw new DownloadError(`mnist: not in ${folder}, and no download: ${error.message}`);
      }
      // a cache that cannot be read or written is as good as no network
      if (isFileSystemError(error))
        throw new DownloadError(`mnist: cache folder ${folder}: ${error.message}`);
      throw error;
    }
  };
}

/** What the cache holds, if it is right; what is damaged is downloaded anew. */
async function cachedContent(path: string, md5: string): Promise<Content | undefined> {
  for (const candidate of [path, `${path}.gz`]) {
    try {
      const content = contentOf(candidate, await readIdxBytes(candidate));
      if (content.md5 === md5) return content;
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!missing && !(error instanceof FormatError)) throw error;
    }
  }
  return undefined;
}

function isFileSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

function mirrorsOfEnvironment(): string[] | undefined {
  return process.env.HANDGRAD_MNIST_MIRRORS?.split(/\s+/).filter((url) => url !== '');
}

/** The name of the set that the files belong to. */
function recognise(
  contents: ReadonlyMap<FileName, Content>,
  verify: boolean | 'known',
  sets: readonly KnownSet[],
): string {
  const candidates = verify === true ? sets.slice(0, 1) : sets;
  for (const { name, md5 } of candidates) {
    const wrong = [...contents].filter(([file, content]) => content.md5 !== md5[file]);
    if (wrong.length === 0) return name;
    const someRight = wrong.length < contents.size;
    if (verify === true || (verify === 'known' && someRight)) {
      const [[file, content]] = wrong;
      const others = someRight ? `, though other files here are ${name}'s` : '';
      throw new FormatError(
        `${content.path}: not ${name}'s ${file}${others}: its content has MD5 ${content.md5}, not ${md5[file]}` +
          ' (verify: false accepts any IDX files)',
      );
    }
  }
  return 'unverified IDX files';
}

function labelledImages(imagesFile: Content, labelsFile: Content): LabelledImages {
  const images = uint8Array(imagesFile, 'images [count, 28, 28]', ({ dims }) => {
    return dims.length === 3 && dims[0] > 0 && dims[1] === 28 && dims[2] === 28;
  });
  const labels = uint8Array(labelsFile, 'labels [count]', ({ dims }) => dims.length === 1);
  const count = images.length / (28 * 28);
  if (labels.length !== count) {
    throw malformed(
      labelsFile.path,
      4,
      `${labels.length} labels, but ${imagesFile.path} has ${count} images`,
    );
  }
  const wrong = labels.findIndex((label) => label > 9);
  if (wrong >= 0) throw malformed(labelsFile.path, 8 + wrong, `label ${labels[wrong]} is not one of 0 to 9`);
  return { images, labels };
}

function uint8Array({ path, bytes }: Content, what: string, fits: (array: IdxArray) => boolean): Uint8Array {
  const array = parseIdx(bytes, { name: path });
  if (array.data instanceof Uint8Array && fits(array)) return array.data;
  throw malformed(path, 2, `expected uint8 ${what}, got ${array.dtype} ${formatShape(array.dims)}`);
}
