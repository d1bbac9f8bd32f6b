/**
 * What Table 3 comes to: how far the found network leads networks of equal cost on other data sets.
 *
 * @module
 */

import { short } from "../plots/_format.ts";
import { accuracyFigure } from "./_accuracy_figure.ts";
import { lead, type Mean, pairedLead, pointsText } from "./_means.ts";
import { percentText, seedsOf } from "./_seeds.ts";
import { alignColumns } from "../columns.ts";
import { intervalText, signed } from "./_words.ts";
import { verdictAbove } from "./claims.ts";
import type { Retrained } from "./retrain_part.ts";
import type { TransferRole, TransferRow } from "./table_3.ts";
import { type Claim, type Conclusion, UnfinishedError } from "./types.ts";

/** The paper's rows, top-1 in percent; of EfficientNet-B0 what the authors measured. */
export const PAPER_TABLE_3: readonly { model: string; "cifar-10": number; "cifar-100": number }[] =
  [
    { model: "MixNet-M", "cifar-10": 97.9, "cifar-100": 87.4 },
    { model: "EfficientNet-B0", "cifar-10": 98.0, "cifar-100": 87.1 },
    { model: "DNA-c", "cifar-10": 98.3, "cifar-100": 88.3 },
  ];

/** How networks come to a data set. */
type Way = "fineTuned" | "scratch";

const WAYS: Readonly<Record<Way, string>> = { fineTuned: "fine-tuned", scratch: "from scratch" };

/** The found network's lead over others. */
interface TransferLead extends Mean {
  dataset: string;
  way: Way;
  over: TransferRole;
  verdict: Claim["verdict"];
}

/** What the rows come to. */
export function transferConclusion(rows: readonly TransferRow[], source: string): Conclusion {
  const [first] = rows;
  if (!first) {
    throw new UnfinishedError("Cannot conclude: no network of Table 3 has been trained yet");
  }
  const datasets = first.to.map(({ dataset }) => dataset);
  const leads = datasets.flatMap((dataset) =>
    (["fineTuned", "scratch"] as const).flatMap((way) => leadsOf(rows, dataset, way))
  );
  const gains = datasets.flatMap((dataset) => gainOf(rows, dataset));
  const results = {
    source,
    rows: rows.map(({ before, to, ...row }) => ({
      ...row,
      before: seedsOf(before),
      to: to.map(({ dataset, fineTuned, scratch }) => ({
        dataset,
        ...(fineTuned.length > 0 && { fineTuned: seedsOf(fineTuned) }),
        ...(scratch.length > 0 && { scratch: seedsOf(scratch) }),
      })),
    })),
    leads,
    fineTuningGains: gains,
    paper: PAPER_TABLE_3,
  };
  return {
    results,
    text: textOf(rows, source, datasets, leads, gains),
    claims: leads.filter(({ way }) => way === "fineTuned").map(findingOf),
    figures: Object.fromEntries(datasets.map((dataset) => [dataset, {
      title: `The found network on ${dataset}, and networks of equal cost beside it`,
      figure: accuracyFigure((["fineTuned", "scratch"] as const).map((way) => ({
        title: WAYS[way],
        rows: groups(rows).map(({ name, role, members }) => ({
          name,
          values: accuracies(members, dataset, way),
          role: role === "found" ? "found" : "beside",
        })),
      }))),
    }])),
  };
}

/** Rows of the figure: all random networks share one. */
function groups(rows: readonly TransferRow[]) {
  const random = rows.filter(({ role }) => role === "random");
  return [
    ...rows.filter(({ role }) => role !== "random").map((row) => ({ ...row, members: [row] })),
    ...(random.length > 0
      ? [{ name: `${random.length} random`, role: "random" as const, members: random }]
      : []),
  ];
}

function trainingsOf(row: TransferRow, dataset: string, way: Way): Retrained[] {
  return row.to.find((each) => each.dataset === dataset)?.[way] ?? [];
}

function accuracies(rows: readonly TransferRow[], dataset: string, way: Way): number[] {
  return rows.flatMap((row) => trainingsOf(row, dataset, way).map(({ top1 }) => top1));
}

