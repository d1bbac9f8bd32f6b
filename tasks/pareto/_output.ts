/**
 * Networks as a table, as JSON and as comma-separated values.
 *
 * @module
 */

import { formatLatency, type SearchResult } from "../../mod.ts";
import { short } from "../../lib/plots/_format.ts";
import type { Request } from "./_options.ts";

/** So many lines has a table in the terminal at most. */
const MOST_LINES = 24;

/** A network as plain data; its latency in seconds for the table's batch. */
interface Line {
  loss: number;
  params: number;
  flops: number;
  macs: number;
  latency?: number;
  architecture: string;
}

function lineOf({ loss, params, flops, macs, costs, text }: SearchResult): Line {
  return {
    loss,
    params,
    flops,
    macs,
    ...(costs?.latency !== undefined && { latency: costs.latency / 1e9 }),
    architecture: text,
  };
}

/** A table; of a long list, evenly picked lines, the first and the last among them. */
export function networkTable(networks: readonly SearchResult[], title: string): string {
  const { length } = networks;
  const picked = length <= MOST_LINES ? networks.map((_, i) => i) : Array.from(
    { length: MOST_LINES },
    (_, i) => Math.round(i * (length - 1) / (MOST_LINES - 1)),
  );
  const lines = picked.map((i) => lineOf(networks[i]));
  const hasLatency = lines.some(({ latency }) => latency !== undefined);
  const heads = ["#", "loss", "params", "FLOPs", ...(hasLatency ? ["latency"] : [])];
  const rows = lines.map(({ loss, params, flops, latency }, i) => [
    `${picked[i] + 1}`,
    loss.toPrecision(6),
    short(params),
    short(flops),
    ...(latency === undefined ? [] : [formatLatency(latency)]),
  ]);
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i].length)));
  const text = [heads, ...rows].map((row, i) =>
    [
      ...row.map((cell, column) => cell.padStart(widths[column])),
      i === 0 ? "architecture" : lines[i - 1].architecture,
    ].join("  ")
  );
  const more = length > lines.length
    ? `\n${lines.length} of ${length.toLocaleString("en-US")} networks are shown, evenly picked; ` +
      "all with --json or --csv"
    : "";
  return `${title}\n\n${text.join("\n")}${more}`;
}

/** Everything as JSON. */
export function networkJson(networks: readonly SearchResult[], request: Request): string {
  const { ratings, names, options, maxLatency, table, top } = request;
  const { maxParams, maxFlops, maxMacs, weights, cells, without } = options;
  const { parts: _parts, ...measured } = table ?? {};
  return JSON.stringify({
    space: ratings.space,
    resolution: ratings.resolution,
    classes: ratings.classes,
    ...(top === undefined ? { by: names } : { top }),
    options: { maxParams, maxFlops, maxMacs, maxLatency, weights, cells, without },
    ...(table && { latency: measured }),
    networks: networks.map((network) => ({ ...lineOf(network), choice: network.choice })),
  });
}

/** Everything as comma-separated values, latency in seconds. */
export function networkCsv(networks: readonly SearchResult[]): string {
  const lines = networks.map(lineOf);
  const heads = Object.keys(lines[0]) as (keyof Line)[];
  const cell = (value: string | number | undefined) =>
    /[",\n]/.test(`${value}`) ? `"${`${value}`.replaceAll('"', '""')}"` : `${value}`;
  const rows = lines.map((line) => heads.map((head) => cell(line[head])).join(","));
  return `${[heads.join(","), ...rows].join("\n")}\n`;
}
