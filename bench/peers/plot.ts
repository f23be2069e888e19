/** The share of the machine's limit by shape, ours beside the vendors', as SVG: a row a shape, a panel a thread count. */

import { type Report, type ShapeResult, secondsOf, shareOfLimit, threadCounts } from './report.ts';

/** In the order in which they are drawn, ours last and so on top. */
const series = [
  { name: 'OpenBLAS', color: '#d98324', radius: 3.5 },
  { name: 'oneDNN', color: '#2f7fb8', radius: 3.5 },
  { name: 'PyTorch', color: '#8a56ac', radius: 3.5 },
  { name: 'handgrad', color: '#11734b', radius: 5 },
] as const;

const layout = { labels: 190, panel: 330, gap: 26, top: 96, row: 19, bottom: 34, right: 16 };
const ink = '#222';
const faint = '#d8d8d8';

type Attributes = Readonly<Record<string, string | number>>;

function element(name: string, attributes: Attributes, content = ''): string {
  const text = Object.entries(attributes).map(([key, value]) => ` ${key}="${value}"`);
  return content === '' ? `<${name}${text.join('')}/>` : `<${name}${text.join('')}>${content}</${name}>`;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function label(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escaped(content));
}

export function drawReport(report: Report): string {
  const counts = threadCounts(report);
  const shapes = [...new Set(report.results.map(({ shape }) => shape))];
  const width = layout.labels + counts.length * (layout.panel + layout.gap) + layout.right;
  const height = layout.top + shapes.length * layout.row + layout.bottom;
  const parts = [
    element('title', {}, "Share of the machine's limit by shape, for handgrad, OpenBLAS, oneDNN and PyTorch"),
    element('rect', { width, height, fill: 'white' }),
    label(12, 22, 'float32 matmul: share of what the machine allows', {
      'font-size': 15,
      'font-weight': 600,
    }),
    label(12, 39, `${report.date} · ${report.machine}`, { fill: '#666' }),
    label(12, 53, 'the limit: the FMA peak, or the bandwidth where that is tighter', { fill: '#666' }),
    ...drawLegend(),
    ...shapes.map((shape, i) => {
      return label(layout.labels - 10, rowMiddle(i) + 4, shape, { 'text-anchor': 'end' });
    }),
    ...counts.flatMap((threads, i) => {
      const results = shapes.map((shape) => {
        return report.results.find((result) => result.threads === threads && result.shape === shape);
      });
      return drawPanel(layout.labels + i * (layout.panel + layout.gap), threads, results);
    }),
  ];
  const root = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    'font-family': 'system-ui, sans-serif',
    'font-size': 11,
    fill: ink,
  };
  return `${element('svg', root, `\n${parts.join('\n')}\n`)}\n`;
}

const rowMiddle = (row: number) => layout.top + (row + 0.5) * layout.row;

function drawLegend(): string[] {
  return series.toReversed().flatMap(({ name, color, radius }, i) => {
    const x = layout.labels + 6 + i * 80;
    return [element('circle', { cx: x, cy: 70, r: radius, fill: color }), label(x + 9, 74, name)];
  });
}

function drawPanel(left: number, threads: number, results: readonly (ShapeResult | undefined)[]): string[] {
  const at = (share: number) => Number((left + Math.min(share, 1.1) * (layout.panel / 1.1)).toFixed(1));
  const bottom = layout.top + results.length * layout.row;
  const parts = [
    label(left, layout.top - 5, `${threads} ${threads === 1 ? 'thread' : 'threads'}`, { 'font-weight': 600 }),
  ];
  for (const percent of [0, 25, 50, 75, 100]) {
    const x = at(percent / 100);
    parts.push(
      element('line', { x1: x, x2: x, y1: layout.top, y2: bottom, stroke: percent === 100 ? '#888' : faint }),
      label(x, bottom + 15, `${percent} %`, { 'text-anchor': 'middle', fill: '#666' }),
    );
  }
  results.forEach((result, row) => {
    const y = rowMiddle(row);
    if (row % 2 === 1) {
      parts.push(
        element('line', { x1: at(0), x2: at(1), y1: y, y2: y, stroke: faint, 'stroke-dasharray': '1 3' }),
      );
    }
    if (result === undefined) return;
    for (const { name, color, radius } of series) {
      const seconds = secondsOf(result, name);
      if (!Number.isFinite(seconds)) continue;
      const cx = at(shareOfLimit(result, seconds));
      parts.push(
        element('circle', {
          cx,
          cy: y,
          r: radius,
          fill: color,
          'fill-opacity': name === 'handgrad' ? 1 : 0.75,
        }),
      );
    }
  });
  return parts;
}
