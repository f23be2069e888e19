import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { proceduralDigits } from '../../src/data/proceduralDigits.ts';
import { data, type Tensor } from '../../src/index.ts';
import { mnistDir } from '../mnistDir.ts';
import { sampleImages, sampleLabels } from './idxBytes.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'handgrad-mnist-'));
  for (const [part, count] of Object.entries({ train: 12, t10k: 3 })) {
    await writeFile(join(dir, `${part}-images-idx3-ubyte`), sampleImages(count));
    await writeFile(join(dir, `${part}-labels-idx1-ubyte`), sampleLabels(count));
  }
});
afterAll(() => rm(dir, { recursive: true }));

const head = (x: Tensor, count: number) => x.narrow(0, 0, count).toArray();
const tail = (x: Tensor, count: number) => x.narrow(0, x.length - count, count).toArray();
const numberIn = (x: Tensor) => x.item() as number;

describe('mnist', () => {
  test('lesson: the first five sixths train, the last sixth validates, pixel/256', async () => {
    const { trainSet, validSet, source } = await data.mnist({ dir, verify: false });
    expect(source).toEqual({ name: 'unverified IDX files', where: dir });
    expect(trainSet.x.shape).toEqual([10, 784]);
    expect(validSet.x.shape).toEqual([2, 784]);
    expect([trainSet.x.dtype, trainSet.y.dtype]).toEqual(['float32', 'int32']);
    expect(trainSet.y.toArray()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(validSet.y.toArray()).toEqual([0, 1]);
    const pixels = sampleImages(12).subarray(16);
    expect(trainSet.x.view(-1).toArray()).toEqual(Array.from(pixels.subarray(0, 7840), (p) => p / 256));
    expect(validSet.x.view(-1).toArray()).toEqual(Array.from(pixels.subarray(7840), (p) => p / 256));
  });

  test('standard: all of train, and t10k, pixel/255', async () => {
    const { trainSet, validSet } = await data.mnist({ dir, verify: false, split: 'standard' });
    expect(trainSet.x.shape).toEqual([12, 784]);
    expect(validSet.y.toArray()).toEqual([0, 1, 2]);
    const pixels = sampleImages(3).subarray(16);
    expect(validSet.x.view(-1).toArray()).toEqual(Array.from(pixels, (p) => Math.fround(p / 255)));
  });

  test('another scale', async () => {
    const { trainSet } = await data.mnist({ dir, verify: false, scale: 1 });
    expect(trainSet.x.amax().item()).toBe(Math.max(...sampleImages(10).subarray(16)));
  });

  test('refuses wrong options before it looks for files', async () => {
    const nowhere = { dir: join(dir, 'nowhere') };
    await expect(data.mnist({ ...nowhere, split: 'test' as never })).rejects.toThrow(
      "mnist: split must be 'lesson' or 'standard', got test",
    );
    for (const scale of [0, -1, Number.NaN, Infinity]) {
      await expect(data.mnist({ ...nowhere, scale })).rejects.toThrow(
        `mnist: scale must be a number above 0, got ${scale}`,
      );
    }
    await expect(data.mnist(nowhere)).rejects.toThrow(`mnist: no folder ${nowhere.dir}`);
  });
});

describe('proceduralMnist', () => {
  test('is proceduralDigits, split like the lesson’s MNIST', () => {
    const { trainSet, validSet, source } = data.proceduralMnist({ count: 60, seed: 5 });
    const { images, labels } = proceduralDigits({ count: 60, seed: 5 });
    expect(source).toEqual({ name: 'procedural digits', where: 'seed 5' });
    expect([...(trainSet.y.toArray() as number[]), ...(validSet.y.toArray() as number[])]).toEqual([
      ...labels,
    ]);
    expect([trainSet.length, validSet.length]).toEqual([50, 10]);
    expect(validSet.x.view(-1).toArray()).toEqual(Array.from(images.subarray(50 * 784), (p) => p / 256));
  });

  test('refuses counts that leave a set empty', () => {
    expect(() => data.proceduralMnist({ count: 1 })).toThrow('need at least 2 images, got 1');
    expect(() => data.proceduralMnist({ count: -1 })).toThrow(RangeError);
    expect(() => data.proceduralMnist({ scale: 0 })).toThrow('scale must be a number above 0');
  });
});

describe('mnistOrProcedural', () => {
  test('stands in where there is no download, and says so', async () => {
    const options = { cacheDir: join(dir, 'cache'), mirrors: [], count: 12, seed: 3 };
    const { trainSet, source } = await data.mnistOrProcedural(options);
    expect(trainSet.x.shape).toEqual([10, 784]);
    expect(source).toEqual({
      name: 'procedural digits',
      where: 'seed 3',
      insteadOf: `mnist: not in ${join(dir, 'cache')}, and no download: train-images-idx3-ubyte.gz: there is no mirror to ask`,
    });
  });

  test('does not hide errors of a folder, nor of options', async () => {
    await expect(data.mnistOrProcedural({ dir: join(dir, 'nowhere') })).rejects.toThrow('mnist: no folder');
    await expect(data.mnistOrProcedural({ dir })).rejects.toThrow('not MNIST');
    await expect(data.mnistOrProcedural({ scale: -1 })).rejects.toThrow(RangeError);
    expect((await data.mnistOrProcedural({ dir, verify: 'known' })).source.name).toBe('unverified IDX files');
  });
});

describe.skipIf(!mnistDir)('real MNIST', () => {
  test('lesson: labels and statistics as the lesson prints them', async () => {
    const sets = await data.mnist({ dir: mnistDir });
    const { trainSet, validSet, source } = sets;
    expect(source).toEqual({ name: 'MNIST', where: mnistDir });
    expect([trainSet.length, validSet.length]).toEqual([50_000, 10_000]);
    expect(head(trainSet.y, 3)).toEqual([5, 0, 4]);
    expect(tail(trainSet.y, 3)).toEqual([8, 4, 8]);
    expect(head(validSet.y, 5)).toEqual([3, 8, 6, 9, 6]);

    const normalized = data.normalize(sets);
    expect(normalized.mean).toBeCloseTo(0.1304, 4);
    expect(normalized.std).toBeCloseTo(0.3073, 4);
    expect(numberIn(normalized.trainSet.x.mean())).toBeCloseTo(0, 4);
    expect(numberIn(normalized.trainSet.x.std())).toBeCloseTo(1, 4);
    expect(numberIn(normalized.validSet.x.mean())).toBeCloseTo(-0.00585, 5);
    expect(numberIn(normalized.validSet.x.std())).toBeCloseTo(0.9924, 4);
  });

  test('the other scale and the other split', async () => {
    const lesson = await data.mnist({ dir: mnistDir, scale: 255 });
    expect(numberIn(lesson.trainSet.x.mean())).toBeCloseTo(0.131, 4);
    expect(numberIn(lesson.trainSet.x.std())).toBeCloseTo(0.3085, 4);
    const standard = await data.mnist({ dir: mnistDir, split: 'standard' });
    expect([standard.trainSet.length, standard.validSet.length]).toEqual([60_000, 10_000]);
    expect(head(standard.validSet.y, 5)).toEqual([7, 2, 1, 0, 4]);
    expect(numberIn(standard.trainSet.x.mean())).toBeCloseTo(0.1307, 4);
  });
});
