/**
 * One set-up at a time.
 *
 * @module
 */

const PAUSE_MS = 100;

/**
 * Runs a function while no other process, and no other call in this one, runs one with the same lock.
 *
 * The lock is the system's own on an open file, so it ends with its owner, however that ends.
 *
 * @param path The lock's file; it stays.
 * @param onWait Called once if another one is at work.
 * @throws The signal's reason if it is aborted while waiting.
 */
export async function alone<T>(
  path: string,
  work: () => Promise<T>,
  { onWait, signal }: { onWait?: () => void; signal?: AbortSignal } = {},
): Promise<T> {
  using file = await Deno.open(path, { create: true, write: true });
  for (let first = true; !await file.tryLock(true); first = false) {
    if (first) onWait?.();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    signal?.throwIfAborted();
  }
  return await work();
}
