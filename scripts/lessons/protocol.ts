/** Between the process that runs a lesson and the one that reports. */

import type { Output } from './outputs.ts';

/** What the parent is told. */
export type Message =
  | { readonly type: 'cell'; readonly cell: number }
  | { readonly type: 'output'; readonly output: Output; readonly screen: string }
  | { readonly type: 'failed'; readonly name: string; readonly message: string; readonly stack: string }
  | { readonly type: 'done' };

/** The name of the call in the place of the markers. */
export const CELL_CALL = '__handgradCell';
