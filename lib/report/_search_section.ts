import { percent } from "../plots/_format.ts";
import { escape } from "../plots/_markup.ts";
import { quantile } from "../plots/_quantile.ts";
import { choiceLoss, lossAgainstCost } from "../plots/loss_against_cost.ts";
import { formatInteger } from "../progress/format.ts";
import { ratingsSpace } from "../ratings.ts";
import { figureHtml, type Section } from "./_html.ts";
import { sampleNetworks } from "./_sample.ts";
import type { ReportData } from "./types.ts";

/** What was searched and found. */
export function searchSection({ config, ratings, result }: ReportData): Section {
  const space = ratingsSpace(ratings);
  const weights = lambdaOf(config, space.blocks.length);
  const { anywhere, within } = sampleNetworks(ratings, result);
  const figure = lossAgainstCost(ratings, result, [...anywhere, ...within], { weights });
  const hasPeers = within.length > 0;
  const losses = (hasPeers ? within : anywhere)
    .map(({ choice }) => choiceLoss(ratings, choice, weights))
    .sort((a, b) => a - b);
  const median = quantile(losses, 0.5);
  const less = percent((median - result.loss) / Math.abs(median), 1);
  const hasBudgets = Object.values(result.budgets).some((budget) => budget !== undefined);
  const isWeighted = weights !== undefined && weights.some((weight) => weight !== 1);
  const sentences = [
    `Space <b>${escape(space.name)}</b> holds ${space.size.toLocaleString("en-US")} networks; ` +
    "a network’s loss is the sum of its blocks’ path losses" +
    (isWeighted ? `, weighted by λ = ${weights.join(", ")}.` : "."),
    `The winner’s, ${result.loss.toFixed(4)}, is the least of all${
      hasBudgets ? " within the budgets" : ""
    }: ` +
    `${less} below the median of ${losses.length} random networks` +
    `${hasPeers ? " within the budgets" : ""} (${median.toFixed(4)}).`,
    "Loss is what the search minimises; whether accuracy follows, only retraining tells.",
  ];
  const place = figureHtml("plot-search", figure, {
    alt: "Loss against parameters and against FLOPs: sampled networks, budgets, the random " +
      "networks that were compared and the winner",
    caption: `Grey: ${formatInteger(anywhere.length)} networks drawn evenly from the space` +
      (hasPeers ? `, and ${formatInteger(within.length)} from those within the budgets.` : "."),
  });
  const html = `<p>${sentences.join(" ")}</p>\n${place}`;
  return { id: "search", title: "Search", html, figures: { "plot-search": figure } };
}

function lambdaOf(config: Record<string, unknown>, blocks: number): number[] | undefined {
  const lambda = (config.options as { lambda?: unknown } | undefined)?.lambda;
  return Array.isArray(lambda) && lambda.length === blocks && lambda.every(Number.isFinite)
    ? lambda
    : undefined;
}
