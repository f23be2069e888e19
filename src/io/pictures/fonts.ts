import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

/** Where systems keep fonts; those that are not there are passed over. */
const folders = [
  '/usr/share/fonts',
  '/usr/local/share/fonts',
  join(homedir(), '.local/share/fonts'),
  '/System/Library/Fonts',
  '/Library/Fonts',
  'C:\\Windows\\Fonts',
];

/** Files of plain sans-serif faces, regular and bold, the most complete first. */
const families = [
  ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'],
  ['NotoSans-Regular.ttf', 'NotoSans-Bold.ttf'],
  ['LiberationSans-Regular.ttf', 'LiberationSans-Bold.ttf'],
  ['Arial.ttf', 'Arial Bold.ttf'],
  ['arial.ttf', 'arialbd.ttf'],
];

/** Paths of the fonts to write labels with: one family's, else any one TrueType font's; none where there is none. */
export function findFonts(places: readonly string[] = folders): string[] {
  const files = places.flatMap((folder) => {
    try {
      return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
    } catch {
      return [];
    }
  });
  for (const names of families) {
    const [regular, ...bold] = names.flatMap((name) => files.find((file) => basename(file) === name) ?? []);
    if (regular !== undefined && basename(regular) === names[0]) return [regular, ...bold];
  }
  return files.filter((file) => /\.ttf$/i.test(file)).slice(0, 1);
}
