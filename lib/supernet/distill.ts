/**
 * Block-wise distillation (section 3.2): every cell learns to imitate its block of the teacher.
 *
 * @module
 */

import type { Augment } from "../data/batch.ts";
import type { Split } from "../data/types.ts";
import { exponential } from "../nn/schedules.ts";
import type { ProgressEvent } from "../progress.ts";
import { createRandom } from "../random.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { batchSource } from "./_batch_source.ts";
import { cellName, type CellPlace } from "./cell_names.ts";
import type { FeatureCache } from "./features.ts";
import type { Device } from "../tensorflow/_context.ts";
import { allOrNone, placedOn } from "./_parts.ts";
import { type PlacedMaps, type StepPlan, SupernetStepper } from "./_step.ts";
import { FAR_ABOVE_START, type StoppedCell, stopReason } from "./stopped.ts";
import type { Supernet } from "./supernet.ts";

/** Section 4.1's learning rates: of the first block, and of all others. */
export const RATES_SECTION_4_1: readonly [first: number, others: number] = [0.002, 0.005];

/** What is known of one cell after one epoch. */
export interface CellEpoch {
  /** From 1. */
  epoch: number;
  /** Position of the block. */
  block: number;
  /** Position of the cell in it. */
  cell: number;
  /** Mean of equation 7's loss over the epoch's steps. */
  loss: number;
  /** Learning rate of the epoch's last step. */
  rate: number;
}

/** Where a distillation stands, beside the supernet's own state. */
export interface DistillPosition {
  /** Steps done. */
  step: number;
  /** Sums of the losses of the epoch under way: by block, by cell. */
  sums: number[][];
  /** The loss of each cell's first step, by the cell's name as `3.1`. */
  starts?: Record<string, number>;
  /** The cells that were stopped. */
  stopped?: StoppedCell[];
}

/** Options of {@linkcode distill}. */
export interface DistillOptions {
  /** The teacher. */
  teacher: Teacher;
  /** The images to learn from; their classes are not used. */
  data: Split;
  /** Passes over the data (the paper: 20). */
  epochs: number;
  /** Images a step. Default 128. */
  batch?: number;
  /**
   * Learning rates at the start, of the first block and of the others; each epoch takes them times 0.9.
   * Default: the paper's, 0.002 and 0.005 (section 4.1).
   */
  rates?: readonly [first: number, others: number];
  /** Weight decay of kernels, added to the gradient. Default 0. */
  weightDecay?: number;
  /** How images are varied. Default: not at all. */
  augment?: boolean | Augment;
  /** Decides paths, order and augmentation. */
  seed: number | string;
  /** The cells that learn. Default: all. A cell learns to the same bits with others and without. */
  cells?: readonly CellPlace[];
  /**
   * Images at once in a step, a divisor of `batch`: gradients are averaged over the parts of a batch, so that memory
   * is that of a part. Each part is normalised by its own batch statistics, unless `syncBn` is set. Default: `batch`.
   */
  microBatch?: number;
  /**
   * Whether the parts of a batch are normalised by the whole batch's statistics, and gradients go through these: then
   * the step is that of the whole batch, up to rounding, for about five times the time. Default false.
   */
  syncBn?: boolean;
  /**
   * Devices that each take an equal part of every batch, beside the one that the code is placed on: data parallelism,
   * with gradients averaged over all parts. `microBatch` is then by default the part of one device. The weights are
   * where the code is placed. Default: none.
   */
  sharedWith?: readonly Device[];
  /** The teacher's maps of `data`, kept from an earlier pass; without augmentation only. Default: the teacher runs. */
  features?: FeatureCache;
  /**
   * Whether a layer's values are computed again on the way back instead of being kept: about a quarter more time for
   * less memory. Default false.
   */
  recompute?: boolean;
  /** Cells that compute at the same time. Default: one for each core. */
  lanes?: number;
  /** Go on from here; the supernet is in the state that belongs to it. */
  position?: DistillPosition;
  /** Called every so many seconds, when the supernet's state and this position belong together. */
  onCheckpoint?: (position: DistillPosition) => Promise<void> | void;
  /** Seconds between two checkpoints. Default 20. */
  checkpointSeconds?: number;
  /** Told of each cell at the end of each epoch. */
  onEpoch?: (cells: CellEpoch[]) => Promise<void> | void;
  /** Told of each cell that is stopped, since its loss is no number or far above that of its random start. */
  onStopped?: (stopped: StoppedCell) => Promise<void> | void;
  /** Told of each step. */
  onProgress?: (event: ProgressEvent) => void;
  /** Stops between two steps, after a last checkpoint. */
  signal?: AbortSignal;
}

