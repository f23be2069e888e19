// %% [markdown]
// # 1 · Matrix multiplication
//
// A neural network is a little arithmetic between very many matrix products. So this is where we begin: with three
// nested loops that anyone can read, and then the same product again and again, each time with one loop fewer, until it
// is thousands of times as fast. Nothing on the way is magic. Each step takes work out of JavaScript and gives it to
// something that does it in bulk, and each step is checked against the one before it.
//
// The road of the whole course: **1 matmul**, 2 ReLU and initialisation, 3 the forward pass of a fully connected network,
// 4 its backward pass, 5 the training loop, 6 convolution, 7 optimisers, 8 batch normalisation, 9 a ResNet.
//
// A lesson is a program in cells. `npm run lessons -- lessons/01-matmul.ts` runs this one; a cell whose check fails
// stops it there.

// %%
import {
  arange,
  data,
  einsum,
  getNumThreads,
  imshow,
  kernels,
  manualSeed,
  matmul as nativeMatmul,
  randn,
  setNumThreads,
  type Tensor,
  tensor,
  testEq,
  testNear,
  testNearZero,
  zeros,
} from 'handgrad';

// %% [markdown]
// ## Tests first
//
// Three checks are all that we need. `testEq` wants two things to be the same. `testNear` wants them to be close, within
// a thousandth of the value: sums that are added up in another order differ in their last digits. `testNearZero` wants
// less than 0.001. A check that never fails proves nothing, so let us see one fail.

// %%
testEq('TEST', 'TEST');
testNear(tensor([0.1 + 0.2]), tensor([0.3]));
testNearZero(tensor([1e-4, -1e-4]));

let complaint = '';
try {
  testEq('TEST', 'TEST1');
} catch (error) {
  complaint = (error as Error).message;
}
console.log(complaint);
testEq(complaint.includes("'TEST1'"), true);

// %% [markdown]
// ## The data
//
// MNIST: handwritten digits of 28 × 28 pixels. The course uses the first 50,000 training images to learn from, and the
// last 10,000 of them to validate. A row is one image, its 28 · 28 = 784 pixels one after the other; the pixels, 0 to
// 255 in the files, are divided by 256.

// %%
const { trainSet, validSet } = await data.mnist({ dir: process.env.MNIST_DIR });
const [xTrain, yTrain] = [trainSet.x, trainSet.y];
const [xValid, yValid] = [validSet.x, validSet.y];
console.log('x train', xTrain.shape, ' y train', yTrain.shape, ' x valid', xValid.shape);

testEq(xTrain.shape, [50_000, 784]);
testEq(28 * 28, 784);
testEq(yTrain.index(':3'), [5, 0, 4]);
testEq(yTrain.index('-3:'), [8, 4, 8]);
testEq(yValid.index(':5'), [3, 8, 6, 9, 6]);
testEq([yTrain.min().item(), yTrain.max().item()], [0, 9]);
testEq(xTrain.max().item(), 255 / 256);

// %% [markdown]
// `view` shows the same numbers in another shape; nothing is copied.

// %%
const image = xTrain.index(0).view(28, 28);
console.log(imshow(image, { title: `a ${yTrain.index(0).item()}` }));
testEq(image.storage() === xTrain.storage(), true);

// %% [markdown]
// ## Rung 1: three loops
//
// The simplest model is linear: each image times a matrix of weights [784, 10], one column a digit, plus a bias. We take
// the first five images of the validation set and random weights. With the seed 1 the weights are exactly those that
// PyTorch draws after `torch.manual_seed(1)`, so that we can check our product against PyTorch's.
//
// An element of the product is a row of `a` times a column of `b`, multiplied pair by pair and summed. (Notes on this
// lesson have been seen to write `c += a + b` here: it is a product.)

// %%
manualSeed(1);
const weights = randn([784, 10]);
const bias = zeros([10]);
const m1 = xValid.index(':5');
const m2 = weights;
testEq(
  [m1.shape, m2.shape],
  [
    [5, 784],
    [784, 10],
  ],
);
// The first numbers that torch.randn(784, 10) gives after torch.manual_seed(1).
testNear(weights.index(0, ':5'), [-1.5255959, -0.7502318, -0.6539809, -1.6094848, -0.1001672]);

type Matrix = readonly (readonly number[])[];

