import { join } from "node:path";

/** The file of a run's folder with the maps of a few images. */
export const MAPS_FILE = "maps.safetensors";

/** `results/SCALE` beside `lib`, or in the working folder where the library is on another machine. */
export function resultsFolder(scale: string): string {
  const { dirname } = import.meta;
  return dirname === undefined
    ? join("results", scale)
    : join(dirname, "..", "..", "results", scale);
}

/** Whether settings ask for the same result, wherever the images are. */
export function sameSettings(a: unknown, b: unknown): boolean {
  const result = (settings: unknown) => canonical({ ...settings as object, data: undefined });
  return result(a) === result(b);
}

/** JSON with sorted keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, part) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
  );
}
