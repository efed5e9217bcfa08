/** A column: its heading, and whether its values are figures. */
export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

/** Lines of an aligned table, figures to the right. `none` is said in place of an empty one. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  none: string,
): readonly string[] {
  if (rows.length === 0) return [none];
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, at) => Math.max(...all.map((row) => (row[at] ?? '').length)));
  return all.map((row) =>
    columns
      .map(({ right = false }, at) => {
        const [text, width] = [row[at] ?? '', widths[at] ?? 0];
        return right ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

export const usd = (microUsd: number): string => (microUsd / 1e6).toFixed(6);

export const amount = (unit: string, value: number): string =>
  unit === 'microUsd' ? `${usd(value)} USD` : `${value.toLocaleString('en-US')} ${unit}`;
