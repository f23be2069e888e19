// %% [markdown]
// # 3 · The backward pass, by hand
//
// Training needs to know which way to turn each of 39,000 weights so that the loss becomes smaller: the gradient. There
// is no trick to it but the chain rule. We write it down once as four functions, check it in three ways, and then tidy
// up until what is left is the library's own `nn.Linear`.

// %%
import {
  clampMin,
  data,
  einsum,
  gradCheck,
  kernels,
  manualSeed,
  nn,
  randn,
  type Tensor,
  testEq,
  testNear,
  zeros,
} from 'handgrad';
import { errorOf, readable, table, timeit } from './exported/01-matmul.ts';

// %% [markdown]
// The model of lesson 2: 784 pixels, 50 hidden activations, one output. All the images at once.

// %%
const { trainSet } = data.normalize(await data.mnist({ dir: process.env.MNIST_DIR }));
const [xTrain, yTrain] = [trainSet.x, trainSet.y];
const [n, m] = xTrain.shape;
const nh = 50;

manualSeed(1);
const w1 = randn([m, nh]).mul(Math.sqrt(2 / m));
const b1 = zeros([nh]);
const w2 = randn([nh, 1]).div(Math.sqrt(nh));
const b2 = zeros([1]);

const lin = (x: Tensor, w: Tensor, b: Tensor) => x.matmul(w).add(b);
const relu = (x: Tensor) => clampMin(x, 0);
const mse = (output: Tensor, target: Tensor) => output.squeeze(-1).sub(target.float()).square().mean();

const loss = mse(lin(relu(lin(xTrain, w1, b1)), w2, b2), yTrain);
console.log('loss:', loss.item());
testNear(loss, 16.730459); // PyTorch's, with the same seed

// %% [markdown]
// ## The chain rule
//
// The loss is a function of a function of a function:
//
//     L = mse(ŷ, y)    ŷ = lin(l₂, w₂, b₂)    l₂ = relu(l₁)    l₁ = lin(x, w₁, b₁)
//
// How L changes with x is the product of how each changes with the one inside it. So we walk from the end to the
// beginning, and carry one thing along: the gradient of L with respect to where we are. Each function needs to know only
// how to hand it on, from its output to its inputs.
//
// A gradient has the shape of what it belongs to. We keep them in a map: `gradOf(w1)` is what the lesson writes as
// `w1.g`. One that nobody has set is a mistake, and is not to pass for a gradient.

// %%
const g = new Map<Tensor, Tensor>();

function gradOf(x: Tensor): Tensor {
  const gradient = g.get(x);
  if (gradient === undefined) throw new Error(`nobody has set the gradient of the [${x.shape}]`);
  return gradient;
}

// %% [markdown]
// **The loss.** L = (1/n) Σ (ŷᵢ − yᵢ)², so ∂L/∂ŷᵢ = 2 (ŷᵢ − yᵢ) / n. Mind the 2; one write-up of this lesson lost it. The
// difference is taken between [n] and [n], and then becomes the column [n, 1] that ŷ is. (Without the `squeeze` it would
// broadcast to n × n.)

// %%
function mseGrad(output: Tensor, target: Tensor): void {
  g.set(
    output,
    output
      .squeeze(-1)
      .sub(target.float())
      .unsqueeze(-1)
      .mul(2 / output.shape[0]),
  );
}

// %% [markdown]
// **The ReLU.** Where the input was above 0 the output moves along with it; elsewhere it does not move at all.

// %%
function reluGrad(input: Tensor, output: Tensor): void {
  g.set(input, input.gt(0).float().mul(gradOf(output)));
}

// %% [markdown]
// **The linear layer.** out = x · w + b. Each weight w[i, j] takes x[·, i] to out[·, j], for every image: so its gradient
// is the sum over the images of x[b, i] · out.g[b, j]. As in the lesson we first write that as what it says: for each
// image the outer product of a row of x and a row of out.g, and all of them summed. That makes an array of
// [n, 784, 50], for 50,000 images 7.8 GB, which is the first thing that we shall want to change.

