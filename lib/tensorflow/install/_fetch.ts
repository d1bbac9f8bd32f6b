/**
 * Fetching a release's wheels and unpacking what DNA uses of them.
 *
 * @module
 */

import { join } from "node:path";
import { dnaHome } from "../../home.ts";
import type { ProgressEvent } from "../../progress.ts";
import { explainPip } from "./_explain.ts";
import { findPython, runPython } from "./_python.ts";
import { filesBelow, folderBytes } from "./space.ts";
import { type Release, TENSORFLOW_VERSION } from "./releases.ts";

// The libraries, what they open at run time, and the licences.
const KEEP = String
  .raw`^tensorflow/(libtensorflow_(cc|framework)\.|THIRD_PARTY)|^nvidia/|\.dist-info/(.*/)?[Ll][Ii][Cc][Ee][Nn][CcSs][Ee]`;
const DROP = String.raw`/include/|\.py$|\.alt\.so|libcusolverMg|/nvvm/lib64/|/$`;

const WATCH_MS = 250;

/** How set-up reports and is stopped. */
export interface SetUpOptions {
  /** Receives progress: stages, and in each the megabytes so far. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops the set-up, which then leaves nothing behind. */
  signal?: AbortSignal;
  /** The task that an error's message says to type again. Default: `setup`. */
  again?: string;
}

/**
 * Fetches a release and unpacks it.
 *
 * @param partial An empty folder to work in.
 * @returns The folder with what was unpacked, inside `partial`.
 */
export async function fetchRelease(
  release: Release,
  partial: string,
  { onProgress, signal, again = "setup" }: SetUpOptions,
): Promise<string> {
  const python = await findPython(again);
  const [wheels, unpacked, temporary] = ["wheels", "unpacked", "tmp"].map((name) =>
    join(partial, name)
  );
  for (const folder of [wheels, unpacked, temporary]) await Deno.mkdir(folder);

  const run = async (args: string[], stage: string, total: number, bytes: () => number) => {
    const event = (done: number) =>
      onProgress?.({ stage, done: megabytes(done), total: megabytes(total), unit: "MB" });
    event(0);
    const watch = setInterval(() => event(Math.min(bytes(), total)), WATCH_MS);
    try {
      const { success, output } = await runPython(python, args, { folder: temporary, signal });
      signal?.throwIfAborted();
      if (!success) {
        throw explainPip(`TensorFlow ${TENSORFLOW_VERSION}`, output, dnaHome(), again);
      }
      event(total);
    } finally {
      clearInterval(watch);
    }
  };

  await run(
    downloadCommand(release, wheels),
    "download",
    release.download,
    () => wheelBytes(partial),
  );
  await run(
    ["unpack", wheels, unpacked, KEEP, DROP],
    "unpack",
    release.installed,
    () => folderBytes(unpacked),
  );
  return unpacked;
}

function downloadCommand({ requirements, tags }: Release, destination: string): string[] {
  return [
    "pip",
    "download",
    "--no-input",
    "--disable-pip-version-check",
    "--progress-bar=off",
    "--no-deps",
    "--only-binary=:all:",
    "--implementation=cp",
    "--python-version=3.12", // any that has wheels: only their libraries are used
    ...tags.map((tag) => `--platform=${tag}`),
    `--dest=${destination}`,
    ...requirements,
  ];
}

/** Bytes fetched so far; pip copies a wheel from its temporary folder, and it counts once. */
function wheelBytes(folder: string): number {
  const sizes = new Map<string, number>();
  for (const { name, bytes } of filesBelow(folder)) {
    sizes.set(name, Math.max(bytes, sizes.get(name) ?? 0));
  }
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