function loops(a: Matrix, b: Matrix): number[][] {
  const [rows, inner, columns] = [a.length, b.length, b[0].length];
  const c = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let k = 0; k < inner; k++) c[i][j] += a[i][k] * b[k][j];
    }
  }
  return c;
}

const [nested1, nested2] = [m1, m2].map((m) => m.toArray() as number[][]);
const t1 = tensor(loops(nested1, nested2));
console.log(String(t1.add(bias)));

// What PyTorch 2.13 prints for x_valid[:5] @ torch.randn(784, 10) after torch.manual_seed(1).
testNear(t1, [
  [
    -10.941732, -0.684426, -7.003846, -4.006636, -2.085737, -3.358831, 3.912728, -3.437461, -11.469554,
    -2.115348,
  ],
  [14.54299, 5.997683, 2.891416, -4.077738, 6.59141, -14.73835, -9.278664, 2.157694, -15.277232, -2.675759],
  [
    2.220354, -3.217111, -4.798823, -6.045307, 14.166115, -8.982437, -4.792246, -5.444572, -20.675804,
    13.565682,
  ],
  [
    -6.709709, 8.899799, -7.461078, -7.896638, 2.699375, -4.725965, -11.027844, -12.977633, -6.444305,
    3.637587,
  ],
  [
    -2.444353, -6.403374, -2.398361, -9.037063, 11.177211, -5.77239, -8.921446, -3.786201, -8.982706,
    5.279691,
  ],
]);

// %% [markdown]
// How long does it take? A clock for short things: repeat until there is something to measure, several times, and
// believe the quickest, which the rest of the machine disturbed least. The cell is marked `#export`, so that the
// following lessons can import what it defines: `npm run notebook -- export` makes a module of such cells.

// %%
// #export
/** Seconds that one call of `run` takes: the quickest of several samples, each of at least `sample` seconds. */
export function timeit(run: () => unknown, { samples = 5, sample = 0.02 } = {}): number {
  const elapsed = (count: number) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) run();
    return (performance.now() - start) / 1000;
  };
  let count = 1;
  let seconds = elapsed(1); // which also lets the compiler see the code
  while (seconds < sample) {
    count = Math.ceil(count * Math.min(10, Math.max(1.5, sample / Math.max(seconds, 1e-9))));
    seconds = elapsed(count);
  }
  let best = seconds / count;
  for (let i = 1; i < samples; i++) best = Math.min(best, elapsed(count) / count);
  return best;
}

/** Seconds for people: 18.2 µs, 1.39 ms, 2.1 s. */
export function readable(seconds: number): string {
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  return seconds >= 1e-3 ? `${(seconds * 1e3).toPrecision(3)} ms` : `${(seconds * 1e6).toPrecision(3)} µs`;
}

/** A table in characters: the first column to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, j) => Math.max(...rows.map((row) => row[j].length)));
  const pad = (cell: string, j: number) => (j === 0 ? cell.padEnd(widths[j]) : cell.padStart(widths[j]));
  return rows.map((row) => row.map(pad).join('   ').trimEnd()).join('\n');
}

// %%
const ladder: { name: string; lesson: string; seconds: number }[] = [];

/** One rung of the ladder: the same result as the loops, and its time. */
function rung(name: string, lesson: string, run: () => Tensor | number[][]): void {
  const result = run();
  testNear(Array.isArray(result) ? tensor(result) : result, t1);
  ladder.push({ name, lesson, seconds: timeit(run) });
  console.log(`${name}: ${readable(ladder[ladder.length - 1].seconds)} (in the lesson ${lesson})`);
}

rung('three loops', '835 ms', () => loops(nested1, nested2));

// %% [markdown]
// The lesson's 835 ms are Python's, which looks at each number as an object. JavaScript's compiler makes machine code of
// these loops, so our first rung stands far higher already, and our ratios will be smaller than the lesson's. (The
// notes' printed speed-ups, 178 to 49166, were worked out from times that had been typed in earlier. Ours are measured
// in this run, and nothing else.)
//
// The same loops over typed arrays, rows one after the other in one piece of memory, are the fair opponent for what
// follows:

// %%
function typedLoops(
  a: Float32Array,
  b: Float32Array,
  rows: number,
  inner: number,
  columns: number,
): Float32Array {
  const c = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[i * inner + k] * b[k * columns + j];
      c[i * columns + j] = sum;
    }
  }
  return c;
}

