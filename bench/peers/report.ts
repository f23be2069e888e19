/** What a comparison of matmul measured, and what follows from it. */

import Table from 'cli-table3';
import { formatSeconds } from '../../src/cli/measure.ts';

/** Seconds of one product: the best of all rounds, and the median of the rounds' medians. */
export interface Contender {
  readonly name: string;
  readonly best: number;
  readonly median: number;
}

/** One shape on one number of threads. */
export interface ShapeResult {
  readonly shape: string;
  readonly threads: number;
  readonly flops: number;
  readonly bytes: number;
  /** What the cores can do, measured in the same run: operations a second, bytes a second from such operands. */
  readonly peak: number;
  readonly bandwidth: number;
  readonly ours: Contender;
  /** OpenBLAS, oneDNN and PyTorch, which the claims are about; then what else runs in Node. */
  readonly vendors: readonly Contender[];
  readonly others: readonly Contender[];
}

export interface Report {
  readonly date: string;
  readonly machine: string;
  readonly results: readonly ShapeResult[];
}

/** The share of the least time that the machine allows: min(peak, roofline). */
export function shareOfLimit({ flops, bytes, peak, bandwidth }: ShapeResult, seconds: number): number {
  return Math.max(flops / peak, bytes / bandwidth) / seconds;
}

/** How many times as fast as the best of the vendors' libraries we are. */
export function ratioOf({ ours, vendors }: ShapeResult): number {
  return Math.min(...vendors.map(({ best }) => best)) / ours.best;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Reports as one: of a shape that is in several, the last result counts. */
export function mergeReports(reports: readonly Report[]): Report {
  const results = new Map<string, ShapeResult>();
  for (const report of reports) {
    for (const result of report.results) results.set(`${result.threads} ${result.shape}`, result);
  }
  const last = reports.at(-1) as Report;
  return { date: last.date, machine: last.machine, results: [...results.values()] };
}

export function threadCounts({ results }: Report): number[] {
  return [...new Set(results.map(({ threads }) => threads))].sort((a, b) => a - b);
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;

/** The tables that `bench:peers -- matmul` prints: one for each number of threads, and the means. */
export function formatReport(report: Report): string {
  const parts: string[] = [`${report.date}, ${report.machine}`];
  for (const threads of threadCounts(report)) {
    const results = report.results.filter((result) => result.threads === threads);
    parts.push(formatResults(threads, results), summarize(results));
  }
  const scaling = formatScaling(report);
  if (scaling !== '') parts.push(scaling);
  return parts.join('\n');
}

function formatResults(threads: number, results: readonly ShapeResult[]): string {
  const names = [
    ...new Set(results.flatMap(({ vendors, others }) => [...vendors, ...others]).map(({ name }) => name)),
  ];
  const peak = Math.max(...results.map((result) => result.peak));
  const table = new Table({
    head: [
      `${threads} ${threads === 1 ? 'thread' : 'threads'}`,
      'ours',
      'GFLOP/s',
      'of limit',
      'times the best',
      ...names,
    ],
    colAligns: ['left', ...Array.from({ length: 4 + names.length }, () => 'right' as const)],
    style: { head: [], border: [] },
  });
  for (const result of results) {
    const { ours, vendors, others } = result;
    const cells = names.map((name) => {
      const found = [...vendors, ...others].find((contender) => contender.name === name);
      if (found === undefined) return '';
      return `${(found.best / ours.best).toFixed(2)} (${percent(shareOfLimit(result, found.best))})`;
    });
    table.push([
      result.shape,
      formatSeconds(ours.best),
      (result.flops / ours.best / 1e9).toFixed(0),
      percent(shareOfLimit(result, ours.best)),
      ratioOf(result).toFixed(2),
      ...cells,
    ]);
  }
  return (
    `${table.toString()}\n` +
    `FMA peak ${(peak / 1e9).toFixed(0)} GFLOP/s. A peer's cell: its time by ours, and its share of the limit.`
  );
}

/** The libraries that have a column in the documentation's table, oneDNN with the better of its two ways. */
const libraries = ['OpenBLAS', 'oneDNN', 'PyTorch'] as const;

/** Fastest of the ways that a library offers; Infinity where it took no part. */
export function secondsOf({ ours, vendors }: ShapeResult, name: string): number {
  const all = [ours, ...vendors].filter((contender) => contender.name.startsWith(name));
  return Math.min(...all.map(({ best }) => best));
}

/** The same tables for the documentation, narrower, in Markdown. */
export function formatMarkdown(report: Report): string {
  return threadCounts(report)
    .map((threads) => {
      const results = report.results.filter((result) => result.threads === threads);
      const rows = results.map((result) => {
        const times = libraries.map((name) => (secondsOf(result, name) / result.ours.best).toFixed(2));
        return [
          result.shape,
          formatSeconds(result.ours.best),
          (result.flops / result.ours.best / 1e9).toFixed(0),
          percent(shareOfLimit(result, result.ours.best)),
          ...times,
          `**${ratioOf(result).toFixed(2)}**`,
        ];
      });
      const label = `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
      const head = [label, 'time', 'GFLOP/s', 'of limit', ...libraries, 'the best'];
      const rule = head.map((_, i) => (i === 0 ? '---' : '--:'));
      const lines = [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
      return `${lines.join('\n')}\n\n${summarize(results)}.\n`;
    })
    .join('\n');
}

function summarize(results: readonly ShapeResult[]): string {
  const ratios = results.map(ratioOf);
  const large = results.filter(({ shape }) => shape.includes('50000'));
  const worst = results[ratios.indexOf(Math.min(...ratios))];
  const lines = [
    `times the best of the vendors: geometric mean ${geometricMean(ratios).toFixed(3)} of ${ratios.length} shapes,`,
    ...(large.length > 0 ? [`${geometricMean(large.map(ratioOf)).toFixed(3)} of those with 50,000,`] : []),
    `least ${ratioOf(worst).toFixed(3)} (${worst.shape}), ${ratios.filter((ratio) => ratio < 0.95).length} below 0.95`,
  ];
  return lines.join(' ');
}

/** From one thread to two: above 2·10⁸ operations, beside what the machine itself gains. */
function formatScaling({ results }: Report): string {
  const rows = results.flatMap((two) => {
    const one = results.find((result) => result.threads === 1 && result.shape === two.shape);
    if (two.threads !== 2 || one === undefined || two.flops <= 2e8) return [];
    const limit = (result: ShapeResult) =>
      Math.max(result.flops / result.peak, result.bytes / result.bandwidth);
    return [{ shape: two.shape, gained: one.ours.best / two.ours.best, possible: limit(one) / limit(two) }];
  });
  if (rows.length === 0) return '';
  const table = new Table({
    head: ['1 → 2 threads', 'times as fast', 'the machine', 'of that'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const { shape, gained, possible } of rows) {
    table.push([shape, gained.toFixed(2), possible.toFixed(2), (gained / possible).toFixed(2)]);
  }
  return table.toString();
}
