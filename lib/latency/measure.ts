/**
 * Measuring the layers of a space on this machine.
 *
 * @module
 */

import { availableParallelism, cpus } from "node:os";
import { useEngine } from "../engine.ts";
import { createRandom } from "../random.ts";
import { checkArchitecture } from "../space/architecture.ts";
import { checkList } from "../space/_check.ts";
import type { Architecture, Space } from "../space/types.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { type CheckedLatencyOptions, checkLatencyOptions } from "./_options.ts";
import {
  emptyFunction,
  type Maps,
  networkFunction,
  partFunction,
  type Timed,
} from "./_part_function.ts";
import { spaceParts } from "./_parts.ts";
import { pauses, sampleTimes } from "./_sampling.ts";
import type { LatencyOptions, LatencySpread, LatencyTable } from "./types.ts";

/**
 * Measures how long every layer takes that a network of a space can have, on this machine.
 *
 * Stem, first layer, each operation at each place and input width, head and classifier: each in inference form, with batch
 * normalisation folded and weights as constants, compiled and warmed up; equal work is measured once. Rounds go through all of them in
 * ever new orders; a round counts the least of a few calls in a row. A call of a function that does next to nothing is measured too:
 * it is part of each time and is taken off where times are added up.
 *
 * @param space The space.
 * @param options Image size, batch, classes, device, rounds, progress and a signal to stop.
 * @returns The table: seconds for a batch of each layer, with machine, device and versions.
 * @throws {TypeError | RangeError} Where an option is wrong, naming it.
 * @throws {DOMException} "AbortError" where the signal stopped it.
 *
 * @example
 * ```ts
 * import { defineSpace, latency, measureLatency, parseArchitecture } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * const space = defineSpace({
 *   name: "tiny",
 *   blocks: [{ stride: 2, cells: [{ width: 8, depth: 1 }] }],
 *   operations: [{ kernel: 3, expansion: 3 }],
 *   head: 16,
 * });
 * const table = await measureLatency(space, { resolution: 16, classes: 10, rounds: 1 });
 * const network = parseArchitecture("ir_r1_k3_s2_e3_c8_se0.25 | head_c16");
 * assert(latency(network, table) > 0);
 * ```
 */
export async function measureLatency(space: Space, options: LatencyOptions): Promise<LatencyTable> {
  const checked = checkLatencyOptions(options, "Cannot measure latency:");
  const { batch, resolution, classes, rounds } = checked;
  const engine = await useEngine({ device: checked.device });
  const parts = spaceParts(space, { resolution, classes });
  const [call, ...times] = await measure("layers", checked, [
    emptyFunction,
    ...[...parts.values()].map((part) => (maps: Maps) => partFunction(part, batch, maps)),
  ]);
  return {
    space: space.name,
    machine: `${cpus()[0]?.model ?? Deno.build.arch}, ${availableParallelism()} threads`,
    device: engine.device.name,
    threads: engine.threads ?? null,
    versions: { tensorflow: engine.version, tfjs: tf.version.tfjs, deno: Deno.version.deno },
    batch,
    resolution,
    classes,
    rounds,
    call,
    parts: Object.fromEntries([...parts.keys()].map((key, i) => [key, times[i]])),
  };
}

/**
 * Measures how long whole networks take on this machine, in the way that {@linkcode measureLatency} measures layers.
 *
 * @param architectures The networks.
 * @param options Image size, batch, classes, device, rounds, progress and a signal to stop.
 * @returns Seconds for a batch of each network.
 * @throws {TypeError | RangeError} Where an option or an architecture is wrong, naming it.
 * @throws {DOMException} "AbortError" where the signal stopped it.
 *
 * @example
 * ```ts
 * import { measureNetworks, parseArchitecture } from "@dna/kernel";
 * import { assert } from "@std/assert";
 *
 * const network = parseArchitecture("ir_r1_k3_s2_e3_c8_se0.25 | head_c16");
 * const [time] = await measureNetworks([network], { resolution: 16, classes: 10, rounds: 3 });
 * assert(time.low > 0 && time.low <= time.median && time.median <= time.high);
 * ```
 */
export async function measureNetworks(
  architectures: readonly Architecture[],
  options: LatencyOptions,
): Promise<LatencySpread[]> {
  const start = "Cannot measure networks:";
  const checked = checkLatencyOptions(options, start);
  const networks = checkList(architectures, `${start} architectures`, "architectures", 0, 10_000)
    .map((architecture, i) => checkArchitecture(architecture, `architectures[${i}]`));
  await useEngine({ device: checked.device });
  return await measure(
    "networks",
    checked,
    networks.map((network) => (maps: Maps) => networkFunction(network, checked, maps)),
  );
}

/** Compiles functions, times them, and frees them. */
async function measure(
  unit: string,
  { rounds, onProgress, signal }: CheckedLatencyOptions,
  makers: readonly ((maps: Maps) => Timed)[],
): Promise<LatencySpread[]> {
  const maps: Maps = new Map();
  const functions: Timed[] = [];
  try {
    const pause = pauses(signal);
    for (const make of makers) {
      await pause();
      functions.push(make(maps));
      onProgress?.({ stage: "compile", done: functions.length, total: makers.length, unit });
    }
    return await sampleTimes(functions, {
      rounds,
      random: createRandom(0),
      onRound: (done) => onProgress?.({ stage: "measure", done, total: rounds, unit: "rounds" }),
      signal,
    });
  } finally {
    for (const { fn } of functions) fn.dispose();
    for (const x of maps.values()) x.dispose();
  }
}
