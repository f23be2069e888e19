/**
 * Zip archives (PKWARE, APPNOTE.TXT 6.3.10): entries stored or deflated, without encryption and in one part, with
 * the 64-bit sizes that NumPy asks for.
 */

import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { malformed } from '../core/errors.ts';
import { allocate } from '../core/storage.ts';
import type { ByteSource } from './byteSource.ts';
import { crc32 } from './crc32.ts';

const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
};

/** Lengths of the fixed parts of the records. */
const lengths = { local: 30, central: 46, end: 22, end64: 56, locator64: 20 };

const LONGEST_COMMENT = 0xffff;
/** Stands where a number is too large for 32 bits, and is in the record's 64-bit extension. */
const ELSEWHERE = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;
/** The densest that deflate can be: 258 bytes for 2 bits. */
const LARGEST_INFLATION = 1032;

export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where its local header stands, and where its own record in the directory. */
  readonly offset: number;
  readonly recordOffset: number;
}

export interface ZipOptions {
  /** All entries together may not be larger than this, uncompressed. 4 GiB unless said otherwise. */
  readonly maxBytes?: number | undefined;
}

/**
 * The entries of an archive, from the directory at its end.
 *
 * @throws FormatError where the directory is damaged, names an entry twice, lets entries overlap, or declares more
 *   than `maxBytes`, or than deflate could have packed into the file
 */
export async function readZipDirectory(
  source: ByteSource,
  { maxBytes = 2 ** 32 }: ZipOptions = {},
): Promise<ZipEntry[]> {
  const { name, size } = source;
  const end = await findEnd(source);
  if (end.offset + end.size > end.at) {
    throw malformed(
      name,
      end.at,
      `the directory, ${end.size} bytes from ${end.offset} on, does not end before here`,
    );
  }
  const bytes = Buffer.from((await source.read(end.offset, end.size)).buffer);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  let total = 0;
  while (at < bytes.length) {
    const { entry, next } = parseEntry(bytes, at, end.offset, name);
    if (names.has(entry.name))
      throw malformed(name, end.offset + at, `entry '${entry.name}' for the second time`);
    total += entry.size;
    // Written so that NaN refuses.
    if (!(total <= maxBytes)) {
      throw malformed(
        name,
        end.offset + at,
        `the entries declare ${total} bytes, more than the limit of ${maxBytes}`,
      );
    }
    names.add(entry.name);
    entries.push(entry);
    at = next;
  }
  if (entries.length !== end.count) {
    throw malformed(
      name,
      end.at,
      `the directory has ${entries.length} entries, but its end says ${end.count}`,
    );
  }
  const inOrder = entries.toSorted((a, b) => a.offset - b.offset);
  for (const [i, { offset, compressedSize, recordOffset, name: entry }] of inOrder.entries()) {
    const limit = inOrder[i + 1]?.offset ?? end.offset;
    if (offset + lengths.local + compressedSize > Math.min(limit, size)) {
      throw malformed(name, recordOffset, `entry '${entry}' reaches into what comes after it`);
    }
  }
  return entries;
}

/**
 * The content of an entry.
 *
 * @throws FormatError where it is not of just the size and checksum that the directory says
 */
export async function readZipEntry(source: ByteSource, entry: ZipEntry): Promise<Uint8Array> {
  const { name } = source;
  const header = Buffer.from((await source.read(entry.offset, lengths.local)).buffer);
  if (header.readUInt32LE(0) !== signatures.local) {
    throw malformed(name, entry.offset, `the header of entry '${entry.name}' is not here`);
  }
  const start = entry.offset + lengths.local + header.readUInt16LE(26) + header.readUInt16LE(28);
  const stored = await source.read(start, entry.compressedSize);
  const content = entry.method === STORED ? stored : await inflate(stored, entry, name, start);
  if (content.length !== entry.size) {
    throw malformed(name, start, `entry '${entry.name}' has ${content.length} bytes, not ${entry.size}`);
  }
  if (crc32(content) !== entry.crc) {
    throw malformed(name, start, `the content of entry '${entry.name}' does not fit its checksum`);
  }
  return content;
}

async function inflate(
  stored: Uint8Array,
  entry: ZipEntry,
  name: string,
  start: number,
): Promise<Uint8Array> {
  try {
    return await promisify(inflateRaw)(stored, { maxOutputLength: Math.max(entry.size, 1) });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw malformed(
        name,
        start,
        `entry '${entry.name}' has more than the ${entry.size} bytes that it declares`,
      );
    }
    if (!code?.startsWith('Z_')) throw error;
    throw malformed(name, start, `entry '${entry.name}' is damaged: ${message}`);
  }
}

interface DirectoryEnd {
  /** Where the record of the end stands; the directory lies before it. */
  readonly at: number;
  readonly count: number;
  readonly size: number;
  readonly offset: number;
}

/** The record at the very end of the file, but for a comment. */
async function findEnd(source: ByteSource): Promise<DirectoryEnd> {
  const { name, size } = source;
  const start = Math.max(0, size - lengths.end - LONGEST_COMMENT);
  const tail = Buffer.from((await source.read(start, size - start)).buffer);
  for (let i = tail.length - lengths.end; i >= 0; i--) {
    if (tail.readUInt32LE(i) !== signatures.end) continue;
    if (i + lengths.end + tail.readUInt16LE(i + 20) !== tail.length) continue;
    const disks = [tail.readUInt16LE(i + 4), tail.readUInt16LE(i + 6)];
    const count = tail.readUInt16LE(i + 10);
    const end = { count, size: tail.readUInt32LE(i + 12), offset: tail.readUInt32LE(i + 16), at: start + i };
    if (count === 0xffff || end.size === ELSEWHERE || end.offset === ELSEWHERE)
      return findEnd64(source, end.at);
    if (disks.some((disk) => disk !== 0) || tail.readUInt16LE(i + 8) !== count) {
      throw malformed(name, end.at, 'archives in several parts are not supported');
    }
    return end;
  }
  throw malformed(name, size, 'not a zip archive, or cut off: the end of its directory is not there');
}

