/**
 * One training epoch in handgrad, through its public API. Speaks what pytorch_epoch.py speaks: one JSON object a
 * line, answered by one line.
 */

import { createInterface } from 'node:readline';
import { data, kernels, manualSeed, nn, optim, setKernels, setNumThreads, train } from '../../dist/index.mjs';

const layers: Record<string, number[]> = {
  linear: [784, 10],
  mlp: [784, 50, 10],
  'mlp-large': [784, 512, 512, 10],
};

interface Request {
  model: string;
  batchSize: number;
  lr: number;
  threads: number;
  seed: number;
  kernels?: 'native' | 'typescript';
}

const { trainSet } = data.normalize(await data.mnist({ dir: process.argv[2] }));

function answer(request: Request): { seconds: number; loss: number } {
  setKernels(request.kernels ?? 'native');
  setNumThreads(request.threads);
  manualSeed(request.seed);
  const sizes = layers[request.model];
  const modules = sizes.slice(1).flatMap((size, i) => {
    const layer = nn.linear(sizes[i], size);
    return i < sizes.length - 2 ? [layer, nn.relu()] : [layer];
  });
  const model = nn.sequential(...modules);
  const optimizer = optim.sgd(model.parameters(), { lr: request.lr });
  const loss = nn.crossEntropyLoss();
  const started = performance.now();
  const epoch = train.trainEpoch(model, loss, optimizer, trainSet, { batchSize: request.batchSize });
  let step = epoch.next();
  while (!step.done) step = epoch.next();
  return { seconds: (performance.now() - started) / 1000, loss: step.value };
}

console.log(JSON.stringify({ peer: `handgrad ${kernels().name}` }));
for await (const line of createInterface(process.stdin))
  console.log(JSON.stringify(answer(JSON.parse(line))));
