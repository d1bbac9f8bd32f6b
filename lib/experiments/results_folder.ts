import { join } from "node:path";

/** `results/SCALE` beside `lib`, or in the working folder where the library is on another machine. */
export function resultsFolder(scale: string): string {
  const { dirname } = import.meta;
  return dirname === undefined
    ? join("results", scale)
    : join(dirname, "..", "..", "results", scale);
}
