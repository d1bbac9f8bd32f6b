/**
 * What the ranking of figure 4 comes to: taus with intervals, differences, ceiling, and which changes help.
 *
 * @module
 */

import { alignColumns } from "../columns.ts";
import { costText, intervalText, signed, tauText } from "./_words.ts";
import { createRandom, type Random } from "../random.ts";
import { bootstrapInterval, type Interval } from "../ranking/bootstrap.ts";
import { noiseCeiling } from "../ranking/ceiling.ts";
import { kendallTau, ranks } from "../ranking/correlation.ts";
import { partialTau } from "../ranking/partial.ts";
import { designPower } from "../ranking/power.ts";
import { rankRaters } from "../ranking/rank_raters.ts";
import type { RankingData } from "./figure_4.ts";
import { rankingFigure, tauFigure } from "./figure_4_figures.ts";
import { verdictAbove } from "./claims.ts";
import type { ExperimentScale } from "./scales.ts";
import type { Claim, Conclusion } from "./types.ts";
import { mean } from "./_sums.ts";

/** By how much one rater ranks better than another, over all supernets of each. */
export interface MeanDifference {
  /** The mean tau of the one's supernets minus that of the other's. */
  difference: number;
  /** Its interval over networks. */
  interval: Interval;
  /** The mean difference of partial taus at equal FLOPs. */
  partial: number;
  /** Its interval over networks. */
  partialInterval: Interval;
}

/** What a rater's supernets say of the networks, one list of scores for each supernet, higher better. */
export type ScoresBySupernet = Record<string, number[][]>;

/** What measures how good a network is; more is better. */
type Measure = "crossEntropy" | "accuracy";

/** What the ranking comes to. */
export function rankingConclusion(scale: ExperimentScale, data: RankingData): Conclusion {
  const raters = ratersOf(scale, data);
  const byMeasure = {
    crossEntropy: rankingBy("crossEntropy", scale, data, raters),
    accuracy: rankingBy("accuracy", scale, data, raters),
  };
  const variants = variantsOf(scale, data);
  const results = {
    networks: data.networks.map(({ text, params, macs, flops }, i) => ({
      architecture: text,
      params,
      macs,
      flops,
      top1: data.retrained[i].map(({ top1 }) => top1),
      crossEntropy: data.retrained[i].map(({ crossEntropy }) => crossEntropy),
      scores: Object.fromEntries(
        Object.entries(raters).map(([name, lists]) => [name, lists.map((list) => list[i])]),
      ),
    })),
    drawn: data.drawn,
    spread: spreadOf(data),
    ...byMeasure,
    variants,
    progress: progressOf(data),
  };
  return {
    results,
    text: textOf(data, results),
    claims: claimsOf(data, byMeasure.crossEntropy, variants),
    figures: {
      ranking: {
        title: "Accuracy of retrained networks against what DNA and SPOS give them",
        figure: rankingFigure(data, byMeasure.accuracy.raters),
      },
      taus: {
        title: "Kendall's tau of each rater, with 95 % intervals over networks",
        figure: tauFigure(byMeasure.crossEntropy.raters, byMeasure.crossEntropy.ceiling?.tau),
      },
    },
  };
}

/** All raters; those without a supernet count as one. */
function ratersOf(scale: ExperimentScale, data: RankingData): ScoresBySupernet {
  const { networks } = data;
  const random = createRandom(scale.seed, "random rater");
  return {
    dna: data.dna.map((epochs) => sums(epochs.at(-1)!.losses).map((loss) => -loss)),
    spos: data.spos.map((scores) => scores.map(({ crossEntropy }) => -crossEntropy)),
    "spos-accuracy": data.spos.map((scores) => scores.map(({ accuracy }) => accuracy)),
    params: [networks.map(({ params }) => params)],
    flops: [networks.map(({ flops }) => flops)],
    synflow: [data.scores.synflow],
    naswot: [data.scores.naswot],
    random: [networks.map(() => random.uniform())],
  };
}

/** The measure of each network, one number for each seed. */
function measured(data: RankingData, measure: Measure): number[][] {
  return data.retrained.map((own) =>
    own.map(({ crossEntropy, top1 }) => measure === "accuracy" ? top1 : -crossEntropy)
  );
}

