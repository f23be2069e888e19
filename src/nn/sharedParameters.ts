/** Parameters in shared memory, so that one thread trains a model while another evaluates it. */

import { StateError } from '../core/errors.ts';
import { formatShape, shapesEqual } from '../core/shape.ts';
import { checkFloating, checkWritable, describe } from '../ops/operands.ts';
import { fromHandle, handle, isShared, share, type TensorHandle } from '../ops/sharing.ts';
import type { Parameter } from './parameter.ts';

/** Handles of parameters by their dotted names: what `postMessage` and `workerData` take. */
export type ParameterHandles = Map<string, TensorHandle>;

/** Moves each parameter that is not in shared memory there; it has no gradient then. */
export function shareParameters(parameters: Iterable<Parameter>): void {
  for (const parameter of parameters) if (!isShared(parameter)) parameter.replaceData(share(parameter));
}

export function handlesOf(entries: Iterable<readonly [string, Parameter]>): ParameterHandles {
  return new Map(Array.from(entries, ([name, parameter]) => [name, handle(parameter)]));
}

/**
 * Puts the parameters of `entries` on the memory that the handles of their names stand for.
 *
 * @param owner names the model in the error
 * @throws StateError that lists all that does not fit; then nothing has changed
 */
export function adoptHandles(
  owner: string,
  entries: Iterable<readonly [string, Parameter]>,
  handles: ReadonlyMap<string, TensorHandle>,
): void {
  if (!(handles instanceof Map)) {
    throw new TypeError(
      `adoptParameters: handles must be the Map that parameterHandles() gives, got ${describe(handles)}`,
    );
  }
  const own = new Map(entries);
  const faults: string[] = [];
  const fitting: (() => void)[] = [];
  for (const [name, parameter] of own) {
    const given: TensorHandle | undefined = handles.get(name);
    if (given === undefined) {
      faults.push(`missing: ${name} ${formatShape(parameter.shape)}`);
      continue;
    }
    const data = fromHandle(given);
    checkFloating('adoptParameters', data, name);
    checkWritable('adoptParameters', data);
    if (shapesEqual(data.shape, parameter.shape)) fitting.push(() => parameter.replaceData(data));
    else {
      const [wanted, got] = [parameter.shape, data.shape].map(formatShape);
      faults.push(`misshapen: ${name} must be of shape ${wanted}, got ${got}`);
    }
  }
  for (const name of handles.keys()) if (!own.has(name)) faults.push(`unexpected: ${name}`);
  if (faults.length > 0) {
    throw new StateError(`adoptParameters: the handles do not fit ${owner}:\n  ${faults.join('\n  ')}`);
  }
  for (const adopt of fitting) adopt();
}
