/**
 * Table 4's two progressive ways to distil, beside the paper's own (section 4.4).
 *
 * @module
 */

import type { Augment } from "../data/batch.ts";
import type { Split } from "../data/types.ts";
import type { Optimizer } from "../nn/optimizers.ts";
import type { ProgressEvent } from "../progress.ts";
import { createRandom } from "../random.ts";
import type { BlockRatings, Ratings } from "../ratings.ts";
import { checkOneOf, checkWhole } from "../space/_check.ts";
import type { Space } from "../space/types.ts";
import { distill, type DistillPosition, RATES_SECTION_4_1 } from "../supernet/distill.ts";
import {
  createSupernet,
  restoreSupernet,
  saveSupernet,
  type Supernet,
  type SupernetState,
} from "../supernet/supernet.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { frozenTraining, jointTraining, rateStage } from "./_stages.ts";

/** Where a progressive distillation stands: it goes on from here, bit for bit. */
export interface ProgressiveState {
  /** What the blocks before the stage gave. */
  blocks: BlockRatings[];
  /** Where the stage's training stands; from its beginning where left out. */
  position?: DistillPosition;
  /** The supernet's weights. */
  supernet: SupernetState;
}

/** Options of {@linkcode progressiveRatings}. */
export interface ProgressiveOptions {
  /**
   * `S1`: at stage i blocks 1 to i of the student start afresh and learn together. `S2`: blocks 1 to i − 1 keep their trained
   * weights, frozen, and feed block i.
   */
  strategy: "S1" | "S2";
  /** The teacher; only the output of the stage's block is looked at, never as an input. */
  teacher: Teacher;
  /** The images to learn from; their classes are not used. */
  data: Split;
  /** The images that rate the paths. */
  validation: Split;
  /** The images by which batch statistics are recalibrated: training images. */
  calibration: Split;
  /** Passes over the data in each stage. */
  epochs: number;
  /** Images a step, and rated at once. Default 128. */
  batch?: number;
  /** Learning rates at the start, of the first stage and of the others; each epoch takes them times 0.9. Default: the paper's. */
  rates?: readonly [first: number, others: number];
  /** Weight decay of kernels. Default 0. */
  weightDecay?: number;
  /** How images are varied. Default: not at all. */
  augment?: boolean | Augment;
  /** What moves the weights. Default: Adam, the paper's. */
  optimizer?: Optimizer;
  /** Decides first weights, paths, order and augmentation. */
  seed: number | string;
  /** Number of classes that the ratings' networks will have. Default: the teacher's. */
  classes?: number;
  /** Go on from here; what `supernet` lacks stays at its first weights. */
  state?: Partial<ProgressiveState>;
  /** Given the state every so many seconds, and after each stage. */
  onCheckpoint?: (state: ProgressiveState) => Promise<void> | void;
  /** Seconds between two checkpoints. Default 20. */
  checkpointSeconds?: number;
  /** Told of each step and each rated layer. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops between two steps, after a last checkpoint. */
  signal?: AbortSignal;
}

