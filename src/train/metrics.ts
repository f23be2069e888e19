import type { Tensor } from '../core/tensor.ts';
import { eq } from '../ops/comparisons.ts';
import { argmax } from '../ops/extremes.ts';
import { sum } from '../ops/reductions.ts';

/** How many rows of logits [rows, classes] have their largest element at the target [rows]. */
export function countCorrect(logits: Tensor, targets: Tensor): number {
  return Number(sum(eq(argmax(logits, -1), targets)).item());
}

/** The share of rows of logits [rows, classes] that have their largest element at the target [rows], from 0 to 1. */
export function accuracy(logits: Tensor, targets: Tensor): number {
  return countCorrect(logits, targets) / targets.numel();
}
