import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  arange,
  FormatError,
  full,
  loadNpz,
  type NamedTensors,
  parseNpz,
  saveNpz,
  serializeNpz,
  tensor,
  zeros,
} from '../../src/index.ts';
import { crc32, crc32ByTable } from '../../src/io/crc32.ts';
import { bytesOf, dtypeOf, elementsOf, fixtures, valuesOf } from './npyFixtures.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handgrad-npz-'));
});
afterAll(() => rm(folder, { recursive: true }));

const archives = Object.entries(fixtures.archives).map(([name, file]) => ({ name, bytes: bytesOf(file) }));

function contentOf(tensors: NamedTensors): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, x]) => [`the ${name}`, [x.dtype, x.shape, elementsOf(x)]]),
  );
}

/** Where the directory's record of entry `n` begins, and the record at the end of the archive. */
function placesIn(bytes: Uint8Array): { records: number[]; end: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = buffer.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const records: number[] = [];
  for (let at = buffer.readUInt32LE(end + 16); at < end; ) {
    records.push(at);
    at += 46 + buffer.readUInt16LE(at + 28) + buffer.readUInt16LE(at + 30) + buffer.readUInt16LE(at + 32);
  }
  return { records, end };
}

describe('what NumPy wrote', () => {
  test.each(archives)('$name', async ({ name, bytes }) => {
    const path = join(folder, `${name}.npz`);
    await writeFile(path, bytes);
    const expected = Object.fromEntries(
      Object.entries(fixtures.content).map(([key, fixture]) => {
        return [`the ${key}`, [dtypeOf[fixture.descr.slice(1)], fixture.shape, valuesOf(fixture)]];
      }),
    );
    expect(contentOf(await loadNpz(path))).toEqual(expected);
    expect(contentOf(await parseNpz(bytes))).toEqual(expected);
  });

  test('a name is only a name', async () => {
    const tensors = await parseNpz(archives[0].bytes);
    expect(Object.getPrototypeOf(tensors)).toBe(null);
    expect(Object.keys(tensors)).toContain('__proto__');
    expect(({} as Record<string, unknown>)['dtype']).toBe(undefined);
    expect(Object.keys(await parseNpz(await serializeNpz(tensors)))).toEqual(Object.keys(tensors));
  });

  test('an empty archive, and one with a comment', async () => {
    expect(await parseNpz(bytesOf(fixtures.otherArchives.empty))).toEqual({});
    const { x } = await parseNpz(bytesOf(fixtures.otherArchives.commented), { dtype: 'float64' });
    expect([x.dtype, x.toArray()]).toEqual(['float64', [0, 1, 2]]);
  });
});

describe('writing', () => {
  const tensors: NamedTensors = {
    weight: arange(6, undefined, 1, { dtype: 'float32' }).view(2, 3).t(),
    flags: tensor([true, false]),
    'layers.0.größe': zeros([0, 4]),
    scalar: tensor(7.5),
  };

  test.each([false, true])('and reading back gives the same (compress: %s)', async (compress) => {
    const path = join(folder, 'written.npz');
    await saveNpz(path, tensors, { compress });
    expect(contentOf(await loadNpz(path))).toEqual(contentOf(tensors));
    expect(Object.keys(await loadNpz(path))).toEqual(Object.keys(tensors));
    expect(Buffer.from(await serializeNpz(tensors, { compress }))).toEqual(
      Buffer.from(await serializeNpz(tensors, { compress })),
    );
  });

  test('compression makes it smaller', async () => {
    const x = { zeros: zeros([1000]) };
    expect((await serializeNpz(x, { compress: true })).length).toBeLessThan(500);
    expect((await serializeNpz(x)).length).toBeGreaterThan(4000);
  });

  test('keeps what the tensors held when it was called', async () => {
    const x = full([1000], 1);
    const saving = serializeNpz({ x }, { compress: true });
    x.fill_(2);
    expect((await parseNpz(await saving))['x'].mean().item()).toBe(1);
  });

  test('fails without a trace: the old file stays', async () => {
    const path = join(folder, 'kept.npz');
    await saveNpz(path, tensors);
    await expect(saveNpz(path, { ...tensors, extra: 1 as never })).rejects.toThrow(
      "saveNpz: 'extra' must be a Tensor, got 1",
    );
    await expect(saveNpz(path, null as never)).rejects.toThrow('saveNpz: tensors must be an object');
    await expect(saveNpz(folder, tensors)).rejects.toThrow();
    expect(contentOf(await loadNpz(path))).toEqual(contentOf(tensors));
    expect((await readdir(folder)).filter((file) => file.endsWith('.part'))).toEqual([]);
  });
});

