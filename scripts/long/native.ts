/**
 * Builds and runs the C++ tests, on this machine, under sanitizers, and for arm64 under qemu; and the kernel
 * table with the addon under sanitizers, which is built with `address`.
 *
 *     tsx scripts/long/native.ts plain|thread|address|arm64|addon
 */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

interface Configuration {
  /** What it needs besides cmake. */
  readonly programs: readonly string[];
  readonly cmake: readonly string[];
  /** Takes every so many cases of the long lists only. */
  readonly every: number;
}

const cross = 'aarch64-linux-gnu';

export const configurations: Readonly<Record<string, Configuration>> = {
  plain: { programs: ['g++'], cmake: [], every: 1 },
  thread: { programs: ['g++'], cmake: ['-DHANDGRAD_SANITIZE=thread'], every: 17 },
  address: { programs: ['g++'], cmake: ['-DHANDGRAD_SANITIZE=address,undefined'], every: 7 },
  arm64: {
    programs: [`${cross}-g++`, 'qemu-aarch64-static'],
    cmake: [
      '-DCMAKE_SYSTEM_NAME=Linux',
      '-DCMAKE_SYSTEM_PROCESSOR=aarch64',
      `-DCMAKE_CXX_COMPILER=${cross}-g++`,
      `-DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64-static;-L;/usr/${cross}`,
    ],
    every: 7,
  },
};

export function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** The programs that a configuration lacks here. */
export function missing(name: string): string[] {
  return ['cmake', ...configurations[name].programs].filter((program) => !onPath(program));
}

function run(command: string, args: readonly string[], env: Record<string, string> = {}): string {
  const done: SpawnSyncReturns<string> = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
  });
  const output = `${done.stdout ?? ''}${done.stderr ?? ''}`;
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(' ')}\n${done.error ?? ''}${output.slice(-8000)}`);
  return output;
}

const cmakeJs = join(root, 'node_modules/cmake-js/bin/cmake-js');

/** Builds the C++ tests and the addon as configured; returns the folder. */
function build(name: string): string {
  const folder = `build-long-${name}`;
  // cmake-js knows where Node's headers are, without which there is no addon.
  if (name === 'address')
    run(process.execPath, [
      cmakeJs,
      'configure',
      '--out',
      folder,
      ...configurations[name].cmake.map((flag) => flag.replace('-D', '--CD')),
    ]);
  else run('cmake', ['-S', '.', '-B', folder, ...configurations[name].cmake]);
  run('cmake', ['--build', folder, `-j${availableParallelism()}`]);
  return folder;
}

/** Builds the C++ tests as configured and runs them; returns what ctest says, or throws what went wrong. */
export function runCppTests(name: string): string {
  const folder = build(name);
  return run('ctest', ['--test-dir', folder, '--output-on-failure', `-j${availableParallelism()}`], {
    HANDGRAD_TEST_EVERY: String(configurations[name].every),
  });
}

/**
 * Builds the addon under AddressSanitizer and UndefinedBehaviorSanitizer and runs with it the tests of kernels and workers, in a
 * Node that knows nothing of them: the run time comes by LD_PRELOAD. Leaks are not looked for, since Node keeps
 * what it has until the end.
 */
export function runAddonUnderSanitizers(): string {
  const folder = build('address');
  const addon = [join(root, folder, 'Release/handgrad.node'), join(root, folder, 'handgrad.node')].find(
    existsSync,
  );
  if (addon === undefined) throw new Error(`no addon in ${folder}`);
  const runtime = run('g++', ['-print-file-name=libasan.so']).trim();
  const tests = ['test/kernels/native', 'test/workers', 'test/ops/matmulAsync'];
  return run(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--testTimeout=600000', ...tests],
    {
      HANDGRAD_ADDON: addon,
      LD_PRELOAD: runtime,
      // Some allocations are meant to fail; and freed memory is held back for a while, but not much of it, for the tests
      // that look at how much there is.
      ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=16',
      UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
    },
  );
}

if (process.argv[1] === import.meta.filename) {
  const name = process.argv[2] ?? 'plain';
  console.log(name === 'addon' ? runAddonUnderSanitizers() : runCppTests(name));
}
