// %% [markdown]
// # 2 · The forward pass, and how to begin
//
// A fully connected network with one hidden layer: a matrix product, a ReLU, a matrix product. Forward it is four lines.
// The interesting question is what numbers the weights should begin with: with the wrong ones a deep network computes
// nothing but zeros or NaN, and no training will ever begin.

// %%
import {
  clampMin,
  data,
  hist,
  init,
  manualSeed,
  nn,
  type Picture,
  randn,
  type Tensor,
  testEq,
  testNear,
  testNearZero,
  zeros,
} from 'handgrad';
import { errorOf, table } from './exported/01-matmul.ts';

// %% [markdown]
// ## Normalisation
//
// The pixels have mean 0.13 and standard deviation 0.31. We want 0 and 1: products and sums of such numbers stay such
// numbers, when the weights are right. The validation set is normalised too, and with the statistics **of the training
// set**. It is not left alone (some notes say so), and it does not get statistics of its own: what is 1.7 in one set
// must be 1.7 in the other, or the model sees two different worlds.

// %%
const fourDigits = (x: Tensor) => (x.item() as number).toFixed(4);

const sets = await data.mnist({ dir: process.env.MNIST_DIR });
const [trainMean, trainStd] = [sets.trainSet.x.mean(), sets.trainSet.x.std()];
console.log(`training set: mean ${trainMean.item()}, standard deviation ${trainStd.item()}`);
testEq([trainMean, trainStd].map(fourDigits), ['0.1304', '0.3073']);

const { trainSet, validSet } = data.normalize(sets);
const [xTrain, xValid] = [trainSet.x, validSet.x];
testNearZero(xTrain.mean());
testNear(xTrain.std(), 1);
console.log(`validation set: mean ${xValid.mean().item()}, standard deviation ${xValid.std().item()}`);
testNear(xValid.mean(), -0.005851);
testEq(fourDigits(xValid.std()), '0.9924');

// %% [markdown]
// MNIST as the course has it stores pixel / 256. Many write-ups divide by 255, and so have two other numbers:

// %%
const by255 = await data.mnist({ dir: process.env.MNIST_DIR, scale: 255 });
testEq([by255.trainSet.x.mean(), by255.trainSet.x.std()].map(fourDigits), ['0.1310', '0.3085']);

// %% [markdown]
// ## A layer
//
// m inputs, nh hidden numbers ("activations"), one output for now: we shall compare it with the digit itself, as if its
// value were a quantity. That is a silly model of digits, but its loss is simple. Lesson 5 does it right.

// %%
const [n, m] = xTrain.shape;
const nh = 50;
testEq([n, m], [50_000, 784]);

const lin = (x: Tensor, w: Tensor, b: Tensor) => x.matmul(w).add(b);
const relu = (x: Tensor) => clampMin(x, 0);

// %% [markdown]
// ## Why it matters how weights begin
//
// First try: normal numbers, mean 0, standard deviation 1. Each activation is a sum of 784 products, so its variance is
// about 784, and its standard deviation about √784 = 28. After the second layer it is 28 · √50, about 200.
//
// `said` checks what we see against what PyTorch gives for the same seed; the lesson's own random numbers gave the
// figures in the last columns.

// %%
const figures: string[][] = [['', 'mean', 'std', 'lesson: mean', 'std']];

/** Checks mean and standard deviation of `x` against PyTorch's for the same seed, and notes them. */
function said(name: string, x: Tensor, pytorch: [mean: number, std: number], lesson: [string, string]): void {
  const [mean, std] = [x.mean(), x.std()];
  testNear(mean, pytorch[0]);
  testNear(std, pytorch[1]);
  figures.push([name, (mean.item() as number).toFixed(4), (std.item() as number).toFixed(4), ...lesson]);
}

manualSeed(1);
const b1 = zeros([nh]);
const b2 = zeros([1]);
const tooLarge = lin(xValid, randn([m, nh]), b1);
said('randn, layer 1', tooLarge, [-0.019679, 28.857368], ['2.32', '27.0']);
said('randn, layer 2', lin(tooLarge, randn([nh, 1]), b2), [51.649536, 193.676483], ['-58.3', '171']);

// %% [markdown]
// So divide the weights by √m. Then a layer keeps the scale: mean 0, standard deviation 1 go in and come out.

// %%
manualSeed(1);
const t = lin(xValid, randn([m, nh]).div(Math.sqrt(m)), b1);
said('randn / √m', t, [-0.000703, 1.03062], ['-0.05', '0.94']);

