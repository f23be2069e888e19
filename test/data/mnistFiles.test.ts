import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { FormatError } from '../../src/core/errors.ts';
import { cacheFolder } from '../../src/data/cacheFolder.ts';
import { DownloadError } from '../../src/data/download.ts';
import { type KnownSet, readMnistFiles } from '../../src/data/mnistFiles.ts';
import { mnistDir } from '../mnistDir.ts';
import { idxBytes, sampleImages, sampleLabels } from './idxBytes.ts';
import { type LocalServer, startServer } from './localServer.ts';

const files: Record<keyof KnownSet['md5'], Uint8Array> = {
  'train-images-idx3-ubyte': sampleImages(12),
  'train-labels-idx1-ubyte': sampleLabels(12),
  't10k-images-idx3-ubyte': sampleImages(3),
  't10k-labels-idx1-ubyte': sampleLabels(3),
};
const names = Object.keys(files) as (keyof typeof files)[];
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');
const sums = Object.fromEntries(names.map((name) => [name, md5(files[name])])) as KnownSet['md5'];
const otherSums = Object.fromEntries(names.map((name) => [name, md5(Buffer.from(name))])) as KnownSet['md5'];
const sample: KnownSet = { name: 'Sample', md5: sums };
const other: KnownSet = { name: 'Other', md5: otherSums };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handgrad-mnist-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function fill(changed: Partial<typeof files> = {}): Promise<string> {
  for (const [name, bytes] of Object.entries({ ...files, ...changed })) {
    // one part gzipped, the other not
    if (name.startsWith('t10k')) await writeFile(join(folder, name), bytes);
    else await writeFile(join(folder, `${name}.gz`), gzipSync(bytes));
  }
  return folder;
}

describe('a folder of files', () => {
  test('gives images and labels, and the name of the set', async () => {
    const dir = await fill();
    expect(await readMnistFiles(['train', 't10k'], { dir }, [sample, other])).toEqual({
      name: 'Sample',
      dir,
      parts: {
        train: { images: sampleImages(12).subarray(16), labels: sampleLabels(12).subarray(8) },
        t10k: { images: sampleImages(3).subarray(16), labels: sampleLabels(3).subarray(8) },
      },
    });
  });

  test('needs only the files of the parts that are wanted', async () => {
    const dir = await fill();
    await rm(join(dir, 't10k-images-idx3-ubyte'));
    expect(Object.keys((await readMnistFiles(['train'], { dir }, [sample])).parts)).toEqual(['train']);
    await expect(readMnistFiles(['t10k'], { dir }, [sample])).rejects.toThrow(
      `mnist: no t10k-images-idx3-ubyte or t10k-images-idx3-ubyte.gz in ${dir}`,
    );
  });

  test('that is missing, or none, is an error that says what was looked for', async () => {
    const dir = join(folder, 'nowhere');
    await expect(readMnistFiles(['train'], { dir })).rejects.toThrow(
      `mnist: no folder ${dir} (looked there for train-images-idx3-ubyte, train-labels-idx1-ubyte, each as such or .gz)`,
    );
    await writeFile(dir, '');
    await expect(readMnistFiles(['train'], { dir })).rejects.toThrow(`mnist: not a folder: ${dir} (looked`);
  });

  test('must be MNIST, unless verify says otherwise', async () => {
    const dir = await fill();
    const read = (verify: boolean | 'known' | undefined, sets: KnownSet[]) =>
      readMnistFiles(['train', 't10k'], { dir, verify }, sets).then(({ name }) => name);
    const wrong = `${join(dir, 'train-images-idx3-ubyte.gz')}: not Other's train-images-idx3-ubyte: its content has MD5 ${sums['train-images-idx3-ubyte']}`;
    await expect(read(undefined, [other, sample])).rejects.toThrow(wrong);
    await expect(read(true, [other, sample])).rejects.toThrow(FormatError);
    expect(await read('known', [other, sample])).toBe('Sample');
    expect(await read(false, [other, sample])).toBe('Sample');
    expect(await read('known', [other])).toBe('unverified IDX files');
    expect(await read(false, [other])).toBe('unverified IDX files');
  });

  test('a damaged file among good ones is noticed', async () => {
    const images = sampleImages(12);
    images[5000] ^= 1;
    const dir = await fill({ 'train-images-idx3-ubyte': images });
    await expect(readMnistFiles(['train'], { dir, verify: 'known' }, [other, sample])).rejects.toThrow(
      `${join(dir, 'train-images-idx3-ubyte.gz')}: not Sample's train-images-idx3-ubyte, though other files here are Sample's`,
    );
    expect((await readMnistFiles(['train'], { dir, verify: false }, [sample])).name).toBe(
      'unverified IDX files',
    );
  });

  const misfits: [string, Partial<typeof files>, string][] = [
    [
      'a label out of range',
      { 'train-labels-idx1-ubyte': idxBytes(8, [12], [0, 1, 2, 10, 4, 5, 6, 7, 8, 9, 0, 255]) },
      'train-labels-idx1-ubyte.gz: at byte 11: label 10 is not one of 0 to 9',
    ],
    [
      'fewer labels than images',
      { 'train-labels-idx1-ubyte': sampleLabels(11) },
      'train-labels-idx1-ubyte.gz: at byte 4: 11 labels, but ',
    ],
    [
      'images of another size',
      { 'train-images-idx3-ubyte': idxBytes(8, [12, 2, 2], new Uint8Array(48)) },
      'train-images-idx3-ubyte.gz: at byte 2: expected uint8 images [count, 28, 28], got uint8 [12, 2, 2]',
    ],
    [
      'no images',
      { 'train-images-idx3-ubyte': sampleImages(0), 'train-labels-idx1-ubyte': sampleLabels(0) },
      'expected uint8 images [count, 28, 28], got uint8 [0, 28, 28]',
    ],
    [
      'signed labels',
      { 'train-labels-idx1-ubyte': idxBytes(9, [12], new Uint8Array(12)) },
      'train-labels-idx1-ubyte.gz: at byte 2: expected uint8 labels [count], got int8 [12]',
    ],
    [
      'a truncated file',
      { 'train-images-idx3-ubyte': sampleImages(12).subarray(0, 5000) },
      'train-images-idx3-ubyte.gz: at byte 5000: the file ends early: [12, 28, 28] of uint8 needs 9424 bytes',
    ],
  ];
  test.each(misfits)('%s is a FormatError with file and offset', async (_, changed, message) => {
    const dir = await fill(changed);
    const error = await readMnistFiles(['train'], { dir, verify: false }, [sample]).catch((reason) => reason);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain(`${dir}`);
    expect(error.message).toContain(message);
  });
});