// %%
function linGradOuter(input: Tensor, output: Tensor, w: Tensor, b: Tensor): void {
  const dy = gradOf(output);
  g.set(input, dy.matmul(w.t()));
  g.set(w, input.unsqueeze(-1).mul(dy.unsqueeze(1)).sum(0));
  g.set(b, dy.sum(0));
}

// %% [markdown]
// And forward and backward, one after the other. The backward pass is the forward pass read from below.

// %%
type LinGrad = (input: Tensor, output: Tensor, w: Tensor, b: Tensor) => void;

function forwardAndBackward(x: Tensor, target: Tensor, linGrad: LinGrad) {
  // forward
  const l1 = lin(x, w1, b1);
  const l2 = relu(l1);
  const output = lin(l2, w2, b2);
  // The value of the loss is not used below: `mse(output, target)` need not even be computed.
  // backward
  mseGrad(output, target);
  linGrad(l2, output, w2, b2);
  reluGrad(l1, l2);
  linGrad(x, l1, w1, b1);
  return { l1, l2, output };
}

// %% [markdown]
// Why is the loss itself not needed? Because a gradient says how the loss *changes*, and (ŷ − y)² changes by 2 (ŷ − y),
// wherever it stands. One computes the loss to look at it.
//
// ## Three checks
//
// First the shapes, on a thousand images, for which there is enough memory.

// %%
const few = 1000;
const [xFew, yFew] = [xTrain.index(`:${few}`), yTrain.index(`:${few}`)];
const { output, l2, l1 } = forwardAndBackward(xFew, yFew, linGradOuter);
testEq(
  [output, l2, w2, b2, l1, xFew, w1, b1].map((x) => gradOf(x).shape),
  [[few, 1], [few, nh], [nh, 1], [1], [few, nh], [few, m], [m, nh], [nh]],
);

// %% [markdown]
// Second, differences. The derivative is how much the loss changes when one number changes a little: nothing is easier to
// compute, and nothing slower (two forward passes for each number), so we do it for some numbers of each tensor, on ten
// images. In float64: in float32 the little difference of two large losses would be mostly rounding. `differences` knows
// nothing of the chain rule, which is what makes it a check.

// %%
interface Weights {
  readonly x: Tensor;
  readonly w1: Tensor;
  readonly b1: Tensor;
  readonly w2: Tensor;
  readonly b2: Tensor;
}

const names = ['x', 'w1', 'b1', 'w2', 'b2'] as const;

/** ∂loss/∂(element i of a tensor), by central differences. The tensors are float64 and contiguous. */
function difference(weights: Weights, name: keyof Weights, i: number, target: Tensor): number {
  const element = weights[name].view(-1).narrow(0, i, 1);
  const value = element.item() as number;
  const lossAt = (changed: number) => {
    element.fill_(changed);
    const { x, w1, b1, w2, b2 } = weights;
    return mse(lin(relu(lin(x, w1, b1)), w2, b2), target.double()).item() as number;
  };
  const eps = 1e-5;
  const slope = (lossAt(value + eps) - lossAt(value - eps)) / (2 * eps);
  element.fill_(value);
  return slope;
}

/** The tensors whose gradients in `g` differ from the differences, and one element of each. */
function wrongGradients(x: Tensor, target: Tensor): string[] {
  const tensors = { x, w1, b1, w2, b2 };
  const copies = Object.fromEntries(names.map((name) => [name, tensors[name].double().clone()]));
  const wrong: string[] = [];
  for (const name of names) {
    const gradient = gradOf(tensors[name]).reshape(-1);
    const count = gradient.numel();
    for (const i of new Set([
      0,
      Math.floor(count / 3),
      Math.floor(count / 2),
      Math.floor(0.7 * count),
      count - 1,
    ])) {
      const [byHand, byDifference] = [
        gradient.index(i).item() as number,
        difference(copies as unknown as Weights, name, i, target),
      ];
      if (Math.abs(byHand - byDifference) <= 1e-5 + 1e-3 * Math.abs(byDifference)) continue;
      wrong.push(`${name}[${i}]: by hand ${byHand.toFixed(5)}, by differences ${byDifference.toFixed(5)}`);
      break;
    }
  }
  return wrong;
}