const flat = (m: Tensor) => Float32Array.from(m.reshape(-1).toArray() as number[]);
const [flat1, flat2] = [flat(m1), flat(m2)];
testNear(tensor(typedLoops(flat1, flat2, 5, 784, 10)).view(5, 10), t1);
const typedSeconds = timeit(() => typedLoops(flat1, flat2, 5, 784, 10));
console.log(`three loops over typed arrays: ${readable(typedSeconds)}`);

// %% [markdown]
// ## Elementwise operations
//
// To take the innermost loop away, we need operations on whole rows. Between tensors of one shape they work on the pairs
// of elements.

// %%
const a = tensor([10, 6, -4]);
const b = tensor([2, 8, 7]);
testEq(a.add(b), [12, 14, 3]);
testNear(a.lt(b).float().mean(), 2 / 3);
testEq(a.gt(0), [true, true, false]);
testEq(a.add(1), [11, 7, -3]);

const m = arange(1, 10).float().view(3, 3);
testEq(m.mul(2), [
  [2, 4, 6],
  [8, 10, 12],
  [14, 16, 18],
]);
testEq(m.mul(2).index('1:', '1:'), [
  [10, 12],
  [16, 18],
]);

// %% [markdown]
// A formula from a paper is often shorter as a program. The Frobenius norm of a matrix, √ Σᵢⱼ aᵢⱼ², written with all its
// signs, looks frightening, and is: square, sum, take the root.

// %%
const frobenius = m.mul(m).sum().sqrt();
console.log('Frobenius norm of m:', frobenius.item());
testNear(frobenius, Math.sqrt(285));
testEq((frobenius.item() as number).toFixed(4), '16.8819');
testNear(m.norm(), frobenius);

// %% [markdown]
// ## Rung 2: a row times a column
//
// The innermost loop, over k, becomes one product of a row and a column, and a sum.

// %%
function rowTimesColumn(a: Tensor, b: Tensor): Tensor {
  const [rows, columns] = [a.shape[0], b.shape[1]];
  const c: number[][] = [];
  for (let i = 0; i < rows; i++) {
    c.push([]);
    for (let j = 0; j < columns; j++) c[i].push(a.index(i, ':').mul(b.index(':', j)).sum().item() as number);
  }
  return tensor(c);
}

rung('row · column, summed', '1.39 ms', () => rowTimesColumn(m1, m2));

// %% [markdown]
// In Python this rung was a great leap. Here it is a step back: the loops were compiled already, while each of the fifty
// elements now pays for four calls, for two views and two small tensors. Work must come in large pieces to be worth a
// call. So let us make the pieces larger.

// %% [markdown]
// ## Broadcasting
//
// Two tensors need not have one shape. A number goes with everything; a row goes with each row of a matrix. The smaller
// operand acts as if it had been repeated.

// %%
const c = tensor([10, 20, 30]);
testEq(m.add(c), [
  [11, 22, 33],
  [14, 25, 36],
  [17, 28, 39],
]);
testEq(c.add(m), m.add(c));

// %% [markdown]
// But nothing is repeated in memory. `expandAs` shows what the row acts as: a 3 × 3 matrix whose storage holds three
// numbers. Its **stride** says how far to step in the storage: 0 from row to row, 1 from column to column. Going down
// costs no step, so every row is the same row.

// %%
const t = c.expandAs(m);
console.log(String(t));
console.log('elements in storage:', t.storage().length, ' strides:', t.stride());
testEq(t.shape, [3, 3]);
testEq(t.storage().length, 3);
testEq(t.stride(), [0, 1]);

const s = tensor([
  [1, 2, 3, 4, 5],
  [6, 7, 8, 9, 10],
]);
testEq([s.stride(), s.stride(0), s.stride(1)], [[5, 1], 5, 1]);

// %% [markdown]
// A column needs a second dimension: shape [3, 1]. `unsqueeze` adds one of size 1; so does indexing with `null`, which
// says *a new axis here, please*. Trailing colons may be left out, and `'...'` stands for all dimensions before.

// %%
testEq(c.unsqueeze(0).shape, [1, 3]);
testEq(c.unsqueeze(1).shape, [3, 1]);
testEq(c.index(null).shape, [1, 3]);
testEq(c.index(null, ':').shape, [1, 3]);
testEq(c.index(':', null).shape, [3, 1]);
testEq(c.index('...', null).shape, [3, 1]);

