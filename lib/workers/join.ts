/**
 * A leader's side of workers: their devices as sites.
 *
 * @module
 */

import { useEngine } from "../engine.ts";
import type { Site } from "../devices/site.ts";
import { engineBackend } from "../tensorflow/current.ts";
import { Status } from "../tensorflow/_status.ts";
import { fence } from "./_fence.ts";
import { askHello, type Hello, type WorkerAddress } from "./_hello.ts";
import { freePort } from "./_pipes.ts";
import type { FromRelay, ToRelay } from "./_relay_thread.ts";
import { serverDef, taskName } from "./_server_def.ts";

/** Options of {@linkcode joinWorkers}. */
export interface JoinOptions {
  /** Told in a sentence of a worker that answers late, at most once a minute. */
  onSlow?: (sentence: string) => void;
  /** Seconds after which a worker that does not answer is lost. Default 15. */
  patience?: number;
  /** Seconds between two questions whether a worker is there. Default 3. */
  pulse?: number;
}

/** Workers that have joined. */
export interface JoinedWorkers {
  /** Their devices, in the order of the addresses. */
  sites: Site[];
  /** Lets the workers go, so that the process can end. */
  close(): void;
}

/** Longest that a worker may take to answer at the start. */
const FIRST_ANSWER_MS = 5000;

/** Shortest time between two sentences about a slow worker. */
const SLOW_AGAIN_MS = 60_000;

/**
 * Reads addresses of workers, as `--workers node7:7711,node8:7711` gives them.
 *
 * @param text Addresses joined by commas; an IPv6 address stands in brackets.
 * @returns The addresses.
 * @throws {SyntaxError} where one has no port, or two are the same.
 *
 * @example
 * ```ts
 * import { parseWorkers } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parseWorkers("node7:7711,[::1]:7712"), [
 *   { hostname: "node7", port: 7711 },
 *   { hostname: "::1", port: 7712 },
 * ]);
 * assertThrows(() => parseWorkers("node7"), SyntaxError, "HOST:PORT");
 * ```
 */
export function parseWorkers(text: string): WorkerAddress[] {
  const addresses = text.split(",").map((part): WorkerAddress => {
    const match = /^(?:\[([0-9a-f:.%]+)\]|([^\s:[\]/]+)):(\d{1,5})$/i.exec(part.trim());
    const port = Number(match?.[3]);
    if (!match || port < 1 || port > 65_535) {
      throw new SyntaxError(
        `Cannot read workers ${JSON.stringify(text)}: ${
          JSON.stringify(part)
        } is not of the form HOST:PORT`,
      );
    }
    return { hostname: match[1] ?? match[2], port };
  });
  const names = addresses.map(nameOf);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new SyntaxError(`Cannot read workers ${JSON.stringify(text)}: ${twice} is there twice`);
  }
  return addresses;
}

function nameOf({ hostname, port }: WorkerAddress): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

let joined = false;

/**
 * Joins workers to this process, once: their devices can then be computed on. A worker that ends, hangs or is started
 * again is lost, and every call to it ends with an error. What was compiled before workers join they do not know.
 *
 * @param addresses Where the workers are.
 * @param options When a worker is lost.
 * @returns Their devices as sites.
 * @throws {Error} naming the worker that cannot be used, and why: no answer, another version of TensorFlow.
 */
export async function joinWorkers(
  addresses: readonly WorkerAddress[],
  { onSlow, patience = 15, pulse = 3 }: JoinOptions = {},
): Promise<JoinedWorkers> {
  const { version } = await useEngine();
  if (joined) throw new Error("Cannot join workers: this process has joined some already");
  const hellos = await Promise.all(addresses.map((address) => checkWorker(address, version)));
  joined = true;
  const relay = new Relay(addresses, onSlow);
  try {
    const ports = await Promise.all(
      addresses.map((address, i) =>
        relay.open(i, {
          address,
          run: hellos[i].run,
          pulse: 1000 * pulse,
          patience: 1000 * patience,
        })
      ),
    );
    await setServerDef(ports);
    const sites = sitesOf(addresses, hellos, relay);
    return { sites, close: () => relay.close() };
  } catch (error) {
    relay.close();
    throw error;
  }
}

/** Asks a worker who it is, and refuses one that does not fit. */
async function checkWorker(address: WorkerAddress, version: string): Promise<Hello> {
  const name = nameOf(address);
  let hello: Hello;
  try {
    hello = await askHello(address, FIRST_ANSWER_MS);
  } catch (error) {
    throw new Error(
      `Cannot use worker ${name}: ${(error as Error).message}; ` +
        `\`deno task worker --port ${address.port}\` on that machine starts one`,
      { cause: error },
    );
  }
  if (hello.tensorflow !== version) {
    throw new Error(
      `Cannot use worker ${name}: it has TensorFlow ${hello.tensorflow}, this process ${version}; ` +
        "all need the same",
    );
  }
  return hello;
}

