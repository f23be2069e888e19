/**
 * Trains a network in a worker thread, while the main thread answers requests with it as far as it has learned.
 *
 *     node examples/train-and-serve.mjs [EPOCHS] [DIR with MNIST]
 *
 *     curl localhost:8000                                       how the training stands
 *     curl localhost:8000/predict -d '[0, 0.3, …]'              784 pixels of a digit, from 0 to 1
 *
 * PORT is the port to listen on. docs/workers.md explains it.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { data, fromHandle, nn, optim, tensor, train } from 'handgrad';

/** Both threads build the same model; one memory for both makes them one. */
function makeModel() {
  return nn.sequential(nn.linear(784, 50), nn.relu(), nn.linear(50, 10));
}

if (isMainThread) await serve();
else learn();

/** The main thread. */
async function serve() {
  const [epochs = 5, dir] = process.argv.slice(2);
  const { trainSet, validSet } = dir ? await data.mnist({ dir, verify: 'known' }) : data.proceduralMnist();
  const mean = trainSet.x.mean();
  const std = trainSet.x.std();
  const normalized = (x) => x.sub(mean).div(std);

  const model = makeModel().shareMemory();
  const worker = new Worker(new URL(import.meta.url), {
    workerData: {
      epochs: Number(epochs),
      parameters: model.parameterHandles(),
      x: normalized(trainSet.x).share().handle(),
      y: trainSet.y.share().handle(),
    },
  });

  const valid = data.dataset(normalized(validSet.x), validSet.y);
  const loss = nn.crossEntropyLoss();
  const status = { epoch: 0, accuracy: 0, training: true };
  worker.on('message', async (epoch) => {
    status.epoch = epoch;
    status.accuracy = (await train.evaluateAsync(model, loss, valid)).accuracy;
  });
  worker.on('exit', () => {
    status.training = false;
  });

  const answer = async (request) => {
    if (request.url !== '/predict') return status;
    const pixels = tensor(await json(request)).view(1, 784);
    model.eval();
    return { digit: model.forward(normalized(pixels)).argmax().item() };
  };
  const server = createServer(async (request, response) => {
    const [code, body] = await answer(request).then(
      (result) => [200, result],
      (error) => [400, { error: error.message }],
    );
    response.writeHead(code, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
  });
  server.listen(Number(process.env.PORT ?? 8000));
  await once(server, 'listening');
  console.log(`http://localhost:${server.address().port}`);
}

/** The worker. */
function learn() {
  const { epochs, parameters, x, y } = workerData;
  const model = makeModel().adoptParameters(parameters);
  const batches = data.loader(data.dataset(fromHandle(x), fromHandle(y)), {
    batchSize: 64,
    shuffle: true,
    reuse: true,
  });
  const loss = nn.crossEntropyLoss();
  const sgd = optim.sgd(model.parameters(), { lr: 0.1 });
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const _ of train.trainBatches(model, loss, sgd, batches));
    parentPort.postMessage(epoch);
  }
}
