import { accessSync, constants, existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A file that `--json` names. */
export interface Output {
  /** Writes `value` as JSON, whole or not at all. */
  write(value: object): void;
}

/**
 * Checks that `path` can be written before hours are spent on what goes into it.
 *
 * @throws Error naming the path
 */
export function openOutput(path: string): Output {
  const folder = dirname(path);
  const fault = !existsSync(folder)
    ? `there is no folder ${folder}`
    : statSync(path, { throwIfNoEntry: false })?.isDirectory()
      ? 'it is a folder'
      : isWritable(folder)
        ? null
        : `folder ${folder} is not writable`;
  if (fault !== null) throw new Error(`--json: cannot write ${path}: ${fault}`);
  return {
    write(value) {
      const temporary = `${path}.${process.pid}.tmp`;
      try {
        writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`);
        renameSync(temporary, path);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw new Error(`--json: cannot write ${path}: ${error instanceof Error ? error.message : error}`);
      }
    },
  };
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
