import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  gradCheck,
  manualSeed,
  nn,
  ones,
  randn,
  ShapeError,
  StateError,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import { flat } from '../figures.ts';
import { onBothKernels } from '../onBothKernels.ts';

/** As a user writes one: y = factor · x² + offset. */
class Parabola extends nn.Module {
  offset = nn.parameter(ones([1]));
  factor = nn.parameter(tensor([3]));

  override forward(x: Tensor): Tensor {
    return this.saveForBackward(x.square().mul(this.factor).add(this.offset), x, this.factor);
  }

  override backward(dy: Tensor): Tensor {
    const [x, factor] = this.savedTensors(dy);
    this.factor.accumulateGrad(dy.mul(x.square()).sum().view(1));
    this.offset.accumulateGrad(dy.sum().view(1));
    return dy.mul(x).mul(factor).mul(2);
  }
}

/** Children alone and in arrays, and things that are neither. */
class Net extends nn.Module {
  head = nn.linear(2, 3);
  scale = nn.parameter(ones([3]));
  blocks = [nn.linear(3, 3, { bias: false }), nn.relu(), nn.parameter(zeros([2]))];
  sizes = [1, 2, 3];
  name = 'net';
  nothing = null;

  override forward(x: Tensor): Tensor {
    return x;
  }

  override backward(dy: Tensor): Tensor {
    return dy;
  }
}

onBothKernels('a Module of one’s own', () => {
  test('forward, backward, gradients', () => {
    const parabola = new Parabola();
    expect(parabola.forward(tensor([1, 2])).toArray()).toEqual([4, 13]);
    expect(parabola.backward(ones([2])).toArray()).toEqual([6, 12]);
    expect(parabola.factor.grad?.toArray()).toEqual([5]);
    expect(parabola.offset.grad?.toArray()).toEqual([2]);
  });

  test('passes gradCheck, alone and among others', () => {
    manualSeed(1);
    gradCheck(new Parabola(), randn([2, 3]));
    gradCheck(nn.sequential(nn.linear(3, 2), new Parabola(), nn.linear(2, 2)), randn([4, 3]));
  });
});

describe('what is inside', () => {
  test('parameters are found in properties and arrays, the Module’s own first', () => {
    const net = new Net();
    const names = ['scale', 'blocks.2', 'head.weight', 'head.bias', 'blocks.0.weight'];
    expect(net.namedParameters().map(([name]) => name)).toEqual(names);
    const named = net.namedParameters().map(([, parameter]) => parameter);
    expect(net.parameters().every((parameter, i) => parameter === named[i])).toBe(true);
    expect(named[0]).toBe(net.scale);
    expect(net.namedChildren().map(([name]) => name)).toEqual(['head', 'blocks.0', 'blocks.1']);
    expect(net.children()[0]).toBe(net.head);
    expect(net.namedModules().map(([name]) => name)).toEqual(['', 'head', 'blocks.0', 'blocks.1']);
    expect(net.modules()[0]).toBe(net);
  });

  test('what is shared is there once', () => {
    const shared = nn.linear(2, 2);
    const model = nn.sequential(shared, nn.relu(), shared);
    expect(model.parameters().length).toBe(2);
    expect(model.modules().length).toBe(3);
    // As in PyTorch, a state dict has it under both names.
    expect([...model.stateDict().keys()]).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
  });

  test('a Module that contains itself is an error, not an endless loop', () => {
    const net = new Net();
    (net.blocks as nn.Module[]).push(nn.sequential(net));
    expect(() => net.parameters()).toThrow(new StateError("Net: contains itself, as 'blocks.3.0'"));
  });

  test('train and eval reach all', () => {
    const net = new Net();
    expect(net.eval()).toBe(net);
    expect(net.modules().map(({ training }) => training)).toEqual([false, false, false, false]);
    expect(
      net
        .train()
        .modules()
        .every(({ training }) => training),
    ).toBe(true);
    expect(net.train(false).head.training).toBe(false);
  });

  test('zeroGrad reaches all', () => {
    const net = new Net();
    for (const parameter of net.parameters()) parameter.accumulateGrad(parameter);
    net.zeroGrad();
    expect(net.parameters().map(({ grad }) => grad)).toEqual([null, null, null, null, null]);
  });

  test('prints as its structure', () => {
    const printed = [
      'Net(',
      '  (head): Linear(inFeatures=2, outFeatures=3, bias=true)',
      '  (blocks.0): Linear(inFeatures=3, outFeatures=3, bias=false)',
      '  (blocks.1): ReLU()',
      ')',
    ].join('\n');
    expect(inspect(new Net())).toBe(printed);
  });
});

