/**
 * Stage 1: the supernet learns from the teacher.
 *
 * @module
 */

import { distillAnywhere } from "../devices/anywhere.ts";
import { describePlan } from "../devices/plan.ts";
import { createRandom } from "../random.ts";
import { fromCheckpoint, toCheckpoint } from "../supernet/_checkpoint.ts";
import { readSupernet, writeSupernet } from "../supernet/_file.ts";
import { splitHash, teacherHash } from "../supernet/_hashes.ts";
import { parseCells } from "../supernet/cell_names.ts";
import { originOf } from "../supernet/rating_share.ts";
import { spaceRecord } from "../supernet/rate.ts";
import { describeStopped } from "../supernet/stopped.ts";
import { createSupernet, restoreSupernet, type Supernet } from "../supernet/supernet.ts";
import { keptFeatures } from "./_features.ts";
import { trainingImages } from "./_images.ts";
import type { Context, RunState } from "./_context.ts";
import { hashFile } from "./_files.ts";

/** The file that holds the supernet's weights. */
export const SUPERNET_FILE = "supernet.safetensors";

/** The trained supernet, and where the run stands then. */
export async function distilStage(
  context: Context,
  state: Extract<RunState, { stage: "distil" | "rate" }> | undefined,
): Promise<{ supernet: Supernet; state: Extract<RunState, { stage: "rate" }> }> {
  const { run, settings, space, teacher } = context;
  const { seed } = settings;
  const supernet = createSupernet(space, teacher, { random: createRandom(seed, "supernet") });
  if (state?.stage === "rate") {
    await readSupernet(run.path(SUPERNET_FILE), supernet);
    return { supernet, state };
  }
  if (state) restoreSupernet(supernet, fromCheckpoint(run.checkpoint!));
  const { augment = true, cells } = settings;
  const data = trainingImages(context);
  await distillAnywhere(context.sites, supernet, {
    teacher,
    data,
    cells: cells === undefined ? undefined : parseCells(cells, space),
    times: context.times,
    microBatch: settings.distilMicroBatch,
    syncBn: settings.syncBn,
    recompute: settings.recompute,
    features: augment ? undefined : await keptFeatures(context, data, settings.batch),
    epochs: settings.epochs,
    batch: settings.batch,
    rates: settings.rates,
    weightDecay: settings.weightDecay,
    augment,
    seed,
    position: state?.position,
    checkpointSeconds: context.checkpointSeconds,
    onPlan: (plan) => context.say(describePlan(plan)),
    onLost: (_, sentence) => context.say(sentence),
    onCheckpoint: (position, supernetState) =>
      run.save(toCheckpoint(supernetState, { stage: "distil", position })),
    onEpoch: (cells) => cells.forEach((cell) => run.log({ stage: "distil", ...cell })),
    onStopped: (stopped) => {
      run.log({ stage: "stopped", ...stopped });
      context.say(describeStopped(stopped));
    },
    onProgress: context.onProgress,
    signal: context.signal,
  });
  const { epochs, batch, rates, weightDecay, distilMicroBatch = batch, syncBn = false } = settings;
  await writeSupernet(run.path(SUPERNET_FILE), supernet, {
    teacher: teacher.name,
    origin: originOf(
      ...[spaceRecord(space), teacherHash(teacher), await splitHash(data), seed, augment],
      ...[epochs, batch, rates, weightDecay, distilMicroBatch, syncBn],
    ),
  });
  const hashes = { [SUPERNET_FILE]: await hashFile(run, SUPERNET_FILE) };
  const next = { stage: "rate", parts: [], hashes } satisfies RunState;
  await run.save({ tensors: {}, state: next });
  return { supernet, state: next };
}
