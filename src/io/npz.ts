/** NumPy's .npz files: several arrays by name, each a .npy file in a zip archive. */

import { malformed } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { checkTensor, describe } from '../ops/operands.ts';
import { type ByteSource, bytesSource, withFile } from './byteSource.ts';
import { type NpyOptions, parseNpy, serializeNpy } from './npy.ts';
import { writeAtomically } from './writeAtomically.ts';
import { readZipDirectory, readZipEntry, writeZip, type ZipOptions } from './zip.ts';

/** Tensors by name. What is read has no prototype, so that every name is only a name. */
export type NamedTensors = Record<string, Tensor>;

export interface NpzOptions extends NpyOptions, ZipOptions {}

/**
 * Reads a .npz file (`numpy.savez`, `numpy.savez_compressed`), each array as `loadNpy` does.
 *
 * @throws FormatError with file and byte offset where archive or arrays are not exactly as their formats demand, or
 *   declare more than `maxBytes` in all (4 GiB unless said otherwise)
 */
export async function loadNpz(path: string, options: NpzOptions = {}): Promise<NamedTensors> {
  return withFile(path, (source) => readArchive(source, options));
}

/** Reads the bytes of a .npz file, as `loadNpz`; `name` is what errors call them. */
export async function parseNpz(
  bytes: Uint8Array,
  { name = 'npz bytes', ...options }: NpzOptions & { readonly name?: string } = {},
): Promise<NamedTensors> {
  return readArchive(bytesSource(bytes, name), options);
}

async function readArchive(source: ByteSource, options: NpzOptions): Promise<NamedTensors> {
  const tensors: NamedTensors = Object.create(null);
  for (const entry of await readZipDirectory(source, options)) {
    const key = /^(.*)\.npy$/s.exec(entry.name)?.[1];
    if (key === undefined) {
      throw malformed(source.name, entry.recordOffset, `entry '${entry.name}' is no .npy file`);
    }
    const content = await readZipEntry(source, entry);
    tensors[key] = parseNpy(content, { name: `${source.name}: ${entry.name}`, dtype: options.dtype });
  }
  return tensors;
}

export interface SaveNpzOptions {
  /** Whether the arrays are deflated (`numpy.savez_compressed`), which is smaller and much slower. */
  readonly compress?: boolean | undefined;
}

/**
 * Writes tensors as a .npz file, which `numpy.load` reads. An old file stays until the new one is whole; the tensors
 * may change while the promise is pending.
 *
 * @throws RangeError beyond 4 GiB or 65,534 tensors
 */
export async function saveNpz(path: string, tensors: NamedTensors, options?: SaveNpzOptions): Promise<void> {
  await writeAtomically(path, await serialize('saveNpz', tensors, options));
}

/** The bytes of tensors as a .npz file. */
export function serializeNpz(tensors: NamedTensors, options?: SaveNpzOptions): Promise<Uint8Array> {
  return serialize('serializeNpz', tensors, options);
}

async function serialize(
  operation: string,
  tensors: NamedTensors,
  { compress = false }: SaveNpzOptions = {},
): Promise<Uint8Array> {
  if (tensors === null || typeof tensors !== 'object') {
    throw new TypeError(
      `${operation}: tensors must be an object of Tensors by name, got ${describe(tensors)}`,
    );
  }
  const entries = Object.entries(tensors).map(([name, x]) => {
    return [`${name}.npy`, serializeNpy(checkTensor(operation, x, `'${name}'`))] as const;
  });
  return writeZip(entries, compress);
}
