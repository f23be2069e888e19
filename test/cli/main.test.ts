import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { proceduralDigits } from '../../src/data/proceduralDigits.ts';
import { availableKernels } from '../../src/kernels/active.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'handgrad-cli-'));
const digits = join(work, 'digits');

/** An IDX file: magic, sizes, and the bytes. */
function idx(sizes: number[], bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.set([0, 0, 8, sizes.length]);
  for (const [i, size] of sizes.entries()) header.writeUInt32BE(size, 4 + 4 * i);
  return Buffer.concat([header, bytes]);
}

function writeDigits(folder: string, images: Buffer, labels: Buffer): void {
  mkdirSync(folder);
  writeFileSync(join(folder, 'train-images-idx3-ubyte'), images);
  writeFileSync(join(folder, 'train-labels-idx1-ubyte'), labels);
}

const count = 1200;
const { images, labels } = proceduralDigits({ count, seed: 3 });
const [imageFile, labelFile] = [idx([count, 28, 28], images), idx([count], labels)];

/** No download, and no cache but an empty one. */
const offline = { ...process.env, HANDGRAD_MNIST_MIRRORS: '', XDG_CACHE_HOME: join(work, 'cache') };

function handgrad(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: work, env: offline });
}

beforeAll(() => writeDigits(digits, imageFile, labelFile));
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('handgrad train', () => {
  test('reports each epoch, on the screen and as JSON', () => {
    const json = join(work, 'figures.json');
    const args = ['--model', 'linear', '--epochs', '3', '--batch-size', '32', '--seed', '7', '--json', json];
    const { status, stdout, stderr } = handgrad(
      'train',
      '--data',
      digits,
      '--kernels',
      'typescript',
      ...args,
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain(`unverified IDX files, ${digits}: 1000 images to train, 200 to validate`);
    expect(stdout).toContain('kernels  typescript, 1 thread');
    const figures = JSON.parse(readFileSync(json, 'utf8'));
    expect(figures).toMatchObject({ kernels: 'typescript', isa: null, threads: 1, model: 'linear', seed: 7 });
    expect(figures.epochs.map(({ epoch }: { epoch: number }) => epoch)).toEqual([1, 2, 3]);
    const [first, , last] = figures.epochs;
    expect(last.trainLoss).toBeLessThan(first.trainLoss);
    expect(last.accuracy).toBeGreaterThan(0.5);
    for (const name of ['validLoss', 'trainSeconds', 'validSeconds']) expect(last[name]).toBeGreaterThan(0);
    expect(figures.totalSeconds).toBeGreaterThan(last.trainSeconds);
    const row = stdout.split('\n').find((line) => line.trim().startsWith('3 ')) as string;
    expect(row).toContain(last.trainLoss.toFixed(4));
    expect(row).toContain(last.accuracy.toFixed(4));
  });

  test('the same seed gives the same figures, another seed others', () => {
    const losses = ['5', '5', '6'].map((seed) => {
      const json = join(work, 'seed.json');
      handgrad('train', '--data', digits, '--epochs', '1', '--seed', seed, '--json', json);
      return JSON.parse(readFileSync(json, 'utf8')).epochs[0].trainLoss;
    });
    expect(losses[1]).toBe(losses[0]);
    expect(losses[2]).not.toBe(losses[0]);
  });

  test('Ctrl-C ends it with the rows so far', async () => {
    const json = join(work, 'interrupted.json');
    const child = spawn(process.execPath, [
      main,
      'train',
      '--data',
      digits,
      '--epochs',
      '100000',
      '--json',
      json,
    ]);
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    child.stdout.on('data', (text) => {
      stdout += text;
      if (/^ +2 /m.test(stdout) && !child.killed) child.kill('SIGINT');
    });
    expect(await ended).toBe(130);
    expect(stderr).toBe('');
    const { epochs } = JSON.parse(readFileSync(json, 'utf8'));
    expect(epochs.length).toBeGreaterThanOrEqual(2);
    expect(stdout).toContain(`stopped after ${epochs.length} of 100000 epochs`);
  });
});

describe('what goes wrong is one line and no stack trace', () => {
  const broken = (name: string, images: Buffer, labels: Buffer) => {
    const folder = join(work, name);
    writeDigits(folder, images, labels);
    return ['train', '--data', folder];
  };
  const wrongLabel = Buffer.from(labelFile);
  wrongLabel[8 + 17] = 12;
  const wrongMagic = Buffer.from(imageFile);
  wrongMagic[2] = 0x0d;

  test.each<[string, () => string[], number, RegExp]>([
    ['a missing folder', () => ['train', '--data', 'nowhere'], 1, /no folder nowhere/],
    [
      'a truncated file',
      () => broken('truncated', imageFile.subarray(0, 5000), labelFile),
      1,
      /train-images.*5000/,
    ],
    ['a wrong magic number', () => broken('magic', wrongMagic, labelFile), 1, /train-images/],
    ['a label that is no digit', () => broken('label', imageFile, wrongLabel), 1, /train-labels.*12/],
    [
      'fewer labels than images',
      () => broken('fewer', imageFile, idx([count - 1], labels.subarray(1))),
      1,
      /1199/,
    ],
    [
      'a folder that --json cannot write to',
      () => ['train', '--data', digits, '--json', 'no/where.json'],
      1,
      /no folder no/,
    ],
    ['a negative batch size', () => ['train', '--batch-size', '-4'], 2, /--batch-size.*whole number from 1/],
    ['epochs that are no number', () => ['train', '--epochs', 'many'], 2, /--epochs/],
    ['a learning rate of NaN', () => ['train', '--lr', 'NaN'], 2, /--lr/],
    ['an unknown model', () => ['train', '--model', 'huge'], 2, /huge.*linear, mlp, mlp-large/],
    ['unknown kernels', () => ['train', '--kernels', 'cuda'], 2, /cuda.*typescript/],
    [
      'kernels that this machine lacks',
      () => ['train', '--data', digits, '--kernels', process.arch === 'x64' ? 'neon' : 'sse'],
      1,
      /cannot run here/,
    ],
    ['an unknown option', () => ['train', '--epoch', '3'], 2, /unknown option '--epoch'/],
    ['an unknown command', () => ['learn'], 2, /unknown command 'learn'/],
    ['an unknown benchmark', () => ['bench', 'nonsense'], 1, /nonsense.*matmul/],
    [
      'a shape for another benchmark',
      () => ['bench', 'epoch', '--shape', '1x2x3'],
      1,
      /--shape.*bench matmul/,
    ],
    ['what is no shape', () => ['bench', 'matmul', '--shape', '64x784'], 2, /--shape.*MxKxN/],
    ['a shape without elements', () => ['info', '--plan', '64x0x50'], 2, /--plan.*whole numbers from 1/],
    ['inner sizes that differ', () => ['info', '--plan', '64x784@700x50'], 2, /--plan.*784 and 700/],
    [
      'a plan of TypeScript kernels',
      () => ['info', '--plan', '64x784x50', '--kernels', 'typescript'],
      1,
      /TypeScript kernels have no plan/,
    ],
  ])('%s', (_, args, exitCode, message) => {
    const before = readdirSync(work);
    const command = args();
    const { status, stdout, stderr } = handgrad(...command);
    expect(stderr).toMatch(message);
    expect(
      stderr
        .trim()
        .split('\n')
        .filter((line) => line.trim() !== '' && !line.startsWith('(Did you mean')),
    ).toHaveLength(1);
    expect(stdout).toBe('');
    expect(status).toBe(exitCode);
    const left = readdirSync(work).filter(
      (name) => !before.includes(name) && name !== command[2]?.split('/').at(-1),
    );
    expect(left).toEqual([]);
  });

  test('--help lists the options', () => {
    const { status, stdout } = handgrad('train', '--help');
    expect(status).toBe(0);
    for (const option of [
      '--data',
      '--model',
      '--epochs',
      '--lr',
      '--batch-size',
      '--seed',
      '--kernels',
      '--threads',
      '--json',
    ]) {
      expect(stdout).toContain(option);
    }
  });
});

test('handgrad info names what runs', () => {
  const { status, stdout } = handgrad('info');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^kernels +(native|typescript)/);
  expect(existsSync(main)).toBe(true);
});

