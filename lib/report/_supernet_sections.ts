import { escape } from "../plots/_markup.ts";
import { stoppedLines } from "../plots/_metrics.ts";
import { lossCurves } from "../plots/loss_curves.ts";
import { ratingsByCell } from "../plots/ratings_by_cell.ts";
import { formatInteger } from "../progress/format.ts";
import { ratingsSpace } from "../ratings.ts";
import { describeStopped } from "../supernet/stopped.ts";
import { figureHtml, type Section } from "./_html.ts";
import type { ReportData } from "./types.ts";

/** Losses of all paths. */
export function ratingSection({ ratings, result }: ReportData): Section {
  const figure = ratingsByCell(ratings, { choice: result.choice });
  const cells = ratings.blocks.flatMap(({ cells }) => cells);
  const paths = cells.reduce((sum, { losses }) => sum + losses.length, 0);
  const text = `${formatInteger(paths)} paths through ${cells.length} cells, each rated by how ` +
    "far its output is from the teacher’s: " +
    "mean&nbsp;|x&nbsp;−&nbsp;y|&nbsp;/&nbsp;σ(y) over validation images.";
  const place = figureHtml("plot-ratings", figure, {
    alt: "Distribution of the paths’ losses in each cell, by number of layers and channels",
    caption: "A dot is a path. The axes begin at different losses but span the same difference: " +
      "a block that looks flat leaves the budget to others.",
    least: 160 * ratings.blocks.length,
  });
  const html = `<p>${text}</p>\n${place}`;
  return { id: "ratings", title: "Ratings", html, figures: { "plot-ratings": figure } };
}

/** Losses of the cells while they learned. */
export function distillationSection({ metrics, ratings }: ReportData): Section {
  const section = { id: "distillation", title: "Distillation" };
  const figure = lossCurves(metrics, { space: ratingsSpace(ratings) });
  if (figure.data.length === 0) {
    return { ...section, html: "<p>No loss of a cell is on record.</p>", figures: {} };
  }
  const text = "Every cell learns to give the teacher’s output of its block from the teacher’s " +
    "output of the block before, one random path a step.";
  const stopped = stoppedLines(metrics).map((cell) =>
    `<li>${escape(describeStopped(cell))}. Its paths are rated with these weights.</li>`
  );
  const list = stopped.length > 0 ? `\n<ul>${stopped.join("")}</ul>` : "";
  const place = figureHtml("plot-distillation", figure, {
    alt: "Distillation loss of each cell over the epochs, a panel for each block",
    caption: "Cells as layers × channels. The loss is a mean over random paths, so it compares " +
      "a cell with itself over time better than cells with each other.",
  });
  const html = `<p>${text}</p>${list}\n${place}`;
  return { ...section, html, figures: { "plot-distillation": figure } };
}
