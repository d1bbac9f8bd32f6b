/**
 * Joining connections.
 *
 * @module
 */

/** Passes on what comes from either side until one of them ends, then closes both. */
export async function pipeBoth(a: Deno.TcpConn, b: Deno.TcpConn): Promise<void> {
  for (const connection of [a, b]) connection.setNoDelay(true);
  const ends = [a.readable.pipeTo(b.writable), b.readable.pipeTo(a.writable)];
  await Promise.race(ends.map((end) => end.catch(() => {})));
  for (const connection of [a, b]) {
    try {
      connection.close();
    } catch {
      // Its stream closed it.
    }
  }
  await Promise.allSettled(ends);
}

/** A port of 127.0.0.1 that nothing listens on now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}
