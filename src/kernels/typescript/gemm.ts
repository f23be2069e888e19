import type { TypedArray } from '../../core/dtype.ts';

/** A matrix as it lies in memory: element (i, j) at `at + i · rowStep + j · columnStep`. */
export interface Matrix {
  readonly memory: TypedArray;
  readonly at: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

export function transposed({ memory, at, rowStep, columnStep }: Matrix): Matrix {
  return { memory, at, rowStep: columnStep, columnStep: rowStep };
}

/** a is [rows, depth], b [depth, columns], and the product [rows, columns]. */
export interface GemmShape {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
}

/** What is done with each sum on its way into the result. */
export interface Finish {
  /** Added to each row where not null: a row whose elements lie `columnStep` apart. */
  readonly bias: Matrix | null;
  readonly relu: boolean;
  /** Added to the result's old value, which is not read otherwise. */
  readonly accumulate: boolean;
}

/*
 * The product is made of tiles of 4 × 2 sums, which stay in registers while the tile's 4 rows of a and 2
 * columns of b stream by: each number that is loaded is used 2 or 4 times. (V8 has 15 registers for floats;
 * 8 sums, a column's 2 factors and a row's are what fits. Measured in Node 20: 4 × 2 gives 4.6 GFLOP/s,
 * 2 × 2 3.4, and 4 × 4, whose 16 sums do not fit, 2.8.)
 *
 * So that a tile reads memory in order, whatever the strides of a and b, blocks of both are first packed
 * into panels: 4 rows (2 columns) side by side, one k after the other. Packing turns float32 into float64,
 * in which JavaScript computes anyway (with Math.fround after each step, the tile is three times slower).
 * So sums have float64's digits, and are rounded once, when stored.
 */
const TILE_ROWS = 4;
const TILE_COLUMNS = 2;
/** A panel of a and one of b take 24 KiB: they stay in the L1 cache while a tile is made. */
const BLOCK_DEPTH = 512;
/** The packed block of a (512 KiB), that of b (512 KiB) and the sums (128 KiB) stay in the L2 cache. */
const BLOCK_ROWS = 128;
const BLOCK_COLUMNS = 128;

const panelsOfA = new Float64Array(BLOCK_ROWS * BLOCK_DEPTH);
const panelsOfB = new Float64Array(BLOCK_COLUMNS * BLOCK_DEPTH);
const sums = new Float64Array(BLOCK_ROWS * BLOCK_COLUMNS);

/** out = a · b, finished as `finish` says. depth 0 gives sums of 0. */
export function gemm(shape: GemmShape, a: Matrix, b: Matrix, out: Matrix, finish: Finish): void {
  if (shape.columns === 0) return; // before counting what may be very many rows
  for (let i = 0; i < shape.rows; i += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, shape.rows - i);
    for (let j = 0; j < shape.columns; j += BLOCK_COLUMNS) {
      const columns = Math.min(BLOCK_COLUMNS, shape.columns - j);
      // The sums of a row lie side by side, filled up to whole tiles.
      const pitch = Math.ceil(columns / TILE_COLUMNS) * TILE_COLUMNS;
      sums.fill(0, 0, Math.ceil(rows / TILE_ROWS) * TILE_ROWS * pitch);
      for (let k = 0; k < shape.depth; k += BLOCK_DEPTH) {
        const depth = Math.min(BLOCK_DEPTH, shape.depth - k);
        const aAt = a.at + i * a.rowStep + k * a.columnStep;
        const bAt = b.at + k * b.rowStep + j * b.columnStep;
        pack(panelsOfA, TILE_ROWS, rows, depth, a.memory, aAt, a.rowStep, a.columnStep);
        pack(panelsOfB, TILE_COLUMNS, columns, depth, b.memory, bAt, b.columnStep, b.rowStep);
        for (let column = 0; column < columns; column += TILE_COLUMNS) {
          for (let row = 0; row < rows; row += TILE_ROWS) {
            addTile(row * depth, column * depth, depth, row * pitch + column, pitch);
          }
        }
      }
      store(rows, columns, pitch, out, i, j, finish);
    }
  }
}

/**
 * Copies `lines` (rows of a, columns of b) of `depth` elements into panels of `width` lines; the last panel
 * is filled up with zeros, whose sums nobody reads.
 */
function pack(
  panels: Float64Array,
  width: number,
  lines: number,
  depth: number,
  memory: TypedArray,
  at: number,
  lineStep: number,
  depthStep: number,
): void {
  let to = 0;
  for (let line = 0; line < lines; line += width) {
    const held = Math.min(width, lines - line);
    for (let k = 0; k < depth; k++) {
      let from = at + line * lineStep + k * depthStep;
      for (let l = 0; l < held; l++, from += lineStep) panels[to++] = memory[from];
      for (let l = held; l < width; l++) panels[to++] = 0;
    }
  }
}

/** Adds the product of a panel of a, at p, and one of b, at q, to the tile of `sums` at s, whose rows are `pitch` apart. */
function addTile(p: number, q: number, depth: number, s: number, pitch: number): void {
  let s00 = 0;
  let s01 = 0;
  let s10 = 0;
  let s11 = 0;
  let s20 = 0;
  let s21 = 0;
  let s30 = 0;
  let s31 = 0;
  for (let k = 0; k < depth; k++, p += TILE_ROWS, q += TILE_COLUMNS) {
    const b0 = panelsOfB[q];
    const b1 = panelsOfB[q + 1];
    const a0 = panelsOfA[p];
    s00 += a0 * b0;
    s01 += a0 * b1;
    const a1 = panelsOfA[p + 1];
    s10 += a1 * b0;
    s11 += a1 * b1;
    const a2 = panelsOfA[p + 2];
    s20 += a2 * b0;
    s21 += a2 * b1;
    const a3 = panelsOfA[p + 3];
    s30 += a3 * b0;
    s31 += a3 * b1;
  }
  sums[s] += s00;
  sums[s + 1] += s01;
  s += pitch;
  sums[s] += s10;
  sums[s + 1] += s11;
  s += pitch;
  sums[s] += s20;
  sums[s + 1] += s21;
  s += pitch;
  sums[s] += s30;
  sums[s + 1] += s31;
}

/** Writes the block of `sums` to out, from its row i and column j on. */
function store(
  rows: number,
  columns: number,
  pitch: number,
  out: Matrix,
  i: number,
  j: number,
  finish: Finish,
): void {
  const { memory, rowStep, columnStep } = out;
  const { bias, relu, accumulate } = finish;
  for (let row = 0; row < rows; row++) {
    let to = out.at + (i + row) * rowStep + j * columnStep;
    for (let column = 0; column < columns; column++, to += columnStep) {
      let value = sums[row * pitch + column];
      if (bias !== null) value += bias.memory[bias.at + (j + column) * bias.columnStep];
      if (relu && value <= 0) value = 0;
      memory[to] = accumulate ? memory[to] + value : value;
    }
  }
}
