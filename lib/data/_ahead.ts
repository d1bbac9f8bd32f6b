/**
 * Work done ahead of who needs it: in order, bounded, and ended with who stops asking.
 *
 * @module
 */

/** Runs work at once or, where so much is under way already, in its turn. */
export type Lanes = <T>(work: () => Promise<T>) => Promise<T>;

/** So many lanes; work takes them in the order in which it came. */
export function createLanes(count: number): Lanes {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

/**
 * Gives what `make` makes of 0 … count − 1, in order, with up to `ahead` more under way.
 *
 * @param make Makes one; it must throw soon after the signal that it is given has been aborted.
 */
export async function* inAdvance<T>(
  count: number,
  ahead: number,
  make: (index: number, stopped: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): AsyncGenerator<T, void, void> {
  const stop = new AbortController();
  const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const queue: Promise<T>[] = [];
  let next = 0;
  const fill = (most: number) => {
    while (next < count && queue.length < most) {
      const made = make(next++, stopped);
      // One that fails is heard of in its turn.
      made.catch(() => {});
      queue.push(made);
    }
  };
  try {
    for (let given = 0; given < count; given++) {
      fill(ahead + 1);
      const made = await queue.shift()!;
      fill(ahead);
      yield made;
    }
  } finally {
    stop.abort();
    await Promise.allSettled(queue);
  }
}

/** Waits for all, then throws the first error there was. */
export async function allEnded<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const ends = await Promise.allSettled(work);
  return ends.map((end) => {
    if (end.status === "rejected") throw end.reason;
    return end.value;
  });
}
