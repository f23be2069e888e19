import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

/**
 * `handgrad build`: compiles the addon for this machine. It happens in a folder of its own inside the package,
 * which goes away again: a binding.gyp left at the package's root would make npm compile at every install.
 */
export function build(): void {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const folder = mkdtempSync(join(root, '.build-'));
  try {
    const dependencies = {
      'node-gyp': devDependencies['node-gyp'],
      'node-addon-api': devDependencies['node-addon-api'],
    };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
    cpSync(join(root, 'native'), join(folder, 'native'), { recursive: true });
    cpSync(join(root, 'dist', 'binding.gyp'), join(folder, 'binding.gyp'));
    run(folder, ['install', '--ignore-scripts'], 'npm could not install node-gyp and node-addon-api');
    run(folder, ['exec', '--', 'node-gyp', 'rebuild'], 'node-gyp needs Python 3, make and a C++17 compiler');
    mkdirSync(join(root, 'build', 'Release'), { recursive: true });
    renameSync(
      join(folder, 'build', 'Release', 'handgrad.node'),
      join(root, 'build', 'Release', 'handgrad.node'),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`built ${join(root, 'build', 'Release', 'handgrad.node')}`);
}

function run(cwd: string, args: readonly string[], advice: string): void {
  const { status, error } = spawnSync('npm', args, {
    cwd,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error !== undefined) throw new Error(`build: npm could not be run: ${error.message}`);
  if (status !== 0) throw new Error(`build: npm ${args.join(' ')} failed: ${advice}`);
}