const [xTen, yTen] = [xTrain.index(':10').clone(), yTrain.index(':10')];
forwardAndBackward(xTen, yTen, linGradOuter);
testEq(wrongGradients(xTen, yTen), []);

// %% [markdown]
// Third, another program: PyTorch's autograd on the same 50,000 images and weights. These are the figures it gives. (Our
// outer products do not fit in memory here, so we check the version that follows.)

// %%
const linGrad: LinGrad = (input, output, w, b) => {
  const dy = gradOf(output);
  g.set(input, dy.matmul(w.t()));
  g.set(w, input.t().matmul(dy));
  g.set(b, dy.sum(0));
};

/** Of each gradient its shape, its norm, its sum, and its first elements. PyTorch 2.13, seed 1. */
const pytorch = {
  x: { shape: [n, m], norm: 0.04374267, sum: 2.2822985, first: [4.350541e-6, -1.2703576e-6, 2.8132897e-6] },
  w1: { shape: [m, nh], norm: 57.93163, sum: 93.120052, first: [0.17569584, 0.15647468, 0.21986532] },
  b1: { shape: [nh], norm: 3.5737929, sum: -6.8320899, first: [-0.41387251, -0.36859471, -0.51791883] },
  w2: { shape: [nh, 1], norm: 25.345306, sum: -141.1408946, first: [-3.7442646, -5.3154058, -1.4034142] },
  b2: { shape: [1], norm: 5.28163, sum: -5.28163, first: [-5.28163] },
};

function checkAgainstPytorch(gradients: Weights): void {
  for (const name of names) {
    const { shape, norm, sum, first } = pytorch[name];
    const gradient = gradients[name];
    testEq(gradient.shape, shape);
    testNear(gradient.double().norm(), norm);
    testNear(gradient.double().sum(), sum);
    // A thousand times as large, since what testNear lets pass near 0 would let the images' pass for 0.
    testNear(
      gradient.reshape(-1).index(`:${first.length}`).mul(1e3),
      first.map((value) => value * 1e3),
    );
  }
}

const gradients = (): Weights => ({
  x: gradOf(xTrain),
  w1: gradOf(w1),
  b1: gradOf(b1),
  w2: gradOf(w2),
  b2: gradOf(b2),
});

g.clear();
const all = forwardAndBackward(xTrain, yTrain, linGrad);
checkAgainstPytorch(gradients());
testEq(
  [all.output, all.l2, all.l1].map((x) => gradOf(x).shape),
  [
    [n, 1],
    [n, nh],
    [n, nh],
  ],
);
console.log('all five gradients agree with PyTorch');

// %% [markdown]
// ## Do the checks catch anything?
//
// A check is worth what it catches. Let us make the usual mistakes and see which gradients it finds fault with. Since
// gradients flow backward, a mistake shows in what comes before it: a wrong ReLU spoils `w1`, and leaves `w2` alone.

// %%
const mistakes: Record<string, () => void> = {
  'no factor 2': () =>
    forwardWith({ mse: (y, t) => g.set(y, y.squeeze(-1).sub(t).unsqueeze(-1).div(y.shape[0])) }),
  'not divided by n': () =>
    forwardWith({ mse: (y, t) => g.set(y, y.squeeze(-1).sub(t).unsqueeze(-1).mul(2)) }),
  'ReLU lets all pass': () => forwardWith({ relu: (input, output) => g.set(input, gradOf(output)) }),
  'ReLU by its gradient': () =>
    forwardWith({ relu: (input, output) => g.set(input, gradOf(output).gt(0).float().mul(gradOf(output))) }),
  'bias not summed': () => forwardWith({ bias: (dy) => dy.index(0) }),
  'ReLU lets nothing pass': () => forwardWith({ relu: (input) => g.set(input, zeros(input.shape)) }),
};

