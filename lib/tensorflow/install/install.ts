/**
 * Set-up of TensorFlow's library.
 *
 * @module
 */

import { join } from "node:path";
import { makeFolder, writeFile, writeJson } from "../../files.ts";
import { findTensorFlow, type TensorFlowLocation } from "../locate.ts";
import { explainFiles } from "./_explain.ts";
import { fetchRelease, type SetUpOptions } from "./_fetch.ts";
import { alone } from "./_lock.ts";
import { requireSpace } from "./space.ts";
import { nvidiaDriver } from "./driver.ts";
import {
  currentPath,
  hostPlatform,
  installations,
  LIBRARIES,
  libraryBytes,
  MARKER,
  type Marker,
  readInstallation,
} from "./layout.ts";
import { chooseRelease, type Flavour, type Release, TENSORFLOW_VERSION } from "./releases.ts";

export type { SetUpOptions };

/** What to install, and how to report it. */
export interface InstallOptions extends SetUpOptions {
  /** Default: what is there already, else `cuda` where an NVIDIA driver is, else `cpu`. */
  flavour?: Flavour;
}

const WHAT = `TensorFlow ${TENSORFLOW_VERSION}`;
const PARTIAL = ".partial-";

/**
 * Installs TensorFlow's library where it is not there yet.
 *
 * It is unpacked beside its place and renamed, one set-up at a time: whatever happens meanwhile leaves a
 * whole installation or none. `$DNA_TENSORFLOW` names one that is used as it is.
 *
 * @param options What to install; a callback for progress; a signal to stop it.
 * @returns Where it is.
 * @throws {Error} if that cannot be, with one sentence that says what to do.
 */
export async function installTensorFlow(options: InstallOptions = {}): Promise<TensorFlowLocation> {
  const { flavour, onProgress, signal } = options;
  const there = findWanted(flavour);
  if (there) return there;
  const release = await releaseForHost(flavour);
  const folder = installations();
  try {
    await makeFolder(folder);
    return await alone(join(folder, ".lock"), async () => {
      const meanwhile = findWanted(flavour);
      if (meanwhile) return meanwhile;
      await removePartials(folder);
      return await install(release, folder, options);
    }, {
      signal,
      onWait: () =>
        onProgress?.({ stage: "waiting for another set-up", done: 0, total: 0, unit: "" }),
    });
  } catch (error) {
    throw explainFiles(WHAT, error, folder);
  }
}

/** The release that {@linkcode installTensorFlow} would install here. */
export async function releaseForHost(flavour?: Flavour): Promise<Release> {
  const platform = hostPlatform();
  if (flavour) return chooseRelease(platform, flavour);
  // CUDA builds exist for this platform alone.
  const cuda = platform === "linux-x86_64" && await nvidiaDriver();
  return chooseRelease(platform, cuda ? "cuda" : "cpu");
}

function findWanted(flavour: Flavour | undefined): TensorFlowLocation | undefined {
  const found = findTensorFlow();
  const given = Boolean(Deno.env.get("DNA_TENSORFLOW"));
  return found && (given || !flavour || found.flavour === flavour) ? found : undefined;
}

async function install(
  release: Release,
  folder: string,
  options: InstallOptions,
): Promise<TensorFlowLocation> {
  const name = `${TENSORFLOW_VERSION}-${release.flavour}`;
  if (!readInstallation(name)) await build(release, folder, name, options);
  await writeFile(currentPath(), `${name}\n`);
  const found = findTensorFlow();
  if (!found) throw new Error(`Cannot set up ${WHAT}: ${join(folder, name)} vanished meanwhile`);
  return found;
}

async function build(
  release: Release,
  folder: string,
  name: string,
  options: InstallOptions,
): Promise<void> {
  requireSpace(WHAT, folder, release.download * 2 + release.installed); // pip may keep a copy in its cache
  const partial = join(folder, `${PARTIAL}${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`);
  try {
    await Deno.mkdir(partial);
    const unpacked = await fetchRelease(release, partial, options);
    const bytes = libraryBytes(join(unpacked, "tensorflow"));
    if (bytes === undefined) {
      throw new Error(
        `Cannot set up ${WHAT}: the wheel that pip fetched holds no ${LIBRARIES.cc}; check the index ` +
          "that pip is configured for (`pip config list`)",
      );
    }
    await writeJson(
      join(unpacked, MARKER),
      {
        version: TENSORFLOW_VERSION,
        flavour: release.flavour,
        platform: hostPlatform(),
        wheel: release.requirements[0],
        bytes,
      } satisfies Marker,
    );
    const place = join(folder, name);
    await Deno.remove(place, { recursive: true }).catch(() => {}); // a broken one, if any
    await Deno.rename(unpacked, place);
  } finally {
    await Deno.remove(partial, { recursive: true }).catch(() => {});
  }
}

/** Whoever holds the lock is alone: partial folders of others are what killed set-ups left. */
async function removePartials(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name.startsWith(PARTIAL)) await Deno.remove(join(folder, name), { recursive: true });
  }
}
