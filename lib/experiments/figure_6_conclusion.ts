/**
 * What the supernet's progress comes to: the winners' accuracy, the losses and the ratings' tau, epoch by epoch.
 *
 * @module
 */

import { createRandom } from "../random.ts";
import { bootstrapInterval, type Interval } from "../ranking/bootstrap.ts";
import { kendallTau } from "../ranking/correlation.ts";
import {
  type Difference,
  differenceOf,
  meanText,
  percentText,
  seedsOf,
  signedText,
} from "./_seeds.ts";
import { alignColumns } from "../columns.ts";
import { intervalText, signed, tauText } from "./_words.ts";
import type { ProgressData, ProgressEpoch } from "./figure_6.ts";
import { progressFigure } from "./figure_6_figures.ts";
import type { ExperimentScale } from "./scales.ts";
import { verdictAbove } from "./claims.ts";
import { type Claim, type Conclusion, UnfinishedError } from "./types.ts";
import { mean, sum } from "./_sums.ts";

/** Fewer networks have no tau worth a number. */
const FEWEST = 4;

/** An epoch's numbers. */
export interface ProgressRow extends ReturnType<typeof seedsOf> {
  /** The epoch. */
  epoch: number;
  /** Equation 7's loss, the blocks' sum. */
  trainingLoss: number;
  /** Equation 8's loss of a random network, and of the one found: sums over blocks. */
  ratingLoss: number;
  winnerLoss: number;
  /** The network found. */
  architecture: string;
  params: number;
  flops: number;
  /** Tau of these ratings with the test cross-entropies of figure 4's networks. */
  tau: number;
  tauInterval: Interval;
}

/** What the epochs come to. */
export function progressConclusion(
  scale: ExperimentScale,
  { epochs, ranked }: ProgressData,
): Conclusion {
  if (epochs.length === 0) {
    throw new UnfinishedError(
      "Cannot conclude figure 6: no network that was found has been trained yet",
    );
  }
  const truth = ranked.map((own) => mean(own.map(({ crossEntropy }) => crossEntropy)));
  const rows = epochs.map((own): ProgressRow => {
    const { epoch, trainingLosses, ratingLosses, winner, trainings } = own;
    return {
      epoch,
      trainingLoss: sum(trainingLosses),
      ratingLoss: sum(ratingLosses),
      winnerLoss: winner.loss,
      architecture: winner.text,
      params: winner.params,
      flops: winner.flops,
      ...seedsOf(trainings),
      ...tauOf(scale, own, truth),
    };
  });
  const gain = gainOf(epochs);
  const tauGain = tauGainOf(scale, epochs, truth);
  const settled = settledEpoch(rows);
  return {
    results: {
      maxParams: scale.maxParams,
      rankedNetworks: ranked.length,
      epochs: rows,
      gain,
      tauGain,
      settledEpoch: settled,
    },
    text: textOf(scale, rows, { gain, settled, networks: ranked.length }),
    claims: claimsOf(rows, gain, tauGain),
    figures: {
      progress: {
        title: "Accuracy of the network found, the supernet's loss and its ratings' tau by epoch",
        figure: progressFigure(rows),
      },
    },
  };
}

/** Tau of an epoch's ratings, and its interval over networks. */
function tauOf(
  { seed }: ExperimentScale,
  { losses }: ProgressEpoch,
  truth: readonly number[],
): { tau: number; tauInterval: Interval } {
  if (truth.length < FEWEST) return { tau: NaN, tauInterval: [NaN, NaN] };
  const at = (positions: readonly number[]) =>
    kendallTau(positions.map((i) => losses[i]), positions.map((i) => truth[i]));
  return {
    tau: at(truth.map((_, i) => i)),
    tauInterval: bootstrapInterval(truth.length, at, { random: createRandom(seed, "bootstrap") }),
  };
}

/** The last winner beside the first. */
function gainOf(epochs: readonly ProgressEpoch[]): Difference {
  const [first, last] = [epochs[0], epochs.at(-1)!].map(({ winner: { text }, trainings }) => ({
    text,
    trainings,
  }));
  return differenceOf(last, first);
}