interface Parts {
  mse?: (output: Tensor, target: Tensor) => unknown;
  relu?: (input: Tensor, output: Tensor) => unknown;
  bias?: (dy: Tensor) => Tensor;
}

function forwardWith({ mse: mseGradient = mseGrad, relu: reluGradient = reluGrad, bias }: Parts): void {
  g.clear();
  const l1 = lin(xTen, w1, b1);
  const l2 = relu(l1);
  const output = lin(l2, w2, b2);
  mseGradient(output, yTen.float());
  linGrad(l2, output, w2, b2);
  reluGradient(l1, l2);
  linGrad(xTen, l1, w1, b1);
  if (bias !== undefined) g.set(b1, bias(gradOf(l1)));
}

const caught: Record<string, string[]> = {};
for (const [mistake, run] of Object.entries(mistakes)) {
  run();
  const wrong = wrongGradients(xTen, yTen);
  caught[mistake] = wrong.map((line) => line.slice(0, line.indexOf('[')));
  console.log(`${mistake}\n  ${wrong.join('\n  ')}`);
}
testEq(caught, {
  'no factor 2': ['x', 'w1', 'b1', 'w2', 'b2'],
  'not divided by n': ['x', 'w1', 'b1', 'w2', 'b2'],
  'ReLU lets all pass': ['x', 'w1', 'b1'],
  'ReLU by its gradient': ['x', 'w1', 'b1'],
  'bias not summed': ['b1'],
  'ReLU lets nothing pass': ['x', 'w1', 'b1'],
});

// %% [markdown]
// ## Version 1: functions
//
// Now we tidy up, and time each version. Its gradients are reset before it runs, so that no version can pass the check
// with those of another. Version 1 is what we have: functions, with outer products that are summed. They need 157 kB an
// image, so it runs on as many images as a quarter of the free memory holds, two thousand at most; the time for 50,000
// is extrapolated.

// %%
const { freemem } = await import('node:os');
const portion = Math.max(10, Math.min(2000, Math.floor(freemem() / 4 / (m * nh * 4))));
const [xPart, yPart] = [xTrain.index(`:${portion}`), yTrain.index(`:${portion}`)];
const times: string[][] = [['version', 'forward', 'backward', 'lesson (2019): forward', 'backward']];

const slow = timeit(() => forwardAndBackward(xPart, yPart, linGradOuter), { samples: 1, sample: 0.01 });
times.push(['1 functions, outer product', '', `${readable((slow * n) / portion)} *`, '', '1.95 s']);
console.log(`${portion} images: ${readable(slow)}, so 50,000 would take ${readable((slow * n) / portion)}`);

/** The gradients in `g` against others; measured by their mean size, since that of the images is tiny. */
function checkAgainst(others: readonly Tensor[], x: Tensor): void {
  for (const [i, tensor] of [x, w1, b1, w2, b2].entries()) {
    const size = others[i].abs().mean();
    testNear(gradOf(tensor).div(size), others[i].div(size));
  }
}

const byOuterProducts = [xPart, w1, b1, w2, b2].map(gradOf);
g.clear();
forwardAndBackward(xPart, yPart, linGrad);
checkAgainst(byOuterProducts, xPart);

// %% [markdown]
// ## Version 2: layers as classes
//
// A layer is a function with weights, which remembers what went in and what came out: everything that its backward pass
// needs is then at hand, and the model becomes a list.

// %%
class Lin {
  input!: Tensor;
  output!: Tensor;
  readonly w: Tensor;
  readonly b: Tensor;

  constructor(w: Tensor, b: Tensor) {
    this.w = w;
    this.b = b;
  }

