import { randomBytes } from 'node:crypto';

/**
 * The Mersenne Twister as PyTorch's CPU generator runs it, so that one seed gives PyTorch's numbers.
 *
 * Sources: M. Matsumoto and T. Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform
 * pseudo-random number generator", ACM TOMACS 8(1), 1998, with their initialisation of 2002; PyTorch's
 * MT19937RNGEngine.h, CPUGeneratorImpl.cpp and DistributionsHelper.h.
 */

/** Words of state, and the distance between the two words that a new one is made of (the paper's n and m). */
const STATE_WORDS = 624;
const SHIFT_WORDS = 397;

/** What `new torch.Generator()` starts from. */
const DEFAULT_SEED = 67280421310721n;

const SMALLEST_SEED = -(2n ** 63n);
const LARGEST_SEED = 2n ** 64n - 1n;

/**
 * Where PyTorch's `get_rng_state()` keeps each field, in bytes from the start, little-endian. The words of the
 * state are stored as 64-bit integers there; the gaps are fields that nothing reads any more.
 */
const STATE_LAYOUT = {
  seed: 0,
  left: 8,
  seeded: 12,
  next: 16,
  words: 24,
  normal: 24 + 8 * STATE_WORDS + 8,
  hasNormal: 24 + 8 * STATE_WORDS + 24,
  byteLength: 24 + 8 * STATE_WORDS + 40,
} as const;

/** A seeded source of random bits: every random function of the library draws from one of these. */
export class Generator {
  readonly #words = new Uint32Array(STATE_WORDS);
  /** Draws until the words are renewed, counting the draw that renews them. */
  #left = 1;
  /** Index of the word that the next draw reads, unless it renews them first. */
  #next = 0;
  #seed = 0n;
  /** The second normal of a Box–Muller pair, waiting for the next call. */
  #normal: number | undefined;

  /** @param seed as for {@link manualSeed}; without it the fixed seed of `new torch.Generator()`. */
  constructor(seed: number | bigint = DEFAULT_SEED) {
    this.manualSeed(seed);
  }

