/** Worker threads in the real thing, the built library: they begin, share, are ended in mid-call, and nothing crashes. */

import { describe, expect, test } from 'vitest';
import { runProgram } from './child.ts';

/** A worker that is in threaded kernels nearly all the time. */
const busy = `
  const { randn, setNumThreads, matmul } = handgrad;
  setNumThreads(4);
  const [a, b] = [randn([400, 400]), randn([400, 400])];
  matmul(a, b);
  parentPort.postMessage('begun');
  for (;;) matmul(a, b);
`;

const cleanEnd = { code: 0, signal: null, stderr: '' };

describe('an end in mid-call', () => {
  test.concurrent('worker.terminate() while it multiplies', async () => {
    const ended = await runProgram(`
      const [a, b] = [handgrad.randn([100, 100]), handgrad.randn([100, 100])];
      const expected = JSON.stringify(a.matmul(b).toArray());
      for (let round = 0; round < 3; round++) {
        const workers = Array.from({ length: 3 }, () => inWorker(${JSON.stringify(busy)}));
        await Promise.all(workers.map(begun));
        const codes = await Promise.all(workers.map((worker) => worker.terminate()));
        console.log(codes.join(' '), JSON.stringify(a.matmul(b).toArray()) === expected);
      }
    `);
    expect(ended).toEqual({ ...cleanEnd, stdout: '1 1 1 true\n'.repeat(3) });
  });

  test.concurrent('worker.terminate() while it awaits a product in the background', async () => {
    const ended = await runProgram(`
      for (let round = 0; round < 3; round++) {
        const worker = inWorker(\`
          const a = handgrad.randn([1000, 1000]).share();
          handgrad.setNumThreads(4);
          parentPort.postMessage('begun');
          (async () => { for (;;) await a.matmulAsync(a); })();
        \`);
        await begun(worker);
        await new Promise((resolve) => setTimeout(resolve, 10 * round));
        console.log(await worker.terminate());
      }
    `);
    expect(ended).toEqual({ ...cleanEnd, stdout: '1\n'.repeat(3) });
  });

  test.concurrent('process.exit() while workers and the background multiply', async () => {
    const ended = await runProgram(`
      const workers = [inWorker(${JSON.stringify(busy)}), inWorker(${JSON.stringify(busy)})];
      await Promise.all(workers.map(begun));
      const a = handgrad.randn([1500, 1500]).share();
      void a.matmulAsync(a);
      setTimeout(() => process.exit(3), 20);
    `);
    expect(ended).toEqual({ code: 3, signal: null, stdout: '', stderr: '' });
  });

  test.concurrent('an error in a worker whose product is still in the background', async () => {
    const ended = await runProgram(`
      const worker = inWorker(\`
        const a = handgrad.randn([1000, 1000]).share();
        void a.matmulAsync(a);
        throw new Error('meant');
      \`);
      await new Promise((resolve) => worker.once('error', (error) => { console.log(error.message); resolve(); }));
    `);
    expect(ended).toEqual({ ...cleanEnd, stdout: 'meant\n' });
  });

  test.concurrent('SIGTERM, unhandled and handled', async () => {
    const program = (handler: string) => `
      ${handler}
      const workers = [inWorker(${JSON.stringify(busy)}), inWorker(${JSON.stringify(busy)})];
      await Promise.all(workers.map(begun));
      const [a, b] = [handgrad.randn([300, 300]), handgrad.randn([300, 300])];
      console.log('busy');
      for (;;) {
        a.matmul(b);
        await new Promise((resolve) => setImmediate(resolve));
      }
    `;
    expect(await runProgram(program(''), 'busy')).toMatchObject({ signal: 'SIGTERM', stderr: '' });
    const handled = await runProgram(program("process.on('SIGTERM', () => process.exit(5));"), 'busy');
    expect(handled).toMatchObject({ code: 5, signal: null, stderr: '' });
  });
});