/**
 * Ratings by one of Table 4's progressive designs: block by block, each behind the student's own earlier blocks.
 *
 * At stage i every path of block i learns to give the teacher's output of block i (equation 6), then all are rated by equation
 * 8, and the best one stands for block i in the stages that follow. Unlike the paper's own way, the student's block reads what
 * the student's earlier blocks give, not what the teacher's do, so that stages wait for each other, and a path's rating is one
 * behind these earlier paths only. There must be one cell in each block: the block before decides what a block reads.
 *
 * @param space The search space, of one cell in each block.
 * @param options The design, the teacher, the images and the recipe.
 * @returns Ratings in the form of ratings.json: `search` without a budget assembles the stages' best paths, and `dnaRater` makes
 *   them a rater.
 * @throws {RangeError} Where a block has several cells, or the space does not fit the teacher.
 * @throws {DOMException} `AbortError`, if the signal stops it.
 *
 * @example
 * ```ts
 * import {
 *   buildNetwork, datasetFromArrays, defineSpace, defineTeacher, parseArchitecture, progressiveRatings,
 *   search, useEngine,
 * } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const space = defineSpace({
 *   name: "tiny", stem: { channels: 1, width: 8, stride: 2 }, head: 16,
 *   blocks: [{ stride: 1, cells: [{ width: 8, depth: 1 }] }],
 *   operations: [{ kernel: 3, expansion: 1 }, { kernel: 5, expansion: 1 }],
 * });
 * const architecture = parseArchitecture("stem_i1_c8 | ir_r1_k3_s1_e3_c12_se0.25 | head_c16");
 * const network = buildNetwork(architecture, { classes: 2, resolution: 8 });
 * const teacher = defineTeacher({ name: "tiny", network, cuts: [0], mean: [0.5], std: [0.25] });
 * const images = Uint8Array.from({ length: 32 * 64 }, (_, i) => (i * 37) % 256);
 * const { splits: { train } } = datasetFromArrays({
 *   name: "noise", classes: ["a", "b"], height: 8, width: 8, channels: 1,
 *   train: { images, labels: new Uint8Array(32) },
 * });
 * const ratings = await progressiveRatings(space, {
 *   strategy: "S2", teacher, data: train, validation: train, calibration: train,
 *   epochs: 1, batch: 16, seed: 1,
 * });
 * assertEquals(search(ratings).loss, Math.min(...ratings.blocks[0].cells[0].losses));
 * ```
 */
export async function progressiveRatings(
  space: Space,
  options: ProgressiveOptions,
): Promise<Ratings> {
  const { teacher, strategy } = options;
  const { blocks } = await progressiveStages(space, options);
  const { size: _, ...definition } = space;
  return {
    space: structuredClone(definition),
    resolution: teacher.resolution,
    classes: options.classes ?? teacher.classes,
    strategy,
    teacher: teacher.name,
    images: options.validation.count,
    blocks,
  };
}

/**
 * Some of the stages of {@linkcode progressiveRatings}: one after the other, in several calls or processes, they come to the same
 * ratings bit for bit.
 *
 * @param space The search space, of one cell in each block.
 * @param options The design, the teacher, the images and the recipe; `stages`, after how many of all stages to end.
 * @returns What the next stage goes on from; its `blocks` are the ratings of the stages that are done. S1 needs no `supernet`, since
 *   its next stage starts afresh; S2 needs the weights of the blocks that are done.
 * @throws {RangeError} Where a block has several cells, the space does not fit the teacher, or has fewer stages.
 * @throws {DOMException} `AbortError`, if the signal stops it.
 *
 * @example
 * ```ts
 * import {
 *   buildNetwork, datasetFromArrays, defineSpace, defineTeacher, parseArchitecture, progressiveRatings,
 *   progressiveStages, useEngine,
 * } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const block = { stride: 1 as const, cells: [{ width: 8, depth: 1 }] };
 * const space = defineSpace({
 *   name: "tiny", stem: { channels: 1, width: 8, stride: 2 }, head: 16, blocks: [block, block],
 *   operations: [{ kernel: 3, expansion: 1 }, { kernel: 5, expansion: 1 }],
 * });
 * const layer = "ir_r1_k3_s1_e3_c12_se0.25";
 * const architecture = parseArchitecture(`stem_i1_c8 | ${layer} | ${layer} | head_c16`);
 * const network = buildNetwork(architecture, { classes: 2, resolution: 8 });
 * const teacher = defineTeacher({ name: "tiny", network, cuts: [0, 1], mean: [0.5], std: [0.25] });
 * const images = Uint8Array.from({ length: 32 * 64 }, (_, i) => (i * 37) % 256);
 * const { splits: { train } } = datasetFromArrays({
 *   name: "noise", classes: ["a", "b"], height: 8, width: 8, channels: 1,
 *   train: { images, labels: new Uint8Array(32) },
 * });
 * const options = {
 *   strategy: "S2" as const, teacher, data: train, validation: train, calibration: train,
 *   epochs: 1, batch: 16, seed: 1,
 * };
 * const state = await progressiveStages(space, { ...options, stages: 1 });
 * assertEquals(state.blocks.length, 1);
 * const { blocks } = await progressiveStages(space, { ...options, state });
 * assertEquals(blocks, (await progressiveRatings(space, options)).blocks);
 * ```
 */
