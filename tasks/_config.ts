/**
 * What config.json says of a run.
 *
 * @module
 */

import type { Engine } from "../mod.ts";
import { runEnvironment } from "../lib/runs/environment.ts";
import denoJson from "../deno.json" with { type: "json" };

/** All options, the seed, versions, device and revision. */
export async function configOf(
  task: string,
  settings: { seed: number },
  engine: Engine,
): Promise<Record<string, unknown>> {
  const { deno, v8, platform, cores, revision } = await runEnvironment();
  return {
    command: [`deno task ${task}`, ...Deno.args.map(quoted)].join(" "),
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
