import * as v8 from 'node:v8';
import { allocatedBytes, cachedBytes } from './pools.ts';
import { Storage } from './storage.ts';

/** What tensors hold. */
export interface MemoryReport {
  /** Tensors with memory of their own; views of them are not counted. NaN before Node 20.13, which cannot tell. */
  readonly tensors: number;
  /** Bytes of all ArrayBuffers of the process that are in use: those of tensors, and the few that others have. */
  readonly bytes: number;
  /** Bytes that scopes and `dispose` gave back, and that wait for the next tensor. */
  readonly cached: number;
  /** Bytes that were newly taken for tensors since the start. Where this stands still, memory is used again. */
  readonly allocated: number;
}

/**
 * What tensors hold, exactly: V8 collects all garbage first and then counts. This takes tens of milliseconds, and is
 * for tests, and for looking for what keeps tensors alive; not for a loop.
 */
export function memory(): MemoryReport {
  const tensors = countTensors();
  const cached = cachedBytes();
  return { tensors, bytes: process.memoryUsage().arrayBuffers - cached, cached, allocated: allocatedBytes() };
}

function countTensors(): number {
  const { queryObjects } = v8 as { queryObjects?: (type: object, options: { format: 'count' }) => number };
  if (queryObjects === undefined) return Number.NaN;
  const { emitWarning } = process;
  process.emitWarning = () => {}; // that this is experimental is nothing that the caller can help
  try {
    return queryObjects(Storage, { format: 'count' });
  } finally {
    process.emitWarning = emitWarning;
  }
}
