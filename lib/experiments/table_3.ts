/**
 * Table 3 (section 4.2): the found network on other data sets, fine-tuned and from scratch, beside networks of equal cost.
 *
 * @module
 */

import { cost } from "../space/cost.ts";
import { parseArchitecture } from "../space/parse.ts";
import type { Cost } from "../space/types.ts";
import { retrainSettings } from "./_settings.ts";
import { cellsDistil, equalCostNetworks, foundNetwork } from "./found_network.ts";
import { type Retrained, retrainPart } from "./retrain_part.ts";
import type { DataSettings, ExperimentScale, TransferSettings } from "./scales.ts";
import { transferConclusion } from "./table_3_conclusion.ts";
import { pretraining, textWithChannels, transferPart } from "./transfer_part.ts";
import type { Experiment, Found, Part } from "./types.ts";

/** What a network is in the comparison. */
export type TransferRole = "found" | "by hand" | "random";

/** A network's trainings on one data set, a seed each. */
export interface TransferTrainings {
  /** Name of the data set. */
  dataset: string;
  /** From the weights that it had. */
  fineTuned: Retrained[];
  /** From scratch. */
  scratch: Retrained[];
}

/** A network with what it came to. */
export interface TransferRow extends Cost {
  /** Its name. */
  name: string;
  /** What it is. */
  role: TransferRole;
  /** The network, as text. */
  architecture: string;
  /** Trainings on the data set that it was found on. */
  before: Retrained[];
  /** Trainings on the others. */
  to: TransferTrainings[];
}

/** A network and the parts of its trainings, by seed. */
interface NetworkParts extends Pick<TransferRow, "name" | "role" | "architecture"> {
  before: Part<Retrained>[];
  to: { dataset: string; fineTuned: Part<Retrained>[]; scratch: Part<Retrained>[] }[];
}

/** The networks that are compared; none as long as the supernet is not done. */
function networkParts(scale: ExperimentScale, found: Found): NetworkParts[] {
  const winner = foundNetwork(scale, found);
  if (!winner) return [];
  const { handMade, random } = scale.transfer;
  const parts = (name: string, role: TransferRole, architecture: string): NetworkParts => {
    // Random networks stand for each other: what sets them apart is more than what sets a network's seeds apart.
    const count = role === "random" ? 1 : scale.winnerSeeds;
    const starts = Array.from({ length: count }, (_, i) => retrainSettings(scale, architecture, i));
    return {
      name,
      role,
      architecture,
      before: starts.map((start, i) => pretraining(start, `train ${name}, seed ${i}`)),
      to: scale.transfer.to.map((settings) => {
        const { dataset } = settings.data;
        const { data, normalisation } = carriedTo(scale, settings);
        const own = textWithChannels(architecture, normalisation.mean.length);
        const shared = { data, normalisation, imagesSeed: scale.seed };
        return {
          dataset,
          fineTuned: starts.map((start, i) =>
            transferPart(
              { ...shared, start, retrain: settings.fineTune, seed: start.seed },
              `fine-tune ${name} on ${dataset}, seed ${i}`,
            )
          ),
          scratch: starts.map(({ seed }, i) =>
            retrainPart(
              { ...shared, architecture: own, retrain: settings.scratch, seed },
              `train ${name} on ${dataset} from scratch, seed ${i}`,
            )
          ),
        };
      }),
    };
  };
  return [
    parts("found", "found", winner.text),
    parts(handMade.name, "by hand", handMade.architecture),
    ...equalCostNetworks(scale, winner, random).map(({ text }, i) =>
      parts(`random ${i + 1}`, "random", text)
    ),
  ];
}

/** The data set; files that no package has lie in the folder that is given, beside ImageNet's. */
function carriedTo(
  { data: { dataset, folder } }: ExperimentScale,
  { data, normalisation }: TransferSettings,
): { data: DataSettings; normalisation: TransferSettings["normalisation"] } {
  const beside = dataset === "imagenet" && folder !== undefined;
  return { data: { ...data, ...(beside && { folder }) }, normalisation };
}

/** The networks that have been trained, at least once. */
export function transferRows(scale: ExperimentScale, found: Found): TransferRow[] {
  const { resolution, classes } = scale.data;
  const done = (parts: Part<Retrained>[]) => parts.flatMap((part) => found.get(part) ?? []);
  return networkParts(scale, found).flatMap(({ before, to, ...row }) => {
    const first = done(before);
    if (first.length === 0) return [];
    const costs = cost(parseArchitecture(row.architecture), { resolution, classes });
    return [{
      ...row,
      ...costs,
      before: first,
      to: to.map(({ dataset, fineTuned, scratch }) => ({
        dataset,
        fineTuned: done(fineTuned),
        scratch: done(scratch),
      })),
    }];
  });
}

/** Table 3. */
export const TABLE_3: Experiment = {
  name: "table-3",
  summary: "transfer: the found network on two other data sets, networks of equal cost beside it",
  section: "4.2, Table 3",
  parts(scale, found) {
    const networks = networkParts(scale, found);
    const seeds = Array.from({ length: scale.winnerSeeds }, (_, i) => i);
    return [
      ...cellsDistil(scale),
      ...seeds.flatMap((seed) =>
        networks.flatMap(({ before, to }): Part[] => {
          const start = before[seed];
          if (!start) return [];
          // What is fine-tuned must have learnt first.
          const ready = found.get(start) !== undefined;
          return [
            start,
            ...to.flatMap(({ fineTuned, scratch }) => [
              ...(ready ? [fineTuned[seed]] : []),
              scratch[seed],
            ]),
          ];
        })
      ),
    ];
  },
  conclude: (scale, found) => transferConclusion(transferRows(scale, found), scale.data.dataset),
};
