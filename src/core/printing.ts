import type { Strided } from './strided.ts';
export function inspectTensor(x: Strided): string {
  return String(x.shape);
}