  forward(input: Tensor): Tensor {
    this.input = input;
    this.output = lin(input, this.w, this.b);
    return this.output;
  }

  backward(): void {
    linGradOuter(this.input, this.output, this.w, this.b);
  }
}

class Relu {
  input!: Tensor;
  output!: Tensor;

  forward(input: Tensor): Tensor {
    this.input = input;
    this.output = relu(input);
    return this.output;
  }

  backward(): void {
    reluGrad(this.input, this.output);
  }
}

class Mse {
  input!: Tensor;
  target!: Tensor;

  forward(input: Tensor, target: Tensor): Tensor {
    this.input = input;
    this.target = target;
    return mse(input, target);
  }

  backward(): void {
    mseGrad(this.input, this.target);
  }
}

interface Layer {
  forward(input: Tensor): Tensor;
  backward(): void;
}

class Model {
  readonly layers: readonly Layer[];
  readonly loss = new Mse();

  constructor(...layers: readonly Layer[]) {
    this.layers = layers;
  }

  forward(x: Tensor, target: Tensor): Tensor {
    return this.loss.forward(
      this.layers.reduce((input, layer) => layer.forward(input), x),
      target,
    );
  }

  // The loss first: without it there is nothing for the others to hand on.
  backward(): void {
    this.loss.backward();
    for (const layer of [...this.layers].reverse()) layer.backward();
  }
}

/** Times a model's two passes, and checks what it leaves in `g`. */
function version(name: string, model: Model, lesson: [string, string], x = xTrain, target = yTrain): void {
  g.clear();
  model.forward(x, target);
  model.backward();
  if (x === xTrain) checkAgainstPytorch(gradients());
  else checkAgainst(byOuterProducts, x);
  const scale = n / x.shape[0];
  const mark = scale === 1 ? '' : ' *';
  const options = { samples: 2, sample: 0.01 };
  const forward = timeit(() => model.forward(x, target), options);
  const backward = timeit(() => model.backward(), options);
  times.push([name, readable(forward * scale) + mark, readable(backward * scale) + mark, ...lesson]);
}

const classes = new Model(new Lin(w1, b1), new Relu(), new Lin(w2, b2));
version('2 classes, outer product', classes, ['70.7 ms', '3.4 s'], xPart, yPart);

// %% [markdown]
// ## Version 3: one base class, and einsum
//
// The three classes repeat themselves: all keep what came in and what went out. A base class does that once, and a layer
// is left with its two formulas. And the outer products that are summed are an einsum: `bi,bj->ij` never makes the large
// array.

// %%
abstract class Module implements Layer {
  inputs: Tensor[] = [];
  output!: Tensor;

  protected abstract compute(...inputs: Tensor[]): Tensor;
  protected abstract gradient(output: Tensor, ...inputs: Tensor[]): void;

  forward(...inputs: Tensor[]): Tensor {
    this.inputs = inputs;
    this.output = this.compute(...inputs);
    return this.output;
  }

  backward(): void {
    this.gradient(this.output, ...this.inputs);
  }
}

class ReluModule extends Module {
  protected compute(x: Tensor): Tensor {
    return relu(x);
  }
  protected gradient(y: Tensor, x: Tensor): void {
    reluGrad(x, y);
  }
}

class LinEinsum extends Module {
  readonly w: Tensor;
  readonly b: Tensor;

  constructor(w: Tensor, b: Tensor) {
    super();
    this.w = w;
    this.b = b;
  }

  protected compute(x: Tensor): Tensor {
    return lin(x, this.w, this.b);
  }

  protected gradient(y: Tensor, x: Tensor): void {
    const dy = gradOf(y);
    g.set(x, dy.matmul(this.w.t()));
    g.set(this.w, einsum('bi,bj->ij', x, dy));
    g.set(this.b, dy.sum(0));
  }
}

const einsums = new Model(new LinEinsum(w1, b1), new ReluModule(), new LinEinsum(w2, b2));
version('3 Module, einsum', einsums, ['46.3 ms', '143 ms']);

