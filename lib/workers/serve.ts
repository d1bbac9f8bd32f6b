/**
 * A worker: a process whose devices a leader computes on, through TensorFlow's own gRPC runtime.
 *
 * @module
 */

import { configProto } from "../tensorflow/_context.ts";
import { openLibrary } from "../tensorflow/_library.ts";
import { Status } from "../tensorflow/_status.ts";
import { fence } from "./_fence.ts";
import { type Hello, QUESTION } from "./_hello.ts";
import { freePort, pipeBoth } from "./_pipes.ts";
import { serverDef } from "./_server_def.ts";

/** Options of {@linkcode serveWorker}. */
export interface WorkerOptions {
  /** The port on which leaders reach it. */
  port: number;
  /** The address on which it listens. Default 127.0.0.1: this machine only. */
  listen?: string;
  /** The device that it offers, as `GPU:0`. Default: all GPUs, else the CPU. */
  device?: string;
  /** Threads for one op, and for ops side by side. Default: all cores. */
  threads?: number;
}

/** A worker at work. */
export interface RunningWorker {
  /** The port on which it listens. */
  port: number;
  /** Stops taking leaders; TensorFlow's own server ends with the process. */
  close(): void;
}

/**
 * Starts a worker in this process. TensorFlow's runtime listens behind a filter that lets only this machine in; what
 * is let in from elsewhere comes through `listen`.
 *
 * @param options Where it listens.
 * @returns The worker.
 * @throws {Error} if the port is taken, the address is not this machine's, or TensorFlow cannot start its server.
 */
export function serveWorker(
  { port, listen = "127.0.0.1", device, threads }: WorkerOptions,
): RunningWorker {
  let listener: Deno.TcpListener;
  try {
    listener = Deno.listen({ hostname: listen, port });
  } catch (error) {
    const reason = error instanceof Deno.errors.AddrInUse
      ? "the port is taken"
      : (error as Error).message;
    throw new Error(`Cannot listen on ${listen}:${port}: ${reason}`, { cause: error });
  }
  const library = openLibrary();
  const inner = freePort();
  const status = new Status(library);
  const address = `127.0.0.1:${inner}`;
  const definition = serverDef({
    addresses: [address],
    index: 0,
    config: configProto({ threads }),
  });
  const server = library.cc.TF_NewServer(definition, BigInt(definition.length), status.pointer);
  status.check("Cannot start TensorFlow's server");
  fence(inner);
  library.cc.TF_ServerStart(server, status.pointer);
  status.check("Cannot start TensorFlow's server");
  status.delete();
  const hello: Hello = {
    worker: "dna",
    tensorflow: library.version,
    run: crypto.randomUUID(),
    ...(device !== undefined && { device }),
  };
  accept(listener, inner, hello);
  return { port: (listener.addr as Deno.NetAddr).port, close: () => listener.close() };
}

async function accept(listener: Deno.TcpListener, inner: number, hello: Hello): Promise<void> {
  for await (const connection of listener) {
    answer(connection, inner, hello).catch(() => {}); // the leader sees a closed connection
  }
}

/** Says hello to those who ask, and joins all others to TensorFlow's server. */
async function answer(connection: Deno.TcpConn, inner: number, hello: Hello): Promise<void> {
  const first = new Uint8Array(16_384);
  const count = await connection.read(first);
  if (count === null) return connection.close();
  if (new TextDecoder().decode(first.subarray(0, QUESTION.length)) === QUESTION) {
    await connection.write(new TextEncoder().encode(JSON.stringify(hello) + "\n"));
    return connection.close();
  }
  const server = await Deno.connect({ hostname: "127.0.0.1", port: inner });
  await writeAll(server, first.subarray(0, count));
  await pipeBoth(connection, server);
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}