  /**
   * Starts the stream of this seed, and forgets a waiting normal.
   *
   * @param seed a safe integer, or a bigint from -2^63 to 2^64 - 1. A negative seed stands for 2^64 + seed, as in
   *   PyTorch. The Twister takes 32 bits, so seeds that agree in their low 32 bits give the same stream.
   * @throws TypeError if the seed is neither number nor bigint, RangeError if it is out of range or no integer
   */
  manualSeed(seed: number | bigint): this {
    if (typeof seed !== 'number' && typeof seed !== 'bigint') {
      throw new TypeError(`manualSeed: the seed must be a number or a bigint, got ${typeof seed}`);
    }
    const valid =
      typeof seed === 'bigint' ? seed >= SMALLEST_SEED && seed <= LARGEST_SEED : Number.isSafeInteger(seed);
    if (!valid) {
      throw new RangeError(
        `manualSeed: the seed must be a safe integer, or a bigint from -2^63 to 2^64 - 1, got ${seed}`,
      );
    }
    this.#seed = BigInt.asUintN(64, BigInt(seed));
    const words = this.#words;
    words[0] = Number(BigInt.asUintN(32, this.#seed));
    for (let i = 1; i < STATE_WORDS; i++) {
      const previous = words[i - 1];
      words[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
    this.#left = 1;
    this.#next = 0;
    this.#normal = undefined;
    return this;
  }

  /** Seeds from the operating system's randomness and returns that seed, for a later {@link manualSeed}. */
  seed(): bigint {
    // 53 bits, not 64: such a seed is also a safe integer, so it survives Number() and JSON.
    const seed = randomBytes(8).readBigUInt64LE() >> 11n;
    this.manualSeed(seed);
    return seed;
  }

  /** The seed that this stream began with, from 0 to 2^64 - 1. */
  initialSeed(): bigint {
    return this.#seed;
  }

  /** The next 32 random bits, as an integer from 0 to 2^32 - 1. */
  random(): number {
    if (--this.#left === 0) this.#renew();
    let bits = this.#words[this.#next++];
    // Tempering: spreads the state's linear structure over all bits of the output.
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    bits ^= bits >>> 18;
    return bits >>> 0;
  }

  /** 64 random bits from two draws, the first one the high half: an integer from 0 to 2^64 - 1. */
  random64(): bigint {
    const high = BigInt(this.random());
    return (high << 32n) | BigInt(this.random());
  }

  /** A uniform float32 in [0, 1): the low 24 bits of one draw, all that float32's significand holds. */
  uniform24(): number {
    return (this.random() & 0xffffff) * 2 ** -24;
  }

  /** A uniform float64 in [0, 1): the low 53 bits of a 64-bit draw, all that float64's significand holds. */
  uniform53(): number {
    const high = this.random() & 0x1fffff;
    return (high * 2 ** 32 + this.random()) * 2 ** -53;
  }

  /**
   * One standard normal in float64 (G. E. P. Box and M. E. Muller, 1958). The method makes two at a time: the
   * second one waits here for the next call, across whatever else is drawn in between, until a new seed.
   */
  normal(): number {
    const waiting = this.#normal;
    if (waiting !== undefined) {
      this.#normal = undefined;
      return waiting;
    }
    const angle = 2 * Math.PI * this.uniform53();
    // log1p(-u), not log(u): u may be 0 but is never 1.
    const radius = Math.sqrt(-2 * Math.log1p(-this.uniform53()));
    this.#normal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** A copy of the whole state: the 5056 bytes of PyTorch's `get_rng_state()`, which takes them as its own. */
  getState(): Uint8Array {
    const bytes = new Uint8Array(STATE_LAYOUT.byteLength);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(STATE_LAYOUT.seed, this.#seed, true);
    view.setInt32(STATE_LAYOUT.left, this.#left, true);
    view.setInt32(STATE_LAYOUT.seeded, 1, true);
    view.setUint32(STATE_LAYOUT.next, this.#next, true);
    this.#words.forEach((word, i) => {
      view.setUint32(STATE_LAYOUT.words + 8 * i, word, true);
    });
    if (this.#normal !== undefined) {
      view.setFloat64(STATE_LAYOUT.normal, this.#normal, true);
      view.setInt32(STATE_LAYOUT.hasNormal, 1, true);
    }
    return bytes;
  }

  /**
   * Continues the stream where {@link getState}, or PyTorch's `get_rng_state()`, took it down.
   *
   * @throws TypeError if it is no Uint8Array, RangeError if the bytes are no such state; the stream is then unchanged
   */
  setState(state: Uint8Array): this {
    if (!(state instanceof Uint8Array)) {
      throw new TypeError(`setState: the state must be a Uint8Array, got ${typeof state}`);
    }
    if (state.length !== STATE_LAYOUT.byteLength) {
      throw new RangeError(`setState: a state has ${STATE_LAYOUT.byteLength} bytes, got ${state.length}`);
    }
    const view = new DataView(state.buffer, state.byteOffset, state.byteLength);
    const left = view.getInt32(STATE_LAYOUT.left, true);
    const seeded = view.getInt32(STATE_LAYOUT.seeded, true);
    const next = view.getUint32(STATE_LAYOUT.next, true);
    const fresh = left === 1 && next === 0;
    const running = left >= 1 && left + next === STATE_WORDS + 1;
    if (seeded !== 1 || !(fresh || running)) {
      throw new RangeError(
        `setState: not the state of a Mersenne Twister: seeded = ${seeded}, left = ${left}, next = ${next}`,
      );
    }
    this.#seed = view.getBigUint64(STATE_LAYOUT.seed, true);
    this.#left = left;
    this.#next = next;
    for (let i = 0; i < STATE_WORDS; i++) {
      this.#words[i] = view.getUint32(STATE_LAYOUT.words + 8 * i, true);
    }
    const hasNormal = view.getInt32(STATE_LAYOUT.hasNormal, true) !== 0;
    this.#normal = hasNormal ? view.getFloat64(STATE_LAYOUT.normal, true) : undefined;
    return this;
  }

  /** Makes the next 624 words in place: each from itself, its successor, and the word 397 further on. */
  #renew(): void {
    const words = this.#words;
    for (let i = 0; i < STATE_WORDS; i++) {
      const successor = i + 1 < STATE_WORDS ? i + 1 : 0;
      const further = i < STATE_WORDS - SHIFT_WORDS ? i + SHIFT_WORDS : i + SHIFT_WORDS - STATE_WORDS;
      const joined = (words[i] & 0x80000000) | (words[successor] & 0x7fffffff);
      words[i] = words[further] ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
    }
    this.#left = STATE_WORDS;
    this.#next = 0;
  }
}
