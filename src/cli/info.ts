import { kernelsInfo } from '../kernels/active.ts';

/** Prints what runs here, and what else could be chosen. */
export function info(): void {
  const { name, threads, available, cpu, addon } = kernelsInfo();
  const rows = {
    kernels: `${name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    available: available.join(', '),
    cpu: cpu.join(', ') || 'not asked, without the addon',
    addon,
    node: `${process.version} on ${process.platform}-${process.arch}`,
  };
  for (const [label, value] of Object.entries(rows)) console.log(`${label.padEnd(10)} ${value}`);
}