export async function progressiveStages(
  space: Space,
  options: ProgressiveOptions & { stages?: number },
): Promise<ProgressiveState> {
  const { teacher, seed, state, calibration, batch = 128, signal } = options;
  const start = "Cannot distil progressively:";
  const strategy = checkOneOf(options.strategy, `${start} strategy`, ["S1", "S2"] as const);
  checkWhole(options.epochs, `${start} epochs`, 1, 1_000_000);
  const all = space.blocks.length;
  const stages = checkWhole(options.stages ?? all, `${start} stages`, 1, all);
  space.blocks.forEach(({ cells }, block) => {
    if (cells.length !== 1) {
      throw new RangeError(
        `${start} block ${block + 1} of space "${space.name}" has ${cells.length} cells, ` +
          "must have one: a block reads what the one before it gives",
      );
    }
  });
  const [first, others] = options.rates ?? RATES_SECTION_4_1;
  const make = (stage: number) =>
    createSupernet(space, teacher, {
      random: createRandom(seed, strategy, strategy === "S1" ? stage : 0),
      optimizer: options.optimizer,
    });
  const blocks = [...state?.blocks ?? []];
  const begun = blocks.length;
  let supernet = make(begun);
  try {
    if (state?.supernet) restoreSupernet(supernet, completed(state.supernet, supernet));
    const here = (position?: DistillPosition): ProgressiveState => ({
      blocks: [...blocks],
      ...(position && { position }),
      supernet: saveSupernet(supernet),
    });
    const checkpoint = async (position?: DistillPosition) =>
      await options.onCheckpoint?.(here(position));
    for (let stage = begun; stage < stages; stage++) {
      const best = blocks.map(bestPath);
      const training = strategy === "S1"
        ? jointTraining(supernet, teacher, best)
        : await frozenTraining(supernet, teacher, best, calibration, batch);
      const rate = stage === 0 ? first : others;
      try {
        await distill(training.supernet, {
          teacher: training.teacher,
          data: options.data,
          epochs: options.epochs,
          batch,
          rates: [rate, rate],
          weightDecay: options.weightDecay,
          augment: options.augment,
          seed: `${seed} ${strategy} ${stage}`,
          position: stage === begun ? state?.position : undefined,
          onCheckpoint: checkpoint,
          checkpointSeconds: options.checkpointSeconds,
          onProgress: (event) =>
            options.onProgress?.({ ...event, stage: `${strategy} distil block ${stage + 1}` }),
          signal,
        });
      } finally {
        training.dispose();
      }
      blocks.push(await rateStage(supernet, best, { ...options, batch }));
      if (strategy === "S1" && stage + 1 < all) {
        supernet.dispose();
        supernet = make(stage + 1);
      }
      await checkpoint();
    }
    return here();
  } finally {
    supernet.dispose();
  }
}

/** A state in which nothing is missing. */
function completed({ vectors, steps }: SupernetState, supernet: Supernet): SupernetState {
  const first = saveSupernet(supernet);
  return { vectors: { ...first.vectors, ...vectors }, steps: { ...first.steps, ...steps } };
}

/** The path of least loss of a block of one cell. */
function bestPath({ cells: [{ losses }] }: BlockRatings): number {
  return losses.indexOf(Math.min(...losses));
}