onBothKernels('backward and its forward', () => {
  const dy = ones([2, 2]);
  const x = ones([2, 3]);

  test('no backward before a forward, and only one after it', () => {
    const layer = nn.linear(3, 2);
    const message = 'Linear.backward: needs a forward before it, and each forward allows one backward';
    expect(() => layer.backward(dy)).toThrow(new StateError(message));
    expect(() => nn.sequential(nn.relu(), layer).backward(dy)).toThrow(message);
    layer.forward(x);
    layer.backward(dy);
    expect(() => layer.backward(dy)).toThrow(message);
    expect(layer.weight.grad?.toArray()).toEqual([
      [2, 2, 2],
      [2, 2, 2],
    ]);
  });

  test('a layer used twice in one forward has one backward', () => {
    const shared = nn.linear(2, 2);
    const model = nn.sequential(shared, shared);
    model.forward(dy);
    expect(() => model.backward(dy)).toThrow(StateError);
  });

  test('in eval mode nothing is kept, not even from before', () => {
    const layer = nn.linear(3, 2);
    layer.forward(x);
    layer.eval();
    layer.forward(x);
    const message = 'Linear.backward: in eval mode forward keeps nothing for it; call train() before forward';
    expect(() => layer.backward(dy)).toThrow(new StateError(message));
    layer.train();
    expect(() => layer.backward(dy)).toThrow(StateError);
  });

  test('a gradient that does not fit is refused, and the right one is still taken', () => {
    const layer = nn.linear(3, 2);
    layer.forward(x);
    expect(() => layer.backward(ones([2, 3]))).toThrow(
      new ShapeError(
        'Linear.backward: gradOutput must have the shape of what forward returned, [2, 2], got [2, 3]',
      ),
    );
    expect(() => layer.backward(ones([]))).toThrow(ShapeError);
    expect(() => layer.backward(dy.double())).toThrow(
      new TypeError(
        'Linear.backward: gradOutput must have the dtype of what forward returned, float32, got float64',
      ),
    );
    expect(() => layer.backward(1 as unknown as Tensor)).toThrow(
      new TypeError('Linear.backward: gradOutput must be a Tensor, got 1'),
    );
    expect(layer.weight.grad).toBeNull();
    expect(layer.backward(dy)?.shape).toEqual([2, 3]);
  });

  const changes: [string, (layer: nn.Linear, input: Tensor) => void][] = [
    ['the input', (_, input) => input.add_(1)],
    ['the input, through a view', (_, input) => input.t().select(0, 0).fill_(2)],
    ['the input, by random numbers', (_, input) => input.uniform_()],
    ['the input, as out', (_, input) => input.clone().relu({ out: input })],
    ['the weight', (layer) => layer.weight.mul_(0.9)],
    ['the weight, by a loaded state', (layer) => layer.loadStateDict(nn.linear(3, 2).stateDict())],
  ];
  test.each(changes)('what was kept and then changed is noticed: %s', (_, change) => {
    const layer = nn.linear(3, 2);
    const input = ones([2, 3]);
    layer.forward(input);
    change(layer, input);
    expect(() => layer.backward(dy)).toThrow(StateError);
    expect(() => layer.backward(dy)).toThrow(
      /a tensor of shape \[2, 3\] that forward kept was changed in place/,
    );
    expect(layer.weight.grad).toBeNull();
    layer.forward(input);
    expect(layer.backward(dy)?.shape).toEqual([2, 3]);
  });

  test('a changed result matters where backward needs it, and only there', () => {
    const [relu, layer] = [nn.relu(), nn.linear(3, 2)];
    relu.forward(dy).add_(1);
    expect(() => relu.backward(dy)).toThrow(StateError);
    const fused = nn.sequential(layer, relu);
    fused.forward(x).mul_(2);
    expect(() => fused.backward(dy)).toThrow(StateError);
    layer.forward(x).mul_(2);
    layer.bias?.add_(1);
    expect(layer.backward(dy)?.shape).toEqual([2, 3]);
  });
});

