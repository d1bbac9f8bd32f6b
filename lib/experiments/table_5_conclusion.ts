/**
 * What Table 5 comes to: each claim with a lead, its interval and a verdict.
 *
 * @module
 */

import { short } from "../plots/_format.ts";
import { accuracyFigure } from "./_accuracy_figure.ts";
import { lead, type Mean, meanOf, pairedLead, pointsText, sameVerdict } from "./_means.ts";
import { percentText, seedsOf } from "./_seeds.ts";
import { alignColumns } from "../columns.ts";
import { intervalText, signed } from "./_words.ts";
import { verdictAbove } from "./claims.ts";
import type { TeacherRow, TeacherRowName } from "./table_5.ts";
import { type Claim, type Conclusion, UnfinishedError } from "./types.ts";

/** The paper's rows: parameters, top-1 and top-5 in percent. */
export const PAPER_TABLE_5: Readonly<
  Record<TeacherRowName, { model: string; params: number; top1: number; top5: number }>
> = {
  "small teacher": { model: "EfficientNet-B0", params: 5.28e6, top1: 76.3, top5: 93.2 },
  "DNA-small": { model: "DNA-B0", params: 5.27e6, top1: 77.8, top5: 93.7 },
  "large teacher": { model: "EfficientNet-B7", params: 66e6, top1: 77.8, top5: 93.8 },
  "DNA-large": { model: "DNA-B7", params: 5.28e6, top1: 77.8, top5: 93.7 },
  "DNA-large-scale": { model: "DNA-B7-scale", params: 64.9e6, top1: 79.9, top5: 94.9 },
};

/** Two accuracies that differ by less count as the same: a point, as the paper's own differences between seeds may be. */
const MARGIN = 0.01;

/** A claim of the paper about two rows. */
interface RowClaim {
  claim: string;
  one: TeacherRowName;
  other: TeacherRowName;
  verdict: (mean: Mean) => Claim["verdict"];
}

const CLAIMS: readonly RowClaim[] = [
  {
    claim: "a small teacher's student is as good as a large one's",
    one: "DNA-small",
    other: "DNA-large",
    verdict: (mean) => sameVerdict(mean, MARGIN),
  },
  {
    claim: "the small teacher's student beats it",
    one: "DNA-small",
    other: "small teacher",
    verdict: ({ interval }) => verdictAbove(interval),
  },
  {
    claim: "the large teacher's student is as good as its teacher",
    one: "DNA-large",
    other: "large teacher",
    verdict: ({ interval }) => verdictAbove(interval, -MARGIN),
  },
  {
    claim: "scaled to its teacher's size, it beats its teacher",
    one: "DNA-large-scale",
    other: "large teacher",
    verdict: ({ interval }) => verdictAbove(interval),
  },
];

/** What the rows come to. */
export function teacherConclusion(rows: readonly TeacherRow[]): Conclusion {
  if (!rows.some(({ trainings }) => trainings.length > 0)) {
    throw new UnfinishedError("Cannot conclude: no network of Table 5 has been trained yet");
  }
  const claims = CLAIMS.flatMap((claim) => claimOf(claim, rows));
  const results = {
    rows: rows.map(({ judged, trainings, ...row }) => ({
      ...row,
      ...(judged && { asTeacher: judged }),
      ...(trainings.length > 0 && { retrained: seedsOf(trainings) }),
      paper: PAPER_TABLE_5[row.name],
    })),
    claims,
    margin: MARGIN,
  };
  return {
    results,
    text: textOf(rows, claims),
    claims: claims.map(findingOf),
    figures: {
      teachers: {
        title: "Teachers and students, trained from scratch without a teacher",
        figure: accuracyFigure([{
          title: "retrained with one recipe",
          rows: rows.map(({ name, judged, trainings }) => ({
            name,
            values: trainings.length > 0
              ? trainings.map(({ top1 }) => top1)
              : judged
              ? [judged.top1]
              : [],
            role: name.endsWith("teacher") ? "teacher" : "found",
          })),
        }]),
      },
    },
  };
}

/** A claim with what is known of it. */
interface Claimed extends Mean {
  claim: string;
  one: TeacherRowName;
  other: TeacherRowName;
  /** The paper's lead, of accuracies in shares of 1. */
  paper: number;
  verdict: Claim["verdict"];
}

/** Compares by seed where both were trained here, else with what the teacher's own weights give. */
function claimOf({ claim, one, other, verdict }: RowClaim, rows: readonly TeacherRow[]): Claimed[] {
  const [a, b] = [one, other].map((name) => rows.find((row) => row.name === name));
  if (!a || !b || a.trainings.length === 0) return [];
  const top1 = (row: TeacherRow) => row.trainings.map((training) => training.top1);
  const mean = b.trainings.length > 0
    ? a.trainings.length === b.trainings.length
      ? pairedLead(top1(a), top1(b))
      : lead(top1(a), top1(b))
    : meanOf(top1(a).map((value) => value - b.judged!.top1));
  const paper = (PAPER_TABLE_5[one].top1 - PAPER_TABLE_5[other].top1) / 100;
  const same = a.architecture === b.architecture;
  return [{ claim, one, other, ...mean, paper, verdict: same ? "holds" : verdict(mean) }];
}

/** As findings have it. */
function findingOf({ paper, ...claimed }: Claimed): Claim {
  const { claim, count, verdict } = claimed;
  return {
    claim,
    paper: `${signed(100 * paper, 1)} points`,
    ours: pointsText(claimed),
    verdict,
    ...(verdict === "cannot tell" && {
      why: count < 2 ? "one training each" : `${count} seeds leave the interval this wide`,
    }),
  };
}

function textOf(rows: readonly TeacherRow[], claims: readonly Claimed[]): string {
  return [
    alignColumns([
      ["", "params", "retrained top-1, 95 %", "cross-entropy", "as a teacher", "paper"],
      ...rows.map(({ name, params, judged, trainings }) => {
        const seeds = trainings.length > 0 ? seedsOf(trainings) : undefined;
        const paper = PAPER_TABLE_5[name];
        return [
          name,
          short(params),
          seeds ? percentText(seeds.top1) : "–",
          seeds ? seeds.crossEntropy.mean.toFixed(4) : "–",
          judged ? percentText({ mean: judged.top1, interval: [NaN, NaN] }) : "–",
          `${paper.model}, ${short(paper.params)}: ${paper.top1.toFixed(1)}`,
        ];
      }),
    ]),
    "",
    alignColumns([
      ["the paper's claim", "lead", "95 %", "the paper's", ""],
      ...claims.map(({ claim, mean, interval, paper, verdict }) => [
        claim,
        signed(100 * mean, 2),
        intervalText([100 * interval[0], 100 * interval[1]], 2),
        signed(100 * paper, 1),
        verdict,
      ]),
    ]),
    "",
    "Leads are in points of accuracy, seed by seed; intervals are Student's over seeds. As good as: within a point.",
  ].join("\n");
}
