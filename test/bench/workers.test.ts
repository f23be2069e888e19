import { spawnSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Worker, withWorkers } from '../../bench/peers/worker.ts';

/** A peer that says who it is and its process, and then answers each line with that line. */
const echo = [
  '-e',
  `console.log(JSON.stringify({ peer: 'echo', pid: process.pid }));
   require('node:readline').createInterface(process.stdin).on('line', (line) => {
     if (line === 'end') process.exit(3);
     console.log(JSON.stringify({ line }));
   });`,
];

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function expectEnded(pids: readonly number[]): Promise<void> {
  expect(pids.length).toBeGreaterThan(0);
  for (let wait = 0; wait < 200 && pids.some(isAlive); wait++) await setTimeout(20);
  expect(pids.filter(isAlive)).toEqual([]);
}

describe('the processes of the peers', () => {
  const pids: number[] = [];
  const greet = async (worker: Worker) => {
    const { pid } = await worker.read();
    pids.push(pid as number);
    return worker;
  };

  test('answer line by line, and are ended with the work', async () => {
    const answers = await withWorkers(async (start) => {
      const workers = [
        await greet(start(process.execPath, echo)),
        await greet(start(process.execPath, echo)),
      ];
      return [await workers[0].ask('one'), await workers[1].ask({ two: 2 })];
    });
    expect(answers).toEqual([{ line: 'one' }, { line: '{"two":2}' }]);
    await expectEnded(pids);
  });

  test.each([
    ['at once', []],
    ['on a core of its own', ['nice']],
  ])('a program that is missing is named, and the others are ended: started %s', async (_, pin) => {
    const work = withWorkers(async (start) => {
      await greet(start(process.execPath, echo));
      return start('/no/such/program', ['7'], { pin }).read();
    });
    await expect(work).rejects.toThrow(/^cannot start \/no\/such\/program/);
    await expectEnded(pids);
  });

  test('one that ends early ends all, also while another is asked', async () => {
    const work = withWorkers(async (start) => {
      const leaving = await greet(start(process.execPath, echo));
      const silent = await greet(start(process.execPath, echo));
      leaving.ask('end').catch(() => {});
      return silent.read(); // was asked nothing, so says nothing
    });
    await expect(work).rejects.toThrow(/^a worker ended early: .*with exit code 3/s);
    await expectEnded(pids);
  });

  test('an error between the questions ends them', async () => {
    const work = withWorkers(async (start) => {
      await greet(start(process.execPath, echo));
      throw new Error('results differ');
    });
    await expect(work).rejects.toThrow('results differ');
    await expectEnded(pids);
  });

  test('`bench:peers matmul` without the programs says so, and ends with 1', () => {
    const main = fileURLToPath(new URL('../../bench/peers/main.ts', import.meta.url));
    const run = spawnSync(
      process.execPath,
      ['--import', 'tsx', main, 'matmul', '--vendors-only', '--threads', '1', '--shape', '2x2x2'],
      {
        encoding: 'utf8',
        timeout: 60_000,
        env: { ...process.env, HANDGRAD_PEER_NATIVE: '/no/such', HANDGRAD_PEER_PYTHON: process.execPath },
      },
    );
    expect(run.stderr).toContain('bench:peers: cannot start /no/such/openblas_matmul');
    expect(run.status).toBe(1);
  });
});
