/**
 * What a scale says of each part: the one place where experiments agree on settings, so that they share parts.
 *
 * @module
 */

import type { SampledArchitecture } from "../search/sample.ts";
import type { SearchResult } from "../search/types.ts";
import { outlineTeacher } from "../teacher/load.ts";
import { spaceOf } from "./_inputs.ts";
import { type CellColumn, cellColumns } from "./cells.ts";
import { type DistilPart, distilPart } from "./distil_part.ts";
import { type ProgressivePart, progressivePart } from "./progressive_part.ts";
import { rankedNetworks } from "./networks.ts";
import { type Retrained, type RetrainPart, retrainPart } from "./retrain_part.ts";
import type { ExperimentScale, TeacherSettings } from "./scales.ts";
import { scoresPart } from "./scores_part.ts";
import { sposPart } from "./spos_part.ts";
import type { Part } from "./types.ts";

/** Mean and deviation of the images: all that is compared is trained with the teacher's. */
export function normalisationOf({ teacher, data }: Pick<ExperimentScale, "teacher" | "data">) {
  const { name, weights } = teacher;
  const { mean, std } = outlineTeacher(name, { resolution: data.resolution, weights });
  return { mean: [...mean], std: [...std] };
}

/** The space of one cell a block under the scale's teacher, from one of the supernets' seeds. */
export function distilSettings(scale: ExperimentScale, supernet: number): DistilPart {
  const { sposRate: _, ...recipe } = scale.supernet;
  return {
    data: scale.data,
    teacher: scale.teacher,
    space: scale.space,
    supernet: recipe,
    rateEvery: 2, // figure 6: "every two training epochs"
    keepEpochs: supernet === 0 ? [scale.mapsEpoch, scale.supernet.epochs] : [],
    imagesSeed: scale.seed,
    seed: scale.seed + supernet,
  };
}

/** The part of {@linkcode distilSettings}. */
export function rankedDistil(scale: ExperimentScale, supernet: number) {
  return distilPart(distilSettings(scale, supernet), `distil supernet ${supernet + 1}`);
}

/**
 * A column of the space with all cells, under a teacher; under the scale's own, the first one is the single-cell space's supernet.
 */
export function columnDistil(
  scale: ExperimentScale,
  column: number,
  teacher: TeacherSettings = scale.teacher,
) {
  const own = teacher === scale.teacher;
  if (own && column === 0) return rankedDistil(scale, 0);
  const { space } = columnsOf(scale)[column];
  const rateEvery = scale.supernet.epochs;
  const settings = { ...distilSettings(scale, 0), teacher, space, rateEvery, keepEpochs: [] };
  const label = own
    ? `distil further cells ${column}`
    : `distil cells with ${teacher.name}, column ${column + 1}`;
  return distilPart(settings, label);
}

/** The columns of the space with all cells. */
export function columnsOf(scale: ExperimentScale): CellColumn[] {
  return cellColumns(spaceOf(scale.cells), spaceOf(scale.space));
}

/** A stage of S1 or S2, with the space, images and epochs of {@linkcode distilSettings}. */
export function progressiveDistil(
  scale: ExperimentScale,
  strategy: ProgressivePart["strategy"],
  earlier: ProgressivePart["earlier"],
) {
  const { data, teacher, space, supernet, imagesSeed, seed } = distilSettings(scale, 0);
  return progressivePart({ strategy, earlier, data, teacher, space, supernet, imagesSeed, seed });
}

/** SPOS's supernet of the same space, data and as many epochs as the blocks' add up to; it rates some networks. */
export function rankedSpos(
  scale: ExperimentScale,
  supernet: number,
  networks: readonly SampledArchitecture[],
) {
  const { rates: _, ...recipe } = scale.supernet;
  const blocks = spaceOf(scale.space).blocks.length;
  return sposPart({
    data: scale.data,
    normalisation: normalisationOf(scale),
    space: scale.space,
    supernet: { ...recipe, epochs: recipe.epochs * blocks },
    choices: networks.map(({ choice }) => choice),
    imagesSeed: scale.seed,
    seed: scale.seed + supernet,
  }, `train SPOS's supernet ${supernet + 1}`);
}

/** Training-free scores of the networks. */
export function rankedScores(scale: ExperimentScale, networks: readonly SampledArchitecture[]) {
  return scoresPart({
    data: scale.data,
    normalisation: normalisationOf(scale),
    space: scale.space,
    choices: networks.map(({ choice }) => choice),
    seed: scale.seed,
  });
}

/** What decides a network's training with the scale's recipe, from one of its seeds. */
export function retrainSettings(
  scale: ExperimentScale,
  architecture: string,
  seed: number,
): RetrainPart {
  return {
    architecture,
    data: scale.data,
    normalisation: normalisationOf(scale),
    retrain: scale.retrain,
    imagesSeed: scale.seed,
    seed: scale.seed + seed,
  };
}

/** A network trained from scratch with the scale's recipe. */
export function retrained(
  scale: ExperimentScale,
  architecture: string,
  seed: number,
  label: string,
): Part<Retrained> {
  return retrainPart(retrainSettings(scale, architecture, seed), `retrain ${label}, seed ${seed}`);
}

/** The same from so many seeds. */
export function retrainedOften(
  scale: ExperimentScale,
  architecture: string,
  seeds: number,
  label: string,
): Part<Retrained>[] {
  return Array.from({ length: seeds }, (_, seed) => retrained(scale, architecture, seed, label));
}

/** The networks whose ranking is looked at, each with its trainings. */
export function rankedTrainings(
  scale: ExperimentScale,
): { network: SampledArchitecture; parts: Part<Retrained>[] }[] {
  return rankedNetworks(scale).map((network, i) => ({
    network,
    parts: retrainedOften(scale, network.text, scale.seeds, `network ${i + 1}`),
  }));
}

/** The trainings of a network that a search found. */
export function winnerTrainings(
  scale: ExperimentScale,
  { text, params }: Pick<SearchResult, "text" | "params">,
): Part<Retrained>[] {
  const label = `network of ${params.toLocaleString("en-US")} parameters`;
  return retrainedOften(scale, text, scale.winnerSeeds, label);
}

/** Table 5's weaker teacher, with its training where it is of our own making. */
export function smallTeacher(scale: ExperimentScale): TeacherSettings {
  const own = scale.smallTeacher;
  if (!("architecture" in own)) return own;
  const { name, architecture, cuts, retrain } = own;
  return {
    name,
    trained: { cuts, training: { ...retrainSettings(scale, architecture, 0), retrain } },
  };
}
