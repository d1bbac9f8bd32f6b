/**
 * Block-wise distillation (section 3.2): every cell learns to imitate its block of the teacher.
 *
 * @module
 */

import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import type { Augment } from "../data/batch.ts";
import { batches } from "../data/batches.ts";
import type { Split } from "../data/types.ts";
import { exponential } from "../nn/schedules.ts";
import type { ProgressEvent } from "../progress.ts";
import { createRandom } from "../random.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { SupernetStepper } from "./_step.ts";
import type { Supernet, SupernetCell } from "./supernet.ts";

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
 * @param supernet The supernet; its weights are moved in place.
 * @param options The teacher, the images and the recipe.
 * @returns What each epoch gave for each cell.
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
  const { teacher, data, epochs, batch = 128, seed, signal, checkpointSeconds = 20 } = options;
  const { lanes = navigator.hardwareConcurrency, onProgress } = options;
  const stepsPerEpoch = Math.floor(data.count / batch);
  if (stepsPerEpoch < 1) {
    throw new RangeError(
      `Cannot distil: a batch of ${batch} is more than the ${data.count} images`,
    );
  }
  const [first, others] = options.rates ?? RATES_SECTION_4_1;
  const schedules = supernet.blocks.map((_, block) =>
    exponential(block === 0 ? first : others, { factor: 0.9, every: stepsPerEpoch })
  );
  const stepper = new SupernetStepper(supernet, {
    weightDecay: options.weightDecay ?? 0,
    recompute: options.recompute ?? false,
    lanes,
  });
  const cells = supernet.blocks.flat();
  const history: CellEpoch[] = [];
  let step = options.position?.step ?? 0;
  let sums = options.position?.sums.map((block) => [...block]) ?? zeros(supernet);
  let saved = performance.now();
  try {
    for (let epoch = Math.floor(step / stepsPerEpoch); epoch < epochs; epoch++) {
      const stream = batches(data, {
        batch,
        resolution: teacher.resolution,
        random: createRandom(seed, "distil", epoch),
        mean: [...teacher.mean],
        std: [...teacher.std],
        augment: options.augment,
        dropLast: true,
        skip: step % stepsPerEpoch,
      });
      for await (const { images, shape } of stream) {
        // Before a step, not after it: the epoch that the last step ended has been reported by now.
        if (signal?.aborted || performance.now() - saved > checkpointSeconds * 1000) {
          await options.onCheckpoint?.({ step, sums: structuredClone(sums) });
          saved = performance.now();
        }
        signal?.throwIfAborted();
        const input = tf.tensor4d(images, shape as [number, number, number, number]);
        const maps: Tensor[] = [input, ...await teacher.featuresAsync(input)];
        const paths = createRandom(seed, "paths", step);
        try {
          const plan = {
            maps,
            path: ({ block, cell, layers }: SupernetCell) => {
              const own = paths.fork(block).fork(cell);
              return layers.map((variants) => own.int(variants.length));
            },
            rate: (block: number) => schedules[block](step),
          };
          await stepper.step(plan, ({ block, cell }, loss) => {
            if (!Number.isFinite(loss)) {
              throw new Error(
                `Cannot go on distilling: the loss of block ${block + 1}, cell ${cell} is ` +
                  `${loss} at step ${step + 1}; a smaller learning rate helps`,
              );
            }
            sums[block][cell] += loss;
          });
        } finally {
          tf.dispose(maps);
        }
        step++;
        onProgress?.({
          stage: "distil",
          done: step,
          total: epochs * stepsPerEpoch,
          unit: "steps",
        });
      }
      const entries = cells.map(({ block, cell }) => ({
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
