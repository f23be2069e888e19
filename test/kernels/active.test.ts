import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import {
  availableKernels,
  getNumThreads,
  type KernelsName,
  kernels,
  kernelsInfo,
  setKernels,
  setNumThreads,
} from '../../src/kernels/active.ts';

const hasAddon = availableKernels().includes('native');

/** Runs a line of code against the library in a process of its own, whose environment chooses the kernels. */
function inProcess(environment: Record<string, string>, code: string): { out: string; err: string } {
  const script = `
    import { kernels, kernelsInfo, getNumThreads } from './src/kernels/active.ts';
    try { ${code} } catch (error) { console.log(error.name + ': ' + error.message); }`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    { encoding: 'utf8', env: { ...process.env, HANDGRAD_KERNELS: '', HANDGRAD_THREADS: '', ...environment } },
  );
  return { out: stdout.trim(), err: stderr };
}

describe('choosing kernels', () => {
  afterEach(() => setKernels(hasAddon ? 'native' : 'typescript'));

  test('TypeScript kernels are always there', () => {
    expect(availableKernels()).toContain('typescript');
    setKernels('typescript');
    expect(kernels().name).toBe('typescript');
    expect(getNumThreads()).toBe(1);
  });

  test('what the machine lacks is refused, and what it has is listed', () => {
    const before = kernels();
    const lacking = process.arch === 'arm64' ? 'avx2' : 'neon';
    expect(() => setKernels(lacking)).toThrow(
      new RangeError(`kernels '${lacking}' cannot run here; there are: ${availableKernels().join(', ')}`),
    );
    expect(() => setKernels('mmx' as KernelsName)).toThrow(
      /kernels 'mmx' are not known; there are: typescript/,
    );
    expect(kernels()).toBe(before);
  });

  test('thread counts are positive whole numbers', () => {
    for (const count of [0, -1, 1.5, NaN, Infinity, 5000, '2' as unknown as number]) {
      expect(() => setNumThreads(count)).toThrow(RangeError);
    }
  });

  test.runIf(hasAddon)('each instruction set that the addon has can be chosen', () => {
    for (const name of availableKernels().filter((other) => other !== 'typescript')) {
      setKernels(name);
      expect(kernels().name).toMatch(name === 'native' ? /^native / : `native ${name}`);
      setNumThreads(3);
      expect(getNumThreads()).toBe(3);
    }
    expect(kernelsInfo().available).toEqual(availableKernels());
  });

  test('the environment chooses at the first use', () => {
    expect(inProcess({ HANDGRAD_KERNELS: 'typescript' }, 'console.log(kernels().name)').out).toBe(
      'typescript',
    );
    expect(inProcess({ HANDGRAD_KERNELS: 'neon9' }, 'kernels()').out).toMatch(
      /^RangeError: kernels 'neon9' are not known; there are: typescript/,
    );
    expect(inProcess({ HANDGRAD_THREADS: '1e3' }, 'kernels()').out).toBe(
      'RangeError: HANDGRAD_THREADS must be a whole number from 1 to 1024, got 1e3',
    );
    if (hasAddon) {
      const chosen = inProcess(
        { HANDGRAD_KERNELS: 'scalar', HANDGRAD_THREADS: '3' },
        'console.log(kernels().name, getNumThreads())',
      );
      expect(chosen.out).toBe('native scalar 3');
    }
  });

  test('an addon that does not load is no error unless it was asked for', () => {
    const nowhere = { HANDGRAD_ADDON: '/nowhere/handgrad.node' };
    const run = inProcess(nowhere, 'console.log(kernels().name, kernels().name)');
    expect(run.out).toBe('typescript typescript');
    expect(run.err.match(/Warning:.*nowhere/g)).toHaveLength(1);
    expect(inProcess({ ...nowhere, HANDGRAD_KERNELS: 'native' }, 'kernels()').out).toBe(
      "RangeError: kernels 'native' cannot run here; there are: typescript",
    );
  });
});
