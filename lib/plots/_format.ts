const UNITS: readonly [number, string][] = [[1e9, "G"], [1e6, "M"], [1e3, "k"]];

/** A count in three to four digits with its unit: 118.2 k, 3.94 M. */
export function short(count: number): string {
  const [size, unit] = UNITS.find(([size]) => Math.abs(count) >= size) ?? [1, ""];
  const value = count / size;
  const digits = unit === "" || Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 ? 1 : 2;
  return `${Number(value.toFixed(digits))}${unit && ` ${unit}`}`;
}

/** A share of 1 in per cent. */
export function percent(share: number, digits = 2): string {
  return `${(100 * share).toFixed(digits)} %`;
}