function rankingBy(
  measure: Measure,
  scale: ExperimentScale,
  data: RankingData,
  raters: ScoresBySupernet,
) {
  const accuracies = measured(data, measure);
  const flops = data.networks.map((each) => each.flops);
  const params = data.networks.map((each) => each.params);
  const random = () => createRandom(scale.seed, "bootstrap");
  const named = Object.fromEntries(
    Object.entries(raters).flatMap(([name, lists]) =>
      lists.map((scores, i) => [i === 0 ? name : `${name} (${i + 1})`, scores] as const)
    ),
  );
  const atEqualFlops = rankRaters(
    { accuracies, raters: named, costs: { flops } },
    { random: random() },
  );
  const atEqualCosts = rankRaters(
    { accuracies, raters: named, costs: { flops, params } },
    { random: random(), samples: 200 },
  );
  const rows = Object.fromEntries(
    Object.entries(atEqualFlops.raters).map(([name, { partialTau, partialInterval, ...row }]) => [
      name,
      {
        ...row,
        atEqualFlops: partialTau,
        atEqualFlopsInterval: partialInterval,
        atEqualCosts: atEqualCosts.raters[name].partialTau,
        atEqualCostsInterval: atEqualCosts.raters[name].partialInterval,
      },
    ]),
  );
  const others = Object.keys(raters).filter((name) => name !== "dna");
  const differences = Object.fromEntries(
    others.map((
      name,
    ) => [name, differenceOf(raters.dna, raters[name], accuracies, flops, random())]),
  );
  const repeated = accuracies.some(({ length }) => length > 1);
  const ceiling = repeated ? noiseCeiling(accuracies, { random: random() }) : undefined;
  return {
    raters: rows,
    differences,
    k: atEqualFlops.k,
    ceiling,
    power: ceiling && powerOf(scale, accuracies, ceiling, rows.spos.tauB),
  };
}

/** What this many networks and seeds can see, given the noise and spread that they show. */
function powerOf(
  { seed }: ExperimentScale,
  accuracies: readonly number[][],
  { noise, spread }: { noise: number; spread: number },
  tau: number,
) {
  if (!(spread > 0) || accuracies.length < 4) return undefined;
  const seeds = Math.max(
    1,
    Math.round(accuracies.reduce((sum, { length }) => sum + length, 0) / accuracies.length),
  );
  return designPower(
    { networks: accuracies.length, seeds, noise, spread, tau: Math.min(0.9, Math.max(0, tau)) },
    { random: createRandom(seed, "power"), simulations: 200 },
  );
}

/**
 * The lead of one rater over another: the mean of its supernets' taus minus the mean of the other's, with an interval over networks.
 *
 * @param one The one's scores, a list for each supernet.
 * @param other The other's.
 * @param accuracies How good the networks are, a list of seeds for each.
 * @param flops The networks' FLOPs, which partial tau holds fixed.
 * @param random Draws the resamples.
 */
export function differenceOf(
  one: readonly number[][],
  other: readonly number[][],
  accuracies: readonly number[][],
  flops: readonly number[],
  random: Random,
): MeanDifference {
  const truth = accuracies.map(mean);
  const all = truth.map((_, i) => i);
  const lead = (at: readonly number[]) => meanTau(one, truth, at) - meanTau(other, truth, at);
  const partial = (at: readonly number[]) =>
    meanTau(one, truth, at, flops) - meanTau(other, truth, at, flops);
  return {
    difference: lead(all),
    interval: bootstrapInterval(truth.length, lead, { random, samples: 2000 }),
    partial: partial(all),
    partialInterval: bootstrapInterval(truth.length, partial, { random, samples: 1000 }),
  };
}

/** The mean tau of a rater's supernets on some of the networks; with costs, at equal ones. */
function meanTau(
  supernets: readonly number[][],
  truth: readonly number[],
  at: readonly number[],
  costs?: readonly number[],
): number {
  const some = (values: readonly number[]) => at.map((i) => values[i]);
  const [own, held] = [some(truth), costs && some(costs)];
  return mean(
    supernets.map((scores) =>
      held ? partialTau(some(scores), own, [held]) : kendallTau(some(scores), own)
    ),
  );
}

/** Mean and deviation of the networks' accuracies, and their costs' range. */
function spreadOf({ networks, retrained }: RankingData) {
  const of = (values: number[]) => ({
    mean: mean(values),
    deviation: Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2))),
    least: Math.min(...values),
    most: Math.max(...values),
  });
  return {
    top1: of(retrained.map((own) => mean(own.map(({ top1 }) => top1)))),
    crossEntropy: of(retrained.map((own) => mean(own.map(({ crossEntropy }) => crossEntropy)))),
    params: of(networks.map(({ params }) => params)),
    flops: of(networks.map(({ flops }) => flops)),
  };
}

/** The way of putting a network's losses together that needs no unit common to all blocks. */
const RANKS = "sum of blocks' ranks";

