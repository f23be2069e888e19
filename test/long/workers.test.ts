/** Workers that come and go leave nothing behind. `tsx scripts/long/workers.ts 1000` is the long run. */

import { expect, test } from 'vitest';
import { residentOver } from '../../scripts/long/workers.ts';

test('eight workers at a time that train and end, again and again, leave no more than empty ones', () => {
  const growth = (work: 'empty' | 'training') => {
    const resident = residentOver(30, work);
    return Math.max(...resident.slice(6)) - Math.max(...resident.slice(2, 6));
  };
  // The allocators' own ups and downs are some megabytes; 96 workers that left a pool or a parameter block each
  // would leave more.
  expect(growth('training')).toBeLessThan(Math.max(0, growth('empty')) + 8);
});