/**
 * Trains a supernet block by block from one pass of the teacher for each batch (equations 6 and 7).
 *
 * The input of block i is the teacher's output of block i−1, so that no block waits for another. In
 * each step each cell draws one random path, and the weights on it move once. The loss is the squared
 * difference to the teacher's map, averaged over its elements.
 *
 * A cell whose loss or gradient is no finite number, or whose loss is more than ten times that of its first step, is
 * stopped: it keeps the weights it had, is marked as `stopped`, and the others go on.
 *
 * @param supernet The supernet; its weights are moved in place.
 * @param options The teacher, the images and the recipe.
 * @returns What each epoch gave for each cell.
 * @throws {RangeError} if the data do not fill a batch, or `microBatch` does not divide each device's part of it.
 * @throws {TypeError} if kept features shall be augmented.
 * @throws {Error} if every cell has been stopped.
 * @throws {DOMException} `AbortError`, if the signal stops it.
 *
 * @example
 * ```ts
 * import {
 *   createRandom, createSupernet, datasetFromArrays, defineSpace, defineTeacher, distill,
 *   buildNetwork, parseArchitecture, useEngine,
 * } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * await useEngine();
 * const stem = { channels: 1, width: 8, stride: 2 } as const;
 * const blocks = [{ stride: 1, cells: [{ width: 8, depth: 1 }] }] as const;
 * const space = defineSpace({ name: "tiny", stem, blocks: structuredClone(blocks) as never, head: 16 });
 * const architecture = parseArchitecture("stem_i1_c8 | ir_r1_k3_s1_e3_c12_se0.25 | head_c16");
 * const network = buildNetwork(architecture, { classes: 2, resolution: 8 });
 * const teacher = defineTeacher({ name: "tiny", network, cuts: [0], mean: [0.5], std: [0.25] });
 * const images = Uint8Array.from({ length: 32 * 64 }, (_, i) => (i * 37) % 256);
 * const { splits } = datasetFromArrays({
 *   name: "noise", classes: ["a", "b"], height: 8, width: 8, channels: 1,
 *   train: { images, labels: new Uint8Array(32) },
 * });
 * const supernet = createSupernet(space, teacher, { random: createRandom(1) });
 * const epochs = await distill(supernet, { teacher, data: splits.train, epochs: 2, batch: 16, seed: 1 });
 * assertEquals(epochs.map(({ epoch, block, cell }) => [epoch, block, cell]), [[1, 0, 0], [2, 0, 0]]);
 * ```
 */
