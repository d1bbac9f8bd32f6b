/**
 * Running asynchronous work side by side, but not all at once.
 *
 * @module
 */

/**
 * Calls `work` for each item, at most `lanes` at the same time, in the order of the items.
 *
 * @param items What to work on.
 * @param lanes How many at the same time.
 * @param work Gives an item's result.
 * @returns The results, in the order of the items. After an error nothing more is begun, and it is
 * thrown when what was under way has ended.
 *
 * @example
 * ```ts
 * import { mapConcurrent } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await mapConcurrent([1, 2, 3], 2, async (n) => await n * n), [1, 4, 9]);
 * ```
 */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const errors: unknown[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length && errors.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index], index);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  if (errors.length > 0) throw errors[0];
  return results;
}
