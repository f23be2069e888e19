/**
 * The header of a .npy file (NumPy Enhancement Proposal 1, and `numpy.lib.format`): the magic bytes, a version, the
 * length of what follows, and a Python dictionary that says how the elements are stored.
 */

import { malformed } from '../core/errors.ts';
import { formatShape, type Shape } from '../core/shape.ts';

export interface NpyHeader {
  /** NumPy's word for the element type, as `<f4`. */
  readonly descr: string;
  /** Where that word stands. */
  readonly descrOffset: number;
  /** Whether the first dimension lies closest together in memory, not the last one. */
  readonly fortranOrder: boolean;
  readonly shape: number[];
  /** Where the elements begin. */
  readonly dataOffset: number;
}

const magic = Uint8Array.from([0x93, ...Buffer.from('NUMPY')]);

/** Longer ones are refused. NumPy writes 128 bytes for all but tensors of many dimensions. */
const LONGEST_DICTIONARY = 65_535;

/** As many bytes hold every header that is accepted. */
export const LONGEST_HEADER = 12 + LONGEST_DICTIONARY;

/**
 * Reads a header.
 *
 * @param bytes the first bytes of the file: all, or LONGEST_HEADER of them
 * @throws FormatError with name and offset
 */
export function parseNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  const start = magic.findIndex((byte, i) => bytes[i] !== byte);
  if (start >= 0) {
    const rule =
      start < bytes.length
        ? 'not an npy file: it does not begin with 93 4e 55 4d 50 59'
        : 'the file ends early';
    throw malformed(name, start, rule);
  }
  const [major, minor] = [bytes[6], bytes[7]];
  if (bytes.length < 10) throw malformed(name, bytes.length, 'the file ends inside the header');
  if (minor !== 0 || major < 1 || major > 3) {
    throw malformed(
      name,
      6,
      `version ${major}.${minor} of the format is not known; there are 1.0, 2.0 and 3.0`,
    );
  }
  const lengthBytes = major === 1 ? 2 : 4;
  const from = 8 + lengthBytes;
  if (bytes.length < from) throw malformed(name, bytes.length, 'the file ends inside the header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, from);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > LONGEST_DICTIONARY) {
    throw malformed(name, 8, `a header of ${length} bytes, more than the limit of ${LONGEST_DICTIONARY}`);
  }
  if (bytes.length < from + length) throw malformed(name, bytes.length, 'the file ends inside the header');
  const text = new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(from, from + length));
  return { ...new DictionaryReader(text, name, from).read(), dataOffset: from + length };
}

/** Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`: the values and no more of Python. */
class DictionaryReader {
  readonly #text: string;
  readonly #name: string;
  /** Where the text begins in the file. */
  readonly #base: number;
  #at = 0;
  #descrAt = 0;

  constructor(text: string, name: string, base: number) {
    this.#text = text;
    this.#name = name;
    this.#base = base;
  }

  read(): Omit<NpyHeader, 'dataOffset'> {
    const found = new Map<string, unknown>();
    const readers: Record<string, () => unknown> = {
      descr: () => this.#descr(),
      fortran_order: () => this.#expect(/(True|False)/y, 'True or False')[1] === 'True',
      shape: () => this.#shape(),
    };
    this.#expect(/\{/y, "'{'");
    while (this.#match(/\}/y) === null) {
      const key = this.#expect(/'(descr|fortran_order|shape)'|"(descr|fortran_order|shape)"/y, 'a key');
      const name = key[1] ?? key[2];
      if (found.has(name)) throw this.#error(`'${name}' for the second time`);
      this.#expect(/:/y, "':'");
      found.set(name, readers[name]());
      if (this.#match(/,/y) === null && !this.#text.slice(this.#at).trimStart().startsWith('}')) {
        throw this.#error("expected ',' or '}'");
      }
    }
    this.#expect(/$/y, 'the end of the header');
    const missing = Object.keys(readers).filter((key) => !found.has(key));
    if (missing.length > 0) throw this.#error(`the header lacks ${missing.join(' and ')}`);
    return {
      descr: found.get('descr') as string,
      descrOffset: this.#base + this.#descrAt,
      fortranOrder: found.get('fortran_order') as boolean,
      shape: found.get('shape') as number[],
    };
  }

  #descr(): string {
    if (this.#match(/\[/y) !== null) throw this.#error('elements with named fields are not supported');
    const text = this.#expect(/'([^'\\]*)'|"([^"\\]*)"/y, 'the type of the elements');
    this.#descrAt = text.index + 1;
    return text[1] ?? text[2];
  }

  #shape(): number[] {
    const sizes: number[] = [];
    let product = 1;
    this.#expect(/\(/y, "'(' of the shape");
    let comma = true;
    while (this.#match(/\)/y) === null) {
      if (!comma) throw this.#error("expected ',' or ')'");
      const size = Number(this.#expect(/(\d+)L?/y, 'a size')[1]);
      sizes.push(size);
      // Zeros left aside, so that none of them hides sizes that no machine could address.
      product *= Math.max(size, 1);
      if (!(product <= Number.MAX_SAFE_INTEGER)) {
        throw this.#error(`the sizes ${formatShape(sizes)} multiply to more than 2^53`);
      }
      comma = this.#match(/,/y) !== null;
    }
    if (sizes.length === 1 && !comma) throw this.#error("a shape of one size ends with ','");
    return sizes;
  }

  /** What the sticky pattern matches here, after spaces; null where it does not. */
  #match(pattern: RegExp): RegExpExecArray | null {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  #expect(pattern: RegExp, what: string): RegExpExecArray {
    const match = this.#match(pattern);
    if (match === null) throw this.#error(`expected ${what}`);
    return match;
  }

  #error(rule: string): Error {
    return malformed(this.#name, this.#base + this.#at, `in the header: ${rule}`);
  }
}

/** The header, as NumPy writes it, of elements in row-major order; what follows it is aligned to 64 bytes. */
export function formatNpyHeader(descr: string, shape: Shape): Uint8Array {
  const sizes = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${sizes}, }`;
  const total = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  if (total - 10 > LONGEST_DICTIONARY) {
    throw new RangeError(`npy: a shape of ${shape.length} dimensions does not fit into the header`);
  }
  const header = Buffer.from(`${' '.repeat(10)}${dictionary.padEnd(total - 11)}\n`, 'latin1');
  header.set(magic);
  header.set([1, 0], 6);
  header.writeUInt16LE(total - 10, 8);
  return header;
}
