import { expect, test } from 'vitest';
import { nn, ones, ShapeError, Tensor, tensor, zeros } from '../../src/index.ts';
import { flat } from '../figures.ts';
import { onBothKernels } from '../onBothKernels.ts';

const { Parameter } = nn;

onBothKernels('Parameter', () => {
  test('is a tensor on the memory it was given', () => {
    const data = tensor([
      [1, 2],
      [3, 4],
    ]);
    const parameter = nn.parameter(data);
    expect(parameter).toBeInstanceOf(Parameter);
    expect(parameter).toBeInstanceOf(Tensor);
    parameter.add_(1);
    expect(flat(data)).toEqual([2, 3, 4, 5]);
    expect(parameter.matmul(ones([2, 1])).toArray()).toEqual([[5], [9]]);
    expect(parameter.t()).not.toBeInstanceOf(Parameter);
    expect(new Parameter(data.t()).stride()).toEqual([1, 2]);
  });

  test('gradients add up; the first after zeroGrad overwrites', () => {
    const parameter = nn.parameter(zeros([2]));
    expect(parameter.grad).toBeNull();
    parameter.accumulateGrad(tensor([1, 2]));
    parameter.accumulateGrad(tensor([10, 20]));
    expect(parameter.grad?.toArray()).toEqual([11, 22]);
    parameter.zeroGrad();
    expect(parameter.grad).toBeNull();
    parameter.accumulateGrad(tensor([5, Number.NaN]));
    parameter.zeroGrad();
    parameter.accumulateGrad(tensor([1, 1]));
    expect(parameter.grad?.toArray()).toEqual([1, 1]);
  });

  test('the gradient is a copy of what was handed in', () => {
    const parameter = nn.parameter(zeros([2]));
    const gradient = tensor([1, 2]);
    parameter.accumulateGrad(gradient);
    gradient.zero_();
    expect(parameter.grad?.toArray()).toEqual([1, 2]);
  });

  test('memory is reused, but never under the eyes of someone', () => {
    const parameter = nn.parameter(zeros([2]));
    parameter.accumulateGrad(tensor([1, 2]));
    const storage = parameter.peekGrad()?.storage();
    parameter.zeroGrad();
    parameter.accumulateGrad(tensor([3, 4]));
    expect(parameter.peekGrad()?.storage()).toBe(storage);

    const held = parameter.grad;
    parameter.accumulateGrad(tensor([1, 1])); // adds to the same gradient, as in PyTorch
    expect(held?.toArray()).toEqual([4, 5]);
    parameter.zeroGrad();
    parameter.accumulateGrad(tensor([7, 7]));
    expect(held?.toArray()).toEqual([4, 5]);
    expect(parameter.grad?.toArray()).toEqual([7, 7]);
  });

  test('a write that fails leaves no gradient behind', () => {
    const [first, second] = [nn.parameter(zeros([1])), nn.parameter(zeros([1]))];
    second.accumulateGrad(ones([1]));
    const broken = () => {
      throw new Error('broken');
    };
    expect(() => Parameter.accumulateGrads([first], broken)).toThrow('broken');
    expect(first.grad).toBeNull();
    first.accumulateGrad(ones([1]));
    first.zeroGrad(); // leaves a 1 in the memory
    // One that has a gradient and one that has none: both are added to, the second one to 0.
    Parameter.accumulateGrads([first, null, second], (gradients, adds) => {
      expect(adds).toBe(true);
      expect(gradients.map((gradient) => gradient?.item())).toEqual([0, undefined, 1]);
    });
  });

  test('refuses', () => {
    expect(() => nn.parameter(zeros([2]).int())).toThrow(TypeError);
    expect(() => nn.parameter(3 as unknown as Tensor)).toThrow('Parameter: data must be a Tensor, got 3');
    expect(() => nn.parameter(zeros([1]).expand(3))).toThrow(ShapeError);
    expect(() => nn.parameter(zeros([2])).accumulateGrad(zeros([3]))).toThrow(
      new ShapeError(
        'accumulateGrad: the gradient of a parameter of shape [2] must have that shape, got [3]',
      ),
    );
  });
});
