import { expect, test } from 'vitest';
import { manualSeed, nn, optim, randn, StateError, zeros } from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';

const make = () => nn.sequential(nn.linear(4, 3), nn.relu(), nn.linear(3, 2));
const sent = (handles: nn.ParameterHandles): nn.ParameterHandles => structuredClone(handles);

onBothKernels('shared parameters', () => {
  test('two models on one memory are one model', () => {
    manualSeed(1);
    const model = make();
    const before = model.forward(randn([5, 4])).toArray();
    manualSeed(1);
    make(); // draws what the first one drew
    const x = randn([5, 4]);
    expect(model.shareMemory().forward(x).toArray()).toEqual(before);
    expect(model.parameters().every((parameter) => parameter.isShared())).toBe(true);

    const other = make().adoptParameters(sent(model.parameterHandles()));
    expect(other.forward(x).toArray()).toEqual(before);
    const sgd = optim.sgd(other.parameters(), { lr: 0.1, momentum: 0.9 });
    for (let step = 0; step < 3; step++) {
      other.backward(other.forward(x));
      sgd.step();
    }
    expect(model.forward(x).toArray()).not.toEqual(before);
    expect(model.forward(x).toArray()).toEqual(other.forward(x).toArray());
  });

  test('an optimizer made before goes on, without the gradients of before', () => {
    const model = nn.sequential(nn.linear(2, 1));
    const sgd = optim.sgd(model.parameters(), { lr: 1 });
    model.backward(model.forward(randn([3, 2])));
    model.shareMemory();
    expect(model.parameters().map(({ grad }) => grad)).toEqual([null, null]);
    const weight = model.parameters()[0];
    const memory = weight.handle().buffer;
    model.backward(model.forward(randn([3, 2])));
    const before = weight.toArray();
    sgd.step();
    expect(weight.toArray()).not.toEqual(before);
    expect(model.shareMemory().parameters()[0].handle().buffer).toBe(memory); // the second time is nothing
  });

  test('a forward of before has no backward', () => {
    const model = nn.sequential(nn.linear(2, 1));
    const y = model.forward(randn([3, 2]));
    model.shareMemory();
    expect(() => model.backward(y)).toThrow(/needs a forward before it/);
  });
});

test('tied parameters travel under each of their names', () => {
  const layer = nn.linear(3, 3);
  const model = nn.sequential(layer, nn.relu(), layer).shareMemory();
  const handles = sent(model.parameterHandles());
  expect([...handles.keys()]).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
  const other = nn.sequential(nn.linear(3, 3), nn.relu(), nn.linear(3, 3)).adoptParameters(handles);
  const [first, , second] = other.parameters();
  first.fill_(7);
  expect(second.toArray()).toEqual(first.toArray());
});

test('handles that do not fit are all listed, and nothing has changed', () => {
  const model = make();
  expect(() => model.parameterHandles()).toThrow(StateError);
  expect(() => model.adoptParameters({} as never)).toThrow(/must be the Map that parameterHandles\(\) gives/);
  const handles = sent(make().shareMemory().parameterHandles());
  handles.delete('0.bias');
  handles.set('2.weight', zeros([3, 2]).share().handle());
  handles.set('__proto__', zeros([1]).share().handle());
  const before = model.parameters().map((parameter) => parameter.storage());
  let message = '';
  try {
    model.adoptParameters(handles);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatch(/do not fit Sequential/);
  for (const line of [
    'missing: 0.bias [3]',
    'misshapen: 2.weight must be of shape [2, 3], got [3, 2]',
    'unexpected: __proto__',
  ])
    expect(message).toContain(line);
  expect(model.parameters().map((parameter) => parameter.storage())).toEqual(before);
  expect(model.parameters().some((parameter) => parameter.isShared())).toBe(false);
});

test('a handle of integers, or of elements that repeat, is refused', () => {
  const model = nn.sequential(nn.linear(2, 2, { bias: false }));
  const handles = sent(model.shareMemory().parameterHandles());
  const whole = zeros([2, 2], { dtype: 'int32' }).share().handle();
  expect(() => model.adoptParameters(new Map([['0.weight', whole]]))).toThrow(
    /must be float32 or float64, got int32/,
  );
  const repeated = {
    ...(handles.get('0.weight') as NonNullable<ReturnType<typeof handles.get>>),
    strides: [0, 1],
  };
  expect(() => model.adoptParameters(new Map([['0.weight', repeated]]))).toThrow(/share memory/);
});