// %% [markdown]
// But there is a ReLU behind it, which puts 0 for everything negative. Half of the numbers are gone, the mean is no
// longer 0, and the mean of the squares has halved. He and others (*Delving Deep into Rectifiers*, 2015, §2.2) follow
// this through all layers and arrive at the condition ½ · n · Var[w] = 1: what the ReLU halves, the weights must
// double. So the standard deviation of the weights should be √(2 / n).

// %%
said('… and ReLU', relu(t), [0.408506, 0.596434], ['0.51', '0.68']);

manualSeed(1);
const w1 = randn([m, nh]).mul(Math.sqrt(2 / m));
testNear(w1.std(), 0.050655); // the lesson's: 0.0508
const he = relu(lin(xValid, w1, b1));
said('randn · √(2 / m), ReLU', he, [0.577714, 0.843484], ['0.57', '0.85']);
testNear(he.square().mean(), he.std().square().add(he.mean().square()));

// %% [markdown]
// It has a name, and the library has it: `kaimingNormal_`. The `mode` says which of the two sizes n is: `fanIn`, how
// many numbers a sum has going forward, or `fanOut`, how many it has going backward. Our `w1` lies as [in, out], while
// the weights of a `Linear` lie as [out, in], and the function thinks of those. For us, therefore, the forward pass is
// kept by `fanOut`.

// %%
manualSeed(1);
const kaiming = init.kaimingNormal_(zeros([m, nh]), { mode: 'fanOut' });
said('kaimingNormal_, fanOut, ReLU', relu(lin(xValid, kaiming, b1)), [0.577714, 0.843484], ['0.55', '0.80']);
testEq(init.fanInAndFanOut(zeros([m, nh])), { fanIn: nh, fanOut: m });
testNear(kaiming, w1);

// %% [markdown]
// The mean is still not 0, because nothing is below 0. What if we subtract ½ after the ReLU?

// %%
const shiftedRelu = (x: Tensor) => clampMin(x, 0).sub(0.5);
said('max(x, 0) − ½', shiftedRelu(lin(xValid, w1, b1)), [0.077714, 0.843484], ['0.11', '0.90']);
console.log(table(figures));

// %% [markdown]
// Those are one layer's figures. They are random: another seed gives others, but not far away. Ten seeds, and the ranges
// that must hold for all of them:

// %%
function within(value: number, low: number, high: number): void {
  testEq(value >= low && value <= high ? 'within' : `${value} is not from ${low} to ${high}`, 'within');
}

const mean = (x: Tensor) => x.mean().item() as number;
const std = (x: Tensor) => x.std().item() as number;
const sample = xValid.index(':2000');
for (let seed = 10; seed < 20; seed++) {
  manualSeed(seed);
  const w = randn([m, nh]);
  const first = lin(sample, w, b1);
  within(std(first), 22, 34);
  within(std(lin(first, randn([nh, 1]), b2)), 100, 320);
  const scaled = lin(sample, w.div(Math.sqrt(m)), b1);
  within(mean(scaled), -0.35, 0.35);
  within(std(scaled), 0.8, 1.2);
  within(mean(relu(scaled)), 0.25, 0.6);
  within(std(relu(scaled)), 0.45, 0.8);
  const doubled = relu(scaled.mul(Math.SQRT2));
  within(mean(doubled), 0.35, 0.85);
  within(std(doubled), 0.65, 1.1);
  within(mean(doubled.sub(0.5)), -0.15, 0.35);
}

// %% [markdown]
// ## A hundred layers
//
// What one layer does a little, a hundred do to the end. Multiply a vector with a hundred matrices of 512 × 512, one
// after the other:

// %%
/** Which of a hundred layers, counted from 0, makes numbers without a deviation (null: none), and the last numbers. */
function hundred(layer: (x: Tensor) => Tensor): { brokeAt: number | null; x: Tensor } {
  manualSeed(1);
  let x = randn([512]);
  for (let i = 0; i < 100; i++) {
    x = layer(x);
    if (Number.isNaN(x.std().item())) return { brokeAt: i, x };
  }
  return { brokeAt: null, x };
}

const matrix = (scale: number) => randn([512, 512]).mul(scale);

const exploded = hundred((x) => matrix(1).matmul(x));
console.log(`N(0, 1): NaN at step ${exploded.brokeAt}`);
within(exploded.brokeAt as number, 27, 28);

const vanished = hundred((x) => matrix(0.01).matmul(x));
console.log(`N(0, 0.01²): after 100 steps mean ${mean(vanished.x)}, std ${std(vanished.x)}`);
testEq([mean(vanished.x), std(vanished.x)], [0, 0]);

