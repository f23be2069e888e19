/**
 * Builds what the commands run: the library into dist/, and the addon into build/ where a compiler is there.
 *
 *     tsx scripts/build.ts [--quiet]
 *
 * Whatever is newer than its sources is left alone, so that running this before every command costs little.
 * Without a compiler, or when the addon does not compile, the library runs on TypeScript kernels: that is a
 * warning and no failure. HANDGRAD_SKIP_NATIVE=1 leaves the addon out. `--quiet` tells only of long work and
 * of failures.
 */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const quiet = process.argv.includes('--quiet');

function say(message: string): void {
  if (!quiet) console.error(message);
}

/** When the newest of the files, or of those in the folders, was last changed; 0 for what is not there. */
function changed(...paths: string[]): number {
  let newest = 0;
  for (const path of paths) {
    const stats = statSync(join(root, path), { throwIfNoEntry: false });
    if (stats === undefined) continue;
    if (stats.isDirectory()) {
      // A folder's own time tells when a file in it came or went.
      newest = Math.max(
        newest,
        stats.mtimeMs,
        ...readdirSync(join(root, path)).map((name) => changed(join(path, name))),
      );
    } else {
      newest = Math.max(newest, stats.mtimeMs);
    }
  }
  return newest;
}

/** Runs a program's JavaScript, its output kept. */
function node(script: string, args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [script, ...args], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
}

function outputOf(run: SpawnSyncReturns<string>): string {
  return run.error ? String(run.error) : `${run.stdout}${run.stderr}`;
}

// The library

function buildLibrary(): void {
  const stamp = 'dist/.built';
  if (
    changed(
      'src',
      'binding.gyp',
      'tsconfig.json',
      'tsconfig.build.json',
      'package.json',
      'scripts/build.ts',
    ) < changed(stamp)
  ) {
    return;
  }
  const started = Date.now();
  const dist = join(root, 'dist');
  rmSync(dist, { recursive: true, force: true });
  const tsc = node(join(dirname(require.resolve('typescript/package.json')), 'bin/tsc'), [
    '-p',
    'tsconfig.build.json',
  ]);
  if (tsc.status !== 0) {
    console.error(outputOf(tsc).trim());
    console.error('build: the library does not compile');
    process.exit(1);
  }
  // The package says "module" for its own sources; what tsc made is CommonJS.
  writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
  const commonJs = ['kernels/native/loader', 'io/optional'];
  const files = [
    ...commonJs.flatMap((name) => [`${name}.cjs`, `${name}.d.cts`]),
    'io/pictures/resvgWorker.cjs',
  ];
  for (const file of files) {
    copyFileSync(join(root, 'src', file), join(dist, file));
  }
  // `handgrad build` compiles with this; at the root of the published package it would make npm compile.
  copyFileSync(join(root, 'binding.gyp'), join(dist, 'binding.gyp'));
  rewriteDeclarations(dist);
  writeModuleEntry(dist);
  writeFileSync(join(root, stamp), '');
  utimesSync(join(root, stamp), started / 1000, started / 1000); // what changes during the build counts as newer
  say(`build: dist/ in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** tsc rewrites `./x.ts` to `./x.js` in code and not in declarations. */
function rewriteDeclarations(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const file = join(folder, name);
    const text = readFileSync(file, 'utf8');
    const rewritten = text.replace(
      /(\b(?:from|import)\s*\(?\s*)(['"])(\.{1,2}\/[^'"]*)\.ts\2/g,
      '$1$2$3.js$2',
    );
    if (rewritten !== text) writeFileSync(file, rewritten);
  }
}

/**
 * The entry for `import`: it hands on what the CommonJS one exports, so that a program that uses both ways has
 * one library, with one addon and one set of classes.
 */
function writeModuleEntry(dist: string): void {
  const names = Object.keys(require(join(dist, 'index.js'))).filter((name) => name !== 'default');
  // By way of local names, since some exports are named like keywords: `var`.
  const lines = [
    "import library from './index.js';",
    ...names.map((name, i) => `const export${i} = library.${name};`),
    `export {\n${names.map((name, i) => `  export${i} as ${name},\n`).join('')}};`,
  ];
  writeFileSync(join(dist, 'index.mjs'), `${lines.join('\n')}\n`);
  writeFileSync(join(dist, 'index.d.mts'), "export * from './index.js';\n");
}

// The addon

function buildAddon(): void {
  const binary = 'build/Release/handgrad.node';
  if (process.env['HANDGRAD_SKIP_NATIVE'] === '1') {
    say('build: the addon is left out');
    return;
  }
  if (changed('native', 'binding.gyp') < changed(binary)) return;
  if (!onPath(['c++', 'g++', 'clang++']) || !onPath(['make', 'gmake'])) {
    // When the library then finds no addon, it says so itself.
    say('build: no C++ compiler and make on the PATH; TypeScript kernels do the work');
    return;
  }
  console.error('build: compiling the addon, which takes a minute or two');
  const started = Date.now();
  const run = node(require.resolve('node-gyp/bin/node-gyp.js'), [
    'configure',
    'build',
    `--jobs=${availableParallelism()}`,
    ...headers(),
  ]);
  if (run.status !== 0) {
    mkdirSync(join(root, 'build'), { recursive: true });
    writeFileSync(join(root, 'build/build.log'), outputOf(run));
    const rest = existsSync(join(root, binary)) ? 'the one built earlier' : 'none';
    console.error(`build: warning: the addon does not compile (see build/build.log); going on with ${rest}`);
    return;
  }
  rmSync(join(root, 'build/build.log'), { force: true });
  // make leaves the binary alone when what changed does not matter to it; here that must count as built.
  const now = new Date();
  utimesSync(join(root, binary), now, now);
  say(`build: ${binary} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

function onPath(programs: string[]): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return programs.some((program) => folders.some((folder) => existsSync(join(folder, program))));
}

/** Where Node's headers are, so that node-gyp need not download them: as npm says, else beside Node itself. */
function headers(): string[] {
  const prefix = join(dirname(process.execPath), '..');
  const configured = process.env['npm_config_nodedir'] !== undefined;
  return !configured && existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

buildAddon();
buildLibrary();
