import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  arange,
  FormatError,
  full,
  loadNpy,
  parseNpy,
  saveNpy,
  serializeNpy,
  Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import { casesAreCut } from '../support/property.ts';
import { bytesOf, dtypeOf, elementsOf, fixtures, valuesOf } from './npyFixtures.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handgrad-npy-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The bytes of a version 1.0 file with this text as its header, unpadded, and so many zeros as its elements. */
function fileWith(header: string, dataBytes = 0): Uint8Array {
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([start, Buffer.from(header, 'latin1'), Buffer.alloc(dataBytes)]);
}

describe('what NumPy wrote', () => {
  test.each(fixtures.arrays)('$name', async (fixture) => {
    const bytes = bytesOf(fixture.file);
    const path = join(folder, 'array.npy');
    await writeFile(path, bytes);
    for (const x of [parseNpy(bytes), await loadNpy(path)]) {
      expect(x.dtype).toBe(dtypeOf[fixture.descr.slice(1)]);
      expect(x.shape).toEqual(fixture.shape);
      expect(elementsOf(x)).toEqual(valuesOf(fixture));
      if (fixture.fortran && x.numel() > 0) expect(x.stride(0)).toBe(1);
      else expect(x.isContiguous()).toBe(true);
    }
  });

  test('is copied: neither sees the other change', () => {
    const bytes = bytesOf(fixtures.arrays[0].file);
    const x = parseNpy(bytes);
    const before = elementsOf(x);
    bytes.fill(1);
    expect(elementsOf(x)).toEqual(before);
  });

  test('lies anywhere in its buffer', () => {
    for (const { file } of fixtures.arrays) {
      const bytes = bytesOf(file);
      const shifted = new Uint8Array(bytes.length + 3).subarray(3);
      shifted.set(bytes);
      expect(elementsOf(parseNpy(shifted))).toEqual(elementsOf(parseNpy(bytes)));
      expect(elementsOf(parseNpy(Buffer.from(shifted)))).toEqual(elementsOf(parseNpy(bytes)));
    }
  });

  test('becomes the dtype that is asked for', () => {
    const named = (name: string) => bytesOf(fixtures.arrays.find((one) => one.name === name)?.file ?? '');
    expect(parseNpy(named('<i2'), { dtype: 'float32' }).toArray()).toEqual([-32768, -1, 0, 32767]);
    expect(parseNpy(named('>f4 matrix'), { dtype: 'int32' }).dtype).toBe('int32');
    expect(parseNpy(named('<u1'), { dtype: 'bool' }).toArray()).toEqual([false, true, true, true]);
    expect(() => parseNpy(named('<u1'), { dtype: 'int8' as never })).toThrow('dtype must be one of');
  });

  test.each(fixtures.tooWide)('integers beyond int32: $descr', (fixture) => {
    const bytes = bytesOf(fixture.file);
    expect(() => parseNpy(bytes, { name: 'ids.npy' })).toThrow(RangeError);
    expect(() => parseNpy(bytes, { name: 'ids.npy' })).toThrow(
      new RegExp(`^ids.npy: element \\d is ${fixture.values.at(-1)}, which int32 does not hold`),
    );
    if (fixture.descr === '<u8') return;
    expect(parseNpy(bytes, { dtype: 'float64' }).toArray()).toEqual(valuesOf(fixture));
  });

  test.each(fixtures.beyondDouble)('integers beyond 2^53: $descr', (fixture) => {
    expect(() => parseNpy(bytesOf(fixture.file), { dtype: 'float64' })).toThrow(
      `npy bytes: element 0 is ${fixture.values[0]}, which float64 does not hold`,
    );
  });
});

