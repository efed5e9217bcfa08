/** The value below which the share `q` of the values lies (nearest rank). */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export const spread = (values: readonly number[]): Spread => ({
  // Of an even number of rounds the mean of the two in the middle.
  median:
    (quantile(values, 0.5) -
      quantile(
        values.map((value) => -value),
        0.5,
      )) /
    2,
  min: Math.min(...values),
  max: Math.max(...values),
});

/** Least-squares line through the points: its slope, and the slope's standard error. */
export function linearFit(points: readonly { readonly x: number; readonly y: number }[]): {
  readonly slope: number;
  readonly standardError: number;
} {
  const mean = (pick: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const meanX = mean(({ x }) => x);
  const meanY = mean(({ y }) => y);
  const sum = (pick: (dx: number, dy: number) => number): number =>
    points.reduce((total, { x, y }) => total + pick(x - meanX, y - meanY), 0);
  const squares = sum((dx) => dx * dx);
  const slope = sum((dx, dy) => dx * dy) / squares;
  const residual = sum((dx, dy) => (dy - slope * dx) ** 2);
  return { slope, standardError: Math.sqrt(residual / (points.length - 2) / squares) };
}
