/**
 * Table 4's designs S1 and S2, a stage at a time.
 *
 * @module
 */

import { progressiveStages, type ProgressiveState } from "../raters/progressive.ts";
import type { BlockRatings } from "../ratings.ts";
import type { SafetensorsTensor } from "../safetensors.ts";
import type { SpaceDefinition } from "../space/types.ts";
import { datasetOf, someOf, spaceOf, teacherOf } from "./_inputs.ts";
import { fromCheckpoint, toCheckpoint } from "../supernet/_checkpoint.ts";
import type { DataSettings, SupernetSettings, TeacherSettings } from "./scales.ts";
import type { Part, PartContext } from "./types.ts";

/** What decides a stage. */
export interface ProgressivePart {
  /** Which design. */
  strategy: "S1" | "S2";
  /** The ratings of the stages before it. */
  earlier: BlockRatings[];
  /** The images. */
  data: DataSettings;
  /** The teacher. */
  teacher: TeacherSettings;
  /** The space, of one cell a block. */
  space: SpaceDefinition | string;
  /** How each stage learns and rates. */
  supernet: Omit<SupernetSettings, "sposRate">;
  /** Decides which images are used. */
  imagesSeed: number;
  /** Decides first weights, paths, order and augmentation. */
  seed: number;
}

/** The name under which S2 keeps the block that a stage has trained. */
const BLOCK = "block";

/** The part that trains the next block behind the earlier ones, and rates its paths. */
export function progressivePart(settings: ProgressivePart): Part<BlockRatings> {
  const { strategy, earlier } = settings;
  const stage = earlier.length;
  return {
    kind: "progressive",
    label: `distil by ${strategy}, block ${stage + 1}`,
    settings: { ...settings },
    async run(context) {
      const { run, keep, onProgress, signal, checkpointSeconds } = context;
      const { data, supernet: recipe, imagesSeed, seed } = settings;
      const { splits } = await datasetOf(data);
      const images = someOf(splits.train, recipe.images, imagesSeed, "images");
      const { blocks, supernet } = await progressiveStages(spaceOf(settings.space), {
        strategy,
        teacher: await teacherOf(settings.teacher, data),
        data: images,
        validation: someOf(splits.validation, recipe.rateImages, imagesSeed, "rating images"),
        calibration: someOf(images, recipe.calibrationImages, imagesSeed, "calibration images"),
        epochs: recipe.epochs,
        batch: recipe.batch,
        rates: recipe.rates,
        augment: true,
        seed,
        classes: data.classes,
        stages: stage + 1,
        state: await stateOf(settings, context),
        onCheckpoint: ({ blocks, position, supernet }) =>
          run.save(toCheckpoint(supernet, { blocks, position })),
        checkpointSeconds,
        onProgress,
        signal,
      });
      if (strategy === "S2" && stage + 1 < spaceOf(settings.space).blocks.length) {
        await keep(blockTensors(supernet, stage), BLOCK);
      }
      return blocks[stage];
    },
  };
}

/** The stages before one, the first of them first. */
function earlierParts({ earlier, ...settings }: ProgressivePart): Part<BlockRatings>[] {
  return earlier.map((_, stage) =>
    progressivePart({ ...settings, earlier: earlier.slice(0, stage) })
  );
}

/** Where a stage begins, or stood when it was stopped. */
async function stateOf(
  settings: ProgressivePart,
  { run, kept }: PartContext,
): Promise<Partial<ProgressiveState>> {
  if (run.checkpoint) {
    const { blocks, position } = run.checkpoint.state as ProgressiveState;
    return { blocks, position, supernet: fromCheckpoint(run.checkpoint) };
  }
  const blocks = settings.earlier;
  if (settings.strategy === "S1") return { blocks };
  const vectors: ProgressiveState["supernet"]["vectors"] = {};
  for (const part of earlierParts(settings)) {
    for (const [name, { data }] of Object.entries(await kept(part, BLOCK))) {
      vectors[name] = Float32Array.from(data as Float32Array);
    }
  }
  return { blocks, supernet: { vectors, steps: {} } };
}

/** A block's weights and statistics; its optimizer's vectors are wanted no more. */
function blockTensors(
  { vectors }: ProgressiveState["supernet"],
  block: number,
): Record<string, SafetensorsTensor> {
  return Object.fromEntries(
    Object.entries(vectors)
      .filter(([name]) => name.startsWith(`blocks.${block}.`) && !/\.\d+$/.test(name))
      .map(([name, data]) => [name, { dtype: "F32" as const, shape: [data.length], data }]),
  );
}