describe('writing', () => {
  test('gives the bytes that NumPy gives', () => {
    const ours = fixtures.arrays.filter(({ descr, fortran, name }) => {
      return ['<f4', '<f8', '<i4', '|u1', '|b1'].includes(descr) && !fortran && !name.startsWith('version');
    });
    expect(ours.length).toBeGreaterThan(9);
    for (const { file, name } of ours) {
      expect(Buffer.from(serializeNpy(parseNpy(bytesOf(file)))).equals(bytesOf(file)), name).toBe(true);
    }
  });

  test('and reading back gives the same, from any layout', async () => {
    const matrix = arange(12, undefined, 1, { dtype: 'float64' }).view(3, 4);
    const layouts = [matrix, matrix.t(), matrix.index('::-1', '1:3'), matrix.index(1), matrix.index(1, 2)];
    const path = join(folder, 'layouts.npy');
    for (const x of layouts) {
      await saveNpy(path, x);
      const again = await loadNpy(path);
      expect(again.dtype).toBe('float64');
      expect(again.toArray()).toEqual(x.toArray());
    }
    expect((await loadNpy(path)).shape).toEqual([]);
  });

  test('keeps what the tensor held when it was called', async () => {
    const path = join(folder, 'snapshot.npy');
    const x = full([100_000], 1);
    const saving = saveNpy(path, x);
    x.fill_(2);
    await saving;
    expect((await loadNpy(path)).mean().item()).toBe(1);
  });

  test('fails without a trace: the old file stays', async () => {
    const path = join(folder, 'kept.npy');
    await saveNpy(path, arange(3));
    await expect(saveNpy(path, { shape: [3] } as never)).rejects.toThrow('saveNpy: input must be a Tensor');
    await expect(saveNpy(join(folder, 'missing', 'x.npy'), arange(3))).rejects.toThrow('ENOENT');
    await expect(saveNpy(folder, arange(3))).rejects.toThrow(); // a folder cannot be replaced by a file
    const moved = full([4], 1);
    structuredClone(0, { transfer: [moved.storage().memory.buffer as ArrayBuffer] });
    await expect(saveNpy(path, moved)).rejects.toThrow(/detached/);
    expect((await loadNpy(path)).toArray()).toEqual([0, 1, 2]);
    expect((await readdir(folder)).filter((file) => file.endsWith('.part'))).toEqual([]);
    expect((await readdir(join(folder, '..'))).filter((file) => file.startsWith('.handgrad-npy-'))).toEqual(
      [],
    );
  });

  test('refuses a shape that the header cannot hold', () => {
    const dimensions = zeros(new Array<number>(30_000).fill(1));
    expect(() => serializeNpy(dimensions)).toThrow(
      'a shape of 30000 dimensions does not fit into the header',
    );
  });
});

