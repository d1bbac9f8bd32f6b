/**
 * What config.json says of a run.
 *
 * @module
 */

import type { Engine, MethodSettings } from "../../mod.ts";
import { runEnvironment } from "../../lib/runs/environment.ts";
import denoJson from "../../deno.json" with { type: "json" };

/** All options, the seed, versions, device and revision. */
export async function configOf(
  settings: MethodSettings,
  engine: Engine,
): Promise<Record<string, unknown>> {
  const { deno, v8, platform, cores, revision } = await runEnvironment();
  return {
    command: ["deno task search", ...Deno.args].join(" "),
    options: settings,
    seed: settings.seed,
    versions: { dna: denoJson.version, deno, v8, tensorflow: engine.version, tfjs: "4.22.0" },
    device: engine.device.name,
    platform,
    cores,
    revision,
  };
}
