import type { Random } from "../random.ts";
import { pick } from "./_split.ts";
import type { Split } from "./types.ts";

/**
 * Takes a random part of a split in which each class keeps its share, to the nearest image.
 *
 * @param split The images.
 * @param count How many to take.
 * @param random The stream to draw from.
 * @returns A split of its own with `count` images, in the order they had.
 * @throws {RangeError} If count is no integer from 1 to the split's count.
 *
 * @example
 * ```ts
 * import { createRandom, loadDataset, takeStratified } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const { train } = (await loadDataset("mnist")).splits;
 * assertEquals(takeStratified(train, 100, createRandom(7)).count, 100);
 * ```
 */
export function takeStratified<S extends Split>(split: S, count: number, random: Random): S {
  if (!Number.isSafeInteger(count) || count < 1 || count > split.count) {
    throw new RangeError(
      `Cannot take ${count} images: ${split.name} has ${split.count}, and at least 1 must be taken`,
    );
  }
  const byClass = new Map<number, number[]>();
  split.labels.forEach((label, i) => {
    const indices = byClass.get(label);
    if (indices) indices.push(i);
    else byClass.set(label, [i]);
  });
  const classes = [...byClass].sort(([a], [b]) => a - b).map(([, indices]) => indices);
  const shares = classes.map(({ length }) => length * count / split.count);
  const quotas = shares.map(Math.floor);
  // What rounding down left over goes to the classes that lost most by it.
  const lost = [...shares.keys()].sort((a, b) =>
    shares[b] - quotas[b] - (shares[a] - quotas[a]) || a - b
  );
  const left = count - quotas.reduce((sum, quota) => sum + quota, 0);
  for (const index of lost.slice(0, left)) quotas[index]++;
  const taken = classes.flatMap((indices, i) => random.shuffle(indices).slice(0, quotas[i]));
  return pick(split, taken.sort((a, b) => a - b), split.name);
}