/** Tau of DNA's ratings put together in other ways, and its lead over the paper's: which change helps. */
function variantsOf(scale: ExperimentScale, data: RankingData) {
  const truth = measured(data, "crossEntropy").map(mean);
  const blocks = data.dna[0].at(-1)!.losses[0].length;
  const byBlock = (losses: readonly number[][], block: number) => losses.map((own) => own[block]);
  const ways: Record<string, (losses: number[][]) => number[]> = {
    "sum of losses (the paper)": sums,
    [RANKS]: (losses) =>
      sums(transpose(Array.from({ length: blocks }, (_, i) => ranks(byBlock(losses, i))))),
    "sum of logarithms": (losses) => losses.map((own) => own.reduce((s, v) => s + Math.log(v), 0)),
    "losses by their deviation": (losses) => {
      const scaled = Array.from({ length: blocks }, (_, i) => standard(byBlock(losses, i)));
      return sums(transpose(scaled));
    },
    "without block 1": (losses) => losses.map((own) => own.slice(1).reduce((s, v) => s + v, 0)),
    ...Object.fromEntries(
      Array.from({ length: blocks }, (_, i) => [
        `block ${i + 1} alone`,
        (losses: number[][]) => byBlock(losses, i),
      ]),
    ),
  };
  const scoresOf = (way: (losses: number[][]) => number[]) =>
    data.dna.map((epochs) => way(epochs.at(-1)!.losses).map((loss) => -loss));
  const tauAt = (lists: readonly number[][], at: readonly number[]) => meanTau(lists, truth, at);
  const all = truth.map((_, i) => i);
  const papers = scoresOf(sums);
  return Object.fromEntries(
    Object.entries(ways).map(([name, way]) => {
      const scores = scoresOf(way);
      // All ways see the same resamples.
      const interval = (statistic: (at: readonly number[]) => number) =>
        bootstrapInterval(truth.length, statistic, {
          random: createRandom(scale.seed, "variants"),
          samples: 1000,
        });
      const lead = (at: readonly number[]) => tauAt(scores, at) - tauAt(papers, at);
      return [name, {
        tauB: tauAt(scores, all),
        interval: interval((at) => tauAt(scores, at)),
        ...(way !== sums && { lead: lead(all), leadInterval: interval(lead) }),
      }];
    }),
  );
}

/** Tau of DNA's ratings after each rated epoch: whether they have settled. */
function progressOf(data: RankingData) {
  const truth = measured(data, "crossEntropy").map(mean);
  return data.dna.map((epochs) =>
    epochs.map(({ epoch, losses }) => ({
      epoch,
      tauB: kendallTau(sums(losses).map((loss) => -loss), truth),
      withLast: kendallTau(sums(losses), sums(epochs.at(-1)!.losses)),
    }))
  );
}

/** From here on a correlation of ranks is called high; the paper names no bound. */
const HIGH = 0.5;

/** What the ranking says of section 4.3's claims, and of the questions that a reader of today asks. */
function claimsOf(
  data: RankingData,
  { raters, differences }: ReturnType<typeof rankingBy>,
  variants: ReturnType<typeof variantsOf>,
): Claim[] {
  const { dna, spos } = raters;
  const { tauB, lead: gain = NaN, leadInterval: gainInterval = [NaN, NaN] } = variants[RANKS];
  const networks = `${data.networks.length} networks`;
  const tau = (value: number, interval: Readonly<[number, number]>) =>
    `${tauText(value)} ${intervalText(interval)}`;
  const lead = (name: string) => {
    const { difference, interval } = differences[name];
    return {
      ours: `${signed(difference)} ${intervalText(interval)}`,
      verdict: verdictAbove(interval),
    };
  };
  return [
    {
      claim: "DNA's rating is correlated with the accuracy of retrained networks: tau above 0",
      paper: "16 networks, drawn without a number",
      ours: `tau ${tau(dna.tauB, dna.interval)}, ${networks}`,
      verdict: verdictAbove(dna.interval),
    },
    {
      claim: `it is so "highly": tau above ${HIGH}`,
      paper: "in words only",
      ours: `tau ${tau(dna.tauB, dna.interval)}`,
      verdict: verdictAbove(dna.interval, HIGH),
      why: "the bound is ours",
    },
    {
      claim: "SPOS barely ranks the networks",
      paper: "16 networks, drawn without a number",
      ours: `tau ${tau(spos.tauB, spos.interval)}`,
      verdict: spos.interval[0] > 0
        ? "does not hold"
        : spos.interval[1] < 0.3
        ? "holds"
        : "cannot tell",
      ...(spos.interval[0] > 0 && { why: "its tau is above 0" }),
    },
    { claim: "DNA ranks better than SPOS: lead in tau", paper: "claimed", ...lead("spos") },
    {
      claim: "DNA ranks networks of equal FLOPs better than SPOS: lead in partial tau",
      paper: "not asked",
      ours: `${signed(differences.spos.partial)} ${intervalText(differences.spos.partialInterval)}`,
      verdict: verdictAbove(differences.spos.partialInterval),
    },
    {
      claim: "DNA ranks better than counting parameters: lead in tau",
      paper: "not asked",
      ...lead("params"),
    },
    {
      claim: "DNA ranks better than counting FLOPs: lead in tau",
      paper: "not asked",
      ...lead("flops"),
    },
    {
      claim: "DNA knows more than that larger networks are better: tau at equal FLOPs",
      paper: "not asked",
      ours: tau(dna.atEqualFlops, dna.atEqualFlopsInterval),
      verdict: verdictAbove(dna.atEqualFlopsInterval),
    },
    {
      claim: "adding up the blocks' ranks ranks better than adding up their losses: gain in tau",
      paper: "not asked",
      ours: `${signed(gain)} ${intervalText(gainInterval)}, to ${tauText(tauB)}`,
      verdict: verdictAbove(gainInterval),
    },
  ];
}

