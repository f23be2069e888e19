import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../src/core/errors.ts';
import { parseIdx } from '../../src/data/idx.ts';
import { idxBytes } from './idxBytes.ts';

describe('parseIdx', () => {
  const cases = [
    { code: 8, dtype: 'uint8', bytes: [1, 255], data: Uint8Array.of(1, 255) },
    { code: 9, dtype: 'int8', bytes: [1, 255], data: Int8Array.of(1, -1) },
    { code: 11, dtype: 'int16', bytes: [1, 2, 0xff, 0xfe], data: Int16Array.of(258, -2) },
    { code: 12, dtype: 'int32', bytes: [0, 1, 0, 2, 0xff, 0xff, 0xff, 0xff], data: Int32Array.of(65538, -1) },
    {
      code: 13,
      dtype: 'float32',
      bytes: [0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0],
      data: Float32Array.of(1, -2.5),
    },
    {
      code: 14,
      dtype: 'float64',
      bytes: [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 4, 0, 0, 0, 0, 0, 0],
      data: Float64Array.of(1, -2.5),
    },
  ];
  test.each(cases)('reads $dtype, big-endian', ({ code, dtype, bytes, data }) => {
    expect(parseIdx(idxBytes(code, [2], bytes))).toEqual({ dims: [2], dtype, data });
    expect(parseIdx(idxBytes(code, [1, 2, 1], bytes))).toEqual({ dims: [1, 2, 1], dtype, data });
  });

  test('reads bytes in the middle of a buffer, and bytes without a copy', () => {
    const bytes = new Uint8Array([9, 9, 9, ...idxBytes(8, [2, 2], [1, 2, 3, 4]), 9]).subarray(3, -1);
    const { data } = parseIdx(bytes);
    expect([...data]).toEqual([1, 2, 3, 4]);
    expect(data.buffer).toBe(bytes.buffer);
    expect([...parseIdx(new Uint8Array([9, ...idxBytes(11, [1], [1, 2])]).subarray(1)).data]).toEqual([258]);
  });

  test('reads arrays without elements', () => {
    expect(parseIdx(idxBytes(8, [0, 28, 28], []))).toEqual({
      dims: [0, 28, 28],
      dtype: 'uint8',
      data: new Uint8Array(0),
    });
  });

  const sample = idxBytes(12, [2, 3], new Uint8Array(24));
  const changed = (at: number, ...bytes: number[]) => {
    const copy = sample.slice();
    copy.set(bytes, at);
    return copy;
  };
  const malformed: [string, Uint8Array, string][] = [
    ['nothing', new Uint8Array(0), 'at byte 0: the file ends inside the magic number'],
    [
      'a PNG',
      changed(0, 0x89, 0x50, 0x4e, 0x47),
      'at byte 0: not an IDX file: it begins with 89 50 4e 47, not 00 00',
    ],
    ['an unknown type', changed(2, 0x0a), 'at byte 2: unknown element type 0a'],
    ['no dimensions', changed(3, 0), 'at byte 3: the array has no dimensions'],
    [
      'cut in the sizes',
      sample.subarray(0, 10),
      'at byte 10: the file ends inside the sizes of 2 dimensions',
    ],
    ['too many dimensions', changed(3, 200), 'at byte 36: the file ends inside the sizes of 200 dimensions'],
    [
      'a size of 2^31',
      changed(8, 0x80, 0, 0, 0),
      'at byte 8: size 2147483648 of dimension 1 is not below 2^31',
    ],
    [
      'cut in the elements',
      sample.subarray(0, 35),
      'at byte 35: the file ends early: [2, 3] of int32 needs 36 bytes',
    ],
    ['trailing bytes', new Uint8Array([...sample, 0]), 'at byte 36: the file goes on after its end'],
    [
      'sizes that overflow',
      idxBytes(8, [2 ** 30, 2 ** 30, 2 ** 30], []),
      'at byte 8: the sizes [1073741824, 1073741824] multiply to more than 2^53 bytes',
    ],
    ['an overflow behind a zero', idxBytes(8, [0, 2 ** 30, 2 ** 30], []), 'multiply to more than 2^53 bytes'],
  ];
  test.each(malformed)('refuses %s', (_, bytes, message) => {
    const parse = () => parseIdx(bytes, { name: 'some/file' });
    expect(parse).toThrow(FormatError);
    expect(parse).toThrow(`some/file: ${message.startsWith('at') ? message : ''}`);
    expect(parse).toThrow(message);
  });

  test('whatever the bytes: an array of exactly that size, or a FormatError', () => {
    const header = fc.tuple(
      fc.constantFrom(0, 0, 0, 1),
      fc.constantFrom(0, 0, 0, 31),
      fc.constantFrom(7, 8, 9, 11, 12, 13, 14),
      fc.nat(3),
    );
    const property = fc.property(
      header,
      fc.array(fc.oneof({ weight: 9, arbitrary: fc.nat(4) }, fc.constantFrom(2 ** 31, 2 ** 31 - 1)), {
        maxLength: 3,
      }),
      fc.uint8Array({ maxLength: 64 }),
      (magic, dims, elements) => {
        const bytes = idxBytes(magic[2], dims, elements);
        bytes.set(magic);
        let array: ReturnType<typeof parseIdx>;
        try {
          array = parseIdx(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          return;
        }
        expect(array.data.length).toBe(array.dims.reduce((product, size) => product * size, 1));
      },
    );
    fc.assert(property, { seed: 1, numRuns: 2000 });
  });
});
