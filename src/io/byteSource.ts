import { type FileHandle, open, stat } from 'node:fs/promises';
import { FormatError, malformed } from '../core/errors.ts';
import { allocate } from '../core/storage.ts';

/** Bytes that are read a part at a time, so that a damaged file costs no more than what is looked at. */
export interface ByteSource {
  /** What error messages call it. */
  readonly name: string;
  readonly size: number;
  /**
   * `length` bytes from `position` on, in memory of their own.
   *
   * @throws FormatError where the source ends before that
   */
  read(position: number, length: number): Promise<Uint8Array>;
}

export function bytesSource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    async read(position, length) {
      if (position + length > bytes.length) throw malformed(name, bytes.length, 'the bytes end early');
      const copy = bytesFor(name, length);
      copy.set(bytes.subarray(position, position + length));
      return copy;
    },
  };
}

/** Opens the file for as long as `use` runs. */
export async function withFile<T>(path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  // before `open`, which would wait for ever for somebody to write into a pipe
  const stats = await stat(path);
  if (!stats.isFile()) throw new FormatError(`${path}: not a file`);
  const file = await open(path);
  try {
    return await use({
      name: path,
      size: stats.size,
      async read(position, length) {
        const bytes = bytesFor(path, length);
        const filled = await fill(bytes, file, position);
        if (filled < length) throw malformed(path, position + filled, 'the file ends early');
        return bytes;
      },
    });
  } finally {
    await file.close();
  }
}

/** Fresh memory, at the beginning of a buffer of its own. */
export function bytesFor(name: string, length: number): Uint8Array<ArrayBuffer> {
  return allocate(`reading ${name}`, 'uint8', length).memory as Uint8Array<ArrayBuffer>;
}

/** Fills `target` with what the file has from `position` on, and returns how many bytes that were. */
async function fill(target: Uint8Array, file: FileHandle, position: number): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    // A single read reaches at most 2 GiB.
    const length = Math.min(target.length - filled, 2 ** 30);
    const { bytesRead } = await file.read(target, filled, length, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