/** By how much the last ratings' tau is above the first ones', over the same networks. */
function tauGainOf(
  { seed }: ExperimentScale,
  epochs: readonly ProgressEpoch[],
  truth: readonly number[],
): { difference: number; interval: Interval } {
  if (truth.length < FEWEST) return { difference: NaN, interval: [NaN, NaN] };
  const [first, last] = [epochs[0], epochs.at(-1)!].map(({ losses }) => losses);
  const at = (positions: readonly number[]) => {
    const [own, one, other] = [truth, last, first].map((list) => positions.map((i) => list[i]));
    return kendallTau(one, own) - kendallTau(other, own);
  };
  return {
    difference: at(truth.map((_, i) => i)),
    interval: bootstrapInterval(truth.length, at, { random: createRandom(seed, "bootstrap") }),
  };
}

/** Section 4.3's claims about progress. */
function claimsOf(
  rows: readonly ProgressRow[],
  { top1, crossEntropy, comparison }: Difference,
  { difference, interval }: ReturnType<typeof tauGainOf>,
): Claim[] {
  const epochs = `epoch ${rows.at(-1)!.epoch} over ${rows[0].epoch}`;
  const compared = comparison !== "same network" && comparison !== "one seed";
  const [low, high] = crossEntropy.interval;
  return [
    {
      claim: "the searched network gets better as the supernet learns",
      paper: "epoch 20 over 2, drawn without a number",
      ours: `${epochs}: cross-entropy ${signedText(crossEntropy, 4)}, top-1 ` +
        `${signed(100 * top1.mean, 2)} points`,
      verdict: compared ? verdictAbove([-high, -low]) : "cannot tell",
      ...(!compared && { why: WORDS[comparison] }),
    },
    {
      claim: "ratings become more precise as the supernet converges: gain in tau",
      paper: "claimed",
      ours: `${epochs}: ${signedText({ mean: difference, interval }, 3)}`,
      verdict: verdictAbove(interval),
    },
  ];
}

/** The epoch from which on the search finds the same network. */
function settledEpoch(rows: readonly ProgressRow[]): number {
  const last = rows.at(-1)!;
  const different = rows.findLastIndex(({ architecture }) => architecture !== last.architecture);
  return rows[different + 1].epoch;
}

function textOf(
  { maxParams, winnerSeeds }: ExperimentScale,
  rows: readonly ProgressRow[],
  { gain, settled, networks }: { gain: Difference; settled: number; networks: number },
): string {
  const [first, last] = [rows[0], rows.at(-1)!];
  const { top1, crossEntropy, comparison } = gain;
  return [
    `The best network within ${
      maxParams.toLocaleString("en-US")
    } parameters by the ratings after each ` +
    `epoch, ${winnerSeeds} trainings each; tau is that of ${networks} networks of figure 4`,
    "",
    alignColumns([
      [
        "epoch",
        "loss (eq. 7)",
        "winner (eq. 8)",
        "params",
        "top-1 (%)",
        "cross-entropy",
        "tau",
        "95 %",
      ],
      ...rows.map((row) => [
        `${row.epoch}`,
        row.trainingLoss.toFixed(4),
        row.winnerLoss.toFixed(3),
        row.params.toLocaleString("en-US"),
        percentText(row.top1),
        meanText(row.crossEntropy, 4),
        tauText(row.tau),
        intervalText(row.tauInterval),
      ]),
    ]),
    "",
    `From epoch ${first.epoch} to ${last.epoch} the winner's accuracy changes by ` +
    `${signed(100 * top1.mean, 2)} points, its cross-entropy by ${signedText(crossEntropy, 4)}: ` +
    `${WORDS[comparison]}.`,
    `The search finds the same network from epoch ${settled} on.`,
  ].join("\n");
}

/** The last winner beside the first, in words. */
const WORDS: Readonly<Record<Difference["comparison"], string>> = {
  "better": "the later network is better",
  "worse": "the later network is worse",
  "not told apart": "seeds do not tell them apart",
  "one seed": "one training each tells nothing",
  "same network": "it is the same network",
};
