const PREFIXES = ["", " k", " M", " G", " T", " P"];

/**
 * A duration in words: at most two units, the larger ones first.
 *
 * @param seconds The duration in seconds.
 * @returns Text such as "0.4 s", "12 s", "1 min 20 s", "2 h 5 min", "3 d 4 h"; "?" if it is not a finite number of at least 0.
 *
 * @example
 * ```ts
 * import { formatDuration } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatDuration(0.42), "0.4 s");
 * assertEquals(formatDuration(80), "1 min 20 s");
 * assertEquals(formatDuration(7500), "2 h 5 min");
 * ```
 */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "?";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return twoUnits(whole, 60, "min", 1, "s");
  if (whole < 86400) return twoUnits(whole, 3600, "h", 60, "min");
  return twoUnits(whole, 86400, "d", 3600, "h");
}

function twoUnits(
  seconds: number,
  large: number,
  largeName: string,
  small: number,
  smallName: string,
): string {
  const rest = Math.floor((seconds % large) / small);
  const first = `${Math.floor(seconds / large)} ${largeName}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}

/**
 * A count with a decimal prefix from 1,000 on, one digit after the point.
 *
 * @param count Any number: parameters, FLOPs, images.
 * @returns Text such as "950", "12.3 k", "5.3 M", "-1.0 G".
 *
 * @example
 * ```ts
 * import { formatCount } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatCount(5_288_548), "5.3 M");
 * assertEquals(formatCount(950), "950");
 * ```
 */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return `${count}`;
  if (Math.abs(count) < 999.5) return Number.isInteger(count) ? `${count}` : formatNumber(count);
  let scaled = count / 1000;
  let prefix = 1;
  // 999.95 would be printed as 1000.0.
  while (Math.abs(scaled) >= 999.95 && prefix < PREFIXES.length - 1) {
    scaled /= 1000;
    prefix++;
  }
  return `${scaled.toFixed(1)}${PREFIXES[prefix]}`;
}

/** A measured number with three significant digits, as short as it can be. */
export function formatNumber(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 1e6 || (rounded !== 0 && Math.abs(rounded) < 1e-4)
    ? rounded.toExponential()
    : `${rounded}`;
}

/** An integer with commas between its thousands. */
export function formatInteger(value: number): string {
  return value.toLocaleString("en-US");
}
