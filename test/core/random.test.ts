import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TypedArray } from '../../src/core/dtype.ts';
import { Generator } from '../../src/core/generator.ts';
import { fillBernoulli, fillNormal, fillRandint, fillUniform, randperm } from '../../src/core/random.ts';

/** One call of PyTorch and what it drew; scripts/fixtures/random_stream.py writes them. */
interface Case {
  op: 'rand' | 'randn' | 'uniform_' | 'normal_' | 'randint' | 'randperm' | 'bernoulli_';
  size: number;
  dtype: 'float32' | 'float64' | 'int32' | 'uint8';
  args: number[];
  values: number[];
  seed?: string;
  indices?: number[];
  sum?: number;
}

interface Fixture {
  torch: string;
  floats: Case[];
  integers: Case[];
  seeds: { seed: string; initialSeed: string; bits27: number[]; late?: number[] }[];
  sequences: { seed: string; steps: Case[]; state: { sha256: string; normal: number | null } }[];
  resumed: { state: string; initialSeed: string; steps: Case[] };
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL('../fixtures/random.json', import.meta.url), 'utf8'),
);

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array };

function floatArray({ dtype, size }: Case): Float32Array | Float64Array {
  return dtype === 'float32' ? new Float32Array(size) : new Float64Array(size);
}

const operations: Record<Case['op'], (generator: Generator, step: Case) => TypedArray> = {
  rand: uniform,
  uniform_: uniform,
  randn: normal,
  normal_: normal,
  randint: (generator, { dtype, size, args: [low = 0, high = 0] }) => {
    const out = new arrays[dtype](size);
    fillRandint(generator, out, low, high);
    return out;
  },
  randperm: (generator, { size }) => randperm(generator, size),
  bernoulli_: (generator, { dtype, size, args: [p = 0] }) => {
    const out = new arrays[dtype](size);
    fillBernoulli(generator, out, p);
    return out;
  },
};

function uniform(generator: Generator, step: Case): TypedArray {
  const out = floatArray(step);
  fillUniform(generator, out, ...step.args);
  return out;
}

function normal(generator: Generator, step: Case): TypedArray {
  const out = floatArray(step);
  fillNormal(generator, out, ...step.args);
  return out;
}

/** The most ULP between a normal and PyTorch's: the worst among 1.6 million of each kind. */
const NORMAL_ULPS = 5;

/** The distance between neighbouring floats at this magnitude. */
function ulp(value: number, dtype: Case['dtype']): number {
  const exponent = Math.floor(Math.log2(Math.max(Math.abs(value), 2 ** -100)));
  return 2 ** (exponent - (dtype === 'float32' ? 23 : 52));
}

function expectDraws(generator: Generator, step: Case): void {
  const out = operations[step.op](generator, step);
  const got = step.indices ? step.indices.map((i) => out[i]) : [...out];
  const isNormal = step.op === 'randn' || step.op === 'normal_';
  if (!isNormal) {
    const want = step.dtype === 'float32' ? step.values.map(Math.fround) : step.values;
    expect(got).toEqual(want);
  } else {
    const [mean = 0] = step.args;
    expect(got.length).toBe(step.values.length);
    got.forEach((value, i) => {
      const want = step.values[i];
      // Where mean and sample cancel, the error is that of the sample, not of the small result.
      const unit = ulp(Math.max(Math.abs(want), Math.abs(want - mean)), step.dtype);
      expect(Math.abs(value - want), `element ${i}: ${value} for ${want}`).toBeLessThanOrEqual(
        NORMAL_ULPS * unit,
      );
    });
  }
  if (step.sum !== undefined) {
    const sum = Array.from(out).reduce((total, value) => total + value, 0);
    // NumPy adds in another order; a normal may be off by an ULP besides.
    const unit = ulp(step.sum, 'float64') + (isNormal ? ulp(4, step.dtype) : 0);
    expect(Math.abs(sum - step.sum)).toBeLessThanOrEqual(step.size * unit);
  }
}

const name = ({ op, dtype, size, args, seed }: Case): string =>
  `${op}(${[size, ...args].join(', ')}) ${dtype}${seed === undefined ? '' : `, seed ${seed}`}`;

/** fast-check prints this seed when a property fails. */
const property = { seed: 20190315, numRuns: 50 };

