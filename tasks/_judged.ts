/**
 * How a network did, in lines for a terminal.
 *
 * @module
 */

import { type Accuracy, type Cost, formatCount } from "../mod.ts";

/** Costs and accuracies, one a line. */
export function judgedLines(
  { params, macs, flops }: Cost,
  { top1, top5, crossEntropy, count }: Accuracy,
  imagesPerSecond?: number,
): string[] {
  const rows: [string, string][] = [
    ["parameters", formatCount(params)],
    ["multiply–adds", formatCount(macs)],
    ["FLOPs", formatCount(flops)],
    ["top-1", `${percent(top1)} of ${count} images`],
    ["top-5", percent(top5)],
    ["cross-entropy", crossEntropy.toFixed(4)],
    ...imagesPerSecond === undefined
      ? []
      : [["speed", `${imagesPerSecond.toFixed(1)} images/s`] as [string, string]],
  ];
  return rows.map(([name, value]) => `${name.padEnd(15)}${value}`);
}

/** A share as text. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
