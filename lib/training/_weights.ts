/**
 * The weights that a training begins with.
 *
 * @module
 */

import { readFile } from "../files.ts";
import { findWeights, type HubOptions } from "../hub.ts";
import { vectorsOf, type Weights, weightsOf } from "../network/network.ts";
import { initialise } from "../nn/layout.ts";
import { networkModules, wholeNetwork } from "../nn/network.ts";
import { createRandom } from "../random.ts";
import { decodeSafetensors } from "../safetensors.ts";
import { parseArchitecture } from "../space/parse.ts";
import type { TrainSettings } from "./settings.ts";

type Start = Pick<
  TrainSettings,
  "architecture" | "classes" | "weights" | "newClassifier" | "seed"
>;

/**
 * The weights that the settings name, checked; undefined for random ones.
 *
 * @throws {Error} if they cannot be read, or are another network's.
 */
export async function startingWeights(
  { architecture, classes, weights, newClassifier, seed }: Start,
  options: HubOptions,
): Promise<Weights | undefined> {
  const path = await findWeights(weights, options);
  if (path === undefined) return undefined;
  const { tensors } = decodeSafetensors(await readFile(path), path);
  const module = wholeNetwork(networkModules(parseArchitecture(architecture), classes));
  const used = { ...tensors };
  if (newClassifier) {
    const random = createRandom(seed, "weights");
    const fresh = weightsOf(module, {
      weights: initialise(module.weights, random),
      statistics: initialise(module.statistics, random),
    });
    for (const name of ["classifier.weight", "classifier.bias"]) used[name] = fresh[name];
  }
  vectorsOf(module, used, path);
  return used as Weights;
}
