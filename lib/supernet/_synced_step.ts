/**
 * A path's gradient over a batch in parts, as if the batch were whole.
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { slotsSize } from "../nn/layout.ts";
import { tf } from "../tensorflow/tfjs.ts";
import type { PassInput } from "./_step.ts";
import type { SyncedFunctions } from "./_synced_functions.ts";
import type { TrainedVariant } from "./supernet.ts";

/** A loss and, where it is a number, what each layer learns by; the tensors are the receiver's. */
export interface PathGradient {
  loss: number;
  gradients?: { gradient: Tensor1D; statistics: Tensor1D }[];
}

/**
 * Forward along a path and back, layer by layer with all parts: their statistics are put together before any part
 * goes on. Of each layer only its input is kept, so a step takes about five times as long.
 */
export async function syncedGradient(
  path: TrainedVariant[],
  functions: SyncedFunctions[],
  given: PassInput,
  parts: number,
): Promise<PathGradient> {
  const kept: Tensor[] = [];
  const keep = <T extends Tensor>(tensor: T): T => {
    kept.push(tensor);
    return tensor;
  };
  const cut = cutBatch(given, parts);
  for (const { x, target } of cut) kept.push(x, target);
  const gradients: { gradient: Tensor1D; statistics: Tensor1D }[] = [];
  try {
    const inputs: Tensor[][] = [cut.map(({ x }) => x)];
    const wholes: Tensor1D[] = [];
    for (const [i, { module, state: { weights } }] of path.entries()) {
      const { statistics, combine, output } = functions[i];
      let whole: Tensor1D = tf.zeros([slotsSize(module.statistics)]);
      for (let sweep = 0; sweep < sweeps(path[i]); sweep++) {
        const before = whole;
        const own: Tensor1D[] = [];
        for (const x of inputs[i]) own.push(await statistics.async(weights, before, x));
        whole = await combine.async(own);
        tf.dispose([before, ...own]);
      }
      wholes.push(keep(whole));
      const outputs: Tensor[] = [];
      for (const x of inputs[i]) outputs.push(keep(await output.async(weights, whole, x)));
      inputs.push(outputs);
    }
    const last = functions[path.length - 1];
    let loss = 0;
    let dys: Tensor[] = [];
    for (const [part, y] of inputs[path.length].entries()) {
      const result = await last.loss.async(y, cut[part].target);
      loss += (await result.loss.data())[0];
      result.loss.dispose();
      dys.push(keep(result.dy));
    }
    if (!Number.isFinite(loss)) return { loss };
    for (let i = path.length - 1; i >= 0; i--) {
      const back = await layerBack(path[i], functions[i], inputs[i], wholes[i], dys);
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

/** A batch's maps in parts of equal size. */
export function cutBatch(
  { x, target }: Pick<PassInput, "x" | "target">,
  parts: number,
): { x: Tensor; target: Tensor }[] {
  const [xs, targets] = [x, target].map((map) => tf.split(map, parts));
  return xs.map((x, i) => ({ x, target: targets[i] }));
}

/** One layer's way back over all parts. */
async function layerBack(
  variant: TrainedVariant,
  { pull: pullOf, backward, unbiased }: SyncedFunctions,
  inputs: Tensor[],
  whole: Tensor1D,
  dys: Tensor[],
): Promise<{ gradient: Tensor1D; statistics: Tensor1D; dxs: Tensor[] }> {
  const { module, state: { weights } } = variant;
  let pull: Tensor1D = tf.zeros([slotsSize(module.statistics)]);
  for (let sweep = 0; sweep < sweeps(variant); sweep++) {
    const before = pull;
    const own: Tensor1D[] = [];
    for (const [part, x] of inputs.entries()) {
      own.push(await pullOf.async(weights, whole, x, dys[part], before));
    }
    pull = tf.addN(own);
    tf.dispose([before, ...own]);
  }
  const shares: Tensor1D[] = [];
  const dxs: Tensor[] = [];
  for (const [part, x] of inputs.entries()) {
    const { gradient, dx } = await backward.async(weights, whole, x, dys[part], pull);
    shares.push(gradient);
    if (dx) dxs.push(dx);
  }
  const statistics = await unbiased.async(weights, whole, inputs[0]);
  const gradient: Tensor1D = tf.addN(shares);
  tf.dispose([pull, ...shares]);
  return { gradient, statistics, dxs };
}

/** As many as a layer has normalisations, each of which has two statistics. */
function sweeps({ module }: TrainedVariant): number {
  return module.statistics.length / 2;
}
