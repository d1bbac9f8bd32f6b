import { createHash } from "node:crypto";
import type { ByteSplit, Split } from "./types.ts";

/** Which part of each class goes to validation and to test; the rest stays for training. */
export interface Fractions {
  readonly validation: number;
  readonly test: number;
}

/** The images of a split at these indices, as a split of its own. */
export function pick<S extends Split>(split: S, indices: readonly number[], name: string): S {
  const labels = split.labels instanceof Uint16Array
    ? new Uint16Array(indices.length)
    : new Uint8Array(indices.length);
  indices.forEach((index, i) => labels[i] = split.labels[index]);
  const common = { ...split, name, count: indices.length, labels };
  if ("files" in split) return { ...common, files: indices.map((index) => split.files[index]) };
  const size = split.height * split.width * split.channels;
  const images = new Uint8Array(indices.length * size);
  indices.forEach((index, i) =>
    images.set(split.images.subarray(index * size, (index + 1) * size), i * size)
  );
  return { ...common, images };
}

/**
 * Cuts labelled images into three parts, each with its share of every class. An image's part follows from the images
 * alone, by the order of their SHA-256 hashes: not from a seed, nor from the order in which they came. Of the images
 * that occur more than once, as 108 of Fashion-MNIST's do, all go to training, so that no test image was trained on.
 */
export function splitByContent(
  all: ByteSplit,
  classes: number,
  fractions: Fractions,
): { train: ByteSplit; validation: ByteSplit; test: ByteSplit } {
  const parts: Record<"train" | "validation" | "test", number[][]> = {
    train: [],
    validation: [],
    test: [],
  };
  for (const indices of orderByContent(all, classes)) {
    const test = Math.round(indices.length * fractions.test);
    const validation = Math.round(indices.length * fractions.validation);
    parts.test.push(indices.slice(0, test));
    parts.validation.push(indices.slice(test, test + validation));
    parts.train.push(indices.slice(test + validation));
  }
  return {
    train: pick(all, takeTurns(parts.train), "train"),
    validation: pick(all, takeTurns(parts.validation), "validation"),
    test: pick(all, takeTurns(parts.test), "test"),
  };
}

/** Each class's indices by the images' hashes, those of repeated images last. */
function orderByContent({ images, labels, count }: ByteSplit, classes: number): number[][] {
  const size = images.length / count;
  const hashes = Array.from(
    { length: count },
    (_, i) => createHash("sha256").update(images.subarray(i * size, (i + 1) * size)).digest("hex"),
  );
  const times = new Map<string, number>();
  for (const hash of hashes) times.set(hash, (times.get(hash) ?? 0) + 1);
  const keys = hashes.map((hash) => (times.get(hash)! > 1 ? "repeated" : "") + hash);
  const byClass: number[][] = Array.from({ length: classes }, () => []);
  for (let i = 0; i < count; i++) byClass[labels[i]].push(i);
  // Hexadecimal digits sort before "r".
  for (const indices of byClass) {
    indices.sort((a, b) => keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : 0);
  }
  return byClass;
}

/** One of each class in turn, so that any first part of a split holds every class. */
function takeTurns(byClass: number[][]): number[] {
  const longest = byClass.reduce((most, indices) => Math.max(most, indices.length), 0);
  const turns: number[] = [];
  for (let turn = 0; turn < longest; turn++) {
    for (const indices of byClass) if (turn < indices.length) turns.push(indices[turn]);
  }
  return turns;
}
