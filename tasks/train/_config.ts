/**
 * What config.json says of a training.
 *
 * @module
 */

import type { Engine, TrainSettings } from "../../mod.ts";
import { runEnvironment } from "../../lib/runs/environment.ts";
import denoJson from "../../deno.json" with { type: "json" };

/** All options, the seed, versions, device and revision. */
export async function configOf(
  settings: TrainSettings,
  engine: Engine,
): Promise<Record<string, unknown>> {
  const { deno, v8, platform, cores, revision } = await runEnvironment();
  return {
    command: ["deno task train", ...Deno.args.map(quoted)].join(" "),
    options: settings,
    seed: settings.seed,
    versions: { dna: denoJson.version, deno, v8, tensorflow: engine.version, tfjs: "4.22.0" },
    device: engine.device.name,
    precision: engine.mixedPrecision ?? "float32",
    platform,
    cores,
    revision,
  };
}

/** An argument as a shell takes it. */
function quoted(argument: string): string {
  return /^[\w.,:=/@+-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
