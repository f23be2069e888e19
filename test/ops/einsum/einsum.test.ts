import fc from 'fast-check';
import { expect, test } from 'vitest';
import { einsum, type Tensor, tensor } from '../../../src/index.ts';
import { onBothKernels } from '../../onBothKernels.ts';
import { checkProperty } from '../../support/property.ts';

/** A random equation with operands that fit it. */
interface Case {
  readonly equation: string;
  readonly operands: readonly Tensor[];
  /** For each dimension of each operand, and of the result, the letter; dimensions of `...` have digits. */
  readonly inputs: readonly string[];
  readonly output: string;
}

const LETTERS = 'aBcDe';
/** What dimensions under `...` are called here. */
const COVERED = '123';

/** Mostly small; the long ones reach what is decided by size. */
const size = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 2, arbitrary: fc.constantFrom(17, 70) },
  { weight: 1, arbitrary: fc.constant(0) },
);

const cases: fc.Arbitrary<Case> = fc
  .record({
    sizes: fc.array(size, { minLength: 8, maxLength: 8 }),
    letters: fc.array(fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 4 }), {
      minLength: 1,
      maxLength: 4,
    }),
    covered: fc.array(fc.option(fc.integer({ min: 0, max: 2 })), { minLength: 4, maxLength: 4 }),
    ellipsisAt: fc.array(fc.nat(4), { minLength: 5, maxLength: 5 }),
    shrunk: fc.array(fc.boolean(), { minLength: 32, maxLength: 32 }),
    explicit: fc.boolean(),
    order: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
    dropEllipsis: fc.boolean(),
    seed: fc.nat(),
    spaces: fc.boolean(),
  })
  .map((choice) => {
    const sizeOf = (name: string) => choice.sizes[(LETTERS + COVERED).indexOf(name)];
    const places = choice.letters.map((letters, i) => Math.min(choice.ellipsisAt[i], letters.length));
    const insert = (text: string, at: number, middle: string) => text.slice(0, at) + middle + text.slice(at);
    const inputs = choice.letters.map((letters, i) => {
      const count = choice.covered[i];
      return count === null ? letters : insert(letters, places[i], COVERED.slice(COVERED.length - count));
    });
    const written = choice.letters.map((letters, i) =>
      choice.covered[i] === null ? letters : insert(letters, places[i], '...'),
    );
    const used = [...new Set(choice.letters.join(''))];
    const broadcast = Math.max(0, ...inputs.map((_, i) => choice.covered[i] ?? 0));
    const ellipsis = COVERED.slice(COVERED.length - broadcast);
    let output: string;
    let equation = written.join(',');
    if (choice.explicit) {
      const kept = used.filter((_, i) => choice.order[i] % 3 > 0);
      kept.sort((p, q) => choice.order[LETTERS.indexOf(p)] - choice.order[LETTERS.indexOf(q)]);
      const at = Math.min(choice.ellipsisAt[4], kept.length);
      const whole = kept.join('');
      output = choice.dropEllipsis ? whole : insert(whole, at, ellipsis);
      equation += `->${choice.dropEllipsis ? whole : insert(whole, at, '...')}`;
    } else {
      const all = choice.letters.join('');
      const once = used.filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter)).sort();
      output = ellipsis + once.join('');
    }
    if (choice.spaces) equation = equation.replaceAll(/([,>a-z])/g, ' $1 ').replaceAll('- > ', '->');
    let flag = 0;
    let value = choice.seed;
    const operands = inputs.map((names) => {
      // A letter may have size 1 in some operands, and broadcasts there; in all places of one operand alike.
      const own = new Map<string, number>();
      for (const name of names)
        if (!own.has(name)) own.set(name, choice.shrunk[flag++ % 32] ? 1 : sizeOf(name));
      return integers(
        [...names].map((name) => own.get(name) as number),
        value++,
      );
    });
    return { equation, operands, inputs, output };
  })
  // The oracle's loops take their time.
  .filter(({ inputs, operands }) => {
    const sizes = new Map<string, number>();
    inputs.forEach((names, i) => {
      for (const [d, name] of [...names].entries())
        sizes.set(name, Math.max(sizes.get(name) ?? 1, operands[i].shape[d]));
    });
    return [...sizes.values()].reduce((product, each) => product * each, 1) < 20_000;
  });

/** Whole numbers, so that every order of summing gives the same; sometimes a view with odd strides. */
function integers(shape: readonly number[], seed: number): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Array.from({ length: 2 * count }, (_, i) => (((i + seed) * 7919) % 11) - 5);
  if (seed % 3 === 0) return tensor(values.slice(0, count)).view([...shape]);
  const reversed = tensor(values.slice(0, count)).view(shape.toReversed());
  if (seed % 3 === 1) return reversed.permute(shape.map((_, d) => shape.length - 1 - d));
  return tensor(values)
    .view([...shape, 2])
    .select(-1, 1);
}

/** The definition: loops over all letters, innermost a product of one element of each operand. */
function naive({ operands, inputs, output }: Case): { shape: number[]; values: number[] } {
  const names = [...new Set([...output, ...inputs.join('')])];
  const sizes = names.map((name) =>
    inputs.reduce((size, input, i) => {
      const d = input.indexOf(name);
      return d >= 0 && operands[i].shape[d] !== 1 ? operands[i].shape[d] : size;
    }, 1),
  );
  const shape = [...output].map((name) => sizes[names.indexOf(name)]);
  const values = new Array<number>(shape.reduce((product, size) => product * size, 1)).fill(0);
  const elements = operands.map((x) => x.contiguous().view(-1).toArray() as number[]);
  const at = new Map<string, number>();
  const loop = (depth: number) => {
    if (depth < names.length) {
      for (let i = 0; i < sizes[depth]; i++) {
        at.set(names[depth], i);
        loop(depth + 1);
      }
      return;
    }
    const place = (letters: string, sizesOf: readonly number[]) =>
      [...letters].reduce(
        (sum, name, d) => sum * sizesOf[d] + (sizesOf[d] === 1 ? 0 : (at.get(name) as number)),
        0,
      );
    const product = inputs.reduce((p, input, i) => p * elements[i][place(input, operands[i].shape)], 1);
    values[place(output, shape)] += product;
  };
  loop(0);
  return { shape, values };
}

onBothKernels('einsum', () => {
  test('equals loops over all letters', () => {
    checkProperty(cases, (given) => {
      const got = einsum(given.equation, ...given.operands);
      const want = naive(given);
      expect(got.shape).toEqual(want.shape);
      expect((got.contiguous().view(-1).toArray() as number[]).map((x) => x + 0)).toEqual(
        want.values.map((x) => x + 0),
      );
    });
  });
});
