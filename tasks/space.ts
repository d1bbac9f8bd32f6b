/**
 * `deno task space NAME`: a search space as a table, its size, and the range of its networks' costs.
 *
 * @module
 */

import {
  type CostedArchitecture,
  costRange,
  formatCount,
  operationLabel,
  pathCount,
  resolveSpace,
  type Space,
  SPACE_NAMES,
} from "../mod.ts";
import { runTask } from "./_main.ts";
import { helpText, type OptionSpecs, readOptions, UsageError, wholeNumber } from "./_options.ts";

const ABOUT =
  "Shows a search space: its blocks and cells, its size, its cheapest and dearest network.";

const OPTIONS: OptionSpecs = {
  resolution: { value: "PIXELS", help: "side of the images", default: "224; fashion: 28" },
  classes: { value: "N", help: "number of classes", default: "1000; fashion: 10" },
  json: { help: "everything as JSON" },
  help: { help: "this text" },
};

/** Images and classes of the data that a space is made for. */
const SIZES: Record<string, { resolution: number; classes: number }> = {
  fashion: { resolution: 28, classes: 10 },
};

await runTask(() => {
  const { given, words } = readOptions(Deno.args, OPTIONS, 1);
  const known = SPACE_NAMES.join(", ");
  if (given.help) {
    console.log(
      helpText("deno task space NAME|FILE [options]", `${ABOUT}\nKnown: ${known}.`, OPTIONS),
    );
    return Promise.resolve();
  }
  const [name] = words;
  if (name === undefined) {
    throw new UsageError(`Which space? Known are ${known}, or a JSON file with a definition`);
  }
  const isName = !/[./\\]/.test(name);
  if (isName && !SPACE_NAMES.includes(name)) {
    throw new UsageError(
      `There is no space ${JSON.stringify(name)}: known are ${known}, or a JSON file`,
    );
  }
  const space = resolveSpace(name);
  const usual = SIZES[name] ?? { resolution: 224, classes: 1000 };
  const sizes = {
    resolution: wholeNumber(given, "resolution", 1, 4096) ?? usual.resolution,
    classes: wholeNumber(given, "classes", 2, 1_000_000) ?? usual.classes,
  };
  const ranges = {
    params: costRange(space, "params", sizes),
    flops: costRange(space, "flops", sizes),
  };
  if (given.json) {
    const plain = ({ architecture: _, ...rest }: CostedArchitecture) => rest;
    console.log(JSON.stringify({
      ...space,
      size: `${space.size}`,
      ...sizes,
      ranges: Object.fromEntries(
        Object.entries(ranges).map(([unit, { cheapest, dearest }]) => [unit, {
          cheapest: plain(cheapest),
          dearest: plain(dearest),
        }]),
      ),
    }));
    return Promise.resolve();
  }
  console.log(page(space, sizes));
  for (const [unit, { cheapest, dearest }] of Object.entries(ranges)) {
    const name = unit === "flops" ? "FLOPs" : unit;
    console.log(`\n${network(`Fewest ${name}`, cheapest)}\n${network(`Most ${name}`, dearest)}`);
  }
  return Promise.resolve();
});

function page(
  space: Space,
  { resolution, classes }: { resolution: number; classes: number },
): string {
  const { stem, first, operations } = space;
  let size = Math.ceil(resolution / stem.stride);
  if (first) size = Math.ceil(size / first.stride);
  const rows = space.blocks.map(({ stride, cells }, i) => {
    size = Math.ceil(size / stride);
    const paths = cells.reduce((sum, { depth }) => sum + pathCount(space, depth), 0);
    return [
      `${i + 1}`,
      `${size}×${size}`,
      `${stride}`,
      cells.map(({ depth, width }) => `${depth}×${width}`).join("  "),
      paths.toLocaleString("en-US"),
    ];
  });
  const table = align([["block", "map", "stride", "cells (layers × channels)", "paths"], ...rows]);
  const cells = space.blocks.reduce((sum, block) => sum + block.cells.length, 0);
  return [
    `Space ${space.name}: ${space.blocks.length} blocks, ${cells} cells, ` +
    `${operations.length} operations, ${power(space.size)} networks (${space.size})`,
    `Images ${resolution}×${resolution}×${stem.channels}, ${classes} classes`,
    `Operations: ${operations.map(operationLabel).join(" ")}; SE ${space.se}, ${space.activation}`,
    `Stem: 3×3, stride ${stem.stride}, ${stem.width} channels` +
    (first ? `; first layer k${first.kernel}, ${first.width} channels` : "") +
    `; head ${space.head} channels`,
    "",
    table,
  ].join("\n");
}

function network(title: string, { text, params, macs, flops }: CostedArchitecture): string {
  return `${title}: ${formatCount(params)} params, ${formatCount(flops)} FLOPs, ` +
    `${formatCount(macs)} multiply-adds\n  ${text}`;
}

/** 2·10^17 and the like. */
function power(size: bigint): string {
  const digits = `${size}`;
  if (digits.length < 7) return digits;
  return `${(Number(digits.slice(0, 4)) / 1000).toFixed(2)}·10^${digits.length - 1}`;
}

function align(rows: string[][]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => row.map((text, i) => text.padEnd(widths[i])).join("  ").trimEnd())
    .join("\n");
}
