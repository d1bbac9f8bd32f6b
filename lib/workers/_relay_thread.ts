/**
 * The thread that stands between TensorFlow and the workers: it passes bytes on, asks each worker now and then whether it is there,
 * and cuts the connection of one that is not. Every call to that worker then ends with an error, also where the main
 * thread waits in such a call.
 *
 * @module
 */

import { askHello, type WorkerAddress } from "./_hello.ts";
import { pipeBoth } from "./_pipes.ts";

/** What the main thread says. */
export type ToRelay =
  | { open: number; address: WorkerAddress; run: string; pulse: number; patience: number }
  | { ask: number };

/** What the relay says. */
export type FromRelay =
  | { opened: number; port: number }
  | { slow: number; seconds: number }
  | { state: number; lost?: string };

interface Link {
  lost?: string;
  check(): Promise<void>;
}

const links = new Map<number, Link>();
const say = (message: FromRelay) =>
  (self as unknown as { postMessage(message: FromRelay): void }).postMessage(message);

self.addEventListener("message", async (event) => {
  const message = (event as MessageEvent<ToRelay>).data;
  if ("open" in message) return open(message);
  const link = links.get(message.ask)!;
  if (link.lost === undefined) await link.check();
  say({ state: message.ask, lost: link.lost });
});

function open(
  { open: id, address, run, pulse, patience }: Extract<ToRelay, { open: number }>,
): void {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<Deno.TcpConn>();
  const link: Link = {
    async check() {
      const began = performance.now();
      try {
        const hello = await askHello(address, patience);
        if (hello.run !== run) lose("it was started again");
      } catch (error) {
        lose((error as Error).message);
      }
      const seconds = (performance.now() - began) / 1000;
      if (link.lost === undefined && 1000 * seconds > patience / 3) say({ slow: id, seconds });
    },
  };
  const lose = (reason: string) => {
    if (link.lost !== undefined) return;
    link.lost = reason;
    listener.close();
    for (const connection of connections) {
      try {
        connection.close();
      } catch {
        // It has ended.
      }
    }
    say({ state: id, lost: reason });
  };
  const relay = async (connection: Deno.TcpConn) => {
    connections.add(connection);
    try {
      const worker = await Deno.connect(address);
      connections.add(worker);
      await pipeBoth(connection, worker);
      connections.delete(worker);
    } finally {
      connections.delete(connection);
      // TensorFlow keeps its connections: the worker ended this one.
      lose("it closed the connection");
    }
  };
  const accept = async () => {
    for await (const connection of listener) relay(connection).catch(() => {});
  };
  const watch = async () => {
    while (link.lost === undefined) {
      await new Promise((resolve) => setTimeout(resolve, pulse));
      if (link.lost === undefined) await link.check();
    }
  };
  links.set(id, link);
  accept().catch(() => {});
  watch();
  say({ opened: id, port: (listener.addr as Deno.NetAddr).port });
}
