import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocatedBytes, cachedBytes } from '../../src/core/pools.ts';
import {
  arange,
  data,
  emptyCache,
  keep,
  manualSeed,
  memory,
  nn,
  ones,
  optim,
  randn,
  StateError,
  scope,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';

/** Elements of tensors that share slabs, and of one that has a block of its own. */
const sizes = [1, 10, 128, 129, 1000, 2048, 2049, 5000];

/** Makes many tensors, so that memory that was given back by mistake is written over. */
function overwrite(): void {
  scope(() => {
    for (const size of sizes) for (let i = 0; i < 20; i++) ones([size]).mul(-7);
  });
}

onBothKernels('scope', () => {
  test('what is returned stays, alone and within arrays, objects, Maps and Sets', () => {
    const alone = scope(() => arange(5).add(1));
    const [{ inner }, list] = scope((): [{ inner: Tensor }, Tensor[]] => [
      { inner: arange(3) },
      [ones([2000]), ones([3])],
    ]);
    const map = scope(() => new Map([['a', arange(2).mul(3)]]));
    const set = scope(() => new Set([arange(2).mul(4)]));
    overwrite();
    expect(alone.toArray()).toEqual([1, 2, 3, 4, 5]);
    expect(inner.toArray()).toEqual([0, 1, 2]);
    expect(list.map((x) => x.sum().item())).toEqual([2000, 3]);
    expect(map.get('a')?.toArray()).toEqual([0, 3]);
    expect([...set][0].toArray()).toEqual([0, 4]);
  });

  test('a returned view keeps the memory that it is a view of', () => {
    const row = scope(() => arange(6).view(2, 3).select(0, 1));
    overwrite();
    expect(row.toArray()).toEqual([3, 4, 5]);
  });

  test.each(sizes)(
    'what is not returned, of %i elements, is an error to use, and so are its views',
    (size) => {
      const escaped: Tensor[] = [];
      scope(() => {
        const x = ones([size]).mul(2);
        escaped.push(x, x.view(-1), x.unsqueeze(0), x.narrow(0, 0, 1));
      });
      for (const x of escaped) {
        for (const use of [
          () => x.add(1),
          () => ones([size]).sub(x),
          () => x.view(-1),
          () => x.toArray(),
          () => x.relu_(),
          () => x.sum(),
          () => x.storage(),
          () => x.clone(),
          () => keep(x),
          () => x.matmul(ones([size])),
        ]) {
          expect(use).toThrow(StateError);
          expect(use).toThrow('disposed of, or made in a scope that has ended');
        }
      }
      expect(() => (escaped[3] as Tensor).item()).toThrow(StateError);
      expect(String(escaped[0])).toContain('<no memory>');
    },
  );

  test('memory is used again, and zeros are zeros in it', () => {
    const filled = () => scope(() => sizes.map((size) => ones([size]).mul(3).sum().item()));
    for (let i = 0; i < 50; i++) filled(); // until slabs that hold other tensors too are full
    const before = allocatedBytes();
    for (let i = 0; i < 100; i++) filled();
    expect(allocatedBytes()).toBe(before);
    scope(() => {
      for (const size of sizes) expect(zeros([size]).abs().sum().item()).toBe(0);
    });
  });

  test('parameters, gradients, optimizer state and what backward needs outlive it', () => {
    manualSeed(1);
    const x = randn([6, 4]);
    const run = (within: <Result>(body: () => Result) => Result) => {
      manualSeed(2);
      let model!: nn.Sequential;
      let sgd!: optim.SGD;
      let loss!: nn.CrossEntropyLoss;
      within(() => {
        model = nn.sequential(nn.linear(4, 5), nn.relu(), nn.linear(5, 3));
        sgd = optim.sgd(model.parameters(), { lr: 0.1, momentum: 0.9 });
        loss = nn.crossEntropyLoss();
      });
      const values: number[] = [];
      for (let step = 0; step < 3; step++) {
        within(() =>
          values.push(Number(loss.forward(model.forward(x), tensor([0, 1, 2, 0, 1, 2]).int()).item())),
        );
        if (within === scope) overwrite();
        within(() => {
          model.backward(loss.backward());
        });
        if (within === scope) overwrite();
        within(() => sgd.step());
        within(() => sgd.zeroGrad());
      }
      return [values, model.parameters().map((parameter) => parameter.toArray())];
    };
    expect(run(scope)).toEqual(run((body) => body()));
  });

  test('a pass of a loader may begin in it and go on after it', () => {
    manualSeed(3);
    const set = data.dataset(arange(200).view(100, 2), arange(100));
    for (const reuse of [false, true]) {
      manualSeed(4);
      const expected = [...data.loader(set, { batchSize: 8, shuffle: true })].map(([x]) => x.toArray());
      manualSeed(4);
      const pass = data.loader(set, { batchSize: 8, shuffle: true, reuse })[Symbol.iterator]();
      const found: unknown[] = [];
      for (;;) {
        const done = scope(() => {
          const next = pass.next();
          if (!next.done) found.push(next.value[0].toArray());
          return next.done;
        });
        overwrite();
        if (done) break;
      }
      expect(found).toEqual(expected);
    }
  });

  test('nested: what the inner one returns belongs to the outer one', () => {
    let inner!: Tensor;
    const outer = scope(() => {
      inner = scope(() => arange(4).add(1));
      overwrite();
      expect(inner.toArray()).toEqual([1, 2, 3, 4]);
      return inner.mul(2);
    });
    overwrite();
    expect(outer.toArray()).toEqual([2, 4, 6, 8]);
    expect(() => inner.add(1)).toThrow(StateError);
  });

  test('keep() outlives all scopes', () => {
    let kept!: Tensor;
    scope(() => {
      scope(() => {
        kept = keep(arange(3).add(1));
      });
    });
    overwrite();
    expect(kept.toArray()).toEqual([1, 2, 3]);
  });

  test('a typed array that was handed out is never used again', () => {
    for (const size of [10, 5000]) {
      const array = scope(() => ones([size]).storage().memory);
      overwrite();
      expect(array.every((value) => value === 1)).toBe(true);
    }
  });

  test('an error in it gives back too', () => {
    let lost!: Tensor;
    const failing = () =>
      scope(() => {
        lost = ones([10]).add(1);
        throw new Error('on purpose');
      });
    expect(failing).toThrow('on purpose');
    expect(() => lost.add(1)).toThrow(StateError);
    const after = ones([10]); // no scope is left open
    expect(
      scope(() => after.add(1))
        .sum()
        .item(),
    ).toBe(20);
  });
});

describe('scope refuses', () => {
  test('async functions, and functions that return promises', () => {
    let called = false;
    expect(() =>
      scope(async () => {
        called = true;
      }),
    ).toThrow(TypeError);
    expect(called).toBe(false);
    let made!: Tensor;
    expect(() =>
      scope(() => {
        made = ones([3]);
        return Promise.resolve(1);
      }),
    ).toThrow('must not be async');
    expect(made.toArray()).toEqual([1, 1, 1]); // whoever goes on with it still has it
  });

  test('keep: what is no tensor', () => {
    expect(() => keep(3 as never)).toThrow(TypeError);
  });
});

onBothKernels('dispose', () => {
  test.each(sizes)('of %i elements: a second time is nothing, and views end with it', (size) => {
    const x = ones([size]).add(1);
    const view = x.view(1, size);
    x.dispose();
    x.dispose();
    expect(() => x.add(1)).toThrow(StateError);
    expect(() => view.sum()).toThrow(StateError);
    expect(() => x.storage()).toThrow(StateError);
  });

  test('of a view only itself ends', () => {
    const x = arange(6);
    const row = x.view(2, 3).select(0, 1);
    row.dispose();
    expect(() => row.sum()).toThrow(StateError);
    expect(x.toArray()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('Symbol.dispose, as `using` calls it', () => {
    const x = ones([10]).add(1);
    x[Symbol.dispose]();
    expect(() => x.add(1)).toThrow(StateError);
  });

  test('its memory is used again', () => {
    emptyCache();
    ones([5000]).dispose();
    expect(cachedBytes()).toBeGreaterThanOrEqual(20_000);
    const before = allocatedBytes();
    const second = ones([5000]);
    expect([cachedBytes(), allocatedBytes()]).toEqual([0, before]);
    expect(second.sum().item()).toBe(5000);
  });

  test('parameters whose memory was disposed of say so', () => {
    const layer = nn.linear(3, 2);
    layer.weight.dispose();
    expect(() => layer.forward(ones([1, 3]))).toThrow(StateError);
  });
});

describe('slabs', () => {
  test('transferring the buffer of one tensor harms no other', () => {
    const tensors = Array.from({ length: 50 }, (_, i) => ones([10]).mul(i));
    const { buffer } = (tensors[20] as Tensor).storage().memory;
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    expect(() => tensors[20]?.add(1)).toThrow(/detached/);
    for (const [i, x] of tensors.entries()) if (i !== 20) expect(x.sum().item()).toBe(10 * i);
    // Even a buffer that is reached past the public API is not taken away.
    const slab = (tensors[3] as Tensor).base.array.buffer as ArrayBuffer;
    try {
      structuredClone(slab, { transfer: [slab] });
    } catch (error) {
      expect((error as Error).name).toBe('DataCloneError');
    }
    expect(tensors[4]?.sum().item()).toBe(40);
  });

  test('views made before the buffer was handed out see the same elements after', () => {
    const x = arange(6);
    const row = x.view(2, 3).select(0, 1);
    const { memory: elements } = x.storage();
    elements[4] = 40;
    expect(row.toArray()).toEqual([3, 40, 5]);
    x.mul_(2);
    expect([...elements]).toEqual([0, 2, 4, 6, 80, 10]);
  });

  test('structuredClone of a tensor takes nothing away', () => {
    const x = arange(3);
    structuredClone({ shape: x.shape, values: x.toArray() });
    expect(x.toArray()).toEqual([0, 1, 2]);
  });
});

describe('any program', () => {
  type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
  const step = fc.oneof(
    fc.record({ do: fc.constant('make' as const), size: fc.constantFrom(...sizes), value: fc.nat(1000) }),
    fc.record({ do: fc.constant('add' as const), from: fc.nat(), value: fc.nat(1000) }),
    fc.record({ do: fc.constant('view' as const), from: fc.nat() }),
    fc.record({ do: fc.constant('write' as const), from: fc.nat(), value: fc.nat(1000) }),
    fc.record({ do: fc.constant('dispose' as const), from: fc.nat() }),
    fc.record({ do: fc.constant('keep' as const), from: fc.nat() }),
    fc.record({ do: fc.constant('hand out' as const), from: fc.nat() }),
    fc.record({ do: fc.constant('open' as const) }),
    fc.record({ do: fc.constant('close' as const), from: fc.nat() }),
  );

  /** What a tensor must be: storages are told apart by the object that holds their value. */
  interface Cell {
    value: number;
    dead: boolean;
    kept: boolean;
    made: number;
  }

  test('tensors hold what was written, or say that they are gone', () => {
    const run = (steps: readonly Step[]) => {
      const known: { x: Tensor; cell: Cell; owner: boolean; dead: boolean }[] = [];
      let at = 0;
      const body = (depth: number): Tensor | undefined => {
        while (at < steps.length) {
          const now = steps[at++];
          if (now === undefined) break;
          if (now.do === 'make') {
            const cell = { value: now.value, dead: false, kept: false, made: depth };
            known.push({ x: zeros([now.size]).add(now.value), cell, owner: true, dead: false });
          } else if (now.do === 'open') {
            if (depth < 4) {
              const before = depth + 1;
              const result = scope(() => body(before));
              const survivor = known.find(({ x }) => x === result)?.cell;
              for (const { cell } of known) {
                if (cell.made < before || cell.dead) continue;
                if (cell.kept || cell === survivor) cell.made = depth;
                else cell.dead = true;
              }
            }
          } else if (now.do === 'close') {
            if (depth > 0) return known.length > 0 ? known[now.from % known.length]?.x : undefined;
          } else if (known.length > 0) {
            const entry = known[now.from % known.length];
            if (entry === undefined) continue;
            const gone = entry.dead || entry.cell.dead;
            const { x, cell } = entry;
            if (now.do === 'dispose') {
              x.dispose();
              if (entry.owner && !entry.dead) cell.dead = true;
              entry.dead = true;
            } else if (gone) {
              expect(() => x.add(1)).toThrow(StateError);
            } else if (now.do === 'add') {
              const sum = { value: cell.value + now.value, dead: false, kept: false, made: depth };
              known.push({ x: x.add(now.value), cell: sum, owner: true, dead: false });
            } else if (now.do === 'view') {
              known.push({ x: x.unsqueeze(0), cell, owner: false, dead: false });
            } else if (now.do === 'write') {
              x.fill_(now.value);
              cell.value = now.value;
            } else {
              keep(x);
              cell.kept = true;
              if (now.do === 'hand out') expect(x.storage().memory[0]).toBe(cell.value);
            }
          }
          for (const { x, cell, dead } of known) {
            if (dead || cell.dead) expect(() => x.sum()).toThrow(StateError);
            else expect(x.sub(cell.value).abs().sum().item()).toBe(0);
          }
        }
        return undefined;
      };
      body(0);
    };
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), run), { seed: 5, numRuns: 150 });
  });
});

describe('memory', () => {
  test('counts what is alive, what waits, and what was taken', () => {
    emptyCache();
    const before = memory();
    const made = scope(() => {
      for (let i = 0; i < 1000; i++) ones([100_000]);
      return [ones([100_000]), ones([10]), ones([10])];
    });
    const during = memory();
    expect(during.tensors - before.tensors).toBe(3);
    expect(during.bytes - before.bytes).toBeGreaterThanOrEqual(400_000);
    expect(during.cached).toBeGreaterThanOrEqual(400_000);
    expect(during.allocated).toBeGreaterThan(before.allocated);
    for (const x of made) x.dispose();
    made.length = 0;
    emptyCache();
    const after = memory();
    expect(after.tensors).toBe(before.tensors);
    expect(after.bytes - before.bytes).toBeLessThan(400_000);
    expect(after.cached).toBe(0);
  });
});
