/**
 * Sharing work among sites: what a site cannot finish since it is lost goes to the others.
 *
 * @module
 */

import type { Site } from "./site.ts";

/** Longest that calls to a lost site may take to end by themselves. */
const LAST_ANSWERS_MS = 3000;

/** How work is shared. */
export interface Sharing<Share> {
  /** Splits what is to be done over some sites; a site may get several shares or none, and several sites one together. */
  split(open: readonly Share[], sites: readonly Site[]): [readonly Site[], Share][];
  /** Does a share on its sites. */
  work(sites: readonly Site[], share: Share, signal: AbortSignal): Promise<void>;
  /** What is still to be done of a share of which a site was lost; its state is that of the last checkpoint afterwards. */
  recover(share: Share): Share | undefined;
  /** Told once of each site that is lost. */
  onLost?(site: Site, sentence: string): void;
  signal?: AbortSignal;
}

/**
 * Does all shares, those of lost sites on the others.
 *
 * @throws {Error} the first error that no lost site explains, when all that was under way has ended; or where no site
 * is left.
 */
export async function doShares<Share>(
  open: readonly Share[],
  sites: readonly Site[],
  sharing: Sharing<Share>,
): Promise<void> {
  const failed = new AbortController();
  const signal = sharing.signal ? AbortSignal.any([sharing.signal, failed.signal]) : failed.signal;
  const lost = new Map<Site, string>();
  const errors: unknown[] = [];
  const left = () => sites.filter((site) => !lost.has(site));
  const fail = (error: unknown) => {
    errors.push(error);
    failed.abort(error);
  };

  const lose = (site: Site, reason: string) => {
    if (lost.has(site)) return;
    lost.set(site, reason);
    const others = left().map(({ name }) => name);
    const next = others.length > 0
      ? `its cells go on from the last checkpoint on ${others.join(", ")}`
      : "no other is left";
    sharing.onLost?.(site, `Lost ${site.name}: ${reason}; ${next}`);
  };
  /** Asks all sites whether they are there. */
  const loseAll = async () => {
    await Promise.all(
      left().map(async (site) => {
        const reason = await site.lost?.();
        if (reason !== undefined) lose(site, reason);
      }),
    );
  };
  const start = async (shares: readonly Share[]): Promise<void> => {
    if (left().length > 0) {
      await Promise.all(sharing.split(shares, left()).map(([own, share]) => take(own, share)));
      return;
    }
    fail(
      new Error(
        `Cannot go on: none of ${sites.map(({ name }) => name).join(", ")} is left, the last was ` +
          `lost: ${[...lost.values()].at(-1)}; resume when one is back`,
      ),
    );
  };
  const take = async (own: readonly Site[], share: Share): Promise<void> => {
    const lostBefore = lost.size;
    try {
      await workOn(own, () => sharing.work(own, share, signal));
    } catch (error) {
      if (signal.aborted) return fail(error);
      await loseAll();
      // The end of one connection makes TensorFlow end transfers of others too.
      if (lost.size === lostBefore) return fail(error);
      const rest = sharing.recover(share);
      if (rest !== undefined && !signal.aborted) await start([rest]);
    }
  };

  await loseAll();
  await start(open);
  if (errors.length > 0) throw errors[0];
}

/** Work on sites; what the loss of one leaves without an answer is given up. */
async function workOn(sites: readonly Site[], work: () => Promise<void>): Promise<void> {
  const working = work();
  const losses = sites.flatMap(({ whenLost }) => whenLost ?? []);
  if (losses.length === 0) return await working;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  const givenUp = Promise.race(losses).then((reason) =>
    new Promise<never>((_, reject) => {
      if (!ended) timer = setTimeout(() => reject(new Error(reason)), LAST_ANSWERS_MS);
    })
  );
  try {
    await Promise.race([working, givenUp]);
  } finally {
    ended = true;
    clearTimeout(timer);
    working.catch(() => {}); // nobody waits for what was given up
  }
}