const kept = hundred((x) => matrix(1 / Math.sqrt(512)).matmul(x));
console.log(`N(0, 1/512): after 100 steps mean ${mean(kept.x).toFixed(4)}, std ${std(kept.x).toFixed(4)}`);
testNear(kept.x.std(), 0.904669);

const withRelu = hundred((x) => relu(matrix(Math.sqrt(2 / 512)).matmul(x)));
console.log(`N(0, 2/512) and ReLU: mean ${mean(withRelu.x).toFixed(4)}, std ${std(withRelu.x).toFixed(4)}`);
testNear(withRelu.x.mean(), 0.657671);
testNear(withRelu.x.std(), 0.963717);

// %% [markdown]
// The numbers have passed float32's largest, 3.4 · 10³⁸; and infinity minus infinity, which a standard deviation asks
// for, is NaN. The lesson's run came to step 28 too, counted from 0. (With this seed PyTorch says NaN at 27 already, where
// the largest number is still 3.0 · 10³⁸, but its square, of which PyTorch keeps the sum in float32, is not.)
//
// ## Glorot's proposal
//
// Before He, Glorot and Bengio (2010) had proposed U(±√6 / √(nᵢₙ + nₒᵤₜ)), which keeps the scale both ways as well as
// one number can, but for layers **without** a ReLU. With one, the mean square is halved in every layer, and of a signal
// that passes ten of them less than a thousandth is left.

// %%
manualSeed(1);
let signal = randn([512]);
const meanSquares: number[] = [];
for (let i = 0; i < 10; i++) {
  signal = relu(init.xavierUniform_(zeros([512, 512])).matmul(signal));
  meanSquares.push(mean(signal.square()));
}
console.log('mean squares:', meanSquares.map((value) => value.toFixed(4)).join(' '));
testNear(
  meanSquares,
  [0.583677, 0.262921, 0.116922, 0.053013, 0.023606, 0.011864, 0.005915, 0.003053, 0.001439, 0.000625],
);
const halving = (meanSquares[9] / meanSquares[0]) ** (1 / 9);
console.log(`each layer multiplies it by ${halving.toFixed(3)}`);
within(halving, 0.45, 0.55);

const bound = Math.sqrt(6) / Math.sqrt(512 + 512);
manualSeed(2);
const glorot = init.xavierUniform_(zeros([512, 512]));
within(glorot.max().item() as number, 0.99 * bound, bound);
testNearZero(glorot.std().sub(bound / Math.sqrt(3)));

// %% [markdown]
// ## To look at
//
// Five layers of 200 activations each, on a thousand images. First with small weights, then with He's. What you see is
// how the activations that are not 0 are spread. (A spike at 0 would hide the rest: half of all numbers are there.)

// %%
function activations(scaleOf: (inputs: number) => number): Tensor[] {
  manualSeed(1);
  const layers: Tensor[] = [];
  let x = xValid.index(':1000');
  for (let i = 0; i < 5; i++) {
    const inputs = x.shape[1];
    x = relu(x.matmul(randn([inputs, 200]).mul(scaleOf(inputs))));
    layers.push(x);
  }
  return layers;
}

function pictureOf(layer: Tensor, title: string): Picture {
  return hist(layer.maskedSelect(layer.gt(0)), {
    title,
    bins: 48,
    range: [0, 4],
    xLabel: 'activation',
    height: 180,
  });
}

const small = activations(() => 0.01);
for (const i of [0, 1, 4]) console.log(pictureOf(small[i], `weights of 0.01, layer ${i + 1}`));

// %%
const good = activations((inputs) => Math.sqrt(2 / inputs));
for (const i of [0, 1, 4]) console.log(pictureOf(good[i], `weights of √(2 / n), layer ${i + 1}`));

within(std(small[4]), 0, 0.001);
within(std(good[4]), 0.5, 1.5);

// %% [markdown]
// ## The √5 in the convolutions
//
// PyTorch's layers are initialised with `kaimingUniform_` and a = √5, and nobody could tell the lesson why. Let us see
// what that does to a convolution. The library has none yet, so we build one from what we have. `unfold` shows an image
// as its 5 × 5 windows, as a view; after that a convolution is a matrix product: each window a row of 25 numbers, each
// filter a column.

// %%
/** x [n, 1, h, w] · weight [out, 1, k, k] · bias [out] → [n, (h − k + 1) · (w − k + 1), out] */
function convolve(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  const [count] = x.shape;
  const [out, , k] = weight.shape;
  const windows = x.unfold(2, k, 1).unfold(3, k, 1); // [n, 1, h', w', k, k]
  const positions = windows.shape[2] * windows.shape[3];
  return windows
    .reshape(count, positions, k * k)
    .matmul(weight.view(out, k * k).t())
    .add(bias);
}

