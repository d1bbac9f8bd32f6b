/**
 * The peers: Python programs, each with packages of its own.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { dnaHome } from "../../lib/home.ts";
import { alone } from "../../lib/tensorflow/install/_lock.ts";
import { findPython, runPython } from "../../lib/tensorflow/install/_python.ts";
import { type Flavour, TENSORFLOW_VERSION } from "../../lib/tensorflow/install/releases.ts";

const PROGRESS_MS = 10_000;

/** A Python program that answers one line of JSON with one line of JSON. */
export interface Peer {
  /** Sends a request and waits for its answer. */
  ask<Answer>(request: Record<string, unknown>): Promise<Answer>;
  /** Ends the program. */
  close(): Promise<void>;
}

/** A peer's Python packages: where they are kept, and what pip is to install there. */
export interface Packages {
  /** The folder below DNA's home. */
  folder: string;
  /** The folder in it for this very version. */
  version: string;
  /** Requirements in pip's notation. */
  requirements: string[];
  /** The bench that needs them. */
  bench: string;
}

/** TensorFlow for Python of the engine's version. */
export function tensorFlowPackages(flavour: Flavour): Packages {
  return {
    folder: "peer-tensorflow",
    version: `${TENSORFLOW_VERSION}-${flavour}`,
    requirements: [requirement(flavour)],
    bench: "engine",
  };
}

/** The requirement that has the same kernels as the engine's library. */
function requirement(flavour: Flavour): string {
  if (flavour === "cuda") return `tensorflow[and-cuda]==${TENSORFLOW_VERSION}`;
  const plain = Deno.build.os === "linux" && Deno.build.arch === "x86_64";
  return `${plain ? "tensorflow-cpu" : "tensorflow"}==${TENSORFLOW_VERSION}`;
}

/**
 * The folder of the peer's Python packages, made where it is not there yet: unpacked beside and renamed.
 *
 * It is a folder of packages, not a virtual environment, since one of those cannot be renamed.
 *
 * @throws {Error} if pip cannot install it, with pip's last words.
 */
async function install({ folder, version, requirements, bench }: Packages): Promise<string> {
  const place = join(dnaHome(), folder, version);
  await Deno.mkdir(dirname(place), { recursive: true });
  return await alone(join(dirname(place), ".lock"), async () => {
    if (await exists(place)) return place;
    for await (const { name } of Deno.readDir(dirname(place))) {
      if (name.startsWith(".partial-")) {
        await Deno.remove(join(dirname(place), name), { recursive: true });
      }
    }
    const wheel = requirements.join(" ");
    const began = Date.now();
    const report = () =>
      console.error(`Installing the peer, ${wheel}: ${Math.round((Date.now() - began) / 1000)} s`);
    report();
    const timer = setInterval(report, PROGRESS_MS);
    const partial = await Deno.makeTempDir({ dir: dirname(place), prefix: ".partial-" });
    const temporary = join(partial, "tmp");
    await Deno.mkdir(temporary);
    try {
      const { success, output } = await runPython(
        await findPython(`bench ${bench}`),
        [
          "pip",
          "install",
          "--no-input",
          "--disable-pip-version-check",
          "--progress-bar=off",
          "--only-binary=:all:",
          `--target=${join(partial, "packages")}`,
          ...requirements,
        ],
        { folder: temporary },
      );
      if (!success) {
        throw new Error(
          `Cannot install the peer ${wheel} (it needs Python 3.10 to 3.13):\n` +
            output.trim().split("\n").slice(-4).join("\n"),
        );
      }
      await Deno.rename(join(partial, "packages"), place);
    } finally {
      clearInterval(timer);
      await Deno.remove(partial, { recursive: true });
    }
    return place;
  }, { onWait: () => console.error("Waiting for another one that installs the peer") });
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts a Python program beside this file with its packages, which are installed where they are not there yet, or in a Python that
 * has them.
 *
 * @throws {Error} if they cannot be installed.
 */
export async function startPeer(
  program: string,
  packages: Packages,
  python?: string,
): Promise<Peer> {
  const path = python === undefined ? { PYTHONPATH: await install(packages) } : undefined;
  const child = new Deno.Command(
    python ?? await findPython(`bench ${packages.bench}`),
    {
      args: ["-u", fileURLToPath(new URL(program, import.meta.url))],
      env: { ...path, TF_CPP_MIN_LOG_LEVEL: "3", TF_ENABLE_DEPRECATION_WARNINGS: "0" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    },
  ).spawn();
  const complaints = new Response(child.stderr).text();
  const writer = child.stdin.getWriter();
  const lines = readLines(child.stdout);
  return {
    async ask<Answer>(request: Record<string, unknown>): Promise<Answer> {
      await writer.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
      const { value, done } = await lines.next();
      if (done) {
        throw new Error(`The peer ${basename(program)} ended:\n${(await complaints).slice(-2000)}`);
      }
      return JSON.parse(value) as Answer;
    },
    async close() {
      await writer.close();
      await child.status;
      await complaints;
    },
  };
}

async function* readLines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (text + part).split("\n");
    text = lines.pop()!;
    yield* lines;
  }
}
