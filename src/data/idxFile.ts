import { type FileHandle, open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FormatError, malformed } from '../core/errors.ts';
import { allocate } from '../core/storage.ts';
import { checkLength, type IdxArray, type IdxHeader, LONGEST_HEADER, parseHeader, parseIdx } from './idx.ts';

export interface ReadIdxOptions {
  /** A header that declares more bytes than this, uncompressed, is refused. 4 GiB unless said otherwise. */
  readonly maxBytes?: number | undefined;
}

const DEFAULT_MAX_BYTES = 2 ** 32;

/** deflate's densest code: 258 bytes for 2 bits. */
const LARGEST_INFLATION = 1032;

/** What a single read or inflated chunk brings: large enough that their number costs nothing. */
const CHUNK_BYTES = 2 ** 20;

/**
 * Reads an IDX file, gzipped or not, which its first bytes tell, not its name. Where there is no `path`, there may be
 * a `path.gz`.
 *
 * A damaged file costs no more memory than its true content: nothing is read or inflated beyond what the header
 * declares.
 *
 * @throws FormatError with file and byte offset (in the uncompressed content) where the file is not exactly as IDX
 *   and gzip demand; Error where it is missing or cannot be read
 */
export async function readIdx(path: string, options: ReadIdxOptions = {}): Promise<IdxArray> {
  const found = await findFile(path);
  if (found === undefined) throw new Error(`readIdx: no file ${path} or ${path}.gz`);
  return parseIdx(await readIdxBytes(found, options), { name: found });
}

/** `path` where that exists, else `path.gz`, else undefined. */
export async function findFile(path: string): Promise<string | undefined> {
  for (const candidate of [path, `${path}.gz`]) {
    if (await exists(candidate)) return candidate;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

/** The uncompressed content of an IDX file, of the length that its header says. Errors as {@link readIdx}. */
export async function readIdxBytes(path: string, options: ReadIdxOptions = {}): Promise<Uint8Array> {
  // before `open`, which would wait for ever for somebody to write into a pipe
  const stats = await stat(path);
  const { size } = stats;
  if (!stats.isFile()) throw new FormatError(`${path}: not a file`);
  const file = await open(path);
  try {
    const head = new Uint8Array(Math.min(size, LONGEST_HEADER));
    await readInto(file, head);
    if (isGzip(head)) {
      const compressed = file.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK_BYTES });
      return await inflate(compressed, { name: path, size, ...options });
    }
    const header = parseHeader(head, path);
    checkLength(header, size, path);
    const content = allocateContent(header, path, options);
    checkLength(header, await readInto(file, content), path);
    return content;
  } finally {
    await file.close();
  }
}

/** The uncompressed content of an IDX file that is in memory, gzipped or not. Errors as {@link readIdx}. */
export async function idxContent(
  bytes: Uint8Array,
  { name, ...options }: ReadIdxOptions & { name: string },
): Promise<Uint8Array> {
  if (isGzip(bytes)) return inflate(Readable.from([bytes]), { name, size: bytes.length, ...options });
  checkLength(parseHeader(bytes, name), bytes.length, name);
  return bytes;
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Fills `target` from the beginning of the file, and returns how many bytes there were for it. */
async function readInto(file: FileHandle, target: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const length = Math.min(target.length - filled, 2 ** 30);
    const { bytesRead } = await file.read(target, filled, length, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

function allocateContent(
  { totalBytes }: IdxHeader,
  name: string,
  { maxBytes = DEFAULT_MAX_BYTES }: ReadIdxOptions,
): Uint8Array {
  // written so that NaN refuses
  if (!(totalBytes <= maxBytes)) {
    throw malformed(name, 4, `the sizes declare ${totalBytes} bytes, more than the limit of ${maxBytes}`);
  }
  return allocate(`reading ${name}`, 'uint8', totalBytes).memory as Uint8Array;
}

/** Inflates exactly what the header, which comes first, declares; `size` is that of the compressed file. */
async function inflate(
  compressed: Readable,
  { name, size, ...options }: ReadIdxOptions & { name: string; size: number },
): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  let header: IdxHeader | undefined;
  let content: Uint8Array = head;
  let filled = 0;

  const take = (chunk: Uint8Array) => {
    if (header === undefined) {
      head = Buffer.concat([head, chunk]);
      // until the sizes are there; a chunk is nearly always longer than that
      if (head.length < 4 || head.length < 4 + 4 * head[3]) return;
      header = parseHeader(head, name);
      if (header.totalBytes > size * LARGEST_INFLATION) {
        throw malformed(
          name,
          4,
          `the sizes declare ${header.totalBytes} bytes, too many for ${size} compressed ones`,
        );
      }
      content = allocateContent(header, name, options);
      chunk = head;
    }
    checkLength(header, Math.max(header.totalBytes, filled + chunk.length), name);
    content.set(chunk, filled);
    filled += chunk.length;
  };

  const inflated = compressed.pipe(createGunzip({ chunkSize: CHUNK_BYTES }));
  // pipe passes on everything but errors
  compressed.on('error', (error) => inflated.destroy(error));
  try {
    for await (const chunk of inflated) take(chunk);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    throw malformed(name, filled || head.length, `damaged gzip data: ${message}`);
  } finally {
    compressed.destroy();
  }
  checkLength(header ?? parseHeader(head, name), filled, name);
  return content;
}