// Against the definition, at one place.
manualSeed(1);
const images = xValid.index(':100').view(100, 1, 28, 28);
const weight = init.kaimingUniform_(zeros([32, 1, 5, 5]), { a: Math.sqrt(5) });
const bias = init.uniform_(zeros([32]), -1 / 5, 1 / 5);
const result = convolve(images, weight, bias);
testEq(result.shape, [100, 24 * 24, 32]);
const byHand = images.index(7, 0, '10:15', '3:8').mul(weight.index(4, 0)).sum().add(bias.index(4));
testNear(result.index(7, 10 * 24 + 3, 4), byHand);

// %% [markdown]
// A filter of 5 × 5 sums 25 numbers (fan in); each number goes into 25 windows of each of 32 filters (fan out, 800).
// "a" is the slope of a leaky ReLU, and the gain is √(2 / (1 + a²)): 1 for a slope of 1, √2 for a ReLU, and for √5, which
// is nobody's slope, 0.577. With this the activations shrink with every layer.

// %%
testEq(init.fanInAndFanOut(weight), { fanIn: 25, fanOut: 800 });
const gains = [1, 0, 0.01, 0.1, Math.sqrt(5)].map((a) => init.calculateGain('leakyRelu', a));
console.log('gains for a = 1, 0, 0.01, 0.1, √5:', gains.map((gain) => gain.toFixed(5)).join(' '));
testNear(gains, [1, Math.SQRT2, 1.41414, 1.4072, 0.57735]);

manualSeed(1);
const filters = {
  'a = √5': [weight, 0.254348, 0.425756],
  'a = 0': [init.kaimingNormal_(zeros([32, 1, 5, 5]), { a: 0 }), 0.557169, 1.041624],
} as const;
for (const [name, [w, wantedMean, wantedStd]] of Object.entries(filters)) {
  const y = relu(convolve(images, w, bias));
  console.log(`convolution, ${name}, after ReLU: mean ${mean(y).toFixed(4)}, std ${std(y).toFixed(4)}`);
  testNear(y.mean(), wantedMean);
  testNear(y.std(), wantedStd);
}
within(std(relu(result)), 0.3, 0.45); // the lesson: 0.37
within(std(relu(convolve(images, filters['a = 0'][0], bias))), 0.85, 1.2); // the lesson: 1.02

// %% [markdown]
// Four such layers one after the other would leave 0.4⁴ = 3 % of the scale: nearly nothing to learn from.
//
// ## The model, and the loss
//
// Now the forward pass is complete:

// %%
manualSeed(1);
const w2 = randn([nh, 1]).div(Math.sqrt(nh));
const model = (x: Tensor) => lin(relu(lin(x, w1, b1)), w2, b2);
const prediction = model(xTrain);
testEq(prediction.shape, [n, 1]);

// %% [markdown]
// The loss is the mean of the squared errors. Mind the shapes: the model gives [50000, 1], the digits are [50000]. By the
// rules of broadcasting their difference is a matrix of 50000 × 50000, which is wrong, and does not fit in memory. So
// the dimension of size 1 goes first, and by its number: a bare `squeeze()` drops *every* dimension of size 1, and on
// the day when a batch holds one image, that is the batch too. And the digits must be floats: they are measured with.

// %%
const mse = (output: Tensor, target: Tensor) => output.squeeze(-1).sub(target.float()).square().mean();
const loss = mse(prediction, trainSet.y);
console.log('loss before any training:', loss.item());
testEq(loss.shape, []);

// On the 10,000 of the validation set the mistake is 400 MB large, and raises no error:
testEq(model(xValid).sub(validSet.y.float()).shape, [10_000, 10_000]);
testEq(zeros([1, 1]).squeeze().shape, []);
testEq(zeros([1, 1]).squeeze(-1).shape, [1]);

// %% [markdown]
// The library's losses know this mistake, and refuse it:

// %%
const refused = errorOf(() => nn.mseLoss().forward(prediction, trainSet.y.float()));
console.log(refused);
testEq(/\[50000, 1\].*\[50000\]/.test(refused), true);

// %% [markdown]
// ## Try it
//
// - Take the factor 2 out of √(2 / 512) in the hundred layers with ReLU. What is left of the signal? Which power of 2?
// - Initialise with `fanIn` instead of `fanOut`, and look at the table: by which factor does it change, and why?
// - What does the shifted ReLU do to a hundred layers?
