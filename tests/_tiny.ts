/**
 * The smallest run that has every stage: two cells in the first block, one in the others, two operations.
 *
 * @module
 */

import { join } from "node:path";

const SPACE = {
  name: "tiny",
  stem: { channels: 1, width: 8, stride: 2 },
  blocks: [
    { stride: 1, cells: [{ width: 8, depth: 1 }, { width: 8, depth: 2 }] },
    { stride: 2, cells: [{ width: 8, depth: 1 }] },
    { stride: 1, cells: [{ width: 8, depth: 1 }] },
    { stride: 2, cells: [{ width: 8, depth: 1 }] },
  ],
  operations: [{ kernel: 3, expansion: 2 }, { kernel: 5, expansion: 1 }],
  head: 16,
};

/** Arguments of `deno task search` for the smallest run; its space is written into `folder`. */
export async function tinyRun(folder: string, out: string): Promise<string[]> {
  const space = join(folder, "tiny.json");
  await Deno.writeTextFile(space, JSON.stringify(SPACE));
  return [
    ...["--space", space, "--weights", "random", "--images", "320", "--batch", "32"],
    ...["--rate-images", "40", "--epochs", "2", "--train-epochs", "2", "--random", "1"],
    ...["--checkpoint", "0", "--out", join(folder, out)],
  ];
}
