import { describe, expect, test } from 'vitest';
import { arange, einsum, type Tensor, zeros } from '../../../src/index.ts';
import { planContraction, type Step } from '../../../src/ops/einsum/contract.ts';
import { labelDimensions, parseEquation } from '../../../src/ops/einsum/parse.ts';

function planOf(equation: string, ...operands: Tensor[]) {
  const shapes = operands.map((x) => x.shape);
  return planContraction(labelDimensions(parseEquation(equation), shapes), operands);
}

function kinds(equation: string, ...operands: Tensor[]): Step['kind'][] {
  return planOf(equation, ...operands).steps.map((step) => step.kind);
}

/** 0, 1, 2, … */
function counted(...shape: number[]): Tensor {
  return arange(shape.reduce((product, size) => product * size, 1))
    .float()
    .view(shape);
}

const a = zeros([20, 30]);
const b = zeros([30, 40]);

describe('the lowering', () => {
  test('a matrix product is one matmul on the operands as they lie', () => {
    const { steps, result } = planOf('ik,kj->ij', a, b);
    expect(steps).toEqual([
      {
        kind: 'matmul',
        a: { register: 0, shape: [20, 30], strides: [30, 1] },
        b: { register: 1, shape: [30, 40], strides: [40, 1] },
        out: { register: 2, shape: [20, 40], strides: [40, 1] },
      },
    ]);
    expect(result).toEqual({ register: 2, shape: [20, 40], strides: [40, 1] });
  });

  test('a sum over rows of outer products is x.t() @ g, through a view', () => {
    expect(planOf('bi,bj->ij', zeros([64, 30]), zeros([64, 20])).steps).toEqual([
      {
        kind: 'matmul',
        a: { register: 0, shape: [30, 64], strides: [1, 30] },
        b: { register: 1, shape: [64, 20], strides: [20, 1] },
        out: { register: 2, shape: [30, 20], strides: [20, 1] },
      },
    ]);
  });

  test('a transposed result exchanges the operands, and is written in order', () => {
    expect(planOf('ik,kj->ji', a, b).steps).toEqual([
      {
        kind: 'matmul',
        a: { register: 1, shape: [40, 30], strides: [1, 40] },
        b: { register: 0, shape: [30, 20], strides: [1, 30] },
        out: { register: 2, shape: [40, 20], strides: [20, 1] },
      },
    ]);
  });

  test('what sums nothing is a product by broadcasting', () => {
    const { steps } = planOf('ik,kj->ikj', a, b);
    expect(steps).toEqual([
      {
        kind: 'mul',
        a: { register: 0, shape: [20, 30, 40], strides: [30, 1, 0] },
        b: { register: 1, shape: [20, 30, 40], strides: [0, 40, 1] },
        out: { register: 2, shape: [20, 30, 40], strides: [1200, 40, 1] },
      },
    ]);
    expect(kinds('i,j->ij', zeros(3), zeros(4))).toEqual(['mul']);
  });

  test.each([
    ['ij->ji', [[2, 3]], []],
    ['ii->i', [[3, 3]], []],
    ['ii->', [[3, 3]], ['sum']],
    ['ij->j', [[2, 3]], ['sum']],
    ['ij->', [[2, 3]], ['sum']],
    [
      'bij,bjk->bik',
      [
        [5, 2, 3],
        [5, 3, 4],
      ],
      ['matmul'],
    ],
    [
      'bhqd,bhkd->bhqk',
      [
        [2, 3, 4, 5],
        [2, 3, 6, 5],
      ],
      ['matmul'],
    ],
    [
      'bqhd,bkhd->bhqk',
      [
        [2, 4, 3, 5],
        [2, 6, 3, 5],
      ],
      ['matmul'],
    ],
    [
      '...ij,jk->...ik',
      [
        [5, 2, 3],
        [3, 4],
      ],
      ['matmul'],
    ],
    ['ij,j->i', [[2, 3], [3]], ['matmul']],
    ['i,i->', [[3], [3]], ['matmul']],
    [
      'nchw,ochw->no',
      [
        [8, 3, 5, 5],
        [4, 3, 5, 5],
      ],
      ['matmul'],
    ], // three dimensions merge into one
    [
      'nchw,kc->nkhw',
      [
        [8, 16, 9, 9],
        [4, 16],
      ],
      ['matmul'],
    ], // a convolution of 1×1: n is looped over
    [
      'bi,bi->b',
      [
        [100, 784],
        [100, 784],
      ],
      ['matmul'],
    ],
    [
      'bi,bi->b',
      [
        [100, 3],
        [100, 3],
      ],
      ['mul', 'sum'],
    ], // not worth a matmul each
    [
      'ij,kl->ik',
      [
        [2, 3],
        [4, 5],
      ],
      ['sum', 'sum', 'mul'],
    ], // summed before there are products
    ['ij,jk,k->i', [[50, 50], [50, 50], [50]], ['matmul', 'matmul']],
    [
      'bi,ij,bj->b',
      [
        [9, 70],
        [70, 80],
        [9, 80],
      ],
      ['matmul', 'matmul'],
    ],
    [
      'ii,ij->j',
      [
        [3, 3],
        [3, 3],
      ],
      ['matmul'],
    ],
  ] as [string, number[][], string[]][])('%s of %j is %j', (equation, shapes, want) => {
    expect(kinds(equation, ...shapes.map((shape) => zeros(shape)))).toEqual(want);
  });

  test('dimensions merge in the order in which they lie, not in which they are named', () => {
    const x = zeros([8, 3, 5, 5]).permute(0, 3, 1, 2); // n, w, c, h of n, c, h, w
    const y = zeros([4, 3, 5, 5]).permute(0, 3, 1, 2);
    expect(kinds('nwch,owch->no', x, y)).toEqual(['matmul']);
    expect(kinds('nwch,ochw->no', x, zeros([4, 3, 5, 5]))).toEqual(['matmul']);
  });

  test('only what cannot be seen as a matrix is copied, and only that operand', () => {
    const x = zeros([8, 5, 3]).narrow(2, 0, 2); // two dimensions to sum over, with a gap between them
    expect(kinds('nab,oab->no', x, zeros([4, 5, 2]))).toEqual(['copy', 'matmul']);
    expect(kinds('nab,oab->no', zeros([4, 5, 2]), x)).toEqual(['copy', 'matmul']);
    // Rows that do not merge are looped over where they are long, else copied.
    expect(kinds('ikj,kl->ijl', zeros([4, 5, 20]), zeros([5, 6]))).toEqual(['matmul']);
    expect(kinds('ikj,kl->ijl', zeros([20, 5, 4]), zeros([5, 6]))).toEqual(['matmul']);
    expect(kinds('ikj,kl->ijl', zeros([4, 5, 4]), zeros([5, 6]))).toEqual(['copy', 'matmul']);
  });

  test('plans are not changed through results, nor mixed up when more come by than are kept', () => {
    const x = counted(3, 4);
    const first = einsum('ij->ji', x);
    (first.shape as number[])[0] = 99; // a user's mischief must not reach the next result
    expect(einsum('ij->ji', x).shape).toEqual([4, 3]);
    for (let size = 1; size < 60; size++) {
      const letter = String.fromCharCode(97 + (size % 26));
      for (let k = 0; k < 6; k++)
        expect(einsum(`${letter}${' '.repeat(k)}->`, zeros(size).add(1)).item()).toBe(size);
    }
    expect(einsum('ij->ji', x).toArray()).toEqual(x.t().toArray());
  });
});

describe('views', () => {
  test('a transposition or a diagonal is a view, which writes through', () => {
    const x = counted(3, 3);
    for (const equation of ['ij->ji', 'ii->i', 'ij->ij', '...', 'ij']) {
      const seen = einsum(equation, x);
      expect(seen.storage()).toBe(x.storage());
    }
    einsum('ii->i', x).fill_(7);
    expect([0, 1, 2].map((i) => x.select(0, i).select(0, i).item())).toEqual([7, 7, 7]);
    expect(einsum('ij->i', x).storage()).not.toBe(x.storage());
  });

  test('a view of a view keeps its place in the storage', () => {
    const x = counted(5, 4);
    const part = x.narrow(0, 2, 3).narrow(1, 1, 2);
    expect(einsum('ij->ji', part).toArray()).toEqual(part.t().toArray());
    const product = part.clone().t().matmul(part.clone());
    expect(einsum('ij,ik->jk', part, part).toArray()).toEqual(product.toArray());
  });
});
