import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Generator } from '../../src/core/generator.ts';
import { fillNormal, fillUniform, randperm } from '../../src/core/random.ts';

// That the numbers are PyTorch's is in random.test.ts.

/** fast-check prints this seed when a property fails. */
const property = { seed: 20190315, numRuns: 50 };

describe('Generator', () => {
  const mixed = (generator: Generator): number[] => {
    const values = new Float32Array(5);
    fillNormal(generator, values);
    const uniforms = new Float64Array(400);
    fillUniform(generator, uniforms);
    return [...values, ...uniforms, ...randperm(generator, 20), generator.normal()];
  };

  test('starts without a seed from the one of new torch.Generator()', () => {
    expect(new Generator().initialSeed()).toBe(67280421310721n);
    expect(mixed(new Generator())).toEqual(mixed(new Generator(67280421310721)));
  });

  test('manualSeed starts anew, and forgets the waiting normal', () => {
    const generator = new Generator(5);
    const first = mixed(generator);
    generator.normal();
    expect(generator.manualSeed(5)).toBe(generator);
    expect(mixed(generator)).toEqual(first);
    expect(mixed(generator.manualSeed(5n))).toEqual(first);
  });

  test('random64 is two draws, the high half first', () => {
    const [one, two] = [new Generator(9), new Generator(9)];
    const high = BigInt(one.random());
    expect(two.random64()).toBe(high * 2n ** 32n + BigInt(one.random()));
  });

  test('a saved state continues the stream from anywhere', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 1300 }), fc.boolean(), (seed, draws, waiting) => {
        const generator = new Generator(seed);
        if (waiting) generator.normal();
        for (let i = 0; i < draws; i++) generator.random();
        const state = generator.getState();
        const expected = mixed(generator);
        expect(mixed(new Generator().setState(state))).toEqual(expected);
        // Drawing did not change the copy, and it may lie at any offset of its buffer.
        const shifted = new Uint8Array(state.length + 3);
        shifted.set(state, 3);
        expect(mixed(generator.setState(shifted.subarray(3)))).toEqual(expected);
      }),
      property,
    );
  });

  test('seed() reseeds from the system, with a seed that can be used again', () => {
    const generator = new Generator();
    const seed = generator.seed();
    expect(seed).not.toBe(generator.seed());
    expect(Number.isSafeInteger(Number(seed))).toBe(true);
    generator.seed();
    expect(mixed(generator)).toEqual(mixed(new Generator(generator.initialSeed())));
  });

  test.each([NaN, 1.5, Infinity, 2 ** 53, -(2 ** 53), 2n ** 64n, -(2n ** 63n) - 1n])(
    'refuses the seed %s',
    (seed) => {
      const generator = new Generator(1);
      const rule = `manualSeed: the seed must be a safe integer, or a bigint from -2^63 to 2^64 - 1, got ${seed}`;
      expect(() => generator.manualSeed(seed)).toThrow(new RangeError(rule));
      expect(() => new Generator(seed)).toThrow(RangeError);
      expect(mixed(generator)).toEqual(mixed(new Generator(1)));
    },
  );

  test('refuses a seed that is no number', () => {
    const seed = '42' as unknown as number;
    expect(() => new Generator(seed)).toThrow(
      new TypeError('manualSeed: the seed must be a number or a bigint, got string'),
    );
  });

  test('refuses what is no state, and keeps its own', () => {
    const generator = new Generator(3);
    const state = generator.getState();
    const broken = (at: number, value: number) => {
      const copy = state.slice();
      new DataView(copy.buffer).setInt32(at, value, true);
      return copy;
    };
    expect(() => generator.setState([] as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => generator.setState(state.subarray(1))).toThrow(
      new RangeError('setState: a state has 5056 bytes, got 5055'),
    );
    // left, seeded and next, as PyTorch lays them out.
    for (const bytes of [broken(8, 0), broken(8, -5), broken(8, 700), broken(12, 0), broken(16, 625)]) {
      expect(() => generator.setState(bytes)).toThrow(
        /^setState: not the state of a Mersenne Twister: seeded = /,
      );
    }
    expect(mixed(generator)).toEqual(mixed(new Generator(3)));
  });
});
