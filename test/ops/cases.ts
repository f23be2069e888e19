import { expect, test } from 'vitest';
import * as handgrad from '../../src/index.ts';
import { expectFigures, type Figures, readFixture, toTensor } from '../figures.ts';

/** A tensor, the name of one, or another argument. */
type Argument = Figures | string | number | boolean | null | number[];

/** The name of an operation, its arguments and options, and what PyTorch gives; null where it refuses. */
export type Case = readonly [op: string, args: readonly Argument[], options: object, result: Figures | null];

interface Fixture {
  readonly promotion: Case[];
  readonly unary: Case[];
  readonly broadcasting: Case[];
  readonly reductions: Case[];
  readonly matmul: Case[];
  readonly losses: Case[];
  readonly random: [
    op: 'uniform_' | 'normal_',
    view: string,
    dtype: 'float32' | 'float64',
    values: number[],
  ][];
  readonly tensors: Record<string, Figures>;
}

/** scripts/fixtures/ops.py writes it. */
export const fixture = readFixture<Fixture>('ops');

type Operation = (...args: unknown[]) => handgrad.Tensor;

/** One test for each operation in `cases`: each of its results must be PyTorch's, or an error where PyTorch has one. */
export function testCases(cases: readonly Case[]): void {
  for (const op of new Set(cases.map(([name]) => name))) {
    test(`${op} gives what PyTorch gives`, () => {
      const operation = (handgrad as unknown as Record<string, Operation>)[op];
      for (const [name, args, options, result] of cases) {
        if (name !== op) continue;
        const message = `${op}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`;
        const given: unknown[] = args.map(toArgument);
        if (Object.keys(options).length > 0) given.push(options);
        if (result === null) expect(() => operation(...given), message).toThrow();
        else expectFigures(operation(...given), result, { message });
      }
    });
  }
}

function toArgument(argument: Argument): unknown {
  if (typeof argument === 'string') return toTensor(fixture.tensors[argument]);
  if (Array.isArray(argument) && typeof argument[0] === 'string')
    return toTensor(argument as unknown as Figures);
  return argument ?? undefined;
}
