// %% [markdown]
// # 4 · Is it a 3 or a 7?
//
// Before deep networks, the smallest problem that needs learning: tell handwritten threes from sevens. We begin with a
// rule that needs no training at all, so that we know what there is to beat; then we meet the seven steps that every
// training consists of, first by hand, then with the library, until the loop that we wrote is a `Learner`.

// %%
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  cat,
  data,
  gradCheck,
  imshow,
  linspace,
  manualSeed,
  matmul,
  nn,
  ones,
  optim,
  plot,
  randn,
  randperm,
  readPng,
  relu,
  showImages,
  sigmoid,
  stack,
  type Tensor,
  tensor,
  testEq,
  testNear,
  train,
  where,
  writePng,
  zeros,
} from 'handgrad';

// %% [markdown]
// ## A folder of images
//
// The course's sample is a folder: `train/3`, `train/7`, `valid/3`, `valid/7`, and in them one PNG file an image. The
// folders say what the images are, and which of them the model must never see while it learns. MNIST itself comes in
// four files of another format; on first use we make the folder from them.

// %%
const standard = await data.mnist({ dir: process.env.MNIST_DIR, split: 'standard', scale: 1 });
const parts = { train: standard.trainSet, valid: standard.validSet };
const folder = fileURLToPath(new URL('../build/mnist_sample', import.meta.url));

/** The images of one digit [n, 28, 28], 0 to 255, in the order of MNIST. */
function imagesOf(digit: number, { x, y }: data.Dataset): Tensor {
  const mine = y.eq(digit).nonzero().squeeze(-1);
  return x.indexSelect(0, mine).view(-1, 28, 28);
}