describe('the cache folder and the mirrors', () => {
  let server: LocalServer;
  const serve: RequestListener = (request, response) => {
    const name = request.url?.split('/').at(-1)?.replace(/\.gz$/, '') as keyof typeof files;
    response.end(gzipSync(files[name]));
  };
  beforeAll(async () => {
    server = await startServer({
      good: serve,
      alsoGood: serve,
      stale: (_, response) => response.end(gzipSync(sampleLabels(5))),
      missing: (_, response) => response.writeHead(404).end(),
      cut: (_, response) => response.end(gzipSync(files['train-images-idx3-ubyte']).subarray(0, 100)),
    });
  });
  afterAll(() => server.close());

  const read = (mirrors: string[], more = {}) => {
    const options = { cacheDir: join(folder, 'mnist'), mirrors: mirrors.map(server.url), ...more };
    return readMnistFiles(['train', 't10k'], options, [sample, other]);
  };
  const cached = () => readdir(join(folder, 'mnist')).catch(() => 'no folder');
  const allFiles = names.map((name) => `${name}.gz`).sort();

  test('a download is kept, and used without network', async () => {
    const downloaded = await read(['good']);
    expect(await cached()).toEqual(allFiles);
    expect(downloaded).toEqual({
      name: 'Sample',
      dir: join(folder, 'mnist'),
      parts: {
        train: { images: sampleImages(12).subarray(16), labels: sampleLabels(12).subarray(8) },
        t10k: { images: sampleImages(3).subarray(16), labels: sampleLabels(3).subarray(8) },
      },
    });
    const before = server.requests.length;
    expect(await read(['good'])).toEqual(downloaded);
    expect(server.requests.length).toBe(before);
  });

  test('the mirror that worked is asked first for the other files', async () => {
    const before = server.requests.length;
    await read(['missing', 'stale', 'alsoGood']);
    const asked = server.requests.slice(before).map((path) => path.split('/')[0]);
    expect(asked).toEqual(['missing', 'stale', 'alsoGood', 'alsoGood', 'alsoGood', 'alsoGood']);
  });

  test('wrong and cut content is refused, whatever verify says, and nothing is kept', async () => {
    const error = await read(['stale', 'cut'], { verify: false }).catch((reason) => reason);
    expect(error).toBeInstanceOf(DownloadError);
    const [stale, cut] = error.message.split('; ');
    expect(stale).toBe(
      `mnist: not in ${join(folder, 'mnist')}, and no download: train-images-idx3-ubyte.gz: ` +
        `${server.url('stale')}/train-images-idx3-ubyte.gz: wrong content: ` +
        `MD5 ${md5(sampleLabels(5))}, not ${sums['train-images-idx3-ubyte']}`,
    );
    expect(cut).toMatch(
      /cut\/train-images-idx3-ubyte.gz: at byte \d+: damaged gzip data: unexpected end of file$/,
    );
    expect(await cached()).toBe('no folder');
  });

  test('damaged files in the cache are downloaded anew', async () => {
    await read(['good']);
    const path = join(folder, 'mnist', 'train-labels-idx1-ubyte.gz');
    const right = await readFile(path);
    for (const damaged of [gzipSync(sampleLabels(11)), right.subarray(0, 20), Buffer.from('junk')]) {
      await writeFile(path, damaged);
      expect((await read(['good'])).parts.train.labels).toEqual(sampleLabels(12).subarray(8));
      expect(await readFile(path)).toEqual(right);
    }
    await writeFile(path, 'junk');
    await expect(read([])).rejects.toThrow('train-labels-idx1-ubyte.gz: there is no mirror to ask');
  });

  test('uncompressed files in the cache are as good', async () => {
    await mkdir(join(folder, 'mnist'));
    for (const name of names) await writeFile(join(folder, 'mnist', name), files[name]);
    expect((await read([])).name).toBe('Sample');
  });

  test('a cache that cannot be written is as good as no network', async () => {
    const cacheDir = join(folder, 'file', 'mnist');
    await writeFile(join(folder, 'file'), '');
    const error = await read(['good'], { cacheDir }).catch((reason) => reason);
    expect(error).toBeInstanceOf(DownloadError);
    expect(error.message).toMatch(new RegExp(`^mnist: cache folder ${cacheDir}: E[^\\n]+$`));
  });

  test('many at a time do not disturb each other', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => read(['good'])));
    for (const one of all) expect(one).toEqual(all[0]);
    expect(await cached()).toEqual(allFiles);
  });

  test('HANDGRAD_MNIST_MIRRORS and XDG_CACHE_HOME are followed', async () => {
    vi.stubEnv('HANDGRAD_MNIST_MIRRORS', `${server.url('missing')}  ${server.url('good')}/`);
    vi.stubEnv('XDG_CACHE_HOME', folder);
    try {
      const { dir } = await readMnistFiles(['t10k'], {}, [sample]);
      expect(dir).toBe(join(folder, 'handgrad', 'mnist'));
      expect(await readdir(dir)).toEqual(allFiles.slice(0, 2));
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('cacheFolder', () => {
  const home = () => '/home/ada';
  test('follows the conventions of the system', () => {
    expect(cacheFolder('linux', {}, home)).toBe('/home/ada/.cache/handgrad');
    expect(cacheFolder('darwin', {}, home)).toBe('/home/ada/Library/Caches/handgrad');
    expect(cacheFolder('win32', { LOCALAPPDATA: '/local' }, home)).toBe('/local/handgrad');
    expect(cacheFolder('linux', { LOCALAPPDATA: '/local' }, home)).toBe('/home/ada/.cache/handgrad');
  });
  test('XDG_CACHE_HOME comes first, unless it is relative', () => {
    expect(cacheFolder('darwin', { XDG_CACHE_HOME: '/var/x' }, home)).toBe('/var/x/handgrad');
    expect(cacheFolder('linux', { XDG_CACHE_HOME: 'x' }, home)).toBe('/home/ada/.cache/handgrad');
    expect(cacheFolder('linux', { XDG_CACHE_HOME: '' }, home)).toBe('/home/ada/.cache/handgrad');
  });
});

describe.skipIf(!mnistDir)('real MNIST', () => {
  test('is recognised, and is what the lesson says', async () => {
    const { name, parts } = await readMnistFiles(['train', 't10k'], { dir: mnistDir });
    expect(name).toBe('MNIST');
    const labels = parts.train.labels;
    expect([...labels.slice(0, 3)]).toEqual([5, 0, 4]);
    expect(parts.train.images.length).toBe(60_000 * 784);
    expect(parts.t10k.labels.length).toBe(10_000);
  });

  test('is downloaded and kept', async () => {
    const server = await startServer({
      mnist: async (request, response) => {
        response.end(await readFile(join(mnistDir as string, request.url?.split('/').at(-1) as string)));
      },
    });
    try {
      const options = { cacheDir: folder, mirrors: [server.url('mnist')] };
      const { name, parts } = await readMnistFiles(['train'], options);
      expect(name).toBe('MNIST');
      expect(parts.train.labels.length).toBe(60_000);
      expect((await readMnistFiles(['train'], { cacheDir: folder, mirrors: [] })).name).toBe('MNIST');
    } finally {
      await server.close();
    }
  });
});
