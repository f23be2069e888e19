import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  arange,
  maskedFill,
  maskedSelect,
  nonzero,
  ones,
  ShapeError,
  tensor,
  where,
  zeros,
} from '../../../src/index.ts';
import { onBothKernels } from '../../onBothKernels.ts';
import { casesAreCut } from '../../support/property.ts';
import { coordinatesIn, drawLayout, drawShape, modelOf, propertyOptions, valuesOf } from '../oracle.ts';
import { flatPlace } from './oracle.ts';

onBothKernels('masks against the definitions', () => {
  test('maskedSelect, maskedFill, maskedFill_, where and nonzero', () => {
    let chosen = 0;
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const shape = drawShape(g);
        const x = drawLayout(g, shape);
        const before = modelOf(x);
        // A mask that broadcasts to x, laid out otherwise.
        const maskShape = shape.slice(g(fc.boolean) ? 1 : 0).map((size) => (g(fc.boolean) ? 1 : size));
        const flags = coordinatesIn(maskShape).map(() => g(fc.boolean));
        const forwards = tensor(flags.toReversed(), { dtype: 'bool' });
        const mask = forwards.index('::-1').view(...maskShape);
        const isChosen = (at: number[]) => flags[flatPlace(at, maskShape)];
        const all = coordinatesIn(shape);
        const filled = all.map((at) => (isChosen(at) ? -1 : before.at(at)));
        const selected = all.filter(isChosen);
        chosen += selected.length;

        expect(valuesOf(maskedSelect(x, mask))).toEqual(selected.map(before.at));
        expect(valuesOf(maskedFill(x, mask, -1))).toEqual(filled);
        expect(valuesOf(x.where(mask.eq(false), -1))).toEqual(filled);
        expect(valuesOf(where(mask, -1, x))).toEqual(filled);
        expect(nonzero(mask.expand(...shape)).toArray()).toEqual(selected);
        expect(x.maskedFill_(mask, tensor(-1))).toBe(x);
        expect(valuesOf(x)).toEqual(filled);
      }),
      propertyOptions,
    );
    if (!casesAreCut) expect(chosen).toBeGreaterThan(5000);
  });
});

onBothKernels('masks', () => {
  test('a mask that is the tensor itself', () => {
    const flags = tensor([true, false, true]);
    expect(flags.maskedFill_(flags.index('::-1'), false).toArray()).toEqual([false, false, false]);
    expect(flags.maskedFill_(flags.eq(false), true).maskedSelect(flags).shape).toEqual([3]);
  });

  test('values are converted to the dtype of the tensor', () => {
    const x = arange(3);
    expect(x.maskedFill(x.gt(0), 2.9).toArray()).toEqual([0, 2, 2]);
    expect(x.maskedFill(x.gt(0), 2.9).dtype).toBe('int32');
    expect(x.gt(0).maskedFill(x.gt(1), 0).toArray()).toEqual([false, true, false]);
  });

  test('indices of nonzero elements are kept from tensors to index with', () => {
    const x = tensor([
      [0, 5],
      [7, 0],
    ]);
    const [rows, columns] = x.nonzero().unbind(1);
    expect(x.index(rows, columns).toArray()).toEqual([5, 7]);
  });

  test('errors', () => {
    const m = zeros([2, 3]);
    const mask = ones([2]).eq(1);
    expect(() => m.maskedSelect(mask)).toThrow(ShapeError);
    expect(() => m.maskedSelect(mask)).toThrow('maskedSelect: [2, 3] and [2] do not broadcast');
    expect(() => m.maskedFill_(mask, 1)).toThrow('maskedFill_: [2, 3] and [2] do not broadcast');
    expect(() => m.index(0).maskedFill_(m.eq(0), 1)).toThrow(
      'maskedFill_: a mask of shape [2, 3] does not broadcast into [3]',
    );
    expect(() => m.maskedFill(m, 1)).toThrow(
      'maskedFill: mask must be bool, got float32; compare it, as in ne(mask, 0)',
    );
    expect(() => m.maskedFill(m.eq(0), ones([1]))).toThrow(
      'maskedFill: value must be a number or a 0-d tensor, got shape [1]; use where',
    );
    expect(() => m.maskedFill(m.eq(0), 'a' as never)).toThrow("maskedFill: value must be a Tensor, got 'a'");
    expect(() => zeros([1, 3]).expand(2, 3).maskedFill_(m.eq(0), 1)).toThrow(
      'maskedFill_: cannot write into',
    );
    expect(m.sum().item()).toBe(0);
  });
});
