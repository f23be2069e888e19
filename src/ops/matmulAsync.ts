/** The matrix product in the background. */

import type { DType, FloatDType } from '../core/dtype.ts';
import { StateError } from '../core/errors.ts';
import { formatShape, numelOf } from '../core/shape.ts';
import { allocateShared, isSharedMemory } from '../core/sharedMemory.ts';
import type { Storage } from '../core/storage.ts';
import { checkAttached, Tensor } from '../core/tensor.ts';
import { Turns } from '../core/turns.ts';
import { kernels } from '../kernels/active.ts';
import type { Kernels } from '../kernels/contract.ts';
import { planProduct } from './matrixProduct.ts';
import { narrow } from './views.ts';

/** Elements that are copied between two looks at the clock. */
const AT_ONCE = 1 << 16;

/** Products are made one after the other: each has all cores that there are for it. */
let latest: Promise<unknown> = Promise.resolve();

/**
 * `matmul` that leaves the event loop free: the product is computed on other threads, on all cores but one, with the
 * same result to the last bit. On TypeScript kernels it is made piece by piece, and the loop has its turn in between.
 *
 * Operands that are not shared are copied first, a little at a time; the result is shared (`isShared`). To change an
 * operand in place before the promise is settled is an error.
 *
 * @throws (rejects with) what `matmul` throws; StateError when an operand was changed in the meantime
 */
export async function matmulAsync(a: Tensor, b: Tensor): Promise<Tensor<FloatDType>> {
  const plan = planProduct('matmulAsync', a, b);
  const { shape, dtype, asMatrix } = plan;
  const chosen = kernels();
  const operands = [plan.left, plan.right].map((x) => ({ x, version: x.base.version }));
  const checkUnchanged = () => {
    for (const { x, version } of operands) {
      checkAttached('matmulAsync', x);
      if (x.base.version !== version) {
        throw new StateError(
          `matmulAsync: an operand of shape ${formatShape(x.shape)} was changed in place before the product was ` +
            'there; change a clone()',
        );
      }
    }
  };
  const before = latest;
  const product = (async () => {
    await before;
    const turns = new Turns();
    await turns.take(); // whoever awaited the product before this one may have kept the loop already
    checkUnchanged();
    const takeTurn = async () => {
      if (!turns.due()) return;
      await turns.take();
      checkUnchanged();
    };
    const result = new Tensor<FloatDType>(allocateShared('matmulAsync', dtype, numelOf(shape)), shape);
    const left = await inSharedMemory(plan.left, 'left', chosen, takeTurn);
    const right = await inSharedMemory(plan.right, 'right', chosen, takeTurn);
    await chosen.matmulAsync(left, right, asMatrix(result));
    checkUnchanged();
    return result;
  })();
  latest = product.catch(() => {});
  return product;
}

/** x in memory that cannot be transferred away while others read it. */
async function inSharedMemory(
  x: Tensor,
  side: Side,
  { copy }: Kernels,
  takeTurn: () => Promise<void>,
): Promise<Tensor> {
  if (isSharedMemory(x.base.array)) return x;
  const result = sharedLike(x, side);
  const [from, to] = [withoutRepeats(x), withoutRepeats(result)];
  const dim = from.shape.indexOf(Math.max(...from.shape));
  const size = from.shape[dim];
  const step = Math.max(1, Math.floor((AT_ONCE * size) / Math.max(1, from.numel())));
  for (let first = 0; first < size; first += step) {
    const count = Math.min(step, size - first);
    copy(narrow(from, dim, first, count), narrow(to, dim, first, count));
    await takeTurn();
  }
  return result;
}

/**
 * Where the operands of the last product were copied to. Those of the next one are copied there too, which saves fresh
 * pages and garbage, unless the collector has taken the memory in between: nothing else holds it.
 */
const staged: Record<Side, WeakRef<Storage> | null> = { left: null, right: null };
type Side = 'left' | 'right';

/** Shared memory for so many elements, which no product needs any more. */
function staging(side: Side, dtype: DType, length: number): Storage {
  const last = staged[side]?.deref();
  if (last?.dtype === dtype && last.length >= length) return last;
  const fresh = allocateShared('matmulAsync', dtype, length);
  staged[side] = new WeakRef(fresh);
  return fresh;
}

/** A tensor in shared memory with x's strides: the order in which a product is summed goes by how its operands lie. */
function sharedLike(x: Tensor, side: Side): Tensor {
  let low = 0;
  let high = 0;
  for (let d = 0; d < x.ndim; d++) {
    const reach = (x.shape[d] - 1) * x.strides[d];
    if (reach < 0) low += reach;
    else high += reach;
  }
  const empty = x.numel() === 0;
  const base = staging(side, x.dtype, empty ? 0 : high - low + 1);
  return new Tensor(base, x.shape, x.strides, empty ? 0 : -low);
}

/** Each element once, where x is expanded. */
function withoutRepeats(x: Tensor): Tensor {
  const shape = x.shape.map((size, d) => (x.strides[d] === 0 ? Math.min(size, 1) : size));
  return new Tensor(x.base, shape, x.strides, x.offset);
}
