/**
 * What the designs of table 4 come to: a row each, and which of the paper's claims seeds can tell.
 *
 * @module
 */

import { intervalRows } from "../plots/interval_rows.ts";
import {
  type Comparison,
  type Difference,
  differenceOf,
  meanText,
  percentText,
  seedsOf,
  signedText,
} from "./_seeds.ts";
import { alignColumns } from "../columns.ts";
import { intervalText, signed } from "./_words.ts";
import { verdictAbove } from "./claims.ts";
import type { ExperimentScale } from "./scales.ts";
import type { Design, DesignRow } from "./table_4.ts";
import { type Claim as PaperClaim, type Conclusion, UnfinishedError } from "./types.ts";

/** What the paper's table 4 gives for each row: parameters, top-1 and top-5 in percent. */
const PAPER: Readonly<Record<string, { params: number; top1: number; top5: number }>> = {
  "S1": { params: 5.18e6, top1: 77.0, top5: 93.34 },
  "S2": { params: 5.58e6, top1: 77.15, top5: 93.51 },
  "ours": { params: 5.69e6, top1: 77.49, top5: 93.68 },
  "ours, cells": { params: 6.26e6, top1: 77.84, top5: 93.74 },
  "ours, budget": { params: 5.09e6, top1: 77.21, top5: 93.5 },
  "ours, cells, budget": { params: 5.28e6, top1: 77.38, top5: 93.6 },
};

/** The paper's claims: that one row is better than another. */
const CLAIMS: readonly [better: string, than: string][] = [
  ["ours", "S1"],
  ["ours", "S2"],
  ["ours, cells", "ours"],
  ["ours, cells, budget", "ours, budget"],
];

/** What seeds say of a claim. */
const VERDICTS: Readonly<Record<Comparison, string>> = {
  "better": "holds",
  "worse": "does not hold",
  "not told apart": "seeds do not tell them apart",
  "one seed": "one training each tells nothing",
  "same network": "the same network: no difference",
};

/** A claim with the numbers that speak to it. */
interface RowClaim extends Difference {
  /** The row that the paper has above the other. */
  better: string;
  /** The other. */
  than: string;
  /** The paper's difference in top-1 accuracy, 0–1. */
  paper: number;
  /** What ours comes to. */
  verdict: string;
}

/** A row's name. */
export function designName({ strategy, cells, constrained }: Design): string {
  return [strategy, ...(cells ? ["cells"] : []), ...(constrained ? ["budget"] : [])].join(", ");
}

/** What the rows come to. */
export function designConclusion(
  scale: ExperimentScale,
  rows: readonly DesignRow[],
): Conclusion {
  if (rows.length === 0) {
    throw new UnfinishedError("Cannot conclude table 4: no network has been trained yet");
  }
  const named = new Map(rows.map((row) => [designName(row), row]));
  const claims = CLAIMS.flatMap(([better, than]): RowClaim[] => {
    const [one, other] = [named.get(better), named.get(than)].map((row) =>
      row && { text: row.winner.text, trainings: row.trainings }
    );
    if (!one || !other) return [];
    const difference = differenceOf(one, other);
    return [{
      better,
      than,
      paper: (PAPER[better].top1 - PAPER[than].top1) / 100,
      ...difference,
      verdict: VERDICTS[difference.comparison],
    }];
  });
  const results = {
    maxParams: scale.maxParams,
    rows: [...named].map(([name, { winner, trainings, strategy, cells, constrained }]) => {
      const { text, loss, params, macs, flops } = winner;
      return {
        name,
        strategy,
        cells,
        constrained,
        ...{ architecture: text, loss, params, macs, flops },
        ...seedsOf(trainings),
        paper: PAPER[name],
      };
    }),
    claims,
  };
  return {
    results,
    text: textOf(scale, results.rows, claims),
    claims: claims.map(paperClaim),
    figures: {
      accuracies: {
        title: "Accuracy of the networks that each design finds, every training and the mean",
        figure: intervalRows(
          results.rows.map(({ name, top1 }) => ({
            name,
            values: top1.values.map((value) => 100 * value),
            mean: 100 * top1.mean,
            interval: [100 * top1.interval[0], 100 * top1.interval[1]],
          })),
          "test accuracy (%)",
        ),
      },
      "cross-entropies": {
        title: "Cross-entropy of the networks that each design finds; less is better",
        figure: intervalRows(
          results.rows.map(({ name, crossEntropy }) => ({ name, ...crossEntropy })),
          "test cross-entropy (nats)",
        ),
      },
    },
  };
}

/** A claim in words; cross-entropy decides, less noisy than accuracy. */
function paperClaim(
  { better, than, paper, top1, crossEntropy, comparison, verdict }: RowClaim,
): PaperClaim {
  const [low, high] = crossEntropy.interval;
  const compared = comparison !== "same network" && comparison !== "one seed";
  return {
    claim: `Table 4: "${better}" finds a better network than "${than}"`,
    paper: `${signed(100 * paper, 2)} points`,
    ours: `cross-entropy ${signedText(crossEntropy, 4)}, top-1 ` +
      `${signed(100 * top1.mean, 2)} points`,
    verdict: compared ? verdictAbove([-high, -low]) : "cannot tell",
    ...(!compared && { why: verdict }),
  };
}

/** A row's numbers. */
type ResultRow = ReturnType<typeof seedsOf> & {
  name: string;
  params: number;
  architecture: string;
  paper: { params: number; top1: number; top5: number };
};

function textOf(
  scale: ExperimentScale,
  rows: readonly ResultRow[],
  claims: readonly RowClaim[],
): string {
  const { maxParams, winnerSeeds, data: { classes } } = scale;
  const budget = maxParams.toLocaleString("en-US");
  const fewClasses = classes <= 10;
  const last = ({ top5, crossEntropy }: ResultRow) =>
    fewClasses ? meanText(crossEntropy, 4) : percentText(top5);
  return [
    `Networks by each design, ${winnerSeeds} trainings each; the budget is ${budget} parameters`,
    "",
    alignColumns([
      [
        "design",
        "params",
        "top-1 (%)",
        fewClasses ? "cross-entropy" : "top-5 (%)",
        "paper: params",
        "top-1",
        "top-5",
      ],
      ...rows.map((row) => [
        row.name,
        row.params.toLocaleString("en-US"),
        percentText(row.top1),
        last(row),
        `${(row.paper.params / 1e6).toFixed(2)} M`,
        row.paper.top1.toFixed(2),
        row.paper.top5.toFixed(2),
      ]),
    ]),
    "",
    alignColumns([
      ["the paper's claim", "paper: top-1", "ours", "95 %", "cross-entropy", "95 %", "verdict"],
      ...claims.map(({ better, than, paper, top1, crossEntropy, verdict }) => [
        `${better} over ${than}`,
        signed(100 * paper, 2),
        signed(100 * top1.mean, 2),
        intervalText([100 * top1.interval[0], 100 * top1.interval[1]], 2),
        signed(crossEntropy.mean, 4),
        intervalText(crossEntropy.interval, 4),
        verdict,
      ]),
    ]),
    "",
    "Differences are seed by seed, verdicts by cross-entropy, the less noisy measure. Intervals hold the seeds of",
    "retraining; each design's supernet was trained once, and another might find other networks.",
  ].join("\n");
}
