import type { SearchRecord } from "../report/types.ts";
import { percent } from "./_format.ts";
import { axis, layout, RANDOM, TEACHER, WINNER } from "./_style.ts";
import type { Figure, Trace } from "./types.ts";

/** More random networks than this share one row. */
const MOST_ROWS = 8;

/**
 * Gives half the 95 % interval of an accuracy that so many test images leave open: 1.96 √(p (1 − p) / n).
 *
 * That is the test set's noise alone; training again with another seed adds its own.
 *
 * @param accuracy The accuracy, 0 to 1.
 * @param images Number of test images.
 * @returns Half the interval, 0 to 1.
 *
 * @example
 * ```ts
 * import { accuracyInterval } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(accuracyInterval(0.9, 10_000).toFixed(4), "0.0059");
 * ```
 */
export function accuracyInterval(accuracy: number, images: number): number {
  return 1.96 * Math.sqrt(accuracy * (1 - accuracy) / images);
}

/**
 * Draws the test accuracies of the winner, the random networks and the teacher.
 *
 * Intervals are those of the test set's size, where the result tells it. Each network was trained once, so the noise of the
 * seed is not in them.
 *
 * @param result The result; networks without an accuracy are left out.
 * @returns A plotly figure, without traces where nothing was retrained.
 *
 * @example
 * ```ts
 * import { accuracies } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const network = {
 *   architecture: "…", loss: 2, params: 4000, macs: 9e4, flops: 1e5, choice: [], accuracy: 0.89,
 * };
 * const result = { ...network, space: "fashion", budgets: {}, random: [{ ...network, accuracy: 0.88 }] };
 * const [winner, random] = accuracies(result).data;
 * assertEquals([winner.x, random.x], [[89], [88]]);
 * assertEquals([winner.y, random.y], [["winner"], ["random 1"]]);
 * ```
 */
export function accuracies(result: SearchRecord): Figure {
  const { teacher, testImages } = result;
  const known = (name: string, accuracy: number | undefined) =>
    accuracy === undefined ? [] : [{ name, accuracy }];
  const random = result.random.flatMap(({ accuracy }, i) => known(`random ${i + 1}`, accuracy));
  const isCrowded = random.length > MOST_ROWS;
  const rows = isCrowded
    ? random.map(({ accuracy }) => ({ name: `${random.length} random`, accuracy }))
    : random;
  const groups = [
    { name: "winner", points: known("winner", result.accuracy), marker: WINNER },
    { name: "random", points: rows, marker: RANDOM },
    { name: "teacher", points: known("teacher", teacher?.accuracy), marker: TEACHER },
  ].filter(({ points }) => points.length > 0);
  const data = groups.map(({ name, points, marker }): Trace => ({
    type: "scatter",
    mode: name === "random" && isCrowded ? "markers" : "markers+text",
    name,
    x: points.map(({ accuracy }) => Math.round(1e6 * accuracy) / 1e4),
    y: points.map(({ name }) => name),
    text: points.map(({ accuracy }) => percent(accuracy)),
    textposition: "top center",
    cliponaxis: false,
    marker: { ...marker, line: { color: "white", width: 1 } },
    ...(testImages && {
      error_x: {
        type: "data",
        array: points.map(({ accuracy }) =>
          Math.round(1e6 * accuracyInterval(accuracy, testImages)) / 1e4
        ),
        color: marker.color,
        thickness: 1.5,
        width: 5,
      },
    }),
    hovertemplate: "%{y}: %{x:.2f} %<extra></extra>",
    showlegend: false,
  }));
  const names = new Set(groups.flatMap(({ points }) => points.map(({ name }) => name)));
  return {
    data,
    layout: layout(90 + 46 * names.size, {
      margin: { l: 80, r: 24, t: 24, b: 52 },
      xaxis: axis("test accuracy (%)", { nticks: 8 }),
      yaxis: axis("", { autorange: "reversed", showgrid: true, type: "category" }),
    }),
  };
}
