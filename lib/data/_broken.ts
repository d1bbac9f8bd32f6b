import type { FileSplit } from "./types.ts";

/** Files that could not be decoded, by split. */
export const brokenBySplit: WeakMap<FileSplit, Set<string>> = new WeakMap();

/** Notes a file that cannot be decoded; tells whether it is new. */
export function noteBroken(split: FileSplit, file: string): boolean {
  let files = brokenBySplit.get(split);
  if (!files) brokenBySplit.set(split, files = new Set());
  if (files.has(file)) return false;
  files.add(file);
  return true;
}
