import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arange, expand, ShapeError, type Tensor, tensor, zeros } from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { casesAreCut } from '../support/property.ts';

/** 0 … n - 1 in the given shape. */
function counted(...shape: number[]): Tensor {
  return arange(shape.reduce((product, size) => product * size, 1)).view(shape);
}

onBothKernels('views', () => {
  test('share memory in both directions', () => {
    const x = zeros([2, 3, 4]);
    const views = [
      x.view(6, 4),
      x.view(-1),
      x.reshape(4, 6),
      x.flatten(1),
      x.permute(2, 0, 1),
      x.transpose(0, 2),
      x.unsqueeze(1),
      x.squeeze(),
      x.expand(5, 2, 3, 4),
      x.narrow(1, 0, 2),
      x.select(0, 0),
    ];
    for (const view of views) expect(view.storage()).toBe(x.storage());
    x.add_(1);
    for (const view of views) expect(view.eq(1).all().item()).toBe(true);
    x.permute(2, 0, 1).select(0, 3).fill_(9);
    expect(x.select(2, 3).toArray()).toEqual([
      [9, 9, 9],
      [9, 9, 9],
    ]);
  });

  test('t, transpose, permute', () => {
    const x = counted(2, 3);
    expect(x.t().toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(x.t().stride()).toEqual([1, 3]);
    expect(counted(2, 3, 4).permute(2, 0, 1).shape).toEqual([4, 2, 3]);
    expect(counted(2, 3, 4).transpose(-1, 0).shape).toEqual([4, 3, 2]);
    expect(counted(3).t().toArray()).toEqual([0, 1, 2]);
    expect(() => counted(2, 3, 4).t()).toThrow(ShapeError);
    expect(() => x.permute(0)).toThrow(RangeError);
    expect(() => x.permute(0, -2)).toThrow('permute: dims [0, -2] must name each of 2 dimensions once');
    expect(() => x.transpose(0, 2)).toThrow(
      new RangeError('transpose: dim must be a whole number from -2 to 1, got 2'),
    );
  });

  test('view works out one size', () => {
    const x = counted(2, 6);
    expect(x.view(3, -1).shape).toEqual([3, 4]);
    expect(x.view([4, 3]).toArray()).toEqual(counted(4, 3).toArray());
    expect(() => x.view(5, -1)).toThrow(
      new ShapeError('view: shape [5, -1] does not fit the 12 elements of [2, 6]'),
    );
    expect(() => x.view(13)).toThrow(ShapeError);
    expect(() => x.view(-1, -1)).toThrow(RangeError);
    expect(() => zeros([0, 3]).view(0, -1)).toThrow(ShapeError);
    expect(zeros([0, 3]).view(-1).shape).toEqual([0]);
    expect(zeros([]).view(1, 1).shape).toEqual([1, 1]);
  });

  test('view refuses what needs a copy; reshape makes one', () => {
    const turned = counted(2, 3).t();
    expect(() => turned.view(6)).toThrow(
      new ShapeError(
        'view: [3, 2] with strides [1, 3] cannot be seen as [6] without a copy; use reshape, which makes one',
      ),
    );
    expect(turned.reshape(6).toArray()).toEqual([0, 3, 1, 4, 2, 5]);
    expect(turned.reshape(6).storage()).not.toBe(turned.storage());
    // What stride a dimension of size 1 has does not matter.
    const rows = counted(2, 8).narrow(1, 0, 6).view(1, 2, 2, 3).permute(1, 2, 0, 3);
    expect(rows.stride(2)).not.toBe(3);
    expect(rows.view(2, 6).stride()).toEqual([8, 1]);
    expect(counted(4, 6).narrow(1, 0, 4).view(2, 2, 2, 2).stride()).toEqual([12, 6, 2, 1]);
  });

  test('view agrees with a copy wherever it does not refuse', () => {
    const shapes = [
      [12],
      [3, 4],
      [2, 6],
      [2, 2, 3],
      [1, 12],
      [3, 1, 4],
      [4, 3],
      [12, 1],
      [2, 1, 2, 3],
      [6, 2],
    ];
    const shape = fc.constantFrom(...shapes);
    const before = fc.constantFrom<(x: Tensor) => Tensor>(
      (x) => x,
      (x) => x.t(),
      (x) => x.unsqueeze(1),
      (x) => x.t().unsqueeze(0),
      (x) => x.view(x.size(0), -1, 1).permute(1, 2, 0),
      (x) => x.view(x.size(0), 2, -1).permute(0, 2, 1),
      (x) => x.view(x.size(0), 2, -1).permute(1, 0, 2),
    );
    let seen = 0;
    fc.assert(
      fc.property(fc.constantFrom([3, 4], [2, 6], [6, 2]), before, shape, (from, change, to) => {
        const whole = counted(from[0], from[1] + 2).narrow(1, 1, from[1]); // with a gap after each row
        const x = change(whole);
        const copied = x.clone().view(to);
        const reshaped = x.reshape(to);
        expect(reshaped.toArray()).toEqual(copied.toArray());
        let view: Tensor | undefined;
        try {
          view = x.view(to);
        } catch (error) {
          expect(error).toBeInstanceOf(ShapeError);
        }
        if (view !== undefined) seen++;
        expect(view?.toArray() ?? copied.toArray()).toEqual(copied.toArray());
        expect(reshaped.storage() === x.storage()).toBe(view !== undefined);
      }),
      { seed: 2, numRuns: 300 },
    );
    if (!casesAreCut) expect(seen).toBeGreaterThan(50);
  });

  test('unsqueeze and squeeze', () => {
    const c = tensor([10, 20, 30]);
    expect([c.unsqueeze(0), c.unsqueeze(1), c.unsqueeze(-1)].map((x) => x.shape)).toEqual([
      [1, 3],
      [3, 1],
      [3, 1],
    ]);
    expect(() => c.unsqueeze(2)).toThrow('unsqueeze: dim must be a whole number from -2 to 1, got 2');
    expect(zeros([1, 2, 1]).squeeze().shape).toEqual([2]);
    expect(zeros([1, 2, 1]).squeeze(0).shape).toEqual([2, 1]);
    expect(zeros([1, 2, 1]).squeeze(1).shape).toEqual([1, 2, 1]);
    // The lesson's bug: a batch of one collapses to a scalar; squeeze(-1) is the cure.
    expect(zeros([1, 1]).squeeze().shape).toEqual([]);
    expect(zeros([1, 1]).squeeze(-1).shape).toEqual([1]);
  });

  test('expand repeats without a copy', () => {
    const c = tensor([10, 20, 30]);
    const rows = c.expandAs(zeros([3, 3]));
    expect(rows.stride()).toEqual([0, 1]);
    expect(rows.storage().length).toBe(3);
    expect(rows.toArray()).toEqual([
      [10, 20, 30],
      [10, 20, 30],
      [10, 20, 30],
    ]);
    expect(c.unsqueeze(1).expand(-1, 3).stride()).toEqual([1, 0]);
    expect(zeros([1]).expand(0).shape).toEqual([0]);
    expect(() => c.expand(4)).toThrow(
      new ShapeError('expand: only sizes of 1 can be repeated, dimension 0 has 3: [3] to [4]'),
    );
    expect(() => zeros([2, 3]).expand(3)).toThrow('expand: cannot drop dimensions: [2, 3] to [3]');
    expect(() => c.expand(-1, 3)).toThrow(RangeError);
    expect(() => expand(c, 2.5, 3)).toThrow(RangeError);
  });

  test('narrow and select', () => {
    const x = counted(3, 4);
    expect(x.narrow(0, 1, 2).toArray()).toEqual([
      [4, 5, 6, 7],
      [8, 9, 10, 11],
    ]);
    expect(x.narrow(1, -2, 2).storageOffset()).toBe(2);
    expect(x.narrow(0, 3, 0).shape).toEqual([0, 4]);
    expect(x.select(1, -1).toArray()).toEqual([3, 7, 11]);
    expect(() => x.narrow(0, 2, 2)).toThrow('narrow: start 2 and length 2 leave dimension 0 of size 3');
    expect(() => x.narrow(0, Number.NaN, 1)).toThrow(RangeError);
    expect(() => x.select(0, 3)).toThrow('select: index must be from -3 to 2 at dimension 0, got 3');
    expect(() => zeros([]).select(0, 0)).toThrow(ShapeError);
    expect(() => zeros([]).narrow(0, 0, 1)).toThrow(ShapeError);
  });

  test('flatten', () => {
    expect(zeros([2, 3, 4]).flatten().shape).toEqual([24]);
    expect(zeros([2, 3, 4]).flatten(1).shape).toEqual([2, 12]);
    expect(zeros([2, 3, 4]).flatten(0, -2).shape).toEqual([6, 4]);
    expect(zeros([]).flatten().shape).toEqual([1]);
    expect(zeros([0, 3]).flatten(1).shape).toEqual([0, 3]);
    expect(() => zeros([2, 3]).flatten(1, 0)).toThrow(RangeError);
  });

  test('iteration gives the slices of the first dimension', () => {
    expect(Array.from(counted(2, 2), (row) => row.toArray())).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(() => [...zeros([])]).toThrow(TypeError);
  });

  test('a 0-d tensor has no sizes to ask for', () => {
    expect(() => zeros([]).size(0)).toThrow(new RangeError('size: a 0-d tensor has no dimension 0'));
    expect(() => zeros([]).stride(-1)).toThrow(RangeError);
    expect(zeros([]).size()).toEqual([]);
    expect(() => zeros([2]).size(1)).toThrow(RangeError);
  });
});