describe(`the numbers of PyTorch ${fixture.torch}`, () => {
  for (const step of [...fixture.floats, ...fixture.integers]) {
    test(name(step), () => {
      expectDraws(new Generator(BigInt(step.seed as string)), step);
    });
  }

  for (const { seed, initialSeed, bits27, late } of fixture.seeds) {
    test(`seed ${seed}`, () => {
      const generator = new Generator(BigInt(seed));
      expect(String(generator.initialSeed())).toBe(initialSeed);
      expect(bits27.map(() => generator.random() % 2 ** 27)).toEqual(bits27);
      if (!late) return;
      for (let i = bits27.length; i < 2000 - late.length; i++) generator.random();
      expect(late.map(() => generator.random() % 2 ** 27)).toEqual(late);
    });
  }

  for (const [i, { seed, steps, state }] of fixture.sequences.entries()) {
    test(`sequence ${i}: ${steps.map(name).join(', ') || 'nothing drawn'}`, () => {
      const generator = new Generator(BigInt(seed));
      for (const step of steps) expectDraws(generator, step);

      // The state of PyTorch byte by byte, but for the last bits of the waiting normal.
      const bytes = generator.getState();
      const normal = new DataView(bytes.buffer, 24 + 8 * 624 + 8, 8);
      if (state.normal === null) expect(normal.getFloat64(0, true)).toBe(0);
      else expect(normal.getFloat64(0, true)).toBeCloseTo(state.normal, 14);
      normal.setFloat64(0, 0, true);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(state.sha256);
    });
  }

  test('go on from a state that PyTorch saved', () => {
    const saved = inflateSync(Buffer.from(fixture.resumed.state, 'base64'));
    const generator = new Generator().setState(saved);
    expect(Buffer.from(generator.getState()).equals(saved)).toBe(true);
    expect(String(generator.initialSeed())).toBe(fixture.resumed.initialSeed);
    for (const step of fixture.resumed.steps) expectDraws(generator, step);
  });
});

