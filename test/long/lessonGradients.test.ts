/**
 * What lesson 3 asks its readers to try: delete one line of a gradient, run the lesson, and see which check stops it.
 * Each lesson that has gradients, with one line less.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseLesson } from '../../scripts/lessons/cells.ts';
import { describeFailure, runCells } from '../../scripts/lessons/run.ts';
import { mnistDir } from '../mnistDir.ts';

interface Deletion {
  readonly lesson: string;
  /** The line to delete, without its indentation. */
  readonly line: string;
  /** Which of the lines that read so, from 0. */
  readonly occurrence?: number;
  /** What the reader is told: the heading above the cell, and what is wrong. */
  readonly heading: string;
  readonly complaint: RegExp;
}

const backward = '03-backward';
const deletions: Deletion[] = [
  {
    lesson: backward,
    line: '.mul(2 / output.shape[0]),',
    heading: 'Three checks',
    complaint: /testEq: not the same\n\[\n {2}'x\[\d+\]: by hand/,
  },
  {
    lesson: backward,
    line: 'g.set(input, input.gt(0).float().mul(gradOf(output)));',
    heading: 'Three checks',
    complaint: /nobody has set the gradient of the \[1000,50\]/,
  },
  {
    lesson: backward,
    line: 'g.set(w, input.unsqueeze(-1).mul(dy.unsqueeze(1)).sum(0));',
    heading: 'Three checks',
    complaint: /nobody has set the gradient of the \[50,1\]/,
  },
  {
    lesson: backward,
    line: 'g.set(b, dy.sum(0));',
    occurrence: 1, // of linGrad, which is checked against PyTorch
    heading: 'Three checks',
    complaint: /nobody has set the gradient of the \[50\]/,
  },
  {
    lesson: backward,
    line: "g.set(this.w, einsum('bi,bj->ij', x, dy));",
    heading: 'Version 3: one base class, and einsum',
    complaint: /nobody has set the gradient of the \[784,50\]/,
  },
  {
    lesson: '04-mnist-basics',
    line: 'b.sub_(dy.sum(0));',
    heading: 'The seven steps by hand',
    complaint: /testNear: not near/,
  },
  {
    lesson: '05-training',
    line: 'gradient.indexPut_([rows, target], gradient.index(rows, target).sub(1));',
    heading: 'Cross-entropy',
    complaint: /testNear: not near/,
  },
  {
    lesson: '05-training',
    line: 'layer.bias?.sub_((layer.bias.grad as Tensor).mul(lr));',
    occurrence: 1,
    heading: 'The loop, written out',
    complaint: /testNear: not near/,
  },
];

describe.skipIf(mnistDir === undefined)('a lesson with one line less', () => {
  test.each(deletions)(
    '$lesson without $line',
    async ({ lesson, line, occurrence = 0, heading, complaint }) => {
      const path = fileURLToPath(new URL(`../../lessons/${lesson}.ts`, import.meta.url));
      const lines = readFileSync(path, 'utf8').split('\n');
      const places = lines.flatMap((text, i) => (text.trim() === line ? [i] : []));
      expect(places.length).toBeGreaterThan(occurrence);
      lines.splice(places[occurrence], 1);
      const cells = parseLesson(lines.join('\n'), path);
      const { failure } = await runCells(cells, path);
      expect(failure).not.toBeNull();
      if (failure === null) return;
      expect(failure.message).toMatch(complaint);
      expect(describeFailure(path, cells, failure)).toContain(`(${heading})`);
    },
  );
});
