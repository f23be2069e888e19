import { describe, expect, test } from 'vitest';
import { einsum, ShapeError, zeros } from '../../../src/index.ts';
import { labelDimensions, parseEquation } from '../../../src/ops/einsum/parse.ts';

describe('equations', () => {
  test('are read whatever the spaces', () => {
    const plain = parseEquation('b...ij,...jk->b...ik');
    expect(plain.inputs).toEqual([
      { letters: 'bij', ellipsisAt: 1 },
      { letters: 'jk', ellipsisAt: 0 },
    ]);
    expect(plain.output).toEqual({ letters: 'bik', ellipsisAt: 1 });
    const spaced = parseEquation(' b ... i j ,\t... j k -> b ... i k ');
    expect([spaced.inputs, spaced.output]).toEqual([plain.inputs, plain.output]);
    expect(parseEquation('').inputs).toEqual([{ letters: '', ellipsisAt: -1 }]);
    expect(parseEquation('ij').output).toBeNull();
    expect(parseEquation('ij->').output).toEqual({ letters: '', ellipsisAt: -1 });
  });

  test('give every dimension a label, those of ... from the last one on', () => {
    const { inputs, output, sizes } = labelDimensions(parseEquation('i...,...i->...'), [
      [2, 5, 1],
      [3, 1, 4, 2],
    ]);
    // i, ... at -2, ... at -1; then ... at -3
    expect(inputs).toEqual([
      [0, 1, 2],
      [3, 1, 2, 0],
    ]);
    expect(output).toEqual([3, 1, 2]);
    expect(sizes).toEqual([2, 5, 4, 3]);
  });

  test('without an arrow keep ... and the letters that come once, capitals first', () => {
    const { output, inputs } = labelDimensions(parseEquation('bcA,...cB'), [
      [2, 3, 4],
      [7, 3, 5],
    ]);
    const [b, , a] = inputs[0];
    const [ellipsis, , capitalB] = inputs[1];
    expect(output).toEqual([ellipsis, a, capitalB, b]);
  });

  test.each([
    ['i1->i', 1, "expected a letter, '...', ',' or '->', got '1'"],
    ['ij-ij', 2, "expected a letter, '...', ',' or '->', got '-'"],
    ['i..j->', 1, "expected a letter, '...', ',' or '->', got '.'"],
    ['...i...->i', 4, 'a term can hold only one ...'],
    ['ij->i,j', 5, "expected a letter or '...', got ','"],
    ['ij->i->j', 5, "expected a letter or '...', got '-'"],
    ['ij->jj', 5, "'j' stands twice in the output"],
    ['ij -> ik', 7, "'k' is in the output but in no operand"],
  ])('%s is refused at its position', (text, position, rule) => {
    expect(() => parseEquation(text)).toThrow(
      new SyntaxError(`einsum: '${text}', position ${position}: ${rule}`),
    );
  });
});

describe('shapes that do not fit an equation', () => {
  test.each([
    [
      'ik,kj->ij',
      [
        [2, 3],
        [4, 5],
      ],
      "'k' has size 3, but 4 in operand 2",
    ],
    ['ii->', [[2, 3]], "'i' stands for sizes 2 and 3 in operand 1"],
    ['ii->', [[1, 3]], "'i' stands for sizes 1 and 3 in operand 1"],
    ['ijk->', [[2, 3]], 'operand 1 has 2 dimensions, and 3 letters'],
    ['i->', [[2, 3]], 'operand 1 has 2 dimensions, and 1 letters'],
    ['ijk...->', [[2, 3]], 'operand 1 has 2 dimensions, and 3 letters'],
    ['ij,jk->ik', [[2, 3]], 'the equation has 2 operands, got 1'],
    ['ij->ij', [], 'the equation has 1 operands, got 0'],
    [
      '...i,...j->ij',
      [
        [2, 3],
        [4, 3],
      ],
      "'... at -1' has size 2, but 4 in operand 2",
    ],
  ])('%s', (equation, shapes, rule) => {
    const operands = shapes.map((shape) => zeros(shape));
    expect(() => einsum(equation, ...operands)).toThrow(ShapeError);
    const listed = shapes.map((shape) => `[${shape.join(', ')}]`).join(', ');
    expect(() => einsum(equation, ...operands)).toThrow(
      `einsum: '${equation}': ${rule}; the shapes are ${listed}`,
    );
  });

  test('and what is no tensor or no equation', () => {
    expect(() => einsum('i->i', [1, 2] as never)).toThrow('einsum: operand 1 must be a Tensor, got 1');
    expect(() => einsum(zeros(2) as never, zeros(2))).toThrow(TypeError);
  });
});
