import { join } from "node:path";

/**
 * Where a run's files go unless told otherwise: `runs/<date>-<preset>-<seed>` in the current folder, with `-2`, `-3`, … after it if that
 * is taken.
 *
 * @param preset The preset's name.
 * @param seed The run's seed.
 * @param now The date, in local time.
 * @param parent The folder of all runs.
 * @returns A path that is free; nothing is made.
 *
 * @example
 * ```ts
 * import { defaultRunFolder } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const parent = await Deno.makeTempDir();
 * const day = new Date(2026, 0, 31);
 * assertEquals(await defaultRunFolder("fashion", 7, day, parent), `${parent}/2026-01-31-fashion-7`);
 * await Deno.mkdir(`${parent}/2026-01-31-fashion-7`);
 * assertEquals(await defaultRunFolder("fashion", 7, day, parent), `${parent}/2026-01-31-fashion-7-2`);
 * ```
 */
export async function defaultRunFolder(
  preset: string,
  seed: number | string,
  now: Date = new Date(),
  parent = "runs",
): Promise<string> {
  const two = (value: number) => `${value}`.padStart(2, "0");
  const date = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const first = join(parent, `${date}-${preset}-${seed}`);
  for (let n = 1;; n++) {
    const folder = n === 1 ? first : `${first}-${n}`;
    if (!await Deno.lstat(folder).then(() => true, () => false)) return folder;
  }
}