const column = c.index(':', null).expandAs(m);
testEq(column.stride(), [1, 0]);
testEq(m.add(c.index(':', null)), [
  [11, 12, 13],
  [24, 25, 26],
  [37, 38, 39],
]);

// %% [markdown]
// ## Rung 3: a row at a time
//
// Now the loop over j goes too. Row i of the product: turn row i of `a` into a column, multiply it with all of `b` (the
// column is repeated ten times), and sum down the 784 rows.

// %%
function rowAtATime(a: Tensor, b: Tensor): Tensor {
  const c = zeros([a.shape[0], b.shape[1]]);
  for (let i = 0; i < a.shape[0]; i++) c.index(i).copy_(a.index(i).index(':', null).mul(b).sum(0));
  return c;
}

rung('broadcasting, a row at a time', '254 µs', () => rowAtATime(m1, m2));

// %% [markdown]
// ## The rules of broadcasting
//
// Compare the two shapes from the last dimension to the first. Two sizes go together when they are equal, or when one of
// them is 1: that one is repeated. A dimension that is missing counts as 1. All else is an error.

// %%
testEq(
  [c.index(null).shape, c.index(':', null).shape],
  [
    [1, 3],
    [3, 1],
  ],
);
testEq(c.index(null).mul(c.index(':', null)), [
  [100, 200, 300],
  [200, 400, 600],
  [300, 600, 900],
]);
testEq(c.index(null).gt(c.index(':', null)), [
  [false, true, true],
  [false, false, true],
  [false, false, false],
]);
testEq(c.eq(c.index(null)).all(), true);

// %% [markdown]
// So a colour image [256, 256, 3] can be scaled by three numbers, one a channel, as it is. When the channel comes first,
// as in PyTorch and here, the three numbers must be a [3, 1, 1].

// %%
manualSeed(1);
const photo = randn([256, 256, 3])
  .mul(tensor([1, 2, 3]))
  .add(tensor([10, 20, 30]));
const [mean, std] = [photo.mean([0, 1]), photo.std([0, 1])];
const normal = photo.sub(mean).div(std);
testNearZero(normal.mean([0, 1]));
testNear(normal.std([0, 1]), [1, 1, 1]);

const channelFirst = photo.permute(2, 0, 1);
const normalFirst = channelFirst.sub(mean.index(':', null, null)).div(std.index(':', null, null));
testNear(normalFirst, normal.permute(2, 0, 1));

// %% [markdown]
// Shapes that do not go together are an error that names the dimension. 128 rows do not go with 256; and a [256, 256]
// mask does not go with [256, 256, 3], because shapes are compared from the right.