describe('64-bit sizes', () => {
  /** The archive with sizes, offset and count where they go when they do not fit into 32 bits. */
  async function widened(change: (record: Buffer, end64: Buffer) => void = () => {}): Promise<Uint8Array> {
    const bytes = Buffer.from(await serializeNpz({ x: arange(3) }));
    const { records, end } = placesIn(bytes);
    const [at] = records;
    const record = Buffer.from(bytes.subarray(at, at + 46));
    const extra = Buffer.alloc(4 + 6 + 4 + 24);
    extra.writeUInt16LE(0x5455, 0); // another extension, to be passed over
    extra.writeUInt16LE(6, 2);
    extra.writeUInt16LE(1, 10);
    extra.writeUInt16LE(24, 12);
    for (const [i, field] of [24, 20, 42].entries()) {
      extra.writeBigUInt64LE(BigInt(record.readUInt32LE(field)), 14 + 8 * i);
      record.writeUInt32LE(0xffffffff, field);
    }
    record.writeUInt16LE(extra.length, 30);
    const directory = Buffer.concat([record, bytes.subarray(at + 46, end), extra]);
    const end64 = Buffer.alloc(56);
    end64.writeUInt32LE(0x06064b50, 0);
    end64.writeBigUInt64LE(44n, 4);
    end64.writeBigUInt64LE(1n, 24);
    end64.writeBigUInt64LE(1n, 32);
    end64.writeBigUInt64LE(BigInt(directory.length), 40);
    end64.writeBigUInt64LE(BigInt(at), 48);
    change(directory, end64);
    const locator = Buffer.alloc(20);
    locator.writeUInt32LE(0x07064b50, 0);
    locator.writeBigUInt64LE(BigInt(at + directory.length), 8);
    locator.writeUInt32LE(1, 16);
    const ending = Buffer.from(bytes.subarray(end));
    ending.fill(0xff, 8, 20);
    return Buffer.concat([bytes.subarray(0, at), directory, end64, locator, ending]);
  }

  test('are read', async () => {
    expect((await parseNpz(await widened()))['x'].toArray()).toEqual([0, 1, 2]);
  });

  test('that lie are refused', async () => {
    const lies: [string, (record: Buffer, end64: Buffer) => void][] = [
      ['cannot have', (record) => record.writeBigUInt64LE(2n ** 63n, record.length - 24)],
      ['reaches into what comes after it', (record) => record.writeBigUInt64LE(2n ** 63n, record.length - 8)],
      ['its end says', (_, end64) => end64.writeBigUInt64LE(2n, 32)],
      ['does not end before here', (_, end64) => end64.writeBigUInt64LE(2n ** 62n, 40)],
      ['does not end before here', (_, end64) => end64.writeBigUInt64LE(2n ** 62n, 48)],
      ['the 64-bit end of the directory is not there', (_, end64) => end64.fill(0, 0, 1)],
    ];
    for (const [rule, lie] of lies) {
      const bytes = await widened(lie);
      await expect(parseNpz(bytes), rule).rejects.toThrow(FormatError);
      await expect(parseNpz(bytes)).rejects.toThrow(rule);
    }
  });
});

