/**
 * The options of tasks that compute on several devices and machines.
 *
 * @module
 */

import { joinWorkers, localSites, parseWorkers, type Site } from "../mod.ts";
import { type Given, type OptionSpecs, UsageError, wholeNumber } from "./_options.ts";

/** What the options mean. */
export const SITE_OPTIONS: OptionSpecs = {
  devices: {
    value: "NAMES",
    help: "devices that share distilling and rating, as GPU:0,GPU:1; auto is all of them",
    default: "--device alone",
  },
  "cpu-devices": { value: "N", help: "devices that the CPU counts as", default: "1" },
  workers: {
    value: "HOST:PORT,…",
    help: "machines that share distilling and rating: `deno task worker` runs on each",
  },
};

/** What was given. */
export interface SitesGiven {
  devices?: string;
  cpuDevices?: number;
  workers?: ReturnType<typeof parseWorkers>;
}

/** Reads the options. */
export function sitesGiven(given: Given): SitesGiven {
  const text = given.workers as string | undefined;
  let workers: SitesGiven["workers"];
  try {
    workers = text === undefined ? undefined : parseWorkers(text);
  } catch (error) {
    throw new UsageError(`--workers: ${(error as Error).message}`);
  }
  const devices = given.devices as string | undefined;
  if (devices !== undefined && !/^(auto|[a-z]+:\d+(,[a-z]+:\d+)*)$/i.test(devices)) {
    throw new UsageError(
      `--devices is ${JSON.stringify(devices)}: auto, or names as GPU:0,GPU:1 are needed`,
    );
  }
  return { devices, cpuDevices: wholeNumber(given, "cpu-devices", 1, 64), workers };
}

/**
 * The sites; none where no option asks for them. The engine must have been started, and nothing compiled yet.
 *
 * @param say Told in a sentence of a slow worker.
 */
export async function openSites(
  { devices, workers }: SitesGiven,
  say: (line: string) => void,
): Promise<{ sites?: Site[] } & Disposable> {
  const joined = workers && await joinWorkers(workers, { onSlow: say });
  const local = devices === undefined ? [] : await localSites(devices);
  const sites = [...local, ...joined?.sites ?? []];
  return {
    sites: sites.length > 0 ? sites : undefined,
    [Symbol.dispose]: () => joined?.close(),
  };
}