export async function distill(supernet: Supernet, options: DistillOptions): Promise<CellEpoch[]> {
  const { data, epochs, batch = 128, seed, signal, checkpointSeconds = 20 } = options;
  const { lanes = navigator.hardwareConcurrency, onProgress } = options;
  const stepsPerEpoch = Math.floor(data.count / batch);
  if (stepsPerEpoch < 1) {
    throw new RangeError(
      `Cannot distil: a batch of ${batch} is more than the ${data.count} images`,
    );
  }
  const devices = [undefined, ...options.sharedWith ?? []];
  const share = batch / devices.length;
  const microBatch = options.microBatch ?? share;
  if (!Number.isInteger(microBatch) || microBatch < 1 || share % microBatch !== 0) {
    throw new RangeError(
      devices.length === 1
        ? `Cannot distil ${microBatch} images at once: a batch of ${batch} is no multiple of it`
        : `Cannot distil ${microBatch} images at once on each of ${devices.length} devices: a batch ` +
          `of ${batch} has no equal parts of whole multiples of it`,
    );
  }
  const [first, others] = options.rates ?? RATES_SECTION_4_1;
  const schedules = supernet.blocks.map((_, block) =>
    exponential(block === 0 ? first : others, { factor: 0.9, every: stepsPerEpoch })
  );
  const source = batchSource({ ...options, batch, stepsPerEpoch });
  const stepper = new SupernetStepper(supernet, {
    weightDecay: options.weightDecay ?? 0,
    recompute: options.recompute ?? false,
    lanes,
    parts: batch / microBatch,
    syncBn: options.syncBn,
  });
  const chosen = options.cells && new Set(options.cells.map(cellName));
  const selected = supernet.blocks.flat().filter((cell) => chosen?.has(cellName(cell)) ?? true);
  const stopped = [...options.position?.stopped ?? []];
  for (const cell of selected) {
    cell.stopped = stopped.find((each) => cellName(each) === cellName(cell));
  }
  const learning = () => selected.filter((cell) => !cell.stopped);
  const starts = { ...options.position?.starts };
  const history: CellEpoch[] = [];
  let step = options.position?.step ?? 0;
  let sums = options.position?.sums.map((block) => [...block]) ?? zeros(supernet);
  let saved = performance.now();
  const checkpoint = async () => {
    const position = { step, sums, starts, ...(stopped.length > 0 && { stopped }) };
    await options.onCheckpoint?.(structuredClone(position));
    saved = performance.now();
  };
  /** One step of all cells that learn. */
  const take = async ([{ maps }, ...others]: PlacedMaps[], epoch: number): Promise<void> => {
    const paths = createRandom(seed, "paths", step);
    const wrong: StoppedCell[] = [];
    const plan: StepPlan = {
      maps,
      others,
      cells: learning(),
      path: ({ block, cell, layers }) => {
        const own = paths.fork(block).fork(cell);
        return layers.map((variants) => own.int(variants.length));
      },
      rate: (block) => schedules[block](step),
      limit: (cell) => FAR_ABOVE_START * (starts[cellName(cell)] ?? Infinity),
    };
    await stepper.step(plan, (cell, loss, moved) => {
      const { block, cell: position } = cell;
      if (moved) {
        sums[block][position] += loss;
        starts[cellName(cell)] ??= loss;
        return;
      }
      const reason = stopReason(loss, starts[cellName(cell)]);
      wrong.push({ block, cell: position, epoch: epoch + 1, step: step + 1, reason });
    });
    // In the order of the cells, whichever ended first.
    wrong.sort((a, b) => a.block - b.block || a.cell - b.cell);
    for (const each of wrong) {
      supernet.blocks[each.block][each.cell].stopped = each;
      stopped.push(each);
      await options.onStopped?.(each);
    }
    if (wrong.length > 0 && learning().length === 0) {
      throw new Error(
        `Cannot go on distilling: every cell has been stopped, the last at step ${
          step + 1
        }, cell ` +
          `${cellName(wrong.at(-1)!)}, since ${wrong.at(-1)!.reason}; a lower rate may help`,
      );
    }
  };
  try {
    for (let epoch = Math.floor(step / stepsPerEpoch); epoch < epochs; epoch++) {
      for await (const next of source(epoch, step % stepsPerEpoch)) {
        // Before a step, not after it: the epoch that the last step ended has been reported by now.
        if (signal?.aborted || performance.now() - saved > checkpointSeconds * 1000) {
          await checkpoint();
        }
        signal?.throwIfAborted();
        const placed: PlacedMaps[] = [];
        const making = devices.map((device, i) =>
          placedOn(device, async () => {
            placed[i] = { maps: await next(i * share, (i + 1) * share), device };
          })
        );
        try {
          await allOrNone(making, () => {});
          await take(placed, epoch);
        } finally {
          tf.dispose(placed.flatMap(({ maps }) => maps));
        }
        step++;
        onProgress?.({
          stage: "distil",
          done: step,
          total: epochs * stepsPerEpoch,
          unit: "steps",
        });
      }
      const entries = learning().map(({ block, cell }) => ({
        epoch: epoch + 1,
        block,
        cell,
        loss: sums[block][cell] / stepsPerEpoch,
        rate: schedules[block](step - 1),
      }));
      history.push(...entries);
      await options.onEpoch?.(entries);
      sums = zeros(supernet);
    }
  } finally {
    stepper.dispose();
  }
  return history;
}

function zeros({ blocks }: Supernet): number[][] {
  return blocks.map((cells) => cells.map(() => 0));
}