describe('malformed files', () => {
  test('every truncation, and a byte too many', async () => {
    const path = join(folder, 'cut.npy');
    for (const { file, name } of fixtures.arrays) {
      const bytes = bytesOf(file);
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes);
      expect(() => parseNpy(longer, { name }), name).toThrow(
        `${name}: at byte ${bytes.length}: the file goes on`,
      );
      for (let length = 0; length < bytes.length; length++) {
        const cut = bytes.subarray(0, length);
        expect(() => parseNpy(cut, { name }), `${name} cut to ${length}`).toThrow(FormatError);
        expect(() => parseNpy(cut, { name })).toThrow(`${name}: at byte ${length}: the file ends`);
      }
    }
    for (const length of [0, 7, 9, 50, 127, 130]) {
      await writeFile(path, bytesOf(fixtures.arrays[0].file).subarray(0, length));
      await expect(loadNpy(path)).rejects.toThrow(`${path}: at byte ${length}: the file ends`);
    }
  });

  test.each(Object.entries(fixtures.refused))('%s are refused, not evaluated', async (kind, file) => {
    const path = join(folder, 'refused.npy');
    await writeFile(path, bytesOf(file));
    const rule = {
      objects: 'its elements are Python objects (pickles), which are never loaded',
      'named fields': 'in the header: elements with named fields are not supported',
    }[kind];
    const message = rule ?? "' are not supported; there are b1, u1, i4, f4, f8, f2, i1, i2, i8, u2, u4, u8";
    await expect(loadNpy(path)).rejects.toThrow(FormatError);
    await expect(loadNpy(path)).rejects.toThrow(message);
    await expect(loadNpy(path)).rejects.toThrow(/refused\.npy: at byte 2\d: /);
  });

  const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
  const headers: [string, string, string | null][] = [
    ['as it should be', good, null],
    ['double quotes, no spaces', '{"descr":"<f4","fortran_order":False,"shape":(2,3)}', null],
    [
      'another order, and a long integer',
      "{'shape': (2L, 3,), 'fortran_order': False, 'descr': '<f4'}",
      null,
    ],
    ['no dictionary', 'descr', "at byte 10: in the header: expected '{'"],
    ['empty', '', "expected '{'"],
    ['lacking keys', "{'descr': '<f4'}", 'the header lacks fortran_order and shape'],
    ['another key', good.replace('shape', 'shade'), 'expected a key'],
    ['a key twice', good.replace('}', "'shape': (2, 3)}"), "'shape' for the second time"],
    ['no comma', good.replace('False,', 'False'), "expected ',' or '}'"],
    ['more behind it', `${good}x`, 'expected the end of the header'],
    ['no bool', good.replace('False', '0'), 'expected True or False'],
    ['no tuple', good.replace('(2, 3)', '[2, 3]'), "expected '(' of the shape"],
    ['no tuple of one', good.replace('(2, 3)', '(6)'), "a shape of one size ends with ','"],
    ['negative', good.replace('(2, 3)', '(-2, -3)'), 'expected a size'],
    ['a fraction', good.replace('(2, 3)', '(2.0, 3)'), "expected ',' or ')'"],
    ['an expression', good.replace('(2, 3)', '(2+0, 3)'), "expected ',' or ')'"],
    ['too large', good.replace('(2, 3)', '(4294967296, 4294967296)'), 'multiply to more than 2^53'],
    [
      'too large behind a zero',
      good.replace('(2, 3)', `(0, ${'9'.repeat(30)})`),
      'multiply to more than 2^53',
    ],
    ['far too large', good.replace('(2, 3)', `(${'9'.repeat(400)},)`), 'multiply to more than 2^53'],
    ['nested', good.replace('(2, 3)', '('.repeat(60_000)), 'expected a size'],
    ['byte order not said', good.replace('<f4', '|f4'), "elements of type '|f4' are not supported"],
    ['no type', good.replace('<f4', ''), "elements of type '' are not supported"],
    ['a property of objects', good.replace('<f4', '<constructor1'), 'are not supported'],
  ];
  test.each(headers)('header: %s', (_, header, rule) => {
    const bytes = fileWith(header, 24);
    if (rule === null) {
      expect(parseNpy(bytes).shape).toEqual([2, 3]);
      return;
    }
    expect(() => parseNpy(bytes, { name: 'x.npy' })).toThrow(FormatError);
    expect(() => parseNpy(bytes, { name: 'x.npy' })).toThrow(/^x\.npy: at byte \d+: /);
    expect(() => parseNpy(bytes, { name: 'x.npy' })).toThrow(rule);
  });

  test('no magic bytes, another version, a header without end', () => {
    expect(() => parseNpy(new TextEncoder().encode('hello'))).toThrow(
      'npy bytes: at byte 0: not an npy file',
    );
    expect(() => parseNpy(fileWith(good, 24).fill(4, 6, 7))).toThrow('at byte 6: version 4.0 of the format');
    const endless = Buffer.from(fileWith(good, 24));
    endless[6] = 2;
    endless.writeUInt32LE(0x7fffffff, 8);
    expect(() => parseNpy(endless)).toThrow(
      'at byte 8: a header of 2147483647 bytes, more than the limit of 65535',
    );
  });

  test('a terabyte that is declared but not there costs nothing', () => {
    const bytes = fileWith("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 262144), }", 24);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => parseNpy(bytes)).toThrow('needs 1048576000080 bytes');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  });

  test('a folder, a missing file', async () => {
    await expect(loadNpy(folder)).rejects.toThrow(FormatError);
    await expect(loadNpy(folder)).rejects.toThrow(`${folder}: not a file`);
    await expect(loadNpy(join(folder, 'none.npy'))).rejects.toThrow(/ENOENT.*none\.npy/);
  });

  test('damaged at random: an error of these, or a tensor', () => {
    const samples = fixtures.arrays.map(({ file }) => bytesOf(file));
    let survived = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (sample, changes) => {
          const bytes = sample.slice();
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          try {
            expect(parseNpy(bytes)).toBeInstanceOf(Tensor);
            survived++;
          } catch (error) {
            if (!(error instanceof FormatError))
              expect(String(error)).toMatch(/RangeError: npy bytes: element/);
          }
        },
      ),
      { numRuns: 3000, seed: 1122 },
    );
    if (!casesAreCut) expect(survived).toBeGreaterThan(50);
  });
});

test('a file that another wrote half is seen whole or not at all', async () => {
  const path = join(folder, 'replaced.npy');
  await saveNpy(path, tensor([1, 2]));
  const size = (await readFile(path)).length;
  const saves = Array.from({ length: 20 }, (_, i) => saveNpy(path, full([2], i)));
  const reads = Array.from({ length: 20 }, async () => (await readFile(path)).length);
  expect(new Set(await Promise.all(reads))).toEqual(new Set([size]));
  await Promise.all(saves);
});
