/**
 * The API reference, made from the types and docstrings of what the library exports.
 *
 *     npm run docs                    into docs/reference
 *     npm run docs -- --check         fails where the pages there are not what the docstrings say
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readEntries, readOpening } from './reference/entries.ts';
import { renderReference } from './reference/pages.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'docs/reference');
const texts = renderReference(readEntries(root, 'src/index.ts'), (source) =>
  readOpening(join(root, 'src', source)),
);

const present = existsSync(folder) ? readdirSync(folder) : [];
const stale = [
  ...present.filter((name) => !texts.has(name)),
  ...[...texts]
    .filter(([name, text]) => !present.includes(name) || readFileSync(join(folder, name), 'utf8') !== text)
    .map(([name]) => name),
];

if (process.argv.includes('--check')) {
  if (stale.length > 0) {
    console.error(
      `docs/reference does not say what the docstrings say; npm run docs rewrites ${stale.join(', ')}`,
    );
    process.exitCode = 1;
  }
} else {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of texts) writeFileSync(join(folder, name), text);
  console.log(`docs/reference: ${texts.size} pages`);
}
