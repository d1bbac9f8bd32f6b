/**
 * Stage 1: the supernet learns from the teacher.
 *
 * @module
 */

import { readSafetensors, writeSafetensors } from "../safetensors.ts";
import { createRandom } from "../random.ts";
import { distill } from "../supernet/distill.ts";
import {
  createSupernet,
  loadSupernetWeights,
  restoreSupernet,
  saveSupernet,
  type Supernet,
  supernetWeights,
} from "../supernet/supernet.ts";
import { trainingImages } from "./_images.ts";
import type { Context, RunState } from "./_context.ts";
import { hashFile } from "./_files.ts";

/** The file that holds the supernet's weights. */
const FILE = "supernet.safetensors";

/** The trained supernet, and where the run stands then. */
export async function distilStage(
  context: Context,
  state: Extract<RunState, { stage: "distil" | "rate" }> | undefined,
): Promise<{ supernet: Supernet; state: Extract<RunState, { stage: "rate" }> }> {
  const { run, settings, space, teacher } = context;
  const { seed } = settings;
  const supernet = createSupernet(space, teacher, { random: createRandom(seed, "supernet") });
  if (state?.stage === "rate") {
    const path = run.path(FILE);
    loadSupernetWeights(supernet, (await readSafetensors(path)).tensors, path);
    return { supernet, state };
  }
  if (state) {
    const { tensors } = run.checkpoint!;
    const vectors = Object.fromEntries(
      Object.entries(tensors).map(([name, { data }]) => [name, data as Float32Array]),
    );
    restoreSupernet(supernet, { vectors, steps: state.steps });
  }
  await distill(supernet, {
    teacher,
    data: trainingImages(context),
    epochs: settings.epochs,
    batch: settings.batch,
    rates: settings.rates,
    weightDecay: settings.weightDecay,
    augment: true,
    seed,
    position: state?.position,
    checkpointSeconds: context.checkpointSeconds,
    onCheckpoint: async (position) => {
      const { vectors, steps } = saveSupernet(supernet);
      const tensors = Object.fromEntries(
        Object.entries(vectors).map(([name, data]) => [name, {
          dtype: "F32" as const,
          shape: [data.length],
          data,
        }]),
      );
      await run.save({ tensors, state: { stage: "distil", position, steps } satisfies RunState });
    },
    onEpoch: (cells) => cells.forEach((cell) => run.log({ stage: "distil", ...cell })),
    onProgress: context.onProgress,
    signal: context.signal,
  });
  await writeSafetensors(run.path(FILE), supernetWeights(supernet), {
    space: space.name,
    teacher: teacher.name,
  });
  const hashes = { [FILE]: await hashFile(run, FILE) };
  const next = { stage: "rate", parts: [], hashes } satisfies RunState;
  await run.save({ tensors: {}, state: next });
  return { supernet, state: next };
}