function textOf(
  data: RankingData,
  results: ReturnType<typeof rankingConclusion>["results"],
): string {
  const { crossEntropy, variants, spread } = results as {
    crossEntropy: ReturnType<typeof rankingBy>;
    variants: ReturnType<typeof variantsOf>;
    spread: ReturnType<typeof spreadOf>;
  };
  const { raters, differences, ceiling, power } = crossEntropy;
  const trainings = data.retrained.reduce((sum, { length }) => sum + length, 0);
  const rows = Object.entries(raters).sort(([, a], [, b]) => (b.tauB || 0) - (a.tauB || 0));
  return [
    `${data.networks.length} of ${data.drawn} networks, ${trainings} trainings; test accuracy ` +
    `${(100 * spread.top1.mean).toFixed(2)} ± ${(100 * spread.top1.deviation).toFixed(2)} %, ` +
    `${costText(spread.params)} parameters, ${costText(spread.flops)} FLOPs`,
    "",
    alignColumns([
      ["rater", "tau", "95 %", "rho", "at equal FLOPs", "95 %"],
      ...rows.map(([name, row]) => [
        name,
        tauText(row.tauB),
        intervalText(row.interval),
        tauText(row.rho),
        tauText(row.atEqualFlops),
        intervalText(row.atEqualFlopsInterval),
      ]),
    ]),
    "",
    alignColumns([
      ["DNA's lead over", "tau", "95 %", "at equal FLOPs", "95 %"],
      ...Object.entries(differences).map(([name, lead]) => [
        name,
        signed(lead.difference),
        intervalText(lead.interval),
        signed(lead.partial),
        intervalText(lead.partialInterval),
      ]),
    ]),
    "",
    alignColumns([
      ["DNA's losses put together as", "tau", "95 %", "lead over the sum", "95 %"],
      ...Object.entries(variants).map(([name, { tauB, interval, lead, leadInterval }]) => [
        name,
        tauText(tauB),
        intervalText(interval),
        lead === undefined ? "" : signed(lead),
        leadInterval === undefined ? "" : intervalText(leadInterval),
      ]),
    ]),
    "",
    ...(ceiling
      ? [
        `A perfect rater would show a tau of about ${
          tauText(ceiling.tau)
        }: retraining again moves a ` +
        `network's cross-entropy by ${ceiling.noise.toFixed(4)}, networks differ by ${
          ceiling.spread.toFixed(4)
        }.`,
      ]
      : ["Networks have one training each: what retraining's noise leaves to reach is not known."]),
    ...(power?.smallestDifference
      ? [
        `With so many networks a lead of ${
          power.smallestDifference.measured.toFixed(2)
        } is seen in ` +
        "four of five experiments.",
      ]
      : []),
    "Taus are against test cross-entropy, less noisy than accuracy, whose own are in results.json.",
  ].join("\n");
}

function sums(losses: readonly number[][]): number[] {
  return losses.map((own) => own.reduce((sum, value) => sum + value, 0));
}

function standard(values: readonly number[]): number[] {
  const centre = mean(values);
  const deviation = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
  return values.map((value) => (value - centre) / (deviation || 1));
}

function transpose(rows: readonly number[][]): number[][] {
  return rows[0].map((_, i) => rows.map((row) => row[i]));
}
