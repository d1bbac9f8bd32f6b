/**
 * The result as a small table, with what it does and does not say.
 *
 * @module
 */

import { formatCount, formatLatency, type NetworkRecord, type SearchRecord } from "../../mod.ts";

/** The network that was found, beside the random ones and the teacher. */
export function resultTable(result: SearchRecord): string {
  const timed = result.costs?.latency !== undefined;
  const rows = [
    [
      ...["network", "params", "FLOPs"],
      ...(timed ? ["latency"] : []),
      ...["loss", "test accuracy", "cross-entropy"],
    ],
    networkRow("winner", result),
    ...result.random.map((network, i) => networkRow(`random ${i + 1}`, network)),
  ];
  if (result.teacher) {
    const { accuracy, crossEntropy } = result.teacher;
    const blank = timed ? ["", "", "", ""] : ["", "", ""];
    rows.push(["teacher", ...blank, percent(accuracy), crossEntropy.toFixed(3)]);
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row.map((text, i) => i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i])).join("  ")
  );
  return [result.architecture, "", ...lines, ...comparison(result)].join("\n");
}

function networkRow(name: string, network: NetworkRecord): string[] {
  return [
    name,
    formatCount(network.params),
    formatCount(network.flops),
    ...(network.costs?.latency === undefined ? [] : [formatLatency(network.costs.latency / 1e9)]),
    network.loss.toFixed(4),
    network.accuracy === undefined ? "–" : percent(network.accuracy),
    network.crossEntropy === undefined ? "–" : network.crossEntropy.toFixed(3),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** What the search gave, no more. */
function comparison({ accuracy, random }: SearchRecord): string[] {
  const others = random.flatMap((network) => network.accuracy ?? []);
  if (accuracy === undefined || others.length === 0) return [];
  const mean = others.reduce((sum, value) => sum + value, 0) / others.length;
  const points = 100 * (accuracy - mean);
  const side = points >= 0 ? "above" : "below";
  return [
    "",
    `The winner is ${
      Math.abs(points).toFixed(2)
    } points ${side} the mean of ${others.length} random ` +
    `${others.length === 1 ? "network" : "networks"} of its cost.`,
    "Each was trained once, and another seed alone moves such an accuracy by some tenths of a point:",
    "at this size the difference says little. `--random 20` says more.",
  ];
}
