/**
 * Proves that no instruction set's code can be taken for another's: of each object of native/isa only the table
 * is visible to the linker. An inline function that were visible, compiled with AVX-512, might be the one copy
 * that the linker keeps for the whole program, which then dies on older machines.
 *
 *     tsx scripts/symbols.ts      prints what leaks; exit code 1 when anything does
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

export interface Leak {
  readonly isa: string;
  readonly symbols: readonly string[];
}

/** What leaks from the objects that node-gyp built; null where there is no `nm`, or no object. */
export function findLeaks(): Leak[] | null {
  const objects = ['scalar', 'sse', 'avx2', 'avx512', 'neon']
    .map((isa) => ({
      isa,
      file: join(root, `build/Release/obj.target/handgrad_${isa}/native/isa/${isa}.o`),
    }))
    .filter(({ file }) => existsSync(file));
  const leaks: Leak[] = [];
  for (const { isa, file } of objects) {
    const nm = spawnSync('nm', ['--demangle', '--defined-only', '--extern-only', file], { encoding: 'utf8' });
    if (nm.error || nm.status !== 0) return null;
    // Lines are "address kind name"; extern-only lists globals, weak and unique ones.
    const symbols = nm.stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^[0-9a-f]*\s+/, ''))
      .filter((symbol) => !new RegExp(`^[DR] handgrad::${isa}::kTable$`).test(symbol));
    leaks.push({ isa, symbols });
  }
  return leaks.length > 0 ? leaks : null;
}

if (process.argv[1] === import.meta.filename) {
  const leaks = findLeaks();
  if (leaks === null) console.log('symbols: no nm, or nothing built');
  for (const { isa, symbols } of leaks ?? []) {
    console.log(`${isa}: ${symbols.length === 0 ? 'only its table' : `\n  ${symbols.join('\n  ')}`}`);
  }
  if (leaks?.some(({ symbols }) => symbols.length > 0)) process.exitCode = 1;
}
