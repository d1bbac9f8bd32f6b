/**
 * Where set-up puts TensorFlow below {@linkcode dnaHome}, and how a whole installation is told from a half one.
 *
 * `tensorflow/<platform>/<version>-<flavour>/` comes into being by one rename, with a marker that says
 * what it is, and is never changed afterwards; the file `current` beside it names the one in use.
 *
 * @module
 */

import { join } from "node:path";
import { dnaHome } from "../../home.ts";
import { type Flavour, TENSORFLOW_VERSION } from "./releases.ts";

/** What set-up notes about an installation. */
export interface Marker {
  /** TensorFlow's version. */
  version: string;
  /** Whether it computes on CUDA devices too. */
  flavour: Flavour;
  /** Operating system and processor, as in `linux-x86_64`. */
  platform: string;
  /** The requirement that was installed, as in `tensorflow-cpu==2.21.0`. */
  wheel: string;
  /** Bytes of the two libraries together: a power cut can cut a file that was written. */
  bytes: number;
}

/** Name of the marker in an installation's folder. */
export const MARKER = "setup.json";

/** Names of the two libraries that hold TensorFlow's C interface. */
export const LIBRARIES: { cc: string; framework: string } = Deno.build.os === "darwin"
  ? { cc: "libtensorflow_cc.2.dylib", framework: "libtensorflow_framework.2.dylib" }
  : { cc: "libtensorflow_cc.so.2", framework: "libtensorflow_framework.so.2" };

/** Bytes of the two libraries in a folder together; nothing where one is absent. */
export function libraryBytes(folder: string): number | undefined {
  try {
    let bytes = 0;
    for (const name of Object.values(LIBRARIES)) bytes += Deno.statSync(join(folder, name)).size;
    return bytes;
  } catch {
    return undefined;
  }
}

/** This machine, as in `linux-x86_64`. */
export function hostPlatform(): string {
  return `${Deno.build.os}-${Deno.build.arch}`;
}

/** The folder of this platform's installations. */
export function installations(): string {
  return join(dnaHome(), "tensorflow", hostPlatform());
}

/** The file that names the installation in use. */
export function currentPath(): string {
  return join(installations(), "current");
}

/** Name of the installation in use; nothing where there is none. */
export function currentName(): string | undefined {
  try {
    return Deno.readTextFileSync(currentPath()).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The marker of an installation; nothing where it is not whole or of another version. */
export function readInstallation(name: string): Marker | undefined {
  const folder = join(installations(), name);
  try {
    const marker: Marker = JSON.parse(Deno.readTextFileSync(join(folder, MARKER)));
    const whole = marker.version === TENSORFLOW_VERSION && marker.platform === hostPlatform() &&
      marker.bytes === libraryBytes(join(folder, "tensorflow"));
    return whole ? marker : undefined;
  } catch {
    return undefined;
  }
}