// %%
// #export
/** The message of the error that `run` throws; '' where it throws none. */
export function errorOf(run: () => unknown): string {
  try {
    run();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

// %%
const tooFewRows = errorOf(() => photo.mul(zeros([128, 256, 3])));
const maskFromTheWrongSide = errorOf(() => photo.mul(zeros([256, 256])));
console.log(tooFewRows);
console.log(maskFromTheWrongSide);
testEq(/256 and 128 at dimension -3/.test(tooFewRows), true);
testEq(/3 and 256 at dimension -1/.test(maskFromTheWrongSide), true);
testEq(photo.mul(zeros([256, 256, 1])).shape, [256, 256, 3]);

// %% [markdown]
// ## Rung 4: Einstein summation
//
// Take the innermost line, `c[i,j] += a[i,k] * b[k,j]`, and leave out all but the indices: `ik,kj->ij`. That is a little
// language: left of the arrow the dimensions of the operands, right of it those of the result. A letter that is not in
// the result is summed over.

// %%
const einsumMatmul = (a: Tensor, b: Tensor) => einsum('ik,kj->ij', a, b);
rung("einsum('ik,kj->ij')", '57.2 µs', () => einsumMatmul(m1, m2));

// %% [markdown]
// It says much more than that in a few letters:

// %%
testEq(einsum('ij->ji', m), m.t());
testEq(einsum('ii->', m), 15);
testEq(einsum('ii->i', m), [1, 5, 9]);
testEq(einsum('bi,bj->ij', m, m), m.t().matmul(m));
testEq(einsum('ik,kj->ikj', m, m).shape, [3, 3, 3]);
testEq(einsum('ik,kj->ikj', m, m).sum(1), m.matmul(m));

// Without an arrow the result has the letters that occur once, in alphabetical order.
testEq(einsum('ik,kj', m, m), m.matmul(m));
testEq(einsum('b i,ij,bj', m, m, m), m.matmul(m).mul(m).sum());

manualSeed(1);
const [batchA, batchB] = [randn([4, 2, 3]), randn([4, 3, 5])];
testNear(einsum('bik,bkj->bij', batchA, batchB), batchA.matmul(batchB));
testNear(einsum('...ik,...kj->...ij', batchA, batchB), batchA.matmul(batchB));

// %% [markdown]
// ## Rung 5: the kernel
//
// The last rung is `matmul` itself. In this library it is C++ that keeps a block of the result in the processor's
// registers while it walks along k, eight or sixteen numbers at a time.

// %%
const threads = getNumThreads();
setNumThreads(1);
rung('matmul', '18.2 µs', () => nativeMatmul(m1, m2));
setNumThreads(threads);

// Vectors count as a row on the left and as a column on the right; further dimensions are a batch, and broadcast.
testEq(m.matmul(c), [140, 320, 500]);
testEq(c.matmul(m), [300, 360, 420]);
testEq(c.matmul(c), 1400);
testEq(batchA.matmul(batchB).shape, [4, 2, 5]);
testNear(batchA.matmul(batchB.index(0)).index(3), batchA.index(3).matmul(batchB.index(0)));
testEq(
  errorOf(() => m1.matmul(m1)),
  'matmul: inner sizes differ: [5, 784] @ [5, 784]',
);

// %% [markdown]
// ## The ladder of this machine

// %%
const einsumRung = ladder[3].seconds;
const matmulRung = ladder[4].seconds;
console.log(`kernels: ${kernels().name}`);
console.log(
  table([
    ['[5, 784] @ [784, 10]', 'here', 'times as fast as the loops', 'in the lesson (2019)'],
    ...ladder.map(({ name, lesson, seconds }) => [
      name,
      readable(seconds),
      (ladder[0].seconds / seconds).toFixed(1),
      lesson,
    ]),
    [
      'three loops over typed arrays',
      readable(typedSeconds),
      (ladder[0].seconds / typedSeconds).toFixed(1),
      '',
    ],
    ['Swift: arrays, pointers, one operation', '', '', '120, 59, 20.5 µs'],
  ]),
);
console.log(`einsum takes ${(einsumRung / matmulRung).toFixed(2)} times as long as matmul`);
console.log(`matmul is ${(typedSeconds / matmulRung).toFixed(1)} times as fast as the typed loops`);

// %% [markdown]
// ## All the images at once
//
// The first layer of a real network multiplies 50,000 images. That is ten thousand times the work, and the rungs keep
// their distance. (Rung 2, half a million small products and sums, is left out: it was slower than the loops.)

// %%
const all = xTrain.toArray() as number[][];
const once = { samples: 1, sample: 0.001 };
const bigSeconds = timeit(() => loops(all, nested2), once);
setNumThreads(1);
const bigRows = timeit(() => rowAtATime(xTrain, m2), once);
const bigNative = timeit(() => xTrain.matmul(m2), { samples: 3 });
const bigEinsum = timeit(() => einsumMatmul(xTrain, m2), { samples: 3 });
setNumThreads(threads);
const bigThreads = timeit(() => xTrain.matmul(m2), { samples: 3 });
testNear(xTrain.index(':1000').matmul(m2), tensor(loops(all.slice(0, 1000), nested2)));
console.log(
  table([
    ['[50000, 784] @ [784, 10]', 'here', 'times as fast'],
    ['three loops over nested arrays', readable(bigSeconds), '1.0'],
    ['broadcasting, a row at a time', readable(bigRows), (bigSeconds / bigRows).toFixed(1)],
    ['einsum, one thread', readable(bigEinsum), (bigSeconds / bigEinsum).toFixed(1)],
    ['matmul, one thread', readable(bigNative), (bigSeconds / bigNative).toFixed(1)],
    [`matmul, ${threads} threads`, readable(bigThreads), (bigSeconds / bigThreads).toFixed(1)],
  ]),
);

// %% [markdown]
// ## Try it
//
// - Put `+` for `*` into `loops` and run the lesson: the check against PyTorch's figures catches it.
// - Write rung 3 without any loop: which `null`s turn `a` into [5, 784, 1] and `b` into [1, 784, 10]? How much memory
//   does the product take for 50,000 images?
// - What do `einsum('ij,ij->', m, m)` and the Frobenius norm have to do with each other?