/** The record with 64-bit numbers, which a locator just before the end names. */
async function findEnd64(source: ByteSource, endAt: number): Promise<DirectoryEnd> {
  const { name } = source;
  const locatorAt = endAt - lengths.locator64;
  const missing = () =>
    malformed(name, Math.max(0, locatorAt), 'the 64-bit end of the directory is not there');
  if (locatorAt < 0) throw missing();
  const locator = Buffer.from((await source.read(locatorAt, lengths.locator64)).buffer);
  const at = Number(locator.readBigUInt64LE(8));
  if (locator.readUInt32LE(0) !== signatures.locator64 || at + lengths.end64 > locatorAt) throw missing();
  const record = Buffer.from((await source.read(at, lengths.end64)).buffer);
  if (record.readUInt32LE(0) !== signatures.end64) throw missing();
  const [count, size, offset] = [32, 40, 48].map((field) => Number(record.readBigUInt64LE(field)));
  return { at, count, size, offset };
}

function parseEntry(
  bytes: Buffer,
  at: number,
  base: number,
  archive: string,
): { entry: ZipEntry; next: number } {
  const fail = (rule: string) => malformed(archive, base + at, rule);
  if (at + lengths.central > bytes.length || bytes.readUInt32LE(at) !== signatures.central) {
    throw fail('no entry of the directory where one should begin');
  }
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
    bytes.readUInt16LE(at + field),
  );
  const extraAt = at + lengths.central + nameLength;
  const next = extraAt + extraLength + commentLength;
  if (next > bytes.length) throw fail('the directory ends inside an entry');
  const name = bytes.toString('utf8', at + lengths.central, extraAt);
  const flags = bytes.readUInt16LE(at + 8);
  const method = bytes.readUInt16LE(at + 10);
  if (flags & 1) throw fail(`entry '${name}' is encrypted`);
  if (method !== STORED && method !== DEFLATED) {
    throw fail(`entry '${name}' is compressed by method ${method}; there are 0 (stored) and 8 (deflated)`);
  }
  const wide = wideNumbers(bytes.subarray(extraAt, extraAt + extraLength));
  const [size, compressedSize, offset] = [24, 20, 42].map((field) => {
    const number = bytes.readUInt32LE(at + field);
    return number === ELSEWHERE ? (wide.shift() ?? number) : number;
  });
  if (method === STORED ? size !== compressedSize : size > compressedSize * LARGEST_INFLATION) {
    throw fail(`entry '${name}' cannot have ${size} bytes in ${compressedSize}`);
  }
  const crc = bytes.readUInt32LE(at + 16);
  return { entry: { name, method, crc, compressedSize, size, offset, recordOffset: base + at }, next };
}

/** The numbers of the 64-bit extension, in their order; of those alone that did not fit into 32 bits. */
function wideNumbers(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = extra.readUInt16LE(at + 2);
    const from = at + 4;
    if (extra.readUInt16LE(at) === 1 && from + length <= extra.length) {
      return Array.from({ length: Math.floor(length / 8) }, (_, i) =>
        Number(extra.readBigUInt64LE(from + 8 * i)),
      );
    }
    at = from + length;
  }
  return [];
}

/** An archive of the entries in their order, deflated where `compress` says so. All of it the same each time. */
export async function writeZip(
  entries: readonly (readonly [name: string, content: Uint8Array])[],
  compress: boolean,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, content] of entries) {
    const encoded = Buffer.from(name, 'utf8');
    const stored = compress ? await promisify(deflateRaw)(content) : content;
    // What the local header and the record in the directory have in common: from the version on to the lengths.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2); // the name is UTF-8
    common.writeUInt16LE(compress ? DEFLATED : STORED, 4);
    common.writeUInt16LE((1 << 5) | 1, 8); // 1 January 1980
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(checkFits(stored.length), 14);
    common.writeUInt32LE(checkFits(content.length), 18);
    common.writeUInt16LE(checkFits(encoded.length, 0xffff), 22);
    const record = Buffer.alloc(lengths.central);
    record.writeUInt32LE(signatures.central, 0);
    record.writeUInt16LE(20, 4);
    record.set(common, 6);
    record.writeUInt32LE(checkFits(offset), 42);
    directory.push(record, encoded);
    const header = Buffer.alloc(lengths.local);
    header.writeUInt32LE(signatures.local, 0);
    header.set(common, 4);
    parts.push(header, encoded, stored);
    offset += header.length + encoded.length + stored.length;
  }
  const end = Buffer.alloc(lengths.end);
  const directorySize = directory.reduce((sum, { length }) => sum + length, 0);
  end.writeUInt32LE(signatures.end, 0);
  end.writeUInt16LE(checkFits(entries.length, 0xfffe), 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directorySize, 12);
  end.writeUInt32LE(checkFits(offset), 16);
  return joined([...parts, ...directory, end]);
}

function checkFits(value: number, limit = ELSEWHERE - 1): number {
  if (value <= limit) return value;
  throw new RangeError(
    `zip: ${value} is beyond the limit of ${limit} for the entries, or the bytes, of an archive`,
  );
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const result = allocate('writing a zip archive', 'uint8', size).memory as Uint8Array;
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
