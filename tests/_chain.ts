/**
 * The method from end to end at the smallest size, as one digest of all it gave.
 *
 * Run as a script it prints the digest of the seed that it is given.
 *
 * @module
 */

import {
  accuracy,
  adam,
  buildNetwork,
  createRandom,
  createSupernet,
  distill,
  formatArchitecture,
  rate,
  saveSupernet,
  search,
  sha256,
  train,
  useEngine,
} from "../mod.ts";
import { smallImages, smallTeacher, SPACE } from "./_supernet.ts";

/** Digests of what each stage gave: the supernet's state, the ratings, the network found, its weights. */
export async function chainDigests(seed: number, lanes?: number): Promise<string[]> {
  const teacher = smallTeacher();
  const data = smallImages(64);
  const normalisation = { mean: [...teacher.mean], std: [...teacher.std] };
  const supernet = createSupernet(SPACE, teacher, { random: createRandom(seed) });
  const augment = { shift: 1, flip: true };
  await distill(supernet, { teacher, data, epochs: 2, batch: 16, seed, augment, lanes });
  const state = saveSupernet(supernet);
  const ratings = await rate(supernet, {
    teacher,
    validation: smallImages(40, 5),
    calibration: data,
    batch: 16,
    lanes,
  });
  const { architecture, loss } = search(ratings);
  const first = buildNetwork(architecture, {
    classes: 4,
    resolution: 12,
    random: createRandom(seed, "network"),
  });
  const { network, epochs } = await train(first, {
    ...normalisation,
    data,
    epochs: 2,
    batch: 16,
    rate: 0.01,
    optimizer: adam(),
    averageDecay: 0.9,
    augment,
    seed,
  });
  const found = await accuracy(network, data, normalisation);
  const stages = [
    { steps: state.steps, vectors: Object.entries(state.vectors).map(([k, v]) => [k, [...v]]) },
    ratings,
    { architecture: formatArchitecture(architecture), loss },
    { weights: [...network.weights.dataSync()], epochs, found },
  ];
  return stages.map((stage) => sha256(JSON.stringify(stage)));
}

if (import.meta.main) {
  await useEngine();
  console.log(JSON.stringify(await chainDigests(Number(Deno.args[0]))));
}
