import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FormatError } from '../../src/core/errors.ts';
import { idxContent, readIdx } from '../../src/data/idxFile.ts';
import { idxBytes } from './idxBytes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handgrad-idx-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, content: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const sample = idxBytes(11, [2, 3], [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6]);
const expected = { dims: [2, 3], dtype: 'int16', data: Int16Array.of(1, 2, 3, 4, 5, 6) };

describe('readIdx', () => {
  test('gzip is recognised by its first bytes, not by the name', async () => {
    expect(await readIdx(await fileOf('plain', sample))).toEqual(expected);
    expect(await readIdx(await fileOf('named.gz', sample))).toEqual(expected);
    expect(await readIdx(await fileOf('compressed', gzipSync(sample)))).toEqual(expected);
    expect(await readIdx(await fileOf('both.gz', gzipSync(sample)))).toEqual(expected);
  });

  test('looks for the name, then for the name with .gz', async () => {
    const path = await fileOf('found.gz', gzipSync(sample));
    expect(await readIdx(path.slice(0, -3))).toEqual(expected);
    await fileOf('found', idxBytes(8, [1], [7]));
    expect((await readIdx(path.slice(0, -3))).data).toEqual(Uint8Array.of(7));
    const missing = join(folder, 'missing');
    await expect(readIdx(missing)).rejects.toThrow(`readIdx: no file ${missing} or ${missing}.gz`);
  });

  test('reads gzip in several members, and through many chunks', async () => {
    const parts = [sample.subarray(0, 3), sample.subarray(3, 9), sample.subarray(9)];
    const members = Buffer.concat(parts.map((part) => gzipSync(part)));
    expect(await readIdx(await fileOf('members', members))).toEqual(expected);
    const large = Uint8Array.from({ length: 3_000_001 }, (_, i) => (i * 2654435761) >>> 24);
    const { data } = await readIdx(
      await fileOf('large', gzipSync(idxBytes(8, [large.length], large), { level: 1 })),
    );
    expect(Buffer.compare(data as Uint8Array, large)).toBe(0);
  });

  test('every truncation is a FormatError that names the file', async () => {
    for (const [name, whole] of [
      ['cut', sample],
      ['cut.gz', gzipSync(sample)],
    ] as const) {
      for (let length = 0; length < whole.length; length++) {
        const path = await fileOf(name, whole.subarray(0, length));
        const error = await readIdx(path).catch((reason: unknown) => reason);
        expect(error, `${length} bytes`).toBeInstanceOf(FormatError);
        const [named, place] = (error as Error).message.split(': ');
        expect(named).toBe(path);
        expect(place).toMatch(/^at byte \d+$/);
        await expect(idxContent(whole.subarray(0, length), { name })).rejects.toThrow(FormatError);
      }
    }
  });

  test('every flipped bit of the gzip data is noticed, or harmless', async () => {
    const whole = gzipSync(sample);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = Uint8Array.from(whole);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      const content = await idxContent(damaged, { name: 'damaged' }).catch((error: unknown) => error);
      if (content instanceof Uint8Array) expect(content).toEqual(sample);
      else expect(content).toBeInstanceOf(FormatError);
    }
  });

  test('refuses what follows after the end', async () => {
    const longer = new Uint8Array([...sample, 0]);
    for (const bytes of [longer, gzipSync(longer), Buffer.concat([gzipSync(sample), gzipSync(sample)])]) {
      const path = await fileOf('longer', bytes);
      await expect(readIdx(path)).rejects.toThrow(
        `${path}: at byte ${sample.length}: the file goes on after its end`,
      );
    }
    const path = await fileOf('garbage.gz', Buffer.concat([gzipSync(sample), Buffer.from('garbage')]));
    await expect(readIdx(path)).rejects.toThrow(FormatError);
  });

  test('stops a gzip bomb at the declared size', async () => {
    const zeros = gzipSync(new Uint8Array(2 ** 24));
    const oneMember = gzipSync(Buffer.concat([idxBytes(8, [10], []), new Uint8Array(2 ** 26)]), { level: 1 });
    const members = Buffer.concat([
      gzipSync(idxBytes(8, [10], [])),
      ...Array.from({ length: 64 }, () => zeros),
    ]);
    for (const [name, bomb] of Object.entries({ oneMember, members })) {
      const path = await fileOf(name, bomb);
      const memory = process.memoryUsage().rss;
      const start = performance.now();
      await expect(readIdx(path)).rejects.toThrow(`${path}: at byte 18: the file goes on after its end`);
      expect(performance.now() - start).toBeLessThan(1000);
      expect(process.memoryUsage().rss - memory).toBeLessThan(64e6);
    }
  });

  test('allocates nothing for sizes that the file cannot hold, or beyond the limit', async () => {
    const liar = idxBytes(8, [2 ** 31 - 1, 1000], [1, 2, 3]);
    const plain = await fileOf('liar', liar);
    await expect(readIdx(plain)).rejects.toThrow(`${plain}: at byte 15: the file ends early`);
    const compressed = await fileOf('liar.gz', gzipSync(liar));
    await expect(readIdx(compressed)).rejects.toThrow(
      /liar\.gz: at byte 4: .* too many for \d+ compressed ones/,
    );
    const path = await fileOf('limited', sample);
    await expect(readIdx(path, { maxBytes: 23 })).rejects.toThrow(
      `${path}: at byte 4: the sizes declare 24 bytes, more than the limit of 23`,
    );
    expect(await readIdx(path, { maxBytes: 24 })).toEqual(expected);
  });

  test('refuses folders', async () => {
    await expect(readIdx(folder)).rejects.toThrow(`${folder}: not a file`);
  });
});