/** Beside the one made by hand seed by seed, beside random ones network by network. */
function leadsOf(rows: readonly TransferRow[], dataset: string, way: Way): TransferLead[] {
  const of = (role: TransferRole) =>
    accuracies(rows.filter((row) => row.role === role), dataset, way);
  const found = of("found");
  return (["by hand", "random"] as const).flatMap((over) => {
    const others = of(over);
    if (found.length === 0 || others.length === 0) return [];
    const paired = over === "by hand" && others.length === found.length;
    const mean = paired ? pairedLead(found, others) : lead(found, others);
    return [{ dataset, way, over, ...mean, verdict: verdictAbove(mean.interval) }];
  });
}

/** What the weights from before are worth to the found network. */
function gainOf(rows: readonly TransferRow[], dataset: string): (Mean & { dataset: string })[] {
  const found = rows.filter(({ role }) => role === "found");
  const [tuned, scratch] = (["fineTuned", "scratch"] as const).map((way) =>
    accuracies(found, dataset, way)
  );
  const count = Math.min(tuned.length, scratch.length);
  if (count === 0) return [];
  return [{ dataset, ...pairedLead(tuned.slice(0, count), scratch.slice(0, count)) }];
}

/** As findings have it, of fine-tuning: the paper trains no network from scratch on these data sets. */
function findingOf({ dataset, over, ...lead }: TransferLead): Claim {
  const [, base, own] = PAPER_TABLE_3;
  const points = (name: "cifar-10" | "cifar-100") => signed(own[name] - base[name], 1);
  const other = over === "random" ? "random ones of equal cost" : "one of equal cost made by hand";
  return {
    claim: `fine-tuned on ${dataset}, the found network beats ${other}`,
    paper: over === "random"
      ? "not given"
      : `${points("cifar-10")} points on CIFAR-10, ${
        points("cifar-100")
      } on CIFAR-100, over ${base.model}`,
    ours: pointsText(lead),
    verdict: lead.verdict,
    ...(lead.verdict === "cannot tell" && {
      why: Number.isFinite(lead.interval[0])
        ? `the interval of ${lead.count} trainings has 0 in it`
        : "one training each",
    }),
  };
}

function textOf(
  rows: readonly TransferRow[],
  source: string,
  datasets: readonly string[],
  leads: readonly TransferLead[],
  gains: readonly (Mean & { dataset: string })[],
): string {
  const mean = (trainings: Retrained[]) =>
    trainings.length > 0 ? percentText(seedsOf(trainings).top1) : "–";
  const points = ({ mean, interval }: Mean) => [
    signed(100 * mean, 2),
    intervalText([100 * interval[0], 100 * interval[1]], 2),
  ];
  return [
    alignColumns([
      ["", "params", "FLOPs", source, ...datasets.flatMap((name) => [name, "from scratch"])],
      ...rows.map((row) => [
        row.name,
        short(row.params),
        short(row.flops),
        mean(row.before),
        ...row.to.flatMap(({ fineTuned, scratch }) => [mean(fineTuned), mean(scratch)]),
      ]),
    ]),
    "",
    alignColumns([
      ["the found network's lead", "over", "points", "95 %", "the paper's claim"],
      ...leads.map((each) => [
        `${each.dataset}, ${WAYS[each.way]}`,
        each.over,
        ...points(each),
        each.verdict,
      ]),
    ]),
    "",
    alignColumns([
      ["what fine-tuning gains the found network", "points", "95 %"],
      ...gains.map((each) => [each.dataset, ...points(each)]),
    ]),
    "",
    "Test accuracies in percent with Student's intervals: over seeds, and over networks for random ones.",
    "The paper: " +
    PAPER_TABLE_3.map(({ model, ...own }) =>
      `${model} ${own["cifar-10"].toFixed(1)} and ${own["cifar-100"].toFixed(1)} %`
    ).join(", ") + " on CIFAR-10 and CIFAR-100, fine-tuned.",
  ].join("\n");
}
