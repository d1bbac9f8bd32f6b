/** Checks of loose input: `place` begins the message, such as `Cannot define space "x": blocks[2]`. */

/** The greatest number of channels of anything. */
export const MAX_WIDTH = 65_536;
/** The greatest number of blocks of a space or an architecture. */
export const MAX_BLOCKS = 100;
/** The greatest number of layers of a block. */
export const MAX_DEPTH = 100;
/** The greatest side of an image, in pixels. */
export const MAX_RESOLUTION = 16_384;
/** The greatest number of classes. */
export const MAX_CLASSES = 1_000_000;

/** A value in a few characters, for messages. */
export function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "string") {
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  }
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "function") return "a function";
  return String(value);
}

/** A whole number with thousands separated, for messages. */
export function grouped(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}

/** The value as a finite number within bounds. */
export function checkNumber(value: unknown, place: string, low: number, high: number): number {
  const allowed = `must be a number from ${low} to ${high}`;
  if (typeof value !== "number") throw new TypeError(`${place} is ${show(value)}, ${allowed}`);
  if (!(value >= low && value <= high)) throw new RangeError(`${place} is ${value}, ${allowed}`);
  return value;
}

/** The value as a whole number within bounds. */
export function checkWhole(value: unknown, place: string, low: number, high: number): number {
  const allowed = `must be a whole number from ${low} to ${high}`;
  if (typeof value !== "number") throw new TypeError(`${place} is ${show(value)}, ${allowed}`);
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${place} is ${value}, ${allowed}`);
  }
  return value;
}

/** The value as one of a few. */
export function checkOneOf<T extends string | number>(
  value: unknown,
  place: string,
  known: readonly T[],
): T {
  if (known.includes(value as T)) return value as T;
  const names = known.map((name) => typeof name === "string" ? `"${name}"` : name);
  const last = names.pop();
  const Kind = typeof value === typeof known[0] ? RangeError : TypeError;
  throw new Kind(
    `${place} is ${show(value)}, must be ${names.length ? `${names.join(", ")} or ` : ""}${last}`,
  );
}

/** The value as a list with a length within bounds. */
export function checkList(
  value: unknown,
  place: string,
  of: string,
  low: number,
  high: number,
): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new TypeError(`${place} is ${show(value)}, must be an array of ${of}`);
  }
  if (value.length < low || value.length > high) {
    throw new RangeError(`${place} has ${value.length} entries, must have from ${low} to ${high}`);
  }
  return value;
}

/** The value as an object that has no keys but the known ones. */
export function checkObject(
  value: unknown,
  place: string,
  known: readonly string[],
): Record<string, unknown> {
  const object = checkAnyObject(value, place);
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) {
      throw new TypeError(`${place} has the unknown key ${show(key)}, known: ${known.join(", ")}`);
    }
  }
  return object;
}

/** The value as an object, whatever its keys. */
export function checkAnyObject(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${place} is ${show(value)}, must be an object`);
  }
  return value as Record<string, unknown>;
}
