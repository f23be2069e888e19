/**
 * Draws pen strokes on a small grey image, anti-aliased.
 *
 * A pixel is as bright as the pen covers it: full inside the pen's radius, fading to nothing over one pixel's
 * width across the edge. Where strokes cross, the brighter one counts, as with ink.
 */

/** A pen stroke as short straight pieces: points in pixels (pixel i spans i to i+1), and the pen's radius at each. */
export interface PenPath {
  readonly count: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly radius: Float64Array;
  /** 1 where the pen is put down anew, so that no piece leads there from the point before */
  readonly penDown: Uint8Array;
}

/**
 * @param coverage [size, size] row by row, 0 to 1, overwritten
 */
export function renderStrokes(path: PenPath, coverage: Float64Array, size: number): void {
  coverage.fill(0);
  for (let i = 1; i < path.count; i++) {
    if (path.penDown[i] === 0) renderPiece(path, i, coverage, size);
  }
}

function renderPiece(path: PenPath, i: number, coverage: Float64Array, size: number): void {
  const x0 = path.x[i - 1];
  const y0 = path.y[i - 1];
  const dx = path.x[i] - x0;
  const dy = path.y[i] - y0;
  const r0 = path.radius[i - 1];
  const dr = path.radius[i] - r0;
  const lengthSquared = dx * dx + dy * dy;
  const perLength = lengthSquared > 0 ? 1 / lengthSquared : 0;

  const reach = Math.max(r0, r0 + dr) + 0.5;
  const left = Math.max(0, Math.floor(Math.min(x0, x0 + dx) - reach));
  const right = Math.min(size - 1, Math.floor(Math.max(x0, x0 + dx) + reach));
  const top = Math.max(0, Math.floor(Math.min(y0, y0 + dy) - reach));
  const bottom = Math.min(size - 1, Math.floor(Math.max(y0, y0 + dy) + reach));

  for (let row = top; row <= bottom; row++) {
    const py = row + 0.5 - y0;
    for (let column = left; column <= right; column++) {
      const px = column + 0.5 - x0;
      // the nearest point of the piece is a share t of the way along it
      const t = Math.min(1, Math.max(0, (px * dx + py * dy) * perLength));
      const ex = px - t * dx;
      const ey = py - t * dy;
      const covered = r0 + t * dr + 0.5 - Math.sqrt(ex * ex + ey * ey);
      const at = row * size + column;
      if (covered > coverage[at]) coverage[at] = Math.min(covered, 1);
    }
  }
}
