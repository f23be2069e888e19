import { describe, expect, test } from 'vitest';
import {
  GradCheckError,
  gradCheck,
  manualSeed,
  nn,
  ones,
  randn,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import { flat } from '../figures.ts';
import { onBothKernels } from '../onBothKernels.ts';

/** y = x · weight, with gradients that a test can spoil. */
class Product extends nn.Module {
  weight = nn.parameter(
    tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]),
  );
  spoilInput = (dx: Tensor) => dx;
  spoilWeight = (dWeight: Tensor) => dWeight;

  override forward(x: Tensor): Tensor {
    return this.saveForBackward(x.matmul(this.weight), x);
  }

  override backward(dy: Tensor): Tensor {
    const [x] = this.savedTensors(dy);
    this.weight.accumulateGrad(this.spoilWeight(x.t().matmul(dy)));
    return this.spoilInput(dy.matmul(this.weight.t()));
  }
}

function failureOf(check: () => unknown): GradCheckError {
  try {
    check();
  } catch (error) {
    if (error instanceof GradCheckError) return error;
    throw error;
  }
  throw new Error('gradCheck let it pass');
}

onBothKernels('gradCheck', () => {
  const x = tensor([
    [0.5, -1],
    [2, 1],
    [0, 3],
  ]);

  test('reports what it has checked', () => {
    const report = gradCheck(new Product(), x);
    expect(report).toMatchObject([
      { name: 'input', shape: [3, 2], checked: 6 },
      { name: 'weight', shape: [2, 3], checked: 6 },
    ]);
    for (const { maxError } of report) expect(maxError).toBeLessThan(1e-8);
  });

  test('catches a factor, and names element and values', () => {
    const product = new Product();
    product.spoilInput = (dx) => dx.mul(1.001);
    const { message, mismatches } = failureOf(() => gradCheck(product, x));
    expect(mismatches.length).toBe(1);
    expect(mismatches[0].name).toBe('input');
    expect(mismatches[0].analytic / mismatches[0].numeric).toBeCloseTo(1.001, 8);
    expect(message).toMatch(
      /^gradCheck: Product.backward is wrong:\n {2}input\[\d, \d\]: backward gave [\d.]+, differences say [\d.]+ \(6 of 6 elements are wrong\)$/,
    );
  });

  test('catches one wrong element among many', () => {
    const product = new Product();
    product.spoilWeight = (dWeight) => {
      dWeight.select(0, 1).select(0, 2).add_(0.01);
      return dWeight;
    };
    expect(failureOf(() => gradCheck(product, x)).mismatches).toMatchObject([
      { name: 'weight', index: [1, 2] },
    ]);
  });

  const spoilt: [string, Partial<Product>][] = [
    ['a sign', { spoilInput: (dx) => dx.neg() }],
    ['what is left at 0', { spoilWeight: (dWeight) => dWeight.zero_() }],
    ['a mix-up of rows', { spoilInput: (dx) => dx.indexSelect(0, tensor([1, 0, 2], { dtype: 'int32' })) }],
    ['NaN', { spoilWeight: (dWeight) => dWeight.mul(Number.NaN) }],
    ['two parts in ten thousand', { spoilInput: (dx) => dx.mul(1 + 2e-4) }],
  ];
  test.each(spoilt)('catches %s', (_, spoil) => {
    expect(() => gradCheck(Object.assign(new Product(), spoil), x)).toThrow(GradCheckError);
  });

  test('catches several at once, and a parameter that is forgotten', () => {
    class Forgetful extends Product {
      override backward(dy: Tensor): Tensor {
        this.savedTensors(dy);
        return dy.matmul(this.weight.t()).mul(2);
      }
    }
    const { mismatches } = failureOf(() => gradCheck(new Forgetful(), x));
    expect(mismatches.map(({ name }) => name)).toEqual(['input', 'weight']);
    expect(mismatches[1].analytic).toBe(0);
  });

  test('catches a gradient of another shape', () => {
    const product = new Product();
    product.spoilInput = (dx) => dx.sum(0);
    expect(() => gradCheck(product, x)).toThrow(
      'gradCheck: Product.backward gave input, of shape [3, 2], a gradient of shape [2]',
    );
  });

  test('a parameter may have any name', () => {
    class Confusing extends nn.Module {
      input = nn.parameter(tensor([2]));
      override forward(y: Tensor): Tensor {
        return this.saveForBackward(y.mul(this.input), y);
      }
      override backward(dy: Tensor): Tensor {
        const [y] = this.savedTensors(dy);
        this.input.accumulateGrad(dy.mul(y).sum().view(1));
        return dy.mul(this.input);
      }
    }
    expect(gradCheck(new Confusing(), tensor([1, 2])).map(({ checked }) => checked)).toEqual([2, 1]);
  });

  test('runs in float64, and gives everything back', () => {
    manualSeed(1);
    const seen: string[] = [];
    class Curious extends nn.Linear {
      override forward(input: Tensor): Tensor {
        seen.push(input.dtype, this.weight.dtype);
        return super.forward(input);
      }
    }
    const layer = new Curious(2, 3);
    const model = nn.sequential(layer, nn.relu()).eval();
    layer.training = true;
    layer.weight.accumulateGrad(ones([3, 2]));
    const weight = flat(layer.weight);
    const { weight: parameter } = layer;
    const storage = parameter.storage();
    const input = randn([4, 2]);
    const copy = flat(input);
    gradCheck(model, input);
    expect(new Set(seen)).toEqual(new Set(['float64']));
    expect(parameter).toMatchObject({ dtype: 'float32', shape: [3, 2] });
    expect(parameter.storage()).toBe(storage);
    expect(flat(parameter)).toEqual(weight);
    expect(flat(parameter.grad as Tensor)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(layer.bias?.grad).toBeNull();
    expect([model.training, layer.training]).toEqual([false, true]);
    expect(flat(input)).toEqual(copy);
    expect(() => layer.backward(ones([4, 3]))).toThrow('needs a forward before it');
  });

  test('gives everything back when it fails, too', () => {
    const product = new Product();
    product.spoilInput = (dx) => dx.neg();
    expect(() => gradCheck(product.eval(), x)).toThrow(GradCheckError);
    expect(product.weight.dtype).toBe('float32');
    expect(product.training).toBe(false);
    expect(() => gradCheck(product, zeros([3, 5]))).toThrow('matmul: inner sizes differ: [3, 5] @ [2, 3]');
    expect(product.weight.dtype).toBe('float32');
  });

  test('large tensors are sampled, the same elements for the same seed', () => {
    const layer = nn.linear(30, 40);
    const report = gradCheck(layer, ones([2, 30]), { maxElements: 50 });
    expect(report.map(({ checked }) => checked)).toEqual([50, 50, 40]);
    expect(gradCheck(layer, ones([2, 30]), { maxElements: 50 })).toEqual(report);
  });
});

describe('gradCheck refuses', () => {
  test('what does not run in float64', () => {
    class Single extends nn.ReLU {
      override forward(x: Tensor): Tensor {
        return super.forward(x.float());
      }
    }
    expect(() => gradCheck(new Single(), ones([2]))).toThrow(
      new TypeError('gradCheck: Single.forward gave float32 for float64 input and parameters'),
    );
  });

  test('other arguments', () => {
    expect(() => gradCheck(nn.relu(), 3 as unknown as Tensor)).toThrow(
      new TypeError('gradCheck: input must be a Tensor, got 3'),
    );
    expect(() => gradCheck(nn.relu(), ones([2]), { eps: 0 })).toThrow(
      new RangeError('gradCheck: eps must be above 0, got 0'),
    );
  });
});