describe('shared tensors', () => {
  test.concurrent('a worker trains, and the main thread sees the model learn', async () => {
    const ended = await runProgram(`
      const { data, nn, manualSeed, train } = handgrad;
      const make = "(() => { const { nn } = handgrad; return nn.sequential(nn.linear(784, 20), nn.relu(), nn.linear(20, 10)); })()";
      manualSeed(1);
      const { trainSet, validSet } = data.normalize(data.proceduralMnist({ count: 3000 }));
      const model = eval(make).shareMemory();
      const loss = nn.crossEntropyLoss();
      const before = train.evaluate(model, loss, validSet).accuracy;
      const worker = inWorker(\`
        const { data, nn, optim, train, fromHandle } = handgrad;
        const model = \${make}.adoptParameters(workerData.parameters);
        const set = data.dataset(fromHandle(workerData.x), fromHandle(workerData.y));
        handgrad.manualSeed(2);
        const sgd = optim.sgd(model.parameters(), { lr: 0.1 });
        for (let epoch = 0; epoch < 6; epoch++)
          for (const seen of train.trainEpoch(model, nn.crossEntropyLoss(), sgd, set, { batchSize: 50 }));
        parentPort.postMessage('done');
      \`, {
        parameters: model.parameterHandles(),
        x: trainSet.x.share().handle(),
        y: trainSet.y.share().handle(),
      });
      const done = begun(worker).then(() => { over = true; });
      let over = false;
      const accuracies = new Set();
      while (!over) accuracies.add((await train.evaluateAsync(model, loss, validSet)).accuracy);
      const { accuracy } = train.evaluate(model, loss, validSet);
      console.log(before < 0.4, accuracy > 0.8, accuracies.size > 1);
    `);
    expect(ended).toEqual({ ...cleanEnd, stdout: 'true true true\n' });
  });

  test.concurrent('indices that another thread keeps changing never lead out of bounds', async () => {
    const ended = await runProgram(`
      const { randn, zeros, crossEntropy, indexSelect } = handgrad;
      const index = zeros([64], { dtype: 'int32' }).share();
      const x = randn([10, 1000]);
      const logits = randn([64, 10]);
      const worker = inWorker(\`
        const index = handgrad.fromHandle(workerData);
        parentPort.postMessage('begun');
        for (;;) { index.fill_(9); index.fill_(123456789); index.fill_(-123456789); }
      \`, index.handle());
      await begun(worker);
      const calls = [
        () => indexSelect(x, 0, index), () => crossEntropy(logits, index), () => x.index(index),
        () => x.gather(0, index.view(1, 64)), () => x.clone().scatter_(0, index.view(64, 1), randn([64, 1])),
        () => x.indexSelect(0, index).sum(), () => index.sort(0), () => index.argmax(0), () => x.maskedSelect(index.view(64, 1).narrow(0, 0, 10).gt(0)),
      ];
      const outcomes = calls.map(() => new Set());
      for (let round = 0; round < 300; round++) {
        for (const [i, call] of calls.entries()) {
          try { call(); outcomes[i].add('ok'); } catch (error) { outcomes[i].add(error.name); }
        }
      }
      await worker.terminate();
      const known = ['ok', 'RangeError'];
      console.log(outcomes.every((set) => [...set].every((name) => known.includes(name))));
    `);
    expect(ended).toEqual({ ...cleanEnd, stdout: 'true\n' });
  });

  test.concurrent('memory stays bounded in a loop that shares', async () => {
    const ended = await runProgram(`
      const x = handgrad.randn([100_000]);
      const start = process.memoryUsage.rss();
      let most = 0;
      for (let i = 0; i < 6000; i++) {
        x.share().handle();
        if (i % 50 === 0) most = Math.max(most, process.memoryUsage.rss() - start);
      }
      console.log(most / 2 ** 20 < 256 ? 'bounded' : most / 2 ** 20);
    `);
    expect(ended).toEqual({ ...cleanEnd, stdout: 'bounded\n' });
  });

  test.concurrent('they outlive the thread that made them', async () => {
    const ended = await runProgram(`
      const worker = inWorker("parentPort.postMessage(handgrad.arange(1000).share().handle());");
      const handle = await begun(worker);
      await worker.terminate();
      const x = handgrad.fromHandle(handle);
      console.log(x.sum().item(), x.isShared());
    `);
    expect(ended).toEqual({ ...cleanEnd, stdout: '499500 true\n' });
  });
});
