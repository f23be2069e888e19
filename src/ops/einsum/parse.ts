import { ShapeError } from '../../core/errors.ts';
import { formatShape, type Shape } from '../../core/shape.ts';

/** The letters of one operand, or of the result. */
interface Term {
  readonly letters: string;
  /** How many letters stand before the `...`; -1 where there is none. */
  readonly ellipsisAt: number;
}

/** An equation as it is written: `bij,jk->bik`. */
export interface Equation {
  readonly text: string;
  readonly inputs: readonly Term[];
  /** Null where there is no arrow. */
  readonly output: Term | null;
}

/**
 * Reads an equation. Spaces may stand anywhere but within `...` and `->`.
 *
 * @throws SyntaxError naming the position of what is not allowed there.
 */
export function parseEquation(text: string): Equation {
  const inputs: Term[] = [];
  let letters = '';
  let ellipsisAt = -1;
  let inOutput = false;
  const finishTerm = (): Term => {
    const term = { letters, ellipsisAt };
    letters = '';
    ellipsisAt = -1;
    return term;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (/[a-zA-Z]/.test(char)) {
      if (inOutput && letters.includes(char))
        throw malformed(text, at, `'${char}' stands twice in the output`);
      letters += char;
    } else if (text.startsWith('...', at)) {
      if (ellipsisAt >= 0) throw malformed(text, at, 'a term can hold only one ...');
      ellipsisAt = letters.length;
      at += 2;
    } else if (char === ',' && !inOutput) inputs.push(finishTerm());
    else if (text.startsWith('->', at) && !inOutput) {
      inputs.push(finishTerm());
      inOutput = true;
      at += 1;
    } else if (!/\s/.test(char)) {
      const allowed = inOutput ? "a letter or '...'" : "a letter, '...', ',' or '->'";
      throw malformed(text, at, `expected ${allowed}, got '${char}'`);
    }
  }
  const last = finishTerm();
  if (!inOutput) return { text, inputs: [...inputs, last], output: null };
  for (const letter of last.letters) {
    if (!inputs.some((term) => term.letters.includes(letter))) {
      const at = text.indexOf(letter, text.indexOf('->'));
      throw malformed(text, at, `'${letter}' is in the output but in no operand`);
    }
  }
  return { text, inputs, output: last };
}

function malformed(text: string, at: number, rule: string): SyntaxError {
  return new SyntaxError(`einsum: '${text}', position ${at}: ${rule}`);
}

/** An equation for operands of certain shapes: each dimension has a label, a number from 0. */
export interface Labelled {
  /** Labels of each operand's dimensions; one that comes twice asks for a diagonal. */
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
  /** Size of each label. Operands may have size 1 instead, which broadcasts. */
  readonly sizes: readonly number[];
}

/**
 * Gives every dimension its label. Dimensions that `...` covers are aligned at the last one, as in
 * broadcasting. Without an arrow the output holds them, and then, in alphabetical order, each letter that
 * comes once.
 *
 * @throws ShapeError when the shapes do not fit the equation or each other.
 */
export function labelDimensions(equation: Equation, shapes: readonly Shape[]): Labelled {
  const { text, inputs, output } = equation;
  const fail = (rule: string) =>
    new ShapeError(`einsum: '${text}': ${rule}; the shapes are ${shapes.map(formatShape).join(', ')}`);
  if (shapes.length !== inputs.length)
    throw fail(`the equation has ${inputs.length} operands, got ${shapes.length}`);

  const covered = inputs.map(({ letters, ellipsisAt }, i) => {
    const rest = shapes[i].length - letters.length;
    if (rest < 0 || (rest > 0 && ellipsisAt < 0))
      throw fail(`operand ${i + 1} has ${shapes[i].length} dimensions, and ${letters.length} letters`);
    return rest;
  });
  const broadcast = Math.max(0, ...covered);

  // Labels by name; the dimensions of `...` are named by their distance from its end.
  const labels = new Map<string, number>();
  const sizes: number[] = [];
  const namesOf = ({ letters, ellipsisAt }: Term, count: number): string[] => {
    const names = [...letters];
    if (ellipsisAt >= 0) {
      names.splice(ellipsisAt, 0, ...Array.from({ length: count }, (_, d) => `... at -${count - d}`));
    }
    return names;
  };
  const labelled = inputs.map((term, i) => {
    const own = new Map<number, number>(); // sizes in this operand
    return namesOf(term, covered[i]).map((name, d) => {
      const size = shapes[i][d];
      let label = labels.get(name);
      if (label === undefined) {
        label = sizes.length;
        labels.set(name, label);
        sizes.push(size);
      }
      const before = own.get(label);
      if (before !== undefined && before !== size)
        throw fail(`'${name}' stands for sizes ${before} and ${size} in operand ${i + 1}`);
      own.set(label, size);
      if (size !== sizes[label] && size !== 1) {
        if (sizes[label] !== 1)
          throw fail(`'${name}' has size ${sizes[label]}, but ${size} in operand ${i + 1}`);
        sizes[label] = size;
      }
      return label;
    });
  });

  const outputNames = output
    ? namesOf(output, broadcast)
    : namesOf({ letters: lettersThatComeOnce(inputs), ellipsisAt: 0 }, broadcast);
  return { inputs: labelled, output: outputNames.map((name) => labels.get(name) as number), sizes };
}

function lettersThatComeOnce(inputs: readonly Term[]): string {
  const all = inputs.map(({ letters }) => letters).join('');
  return [...all]
    .filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter))
    .sort()
    .join('');
}
