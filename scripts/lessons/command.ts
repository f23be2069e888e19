/** What the commands on lessons have in common. */

import { InvalidArgumentError } from 'commander';

/** A `--timeout`. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity))
    throw new InvalidArgumentError('It must be a number of seconds above 0.');
  return value;
}

/** The end of a command that went wrong: one line, and exit code 1. */
export function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
