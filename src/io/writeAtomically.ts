import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Puts a file at `path`, whole or not at all: an old one stays as it is until the new one is on the disk, whether
 * the disk is full, the process is killed, or another one writes there too.
 */
export async function writeAtomically(path: string, content: Uint8Array): Promise<void> {
  // in the same folder, since a rename does not reach across file systems
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.part`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