describe.runIf(availableKernels().includes('native'))('on native kernels', () => {
  test('handgrad info --plan says how a matmul is done', () => {
    const forward = handgrad('info', '--plan', '64x784@784x50t', '--kernels', 'scalar');
    expect(forward.stderr).toBe('');
    expect(forward.status).toBe(0);
    expect(forward.stdout).toMatch(
      /^plan +C \[(64, 50|50, 64)\] = A \[.*, 784\] .*, float32, native scalar$/m,
    );
    expect(forward.stdout).toMatch(/^of +64×784 @ 784×50ᵀ, as /m);
    for (const row of ['family', 'tile', 'blocks', 'packing', 'tasks', 'memory']) {
      expect(forward.stdout).toMatch(new RegExp(`^${row} +\\S`, 'm'));
    }
    expect(handgrad('info', '--plan', '64×784×50ᵀ', '--kernels', 'scalar').stdout).toBe(forward.stdout);
    expect(handgrad('info', '--plan', '64x784x50', '--kernels', 'scalar').stdout).not.toBe(forward.stdout);
    expect(handgrad('info', '--plan', '64x784x50', '--dtype', 'float64').stdout).toContain(', float64, ');
  });

  test('handgrad bench matmul times shapes on every instruction set', () => {
    const json = join(work, 'matmul.json');
    const args = ['--threads', '1', '--json', json, '--shape', '3x5x7', '2*4x5t@5x6'];
    const { status, stdout, stderr } = handgrad('bench', 'matmul', ...args);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const figures: { name: string; variant: string; shape: string; seconds: number; gflops: number }[] =
      JSON.parse(readFileSync(json, 'utf8'));
    const sets = availableKernels().filter((name) => name !== 'native');
    for (const shape of ['3×5 @ 5×7', '2 of 4×5ᵀ @ 5×6']) {
      const rows = figures.filter((figure) => figure.name === 'matmul' && figure.shape === shape);
      expect(rows.length).toBe(3 * sets.length); // into out, allocating, cold
      for (const name of sets) expect(stdout).toMatch(new RegExp(`^${shape}  ${name} .*s `, 'm'));
    }
    for (const figure of figures) expect(figure.seconds).toBeGreaterThan(0);
    expect(figures.filter(({ name }) => name === 'peak').map(({ gflops }) => gflops > 0)).toEqual(
      sets.slice(1).map(() => true),
    );
  });
});
