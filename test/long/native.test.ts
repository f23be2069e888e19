/** The C++ tests under sanitizers and for arm64, and the kernel table with an addon under sanitizers. */

import { describe, expect, test } from 'vitest';
import {
  configurations,
  missing,
  onPath,
  runAddonUnderSanitizers,
  runCppTests,
} from '../../scripts/long/native.ts';

const minutes = 60_000;

describe('C++ tests', () => {
  for (const name of Object.keys(configurations)) {
    const lacking = missing(name);
    const note = lacking.length === 0 ? '' : ` (skipped: there is no ${lacking.join(', ')})`;
    test.skipIf(lacking.length > 0)(`${name}${note}`, { timeout: 30 * minutes }, () => {
      expect(runCppTests(name)).toContain('100% tests passed');
    });
  }
});

const canBuild = process.platform === 'linux' && onPath('cmake') && onPath('g++');
test.skipIf(!canBuild)(
  `kernel tests with the addon under sanitizers${canBuild ? '' : ' (skipped: no cmake or g++)'}`,
  { timeout: 60 * minutes },
  () => {
    expect(runAddonUnderSanitizers()).toMatch(/Tests .*passed/);
  },
);
