/**
 * Sites: where a part of the work is done, a device of this machine or of a worker.
 *
 * @module
 */

import { useEngine } from "../engine.ts";
import type { Device } from "../tensorflow/_context.ts";

/** Where a part of the work is done. */
export interface Site {
  /** Its name in plans and messages, as `GPU:0` or `node7:7711/GPU:0`. */
  name: string;
  /** The device. */
  device: Device;
  /** After a call failed: why the site is lost, or undefined where it is not. Without it the site cannot be lost. */
  lost?(): Promise<string | undefined>;
  /** Fulfilled when the site is lost, with the reason. */
  whenLost?: Promise<string>;
}

/**
 * The devices of this machine by name.
 *
 * @param names Names joined by commas, as `GPU:0,GPU:1`; `auto` takes all GPUs, and where there are none all devices
 * of the CPU.
 * @returns The sites, each once.
 * @throws {RangeError} for a device that is not there, listing those that are.
 *
 * @example
 * ```ts
 * import { localSites } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals((await localSites("CPU:0")).map(({ name }) => name), ["CPU:0"]);
 * ```
 */
export async function localSites(names: string): Promise<Site[]> {
  const { devices } = await useEngine();
  if (names === "auto") {
    const gpus = devices.filter(({ type }) => type === "GPU");
    const chosen = gpus.length > 0 ? gpus : devices.filter(({ type }) => type === "CPU");
    return chosen.map((device) => ({ name: device.name, device }));
  }
  const chosen = names.split(",").map((name) => {
    const wanted = name.trim().toUpperCase();
    const found = devices.find((device) => device.name === wanted);
    if (found) return found;
    throw new RangeError(
      `Cannot use device ${JSON.stringify(name)}: TensorFlow lists ${
        devices.map((device) => device.name).join(", ")
      }`,
    );
  });
  return [...new Set(chosen)].map((device) => ({ name: device.name, device }));
}