describe('malformed archives', () => {
  test.each(archives)('every truncation of the $name one', async ({ bytes }) => {
    for (let length = 0; length < bytes.length; length++) {
      await expect(parseNpz(bytes.subarray(0, length)), `cut to ${length}`).rejects.toThrow(FormatError);
    }
  });

  test.each(archives)(
    'every byte of the $name one damaged: noticed, or of no importance',
    async ({ bytes }) => {
      const expected = Object.values(contentOf(await parseNpz(bytes)));
      let noticed = 0;
      for (let at = 0; at < bytes.length; at++) {
        const damaged = bytes.slice();
        damaged[at] ^= 0x55;
        try {
          // Names may differ, content may not.
          expect(Object.values(contentOf(await parseNpz(damaged)))).toEqual(expected);
        } catch (error) {
          expect(error, `byte ${at}`).toBeInstanceOf(FormatError);
          noticed++;
        }
      }
      expect(noticed).toBeGreaterThan(bytes.length / 2);
    },
  );

  test('random bytes in the directory', async () => {
    const [{ bytes }] = archives;
    const { records } = placesIn(bytes);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: records[0], max: bytes.length - 1 }), fc.nat(255)), {
          minLength: 2,
          maxLength: 8,
        }),
        async (changes) => {
          const damaged = bytes.slice();
          for (const [at, byte] of changes) damaged[at] = byte;
          await parseNpz(damaged).catch((error) => expect(error).toBeInstanceOf(FormatError));
        },
      ),
      { numRuns: 1000, seed: 1122 },
    );
  });

  test('more than allowed, more than declared, more than possible', async () => {
    const bomb = bytesOf(fixtures.bomb); // 2 MB of zeros in 2 kB
    expect(bomb.length).toBeLessThan(4000);
    expect((await parseNpz(bomb))['zeros'].numel()).toBe(2_000_000);
    await expect(parseNpz(bomb, { name: 'b.npz', maxBytes: 1e6 })).rejects.toThrow(FormatError);
    await expect(parseNpz(bomb, { name: 'b.npz', maxBytes: 1e6 })).rejects.toThrow(
      /^b\.npz: at byte \d+: the entries declare 2000128 bytes, more than the limit of 1000000/,
    );
    await expect(parseNpz(bomb, { maxBytes: NaN })).rejects.toThrow('more than the limit of NaN');
    const { records } = placesIn(bomb);
    const lying = Buffer.from(bomb);
    lying.writeUInt32LE(1000, records[0] + 24);
    await expect(parseNpz(lying)).rejects.toThrow(
      "entry 'zeros.npy' has more than the 1000 bytes that it declares",
    );
    lying.writeUInt32LE(2_000_129, records[0] + 24);
    await expect(parseNpz(lying)).rejects.toThrow("entry 'zeros.npy' has 2000128 bytes, not 2000129");
    lying.writeUInt32LE(0x7fffffff, records[0] + 24);
    await expect(parseNpz(lying)).rejects.toThrow(/entry 'zeros.npy' cannot have 2147483647 bytes in \d+/);
  });

  test('what is not supported', async () => {
    const { text, bzip2 } = fixtures.otherArchives;
    await expect(parseNpz(bytesOf(text))).rejects.toThrow("entry 'readme.txt' is no .npy file");
    await expect(parseNpz(bytesOf(bzip2))).rejects.toThrow("entry 'x.npy' is compressed by method 12");
    const encrypted = archives[0].bytes.slice();
    encrypted[placesIn(encrypted).records[0] + 8] |= 1;
    await expect(parseNpz(encrypted)).rejects.toThrow("entry 'weight.npy' is encrypted");
    const parted = archives[0].bytes.slice();
    parted[placesIn(parted).end + 4] = 1;
    await expect(parseNpz(parted)).rejects.toThrow('archives in several parts are not supported');
    await expect(parseNpz(new Uint8Array(100))).rejects.toThrow(
      'npz bytes: at byte 100: not a zip archive, or cut off',
    );
    await expect(loadNpz(folder)).rejects.toThrow(`${folder}: not a file`);
  });

  test('the same name twice, and entries that share their bytes', async () => {
    const two = Buffer.from(await serializeNpz({ a: arange(3), b: arange(3) }));
    const { records } = placesIn(two);
    const twice = Buffer.from(two);
    twice.write('a', records[1] + 46);
    await expect(parseNpz(twice)).rejects.toThrow("entry 'a.npy' for the second time");
    const shared = Buffer.from(two);
    shared.writeUInt32LE(shared.readUInt32LE(records[0] + 42), records[1] + 42);
    await expect(parseNpz(shared)).rejects.toThrow('reaches into what comes after it');
  });

  test('an array that is malformed within a sound archive names both files', async () => {
    const bytes = Buffer.from(await serializeNpz({ x: arange(3) }));
    const at = bytes.indexOf("'descr'");
    bytes.write('DESCR', at + 1);
    const { records } = placesIn(bytes);
    const start = bytes.indexOf('\x93NUMPY', 0, 'latin1');
    const content = bytes.subarray(start, start + bytes.readUInt32LE(records[0] + 24));
    bytes.writeUInt32LE(crc32(content), records[0] + 16);
    await expect(parseNpz(bytes, { name: 'm.npz' })).rejects.toThrow(
      'm.npz: x.npy: at byte 11: in the header: expected a key',
    );
  });
});

test('both checksums are CRC-32', () => {
  const digits = Buffer.from('123456789');
  expect(crc32(digits)).toBe(0xcbf43926); // the check value of the standard
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => crc32(bytes) === crc32ByTable(bytes)),
    { seed: 1122 },
  );
});
