/** Charts on a terminal, in characters. */

import type { ChartOptions, Points } from './charts.ts';

const WIDTH = 64;
const HEIGHT = 14;

/** Dots in a Braille character: 2 across, 4 down, each a bit of the code point (Unicode, block U+2800). */
const BRAILLE = 0x2800;
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

/** Several lines share the dots, and so are told apart by the legend's order only where they part. */
export function drawLines(
  lines: readonly (readonly [name: string, points: Points])[],
  options: ChartOptions,
): string {
  const all = lines.flatMap(([, points]) => points);
  if (all.length === 0) return '(no points)';
  const [left, right] = extent(all.map(([x]) => x));
  const [low, high] = extent(all.map(([, y]) => y));
  const cells = Array.from({ length: HEIGHT }, () => new Array<number>(WIDTH).fill(0));
  const column = (x: number) => Math.round(((x - left) / (right - left)) * (2 * WIDTH - 1));
  const row = (y: number) => Math.round(((high - y) / (high - low)) * (4 * HEIGHT - 1));
  for (const [, points] of lines) {
    points.forEach(([x, y], i) => {
      const [fromX, fromY] = points[Math.max(0, i - 1)];
      // From dot to dot along the longer way, so that the line has no gaps.
      const [dx, dy] = [column(x) - column(fromX), row(y) - row(fromY)];
      const steps = Math.max(1, Math.abs(dx), Math.abs(dy));
      for (let step = 0; step <= steps; step++) {
        const atX = column(fromX) + Math.round((dx * step) / steps);
        const atY = row(fromY) + Math.round((dy * step) / steps);
        cells[atY >> 2][atX >> 1] |= DOTS[atY & 3][atX & 1];
      }
    });
  }
  const names = lines.map(([name]) => name).filter((name) => name !== '');
  const labels = [short(high), short(low)];
  const margin = Math.max(...labels.map((label) => label.length));
  const body = cells.map((codes, i) => {
    const label = i === 0 ? labels[0] : i === HEIGHT - 1 ? labels[1] : '';
    const drawn = codes.map((code) => (code === 0 ? ' ' : String.fromCharCode(BRAILLE + code))).join('');
    return `${label.padStart(margin)} │${drawn.trimEnd()}`;
  });
  return frame(options, names, margin, body, short(left), short(right));
}

export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const EIGHTHS = ' ▁▂▃▄▅▆▇█';
const BAR_HEIGHT = 8;

/** Bars side by side, in eighths of a character. */
export function drawBars(bars: readonly Bar[], options: ChartOptions): string {
  const most = Math.max(...bars.map(({ count }) => count));
  const label = String(most);
  const body = Array.from({ length: BAR_HEIGHT }, (_, i) => {
    const floor = (BAR_HEIGHT - 1 - i) * 8;
    const drawn = bars.map(({ count }) => {
      // What is there at all is seen.
      const eighths = count === 0 ? 0 : Math.max(1, Math.round((count / most) * BAR_HEIGHT * 8));
      return EIGHTHS[Math.min(Math.max(eighths - floor, 0), 8)];
    });
    return `${(i === 0 ? label : '').padStart(label.length)} │${drawn.join('').trimEnd()}`;
  });
  return frame(
    options,
    [],
    label.length,
    body,
    short(bars[0].from),
    short(bars[bars.length - 1].to),
    bars.length,
  );
}

function frame(
  { title, xLabel, yLabel }: ChartOptions,
  names: readonly string[],
  margin: number,
  body: readonly string[],
  left: string,
  right: string,
  width = WIDTH,
): string {
  const heading = [title, yLabel && `${yLabel} ↑`, names.join(', ')].filter(Boolean).join('   ');
  const ends = `${left}${(xLabel ?? '').padStart(Math.floor((width - left.length - right.length + (xLabel ?? '').length) / 2))}`;
  return [
    ...(heading === '' ? [] : [heading]),
    ...body,
    `${' '.repeat(margin)} └${'─'.repeat(width)}`,
    `${' '.repeat(margin + 2)}${ends.padEnd(width - right.length)}${right}`,
  ].join('\n');
}

function extent(values: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
