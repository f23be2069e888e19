import { expect, test } from 'vitest';
import { gradCheck, manualSeed, nn, ones, randn, tensor } from '../../../src/index.ts';
import { flat } from '../../figures.ts';
import { onBothKernels } from '../../onBothKernels.ts';
import { expectLayer, fixture } from '../fixture.ts';

onBothKernels('ReLU', () => {
  test('forward and gradient are PyTorch’s', () => {
    expectLayer(nn.relu(), fixture.layers.relu);
  });

  test('gradient agrees with differences', () => {
    manualSeed(1);
    gradCheck(nn.relu(), randn([3, 2, 4]));
    // A kink near a value is stepped over, so that nobody is sent after an error that is none.
    gradCheck(nn.relu(), tensor([4e-6, -4e-6, 1]));
  });

  test('NaN stays; its gradient is 0, as at 0', () => {
    const relu = nn.relu();
    expect(flat(relu.forward(tensor([Number.NaN, 0, 3])))).toEqual([Number.NaN, 0, 3]);
    expect(relu.backward(ones([3]))?.toArray()).toEqual([0, 0, 1]);
  });

  test('skips the gradient of the input', () => {
    const relu = nn.relu();
    relu.forward(ones([3]));
    expect(relu.backward(ones([3]), { inputGrad: false })).toBeNull();
  });
});
