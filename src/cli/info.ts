import type { DType } from '../core/dtype.ts';
import { type KernelsName, kernelsInfo, setKernels } from '../kernels/active.ts';
import type { MatmulShape } from './matmulShape.ts';
import { describePlan } from './plan.ts';

export interface InfoOptions {
  readonly plan?: MatmulShape;
  readonly kernels?: KernelsName;
  /** The plan's dtype. */
  readonly dtype: DType;
}

/** Prints what runs here, and what else could be chosen; or how a matmul would be done. */
export function info(options: InfoOptions): void {
  if (options.kernels !== undefined) setKernels(options.kernels);
  const rows = options.plan === undefined ? describeMachine() : describePlan(options.plan, options.dtype);
  for (const [label, value] of Object.entries(rows)) console.log(`${label.padEnd(10)} ${value}`);
}

function describeMachine(): Record<string, string> {
  const { name, threads, available, cpu, addon } = kernelsInfo();
  return {
    kernels: `${name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    available: available.join(', '),
    cpu: cpu.join(', ') || 'not asked, without the addon',
    addon,
    node: `${process.version} on ${process.platform}-${process.arch}`,
  };
}
