/**
 * A path's gradient over a batch in parts, as if the batch were whole.
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { slotsSize } from "../nn/layout.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { deviceOf } from "../devices/device_of.ts";
import { type BatchPart, type Meeting, meetingOf, overParts } from "./_parts.ts";
import type { SyncedFunctions } from "./_synced_functions.ts";
import type { TrainedVariant } from "./supernet.ts";

/** A loss and, where it is a number, what each layer learns by; the tensors are the receiver's. */
export interface PathGradient {
  loss: number;
  gradients?: { gradient: Tensor1D; statistics: Tensor1D }[];
}

/**
 * Forward along a path and back, layer by layer with all parts: their statistics are put together before any part
 * goes on. Of each layer only its input is kept, so a step takes about five times as long. Between parts on different
 * devices only vectors travel.
 */
export async function syncedGradient(
  path: TrainedVariant[],
  functions: SyncedFunctions[],
  parts: readonly BatchPart[],
): Promise<PathGradient> {
  const kept: Tensor[] = [];
  const keep = <T extends Tensor>(tensor: T): T => {
    kept.push(tensor);
    return tensor;
  };
  const meeting = meetingOf(parts);
  const { bring, at } = meeting;
  const gradients: { gradient: Tensor1D; statistics: Tensor1D }[] = [];
  try {
    const inputs: Tensor[][] = [parts.map(({ x }) => x)];
    const layers: SyncedLayer[] = [];
    for (const [i, { module, state }] of path.entries()) {
      const { statistics, combine, output } = functions[i];
      const weights = keep(await bring(state.weights.clone()));
      let whole = at(() => zeros(slotsSize(module.statistics)));
      for (let sweep = 0; sweep < sweeps(path[i]); sweep++) {
        const before = whole;
        const own = await overParts(
          parts,
          async (_, part) => await bring(await statistics.async(weights, before, inputs[i][part])),
        );
        whole = await at(() => combine.async(own));
        tf.dispose([before, ...own]);
      }
      keep(whole);
      layers.push({ variant: path[i], functions: functions[i], weights, whole });
      inputs.push(
        await overParts(
          parts,
          async (_, part) => keep(await output.async(weights, whole, inputs[i][part])),
        ),
      );
    }
    const last = functions[path.length - 1];
    const ends = await overParts(parts, async ({ target }, part) => {
      const result = await last.loss.async(inputs[path.length][part], target);
      const [loss] = await result.loss.data();
      result.loss.dispose();
      return { loss, dy: keep(result.dy) };
    });
    const loss = ends.reduce((sum, end) => sum + end.loss, 0);
    if (!Number.isFinite(loss)) return { loss };
    let dys = ends.map(({ dy }) => dy);
    for (let i = path.length - 1; i >= 0; i--) {
      const back = await layerBack(layers[i], parts, inputs[i], dys, meeting);
      gradients[i] = back;
      tf.dispose(dys);
      dys = back.dxs.map(keep);
    }
    return { loss, gradients };
  } catch (error) {
    for (const each of gradients) if (each) tf.dispose([each.gradient, each.statistics]);
    throw error;
  } finally {
    tf.dispose(kept);
  }
}

/** A layer whose weights and whole statistics are where parts meet. */
interface SyncedLayer {
  variant: TrainedVariant;
  functions: SyncedFunctions;
  weights: Tensor1D;
  whole: Tensor1D;
}

/** One layer's way back over all parts. */
async function layerBack(
  { variant, functions: { pull: pullOf, backward, unbiased }, weights, whole }: SyncedLayer,
  parts: readonly BatchPart[],
  inputs: Tensor[],
  dys: Tensor[],
  { bring, at }: Meeting,
): Promise<{ gradient: Tensor1D; statistics: Tensor1D; dxs: Tensor[] }> {
  let pull = at(() => zeros(slotsSize(variant.module.statistics)));
  for (let sweep = 0; sweep < sweeps(variant); sweep++) {
    const before = pull;
    const own = await overParts(
      parts,
      async (_, part) =>
        await bring(await pullOf.async(weights, whole, inputs[part], dys[part], before)),
    );
    pull = at(() => tf.addN(own));
    tf.dispose([before, ...own]);
  }
  const backs = await overParts(parts, async (_, part) => {
    const { gradient, dx } = await backward.async(weights, whole, inputs[part], dys[part], pull);
    return { gradient: await bring(gradient), dx };
  });
  const statistics = await unbiased.async(weights, whole, inputs[0]);
  const shares = backs.map(({ gradient }) => gradient);
  const gradient: Tensor1D = at(() => tf.addN(shares));
  tf.dispose([pull, ...shares]);
  return { gradient, statistics, dxs: backs.flatMap(({ dx }) => dx ?? []) };
}

/** As many as a layer has normalisations, each of which has two statistics. */
function sweeps({ module }: TrainedVariant): number {
  return module.statistics.length / 2;
}

/** Zeros in the memory of the device that the code is placed on. */
function zeros(size: number): Tensor1D {
  const vector: Tensor1D = tf.zeros([size]);
  deviceOf(vector); // A tensor goes where it is first asked for.
  return vector;
}
