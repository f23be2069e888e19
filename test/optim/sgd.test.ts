import { describe, expect, test } from 'vitest';
import {
  init,
  manualSeed,
  nn,
  ones,
  optim,
  randint,
  randn,
  StateError,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import { expectFigures, flat, toTensor } from '../figures.ts';
import { fixture } from '../nn/fixture.ts';
import { onBothKernels } from '../onBothKernels.ts';

onBothKernels('SGD', () => {
  test.each(fixture.sgd.runs)('goes where PyTorch’s goes: $options', ({ options, values }) => {
    const parameter = nn.parameter(toTensor(fixture.sgd.start));
    const sgd = optim.sgd([parameter], { lr: 0.1, ...options });
    for (const [step, gradient] of fixture.sgd.gradients.entries()) {
      if (step === 4) sgd.lr = 0.05;
      sgd.zeroGrad();
      if (step !== 2) parameter.accumulateGrad(toTensor(gradient));
      sgd.step();
      expectFigures(parameter, ['float64', [4], values[step]]);
    }
  });

  test('a whole training, from the seed on, has PyTorch’s losses', () => {
    manualSeed(42);
    const model = nn.sequential(nn.linear(8, 16), nn.relu(), nn.linear(16, 4));
    const [x, y] = [randn([32, 8]), randint(0, 4, [32])];
    const loss = nn.crossEntropyLoss();
    const sgd = optim.sgd(model.parameters(), { lr: 0.5, momentum: 0.9, weightDecay: 1e-3 });
    const losses = fixture.training.losses.map(() => {
      sgd.zeroGrad();
      const value = loss.forward(model.forward(x), y);
      model.backward(loss.backward(), { inputGrad: false });
      sgd.step();
      return value.item() as number;
    });
    for (const [i, value] of losses.entries()) expect(value).toBeCloseTo(fixture.training.losses[i], 5);
    expectFigures(model.parameters()[3], fixture.training.bias, { rtol: 1e-5 });
  });

  test('skips parameters without a gradient, weight decay or not', () => {
    const [learns, rests] = [nn.parameter(ones([2])), nn.parameter(ones([2]))];
    const sgd = optim.sgd([learns, rests], { lr: 1, momentum: 0.9, weightDecay: 0.5 });
    learns.accumulateGrad(ones([2]));
    sgd.step();
    expect(flat(learns)).toEqual([-0.5, -0.5]);
    expect(flat(rests)).toEqual([1, 1]);
  });

  test('any strides, and whoever shares the memory sees it', () => {
    const data = tensor([
      [1, 2],
      [3, 4],
    ]);
    const parameter = nn.parameter(data.t());
    const { version } = data.storage();
    parameter.accumulateGrad(
      tensor([
        [10, 20],
        [30, 40],
      ]),
    );
    // An eighth, so that no rounding tells fused from unfused multiply-adds.
    optim.sgd([parameter], { lr: 0.125, momentum: 0.5 }).step();
    expect(flat(data)).toEqual([-0.25, -1.75, 0.5, -1]);
    expect(data.storage().version).toBe(version + 1);
  });

  test('goes on from a state as if it had not stopped', () => {
    manualSeed(3);
    const start = randn([5]);
    const gradients = [randn([5]), randn([5]), randn([5])];
    const options = { lr: 0.3, momentum: 0.9, nesterov: true };
    const step = (sgd: optim.SGD, gradient: Tensor) => {
      sgd.zeroGrad();
      sgd.parameters[0].accumulateGrad(gradient);
      sgd.step();
    };
    const through = optim.sgd([nn.parameter(start.clone())], options);
    for (const gradient of gradients) step(through, gradient);

    const first = optim.sgd([nn.parameter(start.clone())], options);
    step(first, gradients[0]);
    step(first, gradients[1]);
    const state = first.stateDict();
    const second = optim.sgd([nn.parameter(first.parameters[0].clone())]);
    second.loadStateDict(state);
    step(first, gradients[2]); // must not reach into the state
    step(second, gradients[2]);
    expect(second.options).toEqual({ ...options, dampening: 0, weightDecay: 0 });
    expect(flat(second.parameters[0])).toEqual(flat(through.parameters[0]));

    const double = optim.sgd([nn.parameter(start.double())]);
    double.loadStateDict(state);
    step(double, gradients[2]);
    expect(double.parameters[0].dtype).toBe('float64');
  });

  test('options may change between steps', () => {
    const parameter = nn.parameter(zeros([1]));
    const sgd = optim.sgd([parameter], { lr: 1 });
    sgd.setOptions({ momentum: 0.5 });
    for (const expected of [-1, -2.5]) {
      sgd.zeroGrad();
      parameter.accumulateGrad(ones([1]));
      sgd.step();
      expect(parameter.item()).toBe(expected);
    }
    expect(sgd.options).toMatchObject({ lr: 1, momentum: 0.5 });
  });
});

describe('SGD refuses', () => {
  const parameter = nn.parameter(init.ones_(zeros([2])));
  const bad: [optim.SGDOptions, string][] = [
    [{ lr: -1 }, 'SGD: lr must be a finite number from 0, got -1'],
    [{ lr: Number.NaN }, 'SGD: lr must be a finite number from 0, got NaN'],
    [{ lr: '1' as unknown as number }, "SGD: lr must be a finite number from 0, got '1'"],
    [{ momentum: -0.1 }, 'SGD: momentum must be a finite number from 0, got -0.1'],
    [{ weightDecay: -1 }, 'SGD: weightDecay must be a finite number from 0, got -1'],
    [{ dampening: Number.POSITIVE_INFINITY }, 'SGD: dampening must be a finite number, got Infinity'],
    [
      { nesterov: true },
      'SGD: nesterov needs a momentum above 0 and no dampening, got momentum 0, dampening 0',
    ],
    [
      { nesterov: true, momentum: 0.9, dampening: 0.1 },
      'SGD: nesterov needs a momentum above 0 and no dampening, got momentum 0.9, dampening 0.1',
    ],
  ];
  test.each(bad)('options %j', (options, message) => {
    expect(() => optim.sgd([parameter], options)).toThrow(new RangeError(message));
  });

  test('a bad change, and keeps what it had', () => {
    const sgd = optim.sgd([parameter]);
    expect(sgd.lr).toBe(0.001);
    expect(() => {
      sgd.lr = -1;
    }).toThrow(RangeError);
    expect(() => sgd.setOptions({ momentum: Number.NaN })).toThrow(RangeError);
    expect(sgd.options).toEqual({ lr: 0.001, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false });
  });

  test('what are no parameters', () => {
    expect(() => optim.sgd([])).toThrow(new TypeError('SGD: needs at least one parameter'));
    expect(() => optim.sgd([ones([2]) as nn.Parameter])).toThrow(
      new TypeError('SGD: parameter 0 must be a Parameter, got a tensor of shape [2]'),
    );
    expect(() => optim.sgd([parameter, parameter])).toThrow(new TypeError('SGD: parameter 1 is there twice'));
  });

  test('a state that does not fit, naming all of it and taking nothing', () => {
    const sgd = optim.sgd([parameter], { lr: 0.5, momentum: 0.9 });
    const state = {
      options: { ...sgd.options, lr: 7 },
      parameterCount: 2,
      tensors: new Map([
        ['velocity.0', zeros([3])],
        ['velocity.1', zeros([2])],
        ['__proto__', zeros([2])],
      ]),
    };
    const lines = [
      'loadStateDict: the state does not fit this SGD:',
      '  it is of 2 parameters, not 1',
      '  misshapen: velocity.0 must be a tensor of shape [2], got a tensor of shape [3]',
      '  unexpected: velocity.1',
      '  unexpected: __proto__',
    ];
    expect(() => sgd.loadStateDict(state)).toThrow(new StateError(lines.join('\n')));
    const badOptions = { options: { ...sgd.options, lr: -1 }, parameterCount: 1, tensors: new Map() };
    expect(() => sgd.loadStateDict(badOptions)).toThrow(RangeError);
    expect(() => sgd.loadStateDict({} as never)).toThrow(TypeError);
    expect(sgd.lr).toBe(0.5);
    expect(sgd.stateDict().tensors.size).toBe(0);
  });
});
