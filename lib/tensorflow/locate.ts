/**
 * Where TensorFlow's libraries are.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";
import { taskCommand } from "./install/command.ts";
import {
  currentName,
  hostPlatform,
  installations,
  LIBRARIES,
  libraryBytes,
  readInstallation,
} from "./install/layout.ts";
import type { Flavour } from "./install/releases.ts";

export type { Flavour };

/** An installation of TensorFlow that is there. */
export interface TensorFlowLocation {
  /** The folder that holds the libraries. */
  folder: string;
  /** Path of the library with the `TF_*` and `TFE_*` functions. */
  cc: string;
  /** Path of the library with `TF_NewStatus`, `TF_AllocateTensor` and their like. */
  framework: string;
  /** TensorFlow's version; nothing where a folder of bare libraries does not tell. */
  version: string | undefined;
  /** Whether it computes on CUDA devices too. */
  flavour: Flavour;
  /** Operating system and processor, as in `linux-x86_64`. */
  platform: string;
}

/**
 * Finds TensorFlow without network or subprocess: `$DNA_TENSORFLOW`, else what set-up installed.
 *
 * @returns Where it is; nothing where it has not been set up.
 * @throws {Error} if `$DNA_TENSORFLOW` is set and names no installation.
 */
export function findTensorFlow(): TensorFlowLocation | undefined {
  const chosen = Deno.env.get("DNA_TENSORFLOW");
  if (chosen) return findChosen(resolve(chosen));
  const name = currentName();
  const marker = name && readInstallation(name);
  return marker
    ? at(join(installations(), name, "tensorflow"), marker.version, marker.flavour)
    : undefined;
}

/**
 * Finds TensorFlow as {@linkcode findTensorFlow} does, and insists on it.
 *
 * @returns Where it is.
 * @throws {Error} with the command to type if it has not been set up, or if `$DNA_TENSORFLOW` names no
 * installation.
 */
export function locateTensorFlow(): TensorFlowLocation {
  const found = findTensorFlow();
  if (!found) throw new Error(`TensorFlow is not set up: type \`${taskCommand()}\``);
  return found;
}

function findChosen(chosen: string): TensorFlowLocation {
  const folder = candidates(chosen).find(holdsLibraries);
  if (!folder) {
    throw new Error(
      `DNA_TENSORFLOW=${chosen} holds no TensorFlow (${LIBRARIES.cc}): name the folder where ` +
        "`pip install tensorflow` put it, or unset the variable",
    );
  }
  const site = dirname(folder);
  const wheel = names(site).find((name) => /^tensorflow(_\w+)?-[^-]+\.dist-info$/.test(name));
  const cuda = names(site).includes("nvidia") || wheel?.startsWith("tensorflow-") === true &&
      hostPlatform() === "linux-x86_64";
  return at(folder, wheel?.match(/-([^-]+)\.dist-info$/)?.[1], cuda ? "cuda" : "cpu");
}

/** The libraries' own folder, a folder of Python packages, or a Python environment. */
function candidates(chosen: string): string[] {
  const lib = join(chosen, "lib");
  return [
    chosen,
    join(chosen, "tensorflow"),
    ...names(lib).filter((name) => name.startsWith("python"))
      .map((name) => join(lib, name, "site-packages", "tensorflow")),
  ];
}

function names(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map((entry) => entry.name);
  } catch {
    return [];
  }
}

function holdsLibraries(folder: string): boolean {
  return libraryBytes(folder) !== undefined;
}

function at(folder: string, version: string | undefined, flavour: Flavour): TensorFlowLocation {
  return {
    folder,
    cc: join(folder, LIBRARIES.cc),
    framework: join(folder, LIBRARIES.framework),
    version,
    flavour,
    platform: hostPlatform(),
  };
}