describe('fills', () => {
  test('an empty array draws nothing', () => {
    const generator = new Generator(1);
    fillUniform(generator, new Float32Array(0));
    fillNormal(generator, new Float64Array(0));
    fillRandint(generator, new Int32Array(0), 0, 5);
    fillBernoulli(generator, new Uint8Array(0), 0.5);
    randperm(generator, 0);
    expect(generator.getState()).toEqual(new Generator(1).getState());
  });

  test('a fill writes only its own part of a buffer', () => {
    const whole = new Float32Array(40).fill(7);
    fillNormal(new Generator(1), whole.subarray(3, 37));
    expect([...whole.subarray(0, 3), ...whole.subarray(37)]).toEqual([7, 7, 7, 7, 7, 7]);
    expect(whole.subarray(3, 37)).not.toContain(7);
  });

  test('bounds near the largest float overflow nowhere', () => {
    const out = new Float64Array(100);
    fillUniform(new Generator(1), out, -1e308, 7e307);
    expect(out.every((value) => value >= -1e308 && value < 7e307)).toBe(true);
    fillNormal(new Generator(1), out, -1e308, 1e306);
    expect(out.every((value) => Math.abs(value + 1e308) < 6e306)).toBe(true);
  });

  test('randint stays within [low, high), and meets every value of a short range', () => {
    const bound = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(fc.nat(), bound, bound, (seed, a, b) => {
        fc.pre(a !== b);
        const [low, high] = a < b ? [a, b] : [b, a];
        for (const out of [new Int32Array(50), new Float64Array(50)]) {
          fillRandint(new Generator(seed), out, low, high);
          expect(out.every((value) => Number.isInteger(value) && value >= low && value < high)).toBe(true);
        }
      }),
      property,
    );
    const dice = new Uint8Array(200);
    fillRandint(new Generator(1), dice, 1, 7);
    expect([...new Set(dice)].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('randint in float32 stays within [low, high) after rounding', () => {
    const large = fc.integer({ min: 2 ** 24, max: 2 ** 50 });
    fc.assert(
      fc.property(fc.nat(), large, fc.boolean(), (seed, bound, below) => {
        const out = new Float32Array(50);
        const [low, high] = below ? [-bound, 0] : [0, bound];
        fillRandint(new Generator(seed), out, low, high);
        expect(out.every((value) => value >= low && value < high)).toBe(true);
      }),
      property,
    );
  });

  test('randperm permutes, into a given array too', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 300 }), (seed, n) => {
        const out = new Int32Array(n);
        expect(randperm(new Generator(seed), n, out)).toBe(out);
        expect(out).toEqual(randperm(new Generator(seed), n));
        expect(out.toSorted()).toEqual(Int32Array.from({ length: n }, (_, i) => i));
      }),
      property,
    );
  });

  const wrong: [string, (generator: Generator) => void, RegExp][] = [
    [
      'uniform_ of NaN',
      (g) => fillUniform(g, f32(), NaN, 1),
      /^uniform_: from must be finite in float32, got NaN$/,
    ],
    [
      'uniform_ to ∞',
      (g) => fillUniform(g, f64(), 0, Infinity),
      /^uniform_: to must be finite in float64, got Infinity$/,
    ],
    [
      'uniform_ beyond float32',
      (g) => fillUniform(g, f32(), 0, 1e39),
      /^uniform_: to must be finite in float32, got 1e\+39$/,
    ],
    [
      'uniform_ reversed',
      (g) => fillUniform(g, f32(), 2, 1),
      /^uniform_: from must not exceed to, got from = 2, to = 1$/,
    ],
    [
      'uniform_ too wide',
      (g) => fillUniform(g, f64(), -1e308, 1e308),
      /^uniform_: to - from must be at most .*, got from = -1e\+308, to = 1e\+308$/,
    ],
    [
      'uniform_ of a string',
      (g) => fillUniform(g, f32(), '0' as unknown as number),
      /^uniform_: from must be a number, got string$/,
    ],
    [
      'normal_ of NaN',
      (g) => fillNormal(g, f32(), NaN, 1),
      /^normal_: mean must be finite in float32, got NaN$/,
    ],
    [
      'normal_ with std NaN',
      (g) => fillNormal(g, f64(), 0, NaN),
      /^normal_: std must be finite in float64, got NaN$/,
    ],
    ['normal_ with std < 0', (g) => fillNormal(g, f32(), 0, -1), /^normal_: std must be at least 0, got -1$/],
    [
      'randint of NaN',
      (g) => fillRandint(g, i32(), 0, NaN),
      /^randint: low and high must be safe integers, got low = 0, high = NaN$/,
    ],
    [
      'randint of halves',
      (g) => fillRandint(g, i32(), 0.5, 2),
      /^randint: low and high must be safe integers, got low = 0\.5, high = 2$/,
    ],
    [
      'randint of nothing',
      (g) => fillRandint(g, i32(), 3, 3),
      /^randint: low must be less than high, got low = 3, high = 3$/,
    ],
    [
      'randint beyond int32',
      (g) => fillRandint(g, i32(), 0, 2 ** 31 + 1),
      /^randint: int32 holds integers from -2147483648 to 2147483647, got low = 0, high = 2147483649$/,
    ],
    [
      'randint beyond uint8',
      (g) => fillRandint(g, new Uint8Array(3), -1, 5),
      /^randint: uint8 holds integers from 0 to 255, got low = -1, high = 5$/,
    ],
    [
      'randint between floats',
      (g) => fillRandint(g, f32(), 2 ** 25 + 3, 2 ** 25 + 4),
      /^randint: float32 holds no integer in \[low, high\), got low = 33554435, high = 33554436$/,
    ],
    [
      'randperm of NaN',
      (g) => randperm(g, NaN),
      /^randperm: n must be an integer from 0 to 214748363, got NaN$/,
    ],
    [
      'randperm of -1',
      (g) => randperm(g, -1),
      /^randperm: n must be an integer from 0 to 214748363, got -1$/,
    ],
    [
      'randperm of too many',
      (g) => randperm(g, 2 ** 31),
      /^randperm: n must be an integer from 0 to 214748363, got 2147483648$/,
    ],
    [
      'randperm into 3',
      (g) => randperm(g, 4, i32()),
      /^randperm: out must have n elements, got 3 for n = 4$/,
    ],
    [
      'bernoulli_ of NaN',
      (g) => fillBernoulli(g, f32(), NaN),
      /^bernoulli_: p must lie in \[0, 1\], got NaN$/,
    ],
    [
      'bernoulli_ of 1.5',
      (g) => fillBernoulli(g, f32(), 1.5),
      /^bernoulli_: p must lie in \[0, 1\], got 1\.5$/,
    ],
  ];
  const f32 = () => new Float32Array(3);
  const f64 = () => new Float64Array(3);
  const i32 = () => new Int32Array(3);

  test.each(wrong)('refuses %s, before it draws', (_, call, message) => {
    const generator = new Generator(1);
    expect(() => call(generator)).toThrow(message);
    expect(generator.getState()).toEqual(new Generator(1).getState());
  });
});
