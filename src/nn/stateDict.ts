import { StateError } from '../core/errors.ts';
import { formatShape, shapesEqual } from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import { clone, copy_ } from '../ops/conversion.ts';
import { checkTensor, describe } from '../ops/operands.ts';

/**
 * Tensors by dotted name. A Map, because its keys are only that: names such as `__proto__` and `constructor`,
 * which may come from a file, mean nothing to it.
 */
export type StateDict = Map<string, Tensor>;

/** A snapshot: training goes on without changing it. */
export function copyOfState(entries: Iterable<readonly [string, Tensor]>): StateDict {
  return new Map(Array.from(entries, ([name, tensor]) => [name, clone(tensor)]));
}

/**
 * Copies the tensors of `state` into those of `entries` that have the same names.
 *
 * @param owner names the model in the error
 * @param strict whether every entry must have its counterpart
 * @throws StateError that lists all that does not fit; then nothing has been copied
 */
export function loadState(
  owner: string,
  entries: Iterable<readonly [string, Tensor]>,
  state: ReadonlyMap<string, Tensor>,
  strict: boolean,
): void {
  if (!(state instanceof Map)) {
    throw new TypeError(`loadStateDict: state must be a Map from names to tensors, got ${describe(state)}`);
  }
  const own = new Map(entries);
  const faults: string[] = [];
  const fitting: [target: Tensor, source: Tensor][] = [];
  for (const [name, target] of own) {
    const source: unknown = state.get(name);
    if (source instanceof Tensor && shapesEqual(source.shape, target.shape)) {
      fitting.push([target, checkTensor('loadStateDict', source, name)]);
    } else if (state.has(name)) {
      faults.push(
        `misshapen: ${name} must be a tensor of shape ${formatShape(target.shape)}, got ${describe(source)}`,
      );
    } else if (strict) {
      faults.push(`missing: ${name} ${formatShape(target.shape)}`);
    }
  }
  for (const name of state.keys()) {
    if (strict && !own.has(name)) faults.push(`unexpected: ${name}`);
  }
  if (faults.length > 0) {
    throw new StateError(`loadStateDict: the state does not fit ${owner}:\n  ${faults.join('\n  ')}`);
  }
  // What lies in memory that is about to be written is set aside first.
  const written = new Set(fitting.map(([target]) => target.memory.buffer));
  const sources = fitting.map(([, source]) => (written.has(source.memory.buffer) ? clone(source) : source));
  fitting.forEach(([target], i) => {
    copy_(target, sources[i]);
  });
}
