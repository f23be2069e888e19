import type * as Echarts from 'echarts';
import { dtypes } from '../../core/dtype.ts';
import { ShapeError } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { Tensor } from '../../core/tensor.ts';
import { clone, to } from '../../ops/conversion.ts';
import { load } from '../optional.cjs';
import { drawBars, drawLines } from './characters.ts';
import { Picture } from './picture.ts';
import { rasterize } from './rasterize.ts';

/** Numbers in a row: a tensor [n], an array, or a typed array. */
export type Series = Tensor | ArrayLike<number>;

export interface ChartOptions {
  readonly title?: string | undefined;
  readonly xLabel?: string | undefined;
  readonly yLabel?: string | undefined;
  /** Of SVG, in pixels; 480 × 300 unless said otherwise. PNG files have twice as many each way. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

export interface PlotOptions extends ChartOptions {
  /** Where the points lie along the x axis; 0, 1, 2, … unless said otherwise. */
  readonly x?: Series | undefined;
}

export interface HistOptions extends ChartOptions {
  /** Bars; 40 unless said otherwise. */
  readonly bins?: number | undefined;
  /** What is left of the first bar or right of the last is not counted; from the smallest to the largest element. */
  readonly range?: readonly [low: number, high: number] | undefined;
}

/** Points of a line, where both coordinates are finite. */
export type Points = readonly (readonly [x: number, y: number])[];

/**
 * Lines: one series, or several under their names.
 *
 *     plot(losses);
 *     plot({ relu: relu(x), sigmoid: sigmoid(x) }, { x, title: 'activations' });
 *
 * SVG needs the package `echarts`, which is loaded then; PNG also needs `@resvg/resvg-wasm`.
 */
export function plot(series: Series | Readonly<Record<string, Series>>, options: PlotOptions = {}): Picture {
  const named: [string, Series][] = isSeries(series) ? [['', series]] : Object.entries(series);
  if (named.length === 0) throw new ShapeError('plot: needs at least one series');
  const xs = options.x === undefined ? undefined : numbersOf('plot', options.x, 'x');
  const lines = named.map(([name, values]): [string, Points] => {
    const ys = numbersOf('plot', values, name === '' ? 'series' : name);
    if (xs !== undefined && xs.length !== ys.length) {
      throw new ShapeError(`plot: ${name || 'the series'} has ${ys.length} points, but x has ${xs.length}`);
    }
    const points = Array.from(ys, (y, i) => [xs?.[i] ?? i, y] as const);
    return [name, points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))];
  });
  return chartPicture(
    () => drawLines(lines, options),
    () =>
      chart(options, {
        legend: {
          show: lines[0][0] !== '',
          top: options.title === undefined ? 4 : 28,
          icon: 'rect',
          itemGap: 20,
          itemHeight: 3,
        },
        series: lines.map(([name, points]) => ({
          type: 'line',
          name,
          data: points.map(([x, y]) => [x, y]),
          showSymbol: points.length === 1,
          lineStyle: { width: 2 },
        })),
      }),
  );
}

/**
 * How often the elements of a tensor of any shape fall into each of `bins` equal parts of `range`. SVG needs the
 * package `echarts`, which is loaded then; PNG also needs `@resvg/resvg-wasm`.
 */
export function hist(values: Series, options: HistOptions = {}): Picture {
  const { bins = 40 } = options;
  if (!Number.isSafeInteger(bins) || bins < 1) {
    throw new RangeError(`hist: bins must be a whole number from 1, got ${bins}`);
  }
  const all = numbersOf('hist', values, 'values', true).filter(Number.isFinite);
  const [low, high] = options.range ?? rangeOf(all);
  if (!(low < high)) throw new RangeError(`hist: range must go from low to high, got [${low}, ${high}]`);
  const width = (high - low) / bins;
  const counts = new Array<number>(bins).fill(0);
  for (const value of all) {
    // The last bar takes in its right edge, as in NumPy.
    if (value >= low && value <= high) counts[Math.min(bins - 1, Math.floor((value - low) / width))]++;
  }
  const bars = counts.map((count, i) => ({ from: low + i * width, to: low + (i + 1) * width, count }));
  return chartPicture(
    () => drawBars(bars, options),
    () =>
      chart(options, {
        // A bar is read by its height, so that it must begin at 0.
        yAxis: { min: 0 },
        series: [
          {
            type: 'custom',
            data: bars.map(({ from, to, count }) => [from, to, count]),
            encode: { x: [0, 1], y: 2 },
            renderItem: (_, api) => {
              const [left, top] = api.coord([api.value(0), api.value(2)]);
              const [right, bottom] = api.coord([api.value(1), 0]);
              const shape = { x: left, y: top, width: Math.max(1, right - left - 1), height: bottom - top };
              return { type: 'rect', shape, style: { fill: '#5470c6' } };
            },
          },
        ],
      }),
  );
}

function chartPicture(text: () => string, svg: () => string): Picture {
  return new Picture({ text, svg, png: () => rasterize(svg()), preferred: 'svg' });
}

function isSeries(value: Series | Readonly<Record<string, Series>>): value is Series {
  return value instanceof Tensor || Array.isArray(value) || ArrayBuffer.isView(value);
}

/** The elements in float64, row-major. */
function numbersOf(operation: string, values: Series, name: string, anyShape = false): Float64Array {
  if (!(values instanceof Tensor)) return Float64Array.from(values);
  if (values.ndim !== 1 && !anyShape) {
    throw new ShapeError(`${operation}: ${name} must have one dimension, got ${formatShape(values.shape)}`);
  }
  return Float64Array.from(
    dtypes[values.dtype].floating ? clone(values).memory : to(clone(values), 'float64').memory,
  );
}

/** Smallest and largest, a little apart where all are equal. */
function rangeOf(values: Float64Array): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (values.length === 0) return [0, 1];
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

interface Content extends Pick<Echarts.EChartsOption, 'series' | 'legend'> {
  readonly yAxis?: { readonly min: number };
}

function chart(options: ChartOptions, { yAxis, ...content }: Content): string {
  const echarts = library();
  const { title, xLabel, yLabel, width = 480, height = 300 } = options;
  const instance = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  const named = (content.legend as { show?: boolean } | undefined)?.show === true;
  const axis = {
    nameLocation: 'middle',
    splitLine: { lineStyle: { color: '#e6e6e6' } },
    // At the edge, where its labels are, and not through the picture at 0.
    axisLine: { show: true, onZero: false },
    scale: true,
  } as const;
  try {
    instance.setOption({
      animation: false,
      backgroundColor: '#fff',
      title: { text: title ?? '', left: 'center', top: 6, textStyle: { fontSize: 14 } },
      grid: {
        left: yLabel === undefined ? 16 : 36,
        right: 24,
        top: 20 + (title === undefined ? 0 : 20) + (named ? 24 : 0),
        bottom: xLabel === undefined ? 12 : 32,
        containLabel: true,
      },
      xAxis: { type: 'value', name: xLabel ?? '', nameGap: 28, ...axis },
      yAxis: { type: 'value', name: yLabel ?? '', nameGap: 44, ...axis, ...yAxis },
      ...content,
    });
    return instance.renderToSVGString();
  } finally {
    instance.dispose();
  }
}

function library(): typeof Echarts {
  try {
    return load('echarts') as typeof Echarts;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error('plot: SVG files of plots need the package echarts: npm install echarts', {
      cause: error,
    });
  }
}
