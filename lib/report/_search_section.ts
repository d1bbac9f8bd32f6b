import { choiceLoss, lossAgainstCost } from "../plots/loss_against_cost.ts";
import { quantile } from "../plots/_quantile.ts";
import { escape } from "../plots/_markup.ts";
import { percent } from "../plots/_format.ts";
import { ratingsByCell } from "../plots/ratings_by_cell.ts";
import { lossCurves } from "../plots/loss_curves.ts";
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
  const peers = within.length > 0 ? within : anywhere;
  const losses = peers.map(({ choice }) => choiceLoss(ratings, choice, weights))
    .sort((a, b) => a - b);
  const median = quantile(losses, 0.5);
  const lambda = weights && weights.some((weight) => weight !== 1)
    ? ` The blocks are weighted by λ = ${weights.join(", ")}.`
    : "";
  const html = `<p>Space <b>${escape(space.name)}</b> holds ${
    space.size.toLocaleString("en-US")
  } networks; a network’s loss is the sum of its blocks’ path losses.${lambda} The winner’s, ${
    result.loss.toFixed(4)
  }, is the least that any network within the budgets has: ${
    percent((median - result.loss) / Math.abs(median), 1)
  } below the median of ${peers.length} random ones${
    within.length > 0 ? " within the budgets" : ""
  } (${
    median.toFixed(4)
  }). Loss is what the search minimises; whether accuracy follows, only retraining tells.</p>
${
    figureHtml(
      "plot-search",
      figure,
      "Loss against parameters and against FLOPs: sampled networks, budgets, random networks and the winner",
      `Grey: ${formatInteger(anywhere.length)} networks drawn evenly from the space` +
        (within.length > 0
          ? `, and ${formatInteger(within.length)} from those within the budgets.`
          : "."),
    )
  }`;
  return { id: "search", title: "Search", html, figures: { "plot-search": figure } };
}

/** Losses of all paths. */
export function ratingSection({ ratings, result }: ReportData): Section {
  const figure = ratingsByCell(ratings, { choice: result.choice });
  const cells = ratings.blocks.flatMap(({ cells }) => cells);
  const paths = cells.reduce((sum, { losses }) => sum + losses.length, 0);
  const html = `<p>${
    formatInteger(paths)
  } paths through ${cells.length} cells, each rated by how far its output is from the \
teacher’s: mean&nbsp;|x&nbsp;−&nbsp;y|&nbsp;/&nbsp;σ(y) over validation images.</p>
${
    figureHtml(
      "plot-ratings",
      figure,
      "Distribution of the paths’ losses in each cell, by number of layers and channels",
      "A dot is a path. A block whose paths differ much decides the search; one whose paths hardly differ leaves the budget to others.",
    )
  }`;
  return { id: "ratings", title: "Ratings", html, figures: { "plot-ratings": figure } };
}

/** Losses of the cells while they learned. */
export function distillationSection({ metrics, ratings }: ReportData): Section {
  const figure = lossCurves(metrics, { space: ratingsSpace(ratings) });
  if (figure.data.length === 0) {
    const html = "<p>No loss of a cell is on record.</p>";
    return { id: "distillation", title: "Distillation", html, figures: {} };
  }
  const html =
    `<p>Every cell learns to give the teacher’s output of its block from the teacher’s output of the block before, \
one random path a step.</p>
${
      figureHtml(
        "plot-distillation",
        figure,
        "Distillation loss of each cell over the epochs, a panel for each block",
        "Cells as layers × channels. The loss is a mean over random paths, so it compares a cell with itself over time better than cells with each other.",
      )
    }`;
  return {
    id: "distillation",
    title: "Distillation",
    html,
    figures: { "plot-distillation": figure },
  };
}

function lambdaOf(config: Record<string, unknown>, blocks: number): number[] | undefined {
  const lambda = (config.options as { lambda?: unknown } | undefined)?.lambda;
  return Array.isArray(lambda) && lambda.length === blocks && lambda.every(Number.isFinite)
    ? lambda
    : undefined;
}
