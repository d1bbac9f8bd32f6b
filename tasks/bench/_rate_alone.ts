/**
 * Rating paths one by one, each from the beginning, with the functions that the shared rating uses.
 *
 * @module
 */

import type { Tensor } from "npm:@tensorflow/tfjs@4.22.0";
import { mapConcurrent, tf } from "../../mod.ts";
import type { RatingFunctionCache } from "../../lib/supernet/_rating_functions.ts";
import type { TrainedVariant } from "../../lib/supernet/supernet.ts";

/** What the paths of a cell read, and what they should give. */
export interface CellMaps {
  /** The map of the calibration images. */
  calibration: Tensor;
  /** The maps of the rated images, batch by batch. */
  inputs: readonly Tensor[];
  /** The teacher's maps after the block. */
  targets: readonly Tensor[];
}

/** Sums of |x − y| of paths, each given by its layers; `lanes` of them at the same time. */
export async function ratePathsAlone(
  paths: readonly TrainedVariant[][],
  maps: CellMaps,
  functions: RatingFunctionCache,
  lanes: number,
): Promise<number[]> {
  return await mapConcurrent(paths, lanes, (path) => ratePath(path, maps, functions));
}

async function ratePath(
  path: readonly TrainedVariant[],
  { calibration, inputs, targets }: CellMaps,
  functions: RatingFunctionCache,
): Promise<number> {
  let from = { calibration, inputs };
  for (const variant of path.slice(0, -1)) {
    const { calibrate, infer } = functions.get(variant);
    const { weights } = variant.state;
    const { y, statistics } = await calibrate.async(weights, from.calibration);
    const next = { calibration: y, inputs: [] as Tensor[] };
    for (const input of from.inputs) {
      next.inputs.push(await infer.async(weights, statistics, input));
    }
    statistics.dispose();
    if (from.calibration !== calibration) tf.dispose([from.calibration, ...from.inputs]);
    from = next;
  }
  const last = path.at(-1)!;
  const { recalibrate, compare } = functions.siblings([last]);
  const weights = [last.state.weights];
  const statistics = await recalibrate.async(weights, from.calibration);
  let sum = 0;
  for (const [i, input] of from.inputs.entries()) {
    const mean = await compare.async(weights, statistics, input, targets[i]);
    sum += (await mean.data())[0] * targets[i].size;
    mean.dispose();
  }
  tf.dispose(statistics);
  if (from.calibration !== calibration) tf.dispose([from.calibration, ...from.inputs]);
  return sum;
}
