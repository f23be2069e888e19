import { expect, test } from 'vitest';
import { gradCheck, manualSeed, nn, ones, randn, StateError, type Tensor } from '../../../src/index.ts';
import { flat } from '../../figures.ts';
import { onBothKernels } from '../../onBothKernels.ts';
import { expectLayer, fixture } from '../fixture.ts';

/** Not fused with the Linear before it. */
class PlainReLU extends nn.ReLU {}

onBothKernels('Sequential', () => {
  test('forward and gradients are PyTorch’s', () => {
    const options = { dtype: 'float64' } as const;
    const model = nn.sequential(nn.flatten(), nn.linear(6, 5, options), nn.relu(), nn.linear(5, 3, options));
    expectLayer(model, fixture.layers.sequential);
  });

  test('gradients agree with differences', () => {
    manualSeed(1);
    gradCheck(
      nn.sequential(nn.linear(4, 6), nn.relu(), nn.linear(6, 5), nn.relu(), nn.linear(5, 2)),
      randn([3, 4]),
    );
    gradCheck(nn.sequential(nn.relu(), nn.sequential(nn.linear(4, 3), new PlainReLU())), randn([3, 4]));
  });

  test('Linear and ReLU in one kernel give the same bits as one after the other', () => {
    manualSeed(2);
    const layer = nn.linear(37, 19);
    const [fused, plain] = [nn.sequential(layer, nn.relu()), nn.sequential(layer, new PlainReLU())];
    const [x, dy] = [randn([23, 37]), randn([23, 19])];
    const [ours, theirs] = [fused, plain].map((model) => {
      model.zeroGrad();
      const y = model.forward(x);
      const dx = model.backward(dy) as Tensor;
      return [y, dx, layer.weight.grad, layer.bias?.grad].map((tensor) => flat(tensor as Tensor));
    });
    expect(ours).toEqual(theirs);
    expect(ours[0].filter((value) => value === 0).length).toBeGreaterThan(50);
  });

  test('names its layers by their number', () => {
    const model = nn.sequential(nn.sequential(nn.linear(2, 2)), nn.relu(), nn.linear(2, 1, { bias: false }));
    expect(model.namedParameters().map(([name]) => name)).toEqual(['0.0.weight', '0.0.bias', '2.weight']);
    expect(model.namedModules().map(([name]) => name)).toEqual(['', '0', '0.0', '1', '2']);
    expect(model.children()).toEqual(model.layers);
    expect(String(model)).toBe(
      [
        'Sequential(',
        '  (0): Sequential(',
        '    (0): Linear(inFeatures=2, outFeatures=2, bias=true)',
        '  )',
        '  (1): ReLU()',
        '  (2): Linear(inFeatures=2, outFeatures=1, bias=false)',
        ')',
      ].join('\n'),
    );
  });

  test('without the gradient of the input, layers before the first that learns are left out', () => {
    class Watched extends nn.ReLU {
      backwards = 0;
      override backward(dy: Tensor, options?: nn.BackwardOptions): Tensor | null {
        this.backwards++;
        return super.backward(dy, options);
      }
    }
    const [head, middle] = [new Watched(), new Watched()];
    const model = nn.sequential(head, nn.linear(2, 2), middle, nn.linear(2, 2));
    model.forward(ones([1, 2]));
    expect(model.backward(ones([1, 2]), { inputGrad: false })).toBeNull();
    expect([head.backwards, middle.backwards]).toEqual([0, 1]);
    expect(() => head.backward(ones([1, 2]))).toThrow(StateError);
    model.forward(ones([1, 2]));
    expect(model.backward(ones([1, 2]))?.shape).toEqual([1, 2]);
    expect(head.backwards).toBe(2);
  });

  test('of nothing is the identity', () => {
    const model = nn.sequential();
    const x = ones([2]);
    expect(model.forward(x)).toBe(x);
    expect(model.backward(x)).toBe(x);
    expect(nn.sequential(nn.relu()).parameters()).toEqual([]);
  });

  test('refuses what is no Module, and layers that return no gradient', () => {
    expect(() => nn.sequential(nn.relu(), (() => 1) as unknown as nn.Module)).toThrow(
      new TypeError('Sequential: layer 1 must be a Module, got a function'),
    );
    class Stopper extends nn.ReLU {
      override backward(): null {
        return null;
      }
    }
    const model = nn.sequential(nn.linear(2, 2), new Stopper());
    model.forward(ones([1, 2]));
    expect(() => model.backward(ones([1, 2]))).toThrow('Sequential.backward: Stopper returned no gradient');
  });
});