// %% [markdown]
// ## Version 4: without einsum
//
// Σ_b x[b, i] · dy[b, j] is a matrix product too: xᵀ · dy. It is the same work, said in one word less.

// %%
class LinMatmul extends LinEinsum {
  protected override gradient(y: Tensor, x: Tensor): void {
    linGrad(x, y, this.w, this.b);
  }
}

const products = new Model(new LinMatmul(w1, b1), new ReluModule(), new LinMatmul(w2, b2));
version('4 Module, x.t() @ dy', products, ['46.4 ms', '140 ms']);

// %% [markdown]
// ## Version 5: the library's
//
// `nn.Linear`, `nn.ReLU` and `nn.sequential` are what we have written, with their corners rounded: gradients lie in the
// parameters, and are added to until `zeroGrad`; a layer that is asked twice for one backward pass complains. The weight
// lies as [out, in], the bias is added and the ReLU applied while the sums are still in registers. And nobody asks for
// the gradient of the images, so `inputGrad: false` saves its whole matrix product, as PyTorch does when the input does
// not require one.

// %%
const [first, second] = [nn.linear(m, nh), nn.linear(nh, 1)];
first.weight.copy_(w1.t());
first.bias?.copy_(b1);
second.weight.copy_(w2.t());
second.bias?.copy_(b2);
const network = nn.sequential(first, nn.relu(), second);
const target = yTrain.float().unsqueeze(-1);
const mseLoss = nn.mseLoss();

testNear(mseLoss.forward(network.forward(xTrain), target), loss);
const dx = network.backward(mseLoss.backward()) as Tensor;
checkAgainstPytorch({
  x: dx,
  w1: (first.weight.grad as Tensor).t(),
  b1: first.bias?.grad as Tensor,
  w2: (second.weight.grad as Tensor).t(),
  b2: second.bias?.grad as Tensor,
});

let [forwardSeconds, backwardSeconds] = [Infinity, Infinity];
for (let i = 0; i < 3; i++) {
  network.zeroGrad();
  const start = performance.now();
  mseLoss.forward(network.forward(xTrain), target);
  const middle = performance.now();
  network.backward(mseLoss.backward(), { inputGrad: false });
  forwardSeconds = Math.min(forwardSeconds, (middle - start) / 1000);
  backwardSeconds = Math.min(backwardSeconds, (performance.now() - middle) / 1000);
}
times.push([
  '5 nn.Linear, no input gradient',
  readable(forwardSeconds),
  readable(backwardSeconds),
  '46.3 ms',
  '71.1 ms',
]);

console.log(`${n} images, kernels: ${kernels().name}`);
console.log(table(times));
console.log(`* extrapolated from ${portion} images; version 1 is both passes together`);

// %% [markdown]
// (Published notes on this lesson give "wall times" of 4 or 5 µs for versions 2 to 6. Those timed an empty line. The
// lesson's own times, on its machine, are beside ours.)
//
// Asked twice, a module says so; and the library brings the check by differences along, for any Module of yours:

// %%
const twice = errorOf(() => network.backward(mseLoss.backward()));
console.log(twice);
testEq(/needs a forward before it/.test(twice), true);

manualSeed(2);
const checked = gradCheck(nn.sequential(nn.linear(6, 4), nn.relu(), nn.linear(4, 3)), randn([5, 6]));
console.log(
  checked.map(({ name, maxError }) => `${name}: at most ${maxError.toExponential(1)} off`).join('\n'),
);
testEq(checked.length, 5);

// %% [markdown]
// ## Try it
//
// - Delete one line from `linGrad` or `reluGrad`, run the lesson, and see which check stops it.
// - Version 5 with the input gradient: how much slower is its backward pass, and why by that much?
// - Write `sigmoid` and `sigmoidGrad`. (The derivative of σ is σ · (1 − σ).) Check them with `wrongGradients`.
