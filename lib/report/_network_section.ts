import { architectureTable } from "../plots/architecture_table.ts";
import { drawArchitecture } from "../plots/draw_architecture.ts";
import { formatInteger } from "../progress/format.ts";
import { ratingsSpace } from "../ratings.ts";
import { operationLabel, pathOperations } from "../space/paths.ts";
import { parseArchitecture } from "../space/parse.ts";
import { type Section, tableHtml, wide } from "./_html.ts";
import type { ReportData } from "./types.ts";

/** The network drawn, its layers, and which path was chosen in each block. */
export function networkSection({ ratings, result }: ReportData): Section {
  const architecture = parseArchitecture(result.architecture);
  const { resolution, classes } = ratings;
  const view = { resolution, classes, firstStage: ratingsSpace(ratings).first !== null };
  const drawing = drawArchitecture(architecture, view);
  const html = `<figure class="network">${wide(drawing)}
<figcaption>Colour is the kernel, height the expansion; arches are residual connections, ↓2 halves the map. \
Bars: each layer’s share of the cost.</figcaption></figure>
<h3>Chosen in each block</h3>
${choiceTable({ ratings, result })}
<details><summary>All layers with their costs</summary>
${wide(architectureTable(architecture, view))}
</details>`;
  return { id: "network", title: "The network", html, figures: {} };
}

function choiceTable({ ratings, result }: Pick<ReportData, "ratings" | "result">): string {
  const space = ratingsSpace(ratings);
  const rows = result.choice.map(({ cell, path, loss }, block) => {
    const { cells } = ratings.blocks[block];
    const { depth, width } = cells[cell];
    const all = cells.flatMap(({ losses }) => losses);
    const better = all.filter((other) => other < loss).length;
    const best = all.reduce((least, other) => Math.min(least, other), Infinity);
    return [
      `Block ${block + 1}`,
      `${depth} × ${width}`,
      pathOperations(space, depth, path).map(operationLabel).join(" "),
      { number: loss.toFixed(4) },
      { number: best.toFixed(4) },
      { number: `${formatInteger(better + 1)} of ${formatInteger(all.length)}` },
    ];
  });
  return tableHtml(
    ["block", "layers × channels", "operations", "loss", "best loss", "rank among paths"],
    rows,
  );
}