onBothKernels('state dicts', () => {
  test('a snapshot, and back', () => {
    const [model, other] = [0, 1].map(() => nn.sequential(nn.linear(3, 2), nn.linear(2, 1)));
    const state = model.stateDict();
    expect([...state.keys()]).toEqual(['0.weight', '0.bias', '1.weight', '1.bias']);
    const before = flat(model.parameters()[0]);
    model.parameters()[0].zero_();
    expect(flat(state.get('0.weight') as Tensor)).toEqual(before);
    other.loadStateDict(state);
    expect(other.parameters().map(flat)).toEqual([...state.values()].map(flat));
    expect(other.parameters()[0].storage()).not.toBe(state.get('0.weight')?.storage());
  });

  test('values are converted to the dtype of the parameters, whatever their strides', () => {
    const layer = nn.linear(2, 3, { bias: false });
    const values = tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { dtype: 'float64' },
    );
    layer.loadStateDict(new Map([['weight', values.t()]]));
    expect(layer.weight).toMatchObject({ dtype: 'float32', shape: [3, 2] });
    expect(flat(layer.weight)).toEqual([1, 4, 2, 5, 3, 6]);
  });

  test('parameters may be exchanged', () => {
    const net = new Net();
    const [a, b] = [nn.parameter(tensor([1])), nn.parameter(tensor([2]))];
    net.blocks = [a, b] as never;
    net.loadStateDict(
      new Map<string, Tensor>([
        ['blocks.0', b],
        ['blocks.1', a],
      ]),
      { strict: false },
    );
    expect([a.item(), b.item()]).toEqual([2, 1]);
  });

  test('all that does not fit is in one error, and then nothing has changed', () => {
    const model = nn.sequential(nn.linear(3, 2), nn.linear(2, 1));
    const before = model.parameters().map(flat);
    const state = new Map<string, Tensor>([
      ['0.weight', zeros([2, 3])],
      ['0.bias', zeros([3])],
      ['1.weight', 'text' as unknown as Tensor],
      ['2.weight', zeros([1])],
      ['__proto__', zeros([1])],
      ['constructor', zeros([1])],
    ]);
    const lines = [
      'loadStateDict: the state does not fit Sequential:',
      '  misshapen: 0.bias must be a tensor of shape [2], got a tensor of shape [3]',
      "  misshapen: 1.weight must be a tensor of shape [1, 2], got 'text'",
      '  missing: 1.bias [1]',
      '  unexpected: 2.weight',
      '  unexpected: __proto__',
      '  unexpected: constructor',
    ];
    expect(() => model.loadStateDict(state)).toThrow(new StateError(lines.join('\n')));
    expect(model.parameters().map(flat)).toEqual(before);
    expect(({} as Record<string, unknown>)['0.weight']).toBeUndefined();
    expect(Object.getPrototypeOf(model)).toBe(nn.Sequential.prototype);
  });

  test('without strict, missing and unexpected entries pass, misshapen ones do not', () => {
    const layer = nn.linear(2, 2);
    const bias = flat(layer.bias as Tensor);
    layer.loadStateDict(
      new Map([
        ['weight', ones([2, 2])],
        ['more', ones([1])],
      ]),
      { strict: false },
    );
    expect(flat(layer.weight)).toEqual([1, 1, 1, 1]);
    expect(flat(layer.bias as Tensor)).toEqual(bias);
    const wrong = new Map([
      ['weight', ones([2, 3])],
      ['bias', zeros([2])],
    ]);
    expect(() => layer.loadStateDict(wrong, { strict: false })).toThrow(StateError);
    expect(flat(layer.bias as Tensor)).toEqual(bias);
  });

  test('only a Map is a state', () => {
    const layer = nn.linear(2, 2);
    expect(() => layer.loadStateDict({} as never)).toThrow(
      new TypeError('loadStateDict: state must be a Map from names to tensors, got a value of type Object'),
    );
    expect(() => layer.loadStateDict(null as never)).toThrow(TypeError);
  });

  test('names from elsewhere do no harm', () => {
    class Odd extends Net {}
    const odd = new Odd();
    Object.defineProperty(odd, '__proto__', { value: nn.parameter(zeros([1])), enumerable: true });
    Object.defineProperty(odd, 'constructor', { value: nn.parameter(zeros([1])), enumerable: true });
    const state = odd.stateDict();
    expect(state.has('__proto__') && state.has('constructor')).toBe(true);
    odd.loadStateDict(state);
    expect(Object.prototype).not.toHaveProperty('factor');
    expect(Object.getPrototypeOf(odd)).toBe(Odd.prototype);
  });
});
