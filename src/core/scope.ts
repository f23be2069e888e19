/** Giving memory back at a known time, rather than when V8 collects. */

import { recordAllocations, type Storage } from './storage.ts';
import { checkAttached, Tensor } from './tensor.ts';

/**
 * Runs `body` and gives back the memory of all tensors that were made in it, at once, for the next tensors to be
 * made of. Three kinds stay: what `body` returns, alone or within arrays and objects (a scope around this one then
 * has it); parameters, gradients, what a Module keeps for its backward and an optimizer from step to step; and what
 * `keep` was called on.
 *
 *     const total = scope(() => x.sub(mean).div(std).square().sum());
 *
 * @throws TypeError when `body` is async: what it makes after its first `await` would belong to no scope, or to
 *   somebody else's. StateError later, when a tensor is used that its scope has given back.
 */
export function scope<Result>(body: () => Result): Result {
  if (Object.prototype.toString.call(body) === '[object AsyncFunction]') throw asyncError();
  const made: Storage[] = [];
  const outer = recordAllocations(made);
  let returned: ReadonlySet<Storage> | null = null;
  try {
    const result = body();
    if (isThenable(result)) {
      // It goes on with what it has made so far: that is left to V8.
      made.length = 0;
      throw asyncError();
    }
    returned = storagesWithin(result);
    return result;
  } finally {
    recordAllocations(outer);
    for (let i = 0; i < made.length; i++) {
      const storage = made[i];
      if (storage.keepers === 0 && returned?.has(storage) !== true) storage.giveBack();
      else outer?.push(storage);
    }
  }
}

/** Lets `x`, and every other view of its memory, outlive the scopes that are running. Returns x. */
export function keep<Kept extends Tensor>(x: Kept): Kept {
  if (!(x instanceof Tensor)) throw new TypeError('keep: needs a Tensor');
  checkAttached('keep', x);
  x.base.keepers++;
  return x;
}

function asyncError(): TypeError {
  return new TypeError('scope: the function must not be async; call scope between the awaits');
}

function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** The storages of all tensors in `value`: itself, or what arrays, objects, Maps and Sets in it hold. */
function storagesWithin(value: unknown): ReadonlySet<Storage> | null {
  if (typeof value !== 'object' || value === null) return null;
  const storages = new Set<Storage>();
  const seen = new Set<object>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null || ArrayBuffer.isView(next) || seen.has(next)) continue;
    seen.add(next);
    if (next instanceof Tensor) storages.add(next.base);
    else if (next instanceof Map) waiting.push(...next.keys(), ...next.values());
    else if (next instanceof Set) waiting.push(...next);
    // Getters are left alone: they would run code of their own, and might make new tensors.
    else for (const { value } of Object.values(Object.getOwnPropertyDescriptors(next))) waiting.push(value);
  }
  return storages;
}