/** Tells TensorFlow's context where the workers are: at the relay's ports. */
async function setServerDef(ports: readonly number[]): Promise<void> {
  const { context } = engineBackend().binding;
  const { library } = context;
  const own = freePort();
  const bytes = serverDef({
    addresses: [own, ...ports].map((port) => `127.0.0.1:${port}`),
    index: 0,
  });
  const size = BigInt(bytes.length);
  const definition = library.allocate(bytes.length);
  library.copyIn(definition, bytes, bytes.length);
  const status = new Status(library);
  const { pointer } = context;
  try {
    await library.cc.TFE_ContextSetServerDef(pointer, 0, definition, size, status.pointer);
    status.check("Cannot join the workers");
    fence(own);
  } finally {
    library.release(definition);
    status.delete();
  }
  context.refreshDevices();
}

/** The devices that the workers offer. */
function sitesOf(
  addresses: readonly WorkerAddress[],
  hellos: readonly Hello[],
  relay: Relay,
): Site[] {
  const { devices } = engineBackend().binding.context;
  return addresses.flatMap((address, i): Site[] => {
    const task = taskName(i + 1);
    const own = devices.filter(({ fullName }) => fullName.startsWith(task));
    const gpus = own.filter(({ type }) => type === "GPU");
    const wanted = hellos[i].device?.toUpperCase();
    const offered = wanted === undefined
      ? gpus.length > 0 ? gpus : own.filter(({ type }) => type === "CPU").slice(0, 1)
      : own.filter(({ fullName }) => fullName.endsWith(`/device:${wanted}`));
    if (offered.length === 0) {
      throw new Error(
        `Cannot use worker ${nameOf(address)}: it offers device ${wanted}, TensorFlow lists ` +
          own.map(({ name }) => name).join(", "),
      );
    }
    return offered.map((device) => ({
      name: offered.length === 1 ? nameOf(address) : `${nameOf(address)}/${device.name}`,
      device,
      lost: () => relay.lost(i),
      whenLost: relay.whenLost(i),
    }));
  });
}

/** The main thread's side of the relay. */
class Relay {
  readonly #thread = new Worker(new URL("./_relay_thread.ts", import.meta.url), { type: "module" });
  readonly #opened = new Map<number, (port: number) => void>();
  readonly #asked = new Map<number, ((lost: string | undefined) => void)[]>();
  readonly #lost = new Map<number, string>();
  readonly #losses = new Map<number, PromiseWithResolvers<string>>();

  constructor(addresses: readonly WorkerAddress[], onSlow: JoinOptions["onSlow"]) {
    const said = new Map<number, number>();
    this.#thread.addEventListener("message", (event) => {
      const message = (event as MessageEvent<FromRelay>).data;
      if ("opened" in message) return this.#opened.get(message.opened)!(message.port);
      if ("slow" in message) {
        const now = performance.now();
        if (now - (said.get(message.slow) ?? -Infinity) < SLOW_AGAIN_MS) return;
        said.set(message.slow, now);
        const name = nameOf(addresses[message.slow]);
        return onSlow?.(
          `Worker ${name} is slow: it answered after ${message.seconds.toFixed(0)} s`,
        );
      }
      if (message.lost !== undefined) {
        this.#lost.set(message.state, message.lost);
        this.#loss(message.state).resolve(message.lost);
      }
      for (const done of this.#asked.get(message.state)?.splice(0) ?? []) done(message.lost);
    });
  }

  async open(
    id: number,
    options: Omit<Extract<ToRelay, { open: number }>, "open">,
  ): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#opened.set(id, resolve);
    this.#send({ open: id, ...options });
    return await promise;
  }

  async lost(id: number): Promise<string | undefined> {
    const known = this.#lost.get(id);
    if (known !== undefined) return known;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.#asked.set(id, [...this.#asked.get(id) ?? [], resolve]);
    this.#send({ ask: id });
    return await promise;
  }

  whenLost(id: number): Promise<string> {
    return this.#loss(id).promise;
  }

  #loss(id: number): PromiseWithResolvers<string> {
    const loss = this.#losses.get(id) ?? Promise.withResolvers<string>();
    this.#losses.set(id, loss);
    return loss;
  }

  close(): void {
    this.#thread.terminate();
  }

  #send(message: ToRelay): void {
    this.#thread.postMessage(message);
  }
}