if (!existsSync(folder)) {
  // Under another name until it is complete: a run that is interrupted leaves nothing half done.
  const unfinished = `${folder}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  for (const [part, set] of Object.entries(parts)) {
    for (const digit of [3, 7]) {
      const place = join(unfinished, part, String(digit));
      mkdirSync(place, { recursive: true });
      const images = imagesOf(digit, set).to('uint8');
      for (let i = 0; i < images.length; i++) {
        writePng(join(place, `${String(i).padStart(5, '0')}.png`), images.index(i));
      }
    }
  }
  renameSync(unfinished, folder);
}
testEq(readdirSync(folder).sort(), ['train', 'valid']);
testEq(readdirSync(join(folder, 'train')).sort(), ['3', '7']);

// %% [markdown]
// An image is numbers: 0 is black, 255 is white. A colour image would be three such planes.

// %%
const firstThree = readPng(join(folder, 'train/3/00000.png'));
console.log(firstThree.shape, firstThree.dtype);
console.log(String(firstThree.index('4:10', '4:14')));
console.log(imshow(firstThree));

// %% [markdown]
// All images of a kind, stacked, are one tensor of **rank** 3: it has three dimensions. Its **shape** says how long each
// is. The rank is the length of the shape.

// %%
function load(part: string, digit: number): Tensor {
  const place = join(folder, part, String(digit));
  const files = readdirSync(place).sort();
  return stack(files.map((file) => readPng(join(place, file))))
    .float()
    .div(255);
}

const [threes, sevens] = [load('train', 3), load('train', 7)];
const [validThrees, validSevens] = [load('valid', 3), load('valid', 7)];
console.log('threes', threes.shape, ' sevens', sevens.shape);
console.log('to validate', validThrees.shape, validSevens.shape);
testEq(threes.ndim, 3);
testEq(threes.shape, [6131, 28, 28]);
testEq(sevens.shape, [6265, 28, 28]);
testEq(validThrees.shape, [1010, 28, 28]);
testEq(validSevens.shape, [1028, 28, 28]);

// %% [markdown]
// ## A rule without learning: pixel similarity
//
// What does the ideal 3 look like? The mean of all threes, pixel by pixel. A new image is then a 3 if it is nearer to the
// mean 3 than to the mean 7.

// %%
const [mean3, mean7] = [threes.mean(0), sevens.mean(0)];
console.log(showImages([mean3, mean7], { titles: ['the mean 3', 'the mean 7'] }));

// %% [markdown]
// *Nearer* needs a distance between two images. Differences themselves are no good, since too dark here and too bright
// there would cancel out. So either the mean of the absolute differences (**L1**), or the root of the mean of the squared
// ones (**RMSE**, or L2), which makes more of a few large differences than of many small ones.

// %%
const l1 = (a: Tensor, b: Tensor) => a.sub(b).abs().mean([-1, -2]);
const rmse = (a: Tensor, b: Tensor) => a.sub(b).square().mean([-1, -2]).sqrt();

const aThree = threes.index(1);
for (const [name, distance] of Object.entries({ l1, rmse })) {
  const [to3, to7] = [distance(aThree, mean3), distance(aThree, mean7)].map((d) => d.item() as number);
  console.log(`${name}: ${to3.toFixed(4)} to the mean 3, ${to7.toFixed(4)} to the mean 7`);
  testEq(to3 < to7, true);
}

// %% [markdown]
// By broadcasting the same function takes a thousand images at once, [1010, 28, 28] − [28, 28]. How good is the rule? A
// **metric** is a figure for people: here the **accuracy**, the share of images that it gets right. It is measured on
// the validation set, which was not used to make the means: a model that had merely learned its images by heart would
// look perfect on them.

// %%
type Distance = typeof l1;
const isThree = (x: Tensor, distance: Distance) => distance(x, mean3).lt(distance(x, mean7));
const share = (x: Tensor) => x.float().mean().item() as number;

function accuracies(distance: Distance): { threes: number; sevens: number; together: number } {
  const [right3, right7] = [isThree(validThrees, distance), isThree(validSevens, distance).eq(false)];
  return { threes: share(right3), sevens: share(right7), together: (share(right3) + share(right7)) / 2 };
}

const [byL1, byRmse] = [accuracies(l1), accuracies(rmse)];
console.log('L1  ', byL1);
console.log('RMSE', byRmse);
const digits4 = (value: number) => value.toFixed(4);
testEq([byL1.threes, byL1.sevens, byL1.together].map(digits4), ['0.9168', '0.9854', '0.9511']);
testEq(digits4(byRmse.together), '0.9661');

// %% [markdown]
// 95 % with five lines, and 97 % with squares. That is the **baseline**. With all ten digits it is much less good:

// %%
const means = stack(Array.from({ length: 10 }, (_, digit) => imagesOf(digit, parts.train).div(255).mean(0)));
const [allImages, allLabels] = [parts.valid.x.view(-1, 28, 28).div(255), parts.valid.y];
for (const [distance, wanted] of [
  [l1, '0.6685'],
  [rmse, '0.8203'],
] as const) {
  const distances = stack(
    Array.from({ length: 10 }, (_, digit) => distance(allImages, means.index(digit))),
    1,
  );
  const accuracy = share(distances.argmin(1).eq(allLabels));
  console.log(`ten digits, ${distance === l1 ? 'L1' : 'L2'}: ${accuracy}`);
  testEq(digits4(accuracy), wanted);
}

// %% [markdown]
// ## Learning instead
//
// Pixel similarity cannot get better with use: there is nothing in it to turn. So give each pixel a weight, and let the
// weights be found. An image becomes a row of 784 numbers; the target is 1 for a 3 and 0 for a 7.

// %%
function binarySet(ones_: Tensor, zeros_: Tensor): data.Dataset {
  const x = cat([ones_, zeros_]).reshape(-1, 28 * 28);
  const y = cat([ones([ones_.length, 1]), zeros([zeros_.length, 1])]);
  return data.dataset(x, y);
}

const trainSet = binarySet(threes, sevens);
const validSet = binarySet(validThrees, validSevens);
testEq(
  [trainSet.x.shape, trainSet.y.shape],
  [
    [12_396, 784],
    [12_396, 1],
  ],
);
testEq(validSet.length, 2038);

// A data set pairs inputs with targets, as zip does: [1, 2, 3, 4] and 'abcd' become [[1, 'a'], [2, 'b'], …].
const [firstImage, firstTarget] = trainSet.at(0);
testEq([firstImage.shape, firstTarget.item()], [[784], 1]);

// %% [markdown]
// The seven steps of stochastic gradient descent:
//
// 1. **initialise** the weights, at random;
// 2. **predict** with them;
// 3. compute the **loss**: one number that says how bad the predictions are;
// 4. compute the **gradient**: how the loss changes when a weight does (a slope, the first derivative);
// 5. **step**: change each weight a little against its gradient, w ← w − lr · gradient;
// 6. **repeat** from 2;
// 7. **stop** when it is good enough, or time is up.
//
// The smallest example: find the x at which (x − 3)² is smallest.

// %%
let x = -4; // 1 initialise
const path: number[] = [];
for (let i = 0; i < 30; i++) {
  const loss = (x - 3) ** 2; // 2, 3: prediction and loss are one here
  path.push(loss);
  const gradient = 2 * (x - 3); // 4
  x -= 0.1 * gradient; // 5, with learning rate 0.1
} // 6, 7
console.log(plot(path, { title: 'loss', xLabel: 'step' }));
testEq(Math.abs(x - 3) < 0.01, true);

// %% [markdown]
// With a learning rate of 1.1 the same steps jump over the valley and up the other side, farther each time: too large a
// rate does not learn faster, it does not learn.
//
// ## A loss for a question of yes and no
//
// Why not take the accuracy as the loss? Because its gradient is 0: turn a weight by a little, and no prediction tips
// over, so the accuracy does not change at all. The loss must feel each little change. (A metric is for people, a loss is
// for the optimiser.)
//
// A prediction can be any number, and should be a probability. The **sigmoid**, 1 / (1 + e⁻ˣ), squeezes all numbers
// between 0 and 1, and never falls. Beside it the **ReLU**, max(x, 0), that we know from lesson 2:

// %%
const range = linspace(-2, 2, 101);
console.log(
  plot({ sigmoid: sigmoid(range), relu: relu(range) }, { x: range, title: 'from −2 to 2', xLabel: 'x' }),
);
testNear(sigmoid(tensor([-2, 0, 2])), [0.119203, 0.5, 0.880797]);
testEq(relu(tensor([-2, 0, 2])), [0, 0, 2]);

// %% [markdown]
// The loss is then how far the probability is from what it should be: 1 − p for a 3, p for a 7, and the mean over the
// batch. Its gradient, by hand: p changes with x by p · (1 − p), the loss changes with p by −1/n or 1/n.
//
// As a Module of the library, a loss keeps the gradient when it goes forward, and hands it out when it is asked to go
// backward.

// %%
class DigitLoss extends nn.Loss {
  /** input [n, 1], any numbers · target [n, 1], 1 or 0 → how far the probabilities are off, on average */
  override forward(input: Tensor, target: Tensor): Tensor {
    const p = sigmoid(input);
    const isOne = target.eq(1);
    const loss = where(isOne, p.mul(-1).add(1), p).mean();
    const slope = p.mul(p.mul(-1).add(1)).div(target.numel());
    return this.saveForBackward(loss, where(isOne, slope.mul(-1), slope));
  }
}

// Checked by differences, as every gradient is.
manualSeed(1);
gradCheck(new DigitLoss(), [randn([6, 1]), tensor([[1], [0], [1], [1], [0], [0]])]);

// %% [markdown]
// ## The seven steps by hand
//
// A linear model: 784 weights and a bias, a prediction is x · w + b. Its gradients we know from lesson 3. Steps are not
// taken for all images together (a step would cost too much), nor for one (it would be mostly chance), but for a
// **mini-batch** of 256.

// %%
function accuracyOf(output: Tensor, target: Tensor): number {
  return share(sigmoid(output).gt(0.5).eq(target.eq(1)));
}

manualSeed(42);
const w = randn([784, 1]).mul(0.01); // 1 initialise
const b = zeros([1]);
const loss = new DigitLoss();
const history: number[] = [];
for (let epoch = 0; epoch < 10; epoch++) {
  const order = randperm(trainSet.length);
  for (let start = 0; start < trainSet.length; start += 256) {
    const rows = order.index(`${start}:${start + 256}`);
    const [xb, yb] = [trainSet.x.indexSelect(0, rows), trainSet.y.indexSelect(0, rows)];
    const output = matmul(xb, w).add(b); // 2 predict
    loss.forward(output, yb); // 3 loss
    const dy = loss.backward(); // 4 gradient
    w.sub_(xb.t().matmul(dy)); // 5 step, with a learning rate of 1
    b.sub_(dy.sum(0));
  } // 6 repeat
  history.push(accuracyOf(validSet.x.matmul(w).add(b), validSet.y));
} // 7 stop
console.log('accuracy by epoch:', history.map(digits4).join(' '));
// PyTorch's, with the same seed.
testNear(w.norm(), 4.721192);
testNear(b, [-0.485634]);
testNear(loss.forward(validSet.x.matmul(w).add(b), validSet.y), 0.024396);
testNear(history[9], 0.980373);

// %% [markdown]
// It beats the mean images already; and we may look at what it has learned: where a 3 has ink and a 7 has none the
// weights are bright.

// %%
console.log(imshow(w.view(28, 28), { title: 'the weights' }));

// %% [markdown]
// ## The same with the library
//
// `data.loader` makes the batches, `nn.linear` is x · wᵀ + b, `optim.sgd` takes the steps. Each `backward` *adds* to the
// gradients, so they must be zeroed between the steps, or each step would go the way of all batches so far:

// %%
manualSeed(42);
const linear = nn.linear(784, 1);
const [xb, yb] = data.loader(trainSet, { batchSize: 256, shuffle: true })[Symbol.iterator]().next()
  .value as data.Batch;
const backward = () => {
  loss.forward(linear.forward(xb), yb);
  linear.backward(loss.backward());
};
backward();
const once = (linear.weight.grad as Tensor).clone();
backward();
testNear(linear.weight.grad as Tensor, once.mul(2));
linear.zeroGrad();
backward();
testNear(linear.weight.grad as Tensor, once);

// And they are those of the formulas that we stepped by.
loss.forward(linear.forward(xb), yb);
const dy = loss.backward();
testNear(linear.weight.grad as Tensor, xb.t().matmul(dy).t());
testNear(linear.bias?.grad as Tensor, dy.sum(0));

// %% [markdown]
// ## The Learner
//
// The loop is always the same: for each epoch, for each batch, predict, loss, gradient, step; then validate. So it is
// written once. A `Learner` takes what differs: the loaders, the model, the optimiser, the loss, and the metrics.
//
// And we take a better model. Two linear layers one after the other would be one linear layer again; with a ReLU in
// between they can approximate any function. 784 pixels, 30 activations, 1 output.

// %%
function learn(
  trainSet: data.Dataset,
  validSet: data.Dataset,
  model: nn.Module,
): train.EpochRecord<'accuracy'>[] {
  const loaders = {
    train: data.loader(trainSet, { batchSize: 256, shuffle: true }),
    valid: data.loader(validSet, { batchSize: 256 }),
  };
  const sgd = optim.sgd(model.parameters(), { lr: 0.1 });
  const learner = train.learner(loaders, model, sgd, new DigitLoss(), { accuracy: accuracyOf });
  return learner.fit(40, {
    onEpoch({ epoch, trainLoss, validLoss, metrics }) {
      if (epoch % 10 !== 0) return;
      const losses = `train ${digits4(trainLoss)}, valid ${digits4(validLoss)}`;
      console.log(`epoch ${epoch}: loss ${losses}, accuracy ${digits4(metrics.accuracy)}`);
    },
  });
}

manualSeed(42);
const network = nn.sequential(nn.linear(784, 30), nn.relu(), nn.linear(30, 1));
const records = learn(trainSet, validSet, network);
console.log(
  plot(
    records.map(({ metrics }) => metrics.accuracy),
    { title: 'accuracy', xLabel: 'epoch' },
  ),
);
// Loss and accuracy as PyTorch's, with the same seed: the course's 0.982.
const { trainLoss, validLoss, metrics } = records[39];
testNear([trainLoss, validLoss, metrics.accuracy], [0.015489, 0.020526, 0.982336]);

// %% [markdown]
// Which images does it get wrong? A look at them is worth more than another digit of the accuracy.

// %%
network.eval();
const probability = sigmoid(network.forward(validSet.x));
const wrong = probability.gt(0.5).ne(validSet.y.eq(1)).squeeze(-1).nonzero().squeeze(-1);
const worst = wrong.index(':12');
console.log(
  showImages(validSet.x.indexSelect(0, worst).view(-1, 28, 28), {
    columns: 6,
    titles: Array.from({ length: worst.length }, (_, i) =>
      digits4(probability.index(Number(worst.index(i).item()), 0).item() as number),
    ),
  }),
);
testEq(wrong.length, Math.round((1 - metrics.accuracy) * validSet.length));

// %% [markdown]
// ## The exercise: 2 against 4
//
// Try it before you read on. The solution is short, since nothing above knows which digits it is about:

// %%
const pair = (part: data.Dataset) => binarySet(imagesOf(2, part).div(255), imagesOf(4, part).div(255));
manualSeed(42);
const twoOrFour = nn.sequential(nn.linear(784, 30), nn.relu(), nn.linear(30, 1));
const solution = learn(pair(parts.train), pair(parts.valid), twoOrFour);
testNear([solution[39].validLoss, solution[39].metrics.accuracy], [0.019269, 0.983615]);

// %% [markdown]
// ## Questions
//
// - What is the difference between a metric and a loss? Between rank and shape? Between `zeroGrad` and `zero_`?
// - Why must the order of the images change from epoch to epoch? Try `shuffle: false`: all threes come first.
// - One nonlinearity is enough to approximate any function. Why do deep networks use more?
