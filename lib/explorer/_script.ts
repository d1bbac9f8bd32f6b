/**
 * The page's script: its files as one, without what makes them modules.
 *
 * @module
 */

import chart from "./page/chart.js" with { type: "text" };
import front from "./page/front.js" with { type: "text" };
import network from "./page/network.js" with { type: "text" };
import page from "./page/page.js" with { type: "text" };
import solver from "./page/solver.js" with { type: "text" };
import words from "./page/words.js" with { type: "text" };

/** The files, each after those that it needs; their top-level names are different. */
const FILES = [words, solver, front, network, chart, page];

const START = `
startExplorer(document, JSON.parse(document.getElementById("data").textContent));
`;

/** The script's text. */
export function explorerScript(): string {
  const text = FILES.map((file) =>
    file.replace(/^\/\/ @ts-check\n/, "")
      .replace(/^\/\*\* @import .*\n/gm, "")
      .replace(/^import [^;]*;\n/gm, "")
      .replace(/^export /gm, "")
  );
  return [...text, START].join("\n");
}
