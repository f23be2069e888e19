import { expect, test } from 'vitest';
import { arange, gradCheck, nn, rand, ShapeError, zeros } from '../../../src/index.ts';
import { onBothKernels } from '../../onBothKernels.ts';

onBothKernels('Flatten', () => {
  test('keeps the batch, and gives gradients their shape back', () => {
    const flatten = nn.flatten();
    const images = arange(24).float().view(2, 3, 4);
    const y = flatten.forward(images);
    expect(y.shape).toEqual([2, 12]);
    expect(y.storage()).toBe(images.storage());
    expect(flatten.backward(y)?.toArray()).toEqual(images.toArray());
    expect(nn.flatten(0, 1).forward(images).shape).toEqual([6, 4]);
  });

  test('gradient agrees with differences, for transposed images too', () => {
    gradCheck(nn.flatten(), rand([2, 3, 4]).permute(2, 0, 1));
  });

  test('refuses a gradient of another shape', () => {
    const flatten = nn.flatten();
    flatten.forward(zeros([2, 3, 4]));
    expect(() => flatten.backward(zeros([2, 3, 4]))).toThrow(
      new ShapeError(
        'Flatten.backward: gradOutput must have the shape of what forward returned, [2, 12], got [2, 3, 4]',
      ),
    );
  });
});
