/**
 * Short durations as text.
 *
 * @module
 */

/** Seconds of each unit. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  "µs": 1e-6, // the micro sign
  "μs": 1e-6, // the Greek letter
  ms: 1e-3,
  s: 1,
};

/**
 * Reads a duration such as `12ms`.
 *
 * @param text A number from 0 and its unit: ns, us or µs, ms, s.
 * @returns The duration in seconds.
 * @throws {TypeError} Where it is no text.
 * @throws {SyntaxError} Where it is no number with one of these units.
 * @throws {RangeError} Where it is not above 0, or above a day.
 *
 * @example
 * ```ts
 * import { parseDuration } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parseDuration("12ms"), 0.012);
 * assertEquals(parseDuration("1.5 s"), 1.5);
 * assertThrows(() => parseDuration("12"), SyntaxError, "as 12ms");
 * ```
 */
export function parseDuration(text: string): number {
  const wanted = `must be a number with ${Object.keys(UNITS).slice(0, 2).join(", ")}, ms or s, ` +
    "as 12ms";
  if (typeof text !== "string") {
    throw new TypeError(`Cannot read a duration: it is ${text}, ${wanted}`);
  }
  const match = /^\s*(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*([a-zµμ]+)\s*$/i.exec(text);
  if (!match || !Object.hasOwn(UNITS, match[3])) {
    const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
    throw new SyntaxError(`Cannot read a duration: it is ${shown}, ${wanted}`);
  }
  // Divided, not multiplied, so that 12ms is the number that 0.012 is.
  const seconds = Number(match[1] + (match[2] ?? "")) / Math.round(1 / UNITS[match[3]]);
  if (!(seconds > 0 && seconds <= 86_400)) {
    throw new RangeError(`Cannot read a duration: ${text.trim()} is not above 0 and up to a day`);
  }
  return seconds;
}

/**
 * A short duration with three digits and its unit.
 *
 * @param seconds The duration in seconds, from 0.
 * @returns Text such as "12.3 ms", "845 µs", "1.50 s".
 *
 * @example
 * ```ts
 * import { formatLatency } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([0.0123, 845e-6, 1.5].map(formatLatency), ["12.3 ms", "845 µs", "1.50 s"]);
 * ```
 */
export function formatLatency(seconds: number): string {
  const [size, unit] = seconds >= 0.9995
    ? [1, "s"]
    : seconds >= 0.9995e-3
    ? [1e-3, "ms"]
    : [1e-6, "µs"];
  const value = seconds / size;
  return `${value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)} ${unit}`;
}
