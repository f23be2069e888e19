import { expect, test } from 'vitest';
import {
  gradCheck,
  manualSeed,
  nn,
  randn,
  ShapeError,
  StateError,
  tensor,
  zeros,
} from '../../../src/index.ts';
import { expectFigures, toTensor } from '../../figures.ts';
import { onBothKernels } from '../../onBothKernels.ts';
import { fixture } from '../fixture.ts';

onBothKernels('losses', () => {
  test.each(fixture.losses)('$loss ($reduction) and its gradient are PyTorch’s', (figures) => {
    const loss = nn[figures.loss]({ reduction: figures.reduction });
    const value = loss.forward(toTensor(figures.input), toTensor(figures.target));
    expect(value).toMatchObject({ shape: [], dtype: 'float64' });
    expect(value.item()).toBeCloseTo(figures.value, 10);
    expectFigures(loss.backward(), figures.gradient);
  });

  test('gradients agree with differences', () => {
    manualSeed(1);
    const target = tensor([3, 0, 1], { dtype: 'int32' });
    for (const reduction of ['mean', 'sum'] as const) {
      gradCheck(nn.crossEntropyLoss({ reduction }), [randn([3, 4]), target]);
      gradCheck(nn.mseLoss({ reduction }), [randn([3, 4]), randn([3, 4])]);
    }
  });

  test('a gradient from above multiplies', () => {
    const loss = nn.mseLoss({ reduction: 'sum' });
    loss.forward(tensor([1, 2]), tensor([0, 0]));
    expect(loss.backward(tensor(0.5)).toArray()).toEqual([1, 2]);
    loss.forward(tensor([1, 2]), tensor([0, 0]));
    expect(() => loss.backward(tensor([1, 1]))).toThrow(
      new ShapeError(
        'MSELoss.backward: gradOutput must have the shape of what forward returned, [], got [2]',
      ),
    );
  });

  test('a backward needs its forward', () => {
    const loss = nn.crossEntropyLoss();
    const [logits, target] = [zeros([1, 2]), tensor([1], { dtype: 'int32' })];
    expect(() => loss.backward()).toThrow(StateError);
    loss.forward(logits, target);
    loss.backward();
    expect(() => loss.backward()).toThrow(
      'CrossEntropyLoss.backward: needs a forward before it, and each forward allows one backward',
    );
    loss.eval();
    expect(loss.forward(logits, target).item()).toBeCloseTo(Math.log(2), 6);
    expect(() => loss.backward()).toThrow(
      'in eval mode forward keeps nothing for it; call train() before forward',
    );
  });

  test('refuse what does not fit', () => {
    expect(() => nn.mseLoss().forward(zeros([10, 1]), zeros([10]))).toThrow(ShapeError);
    expect(() => nn.mseLoss({ reduction: 'none' as 'mean' })).toThrow(
      new TypeError("MSELoss: reduction must be 'mean' or 'sum', got 'none'"),
    );
    const outside = tensor([2], { dtype: 'int32' });
    expect(() => nn.crossEntropyLoss().forward(zeros([1, 2]), outside)).toThrow(RangeError);
    expect(String(nn.crossEntropyLoss())).toBe("CrossEntropyLoss(reduction='mean')");
  });
});
