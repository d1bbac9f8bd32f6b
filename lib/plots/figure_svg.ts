import { INK, LEGEND } from "./_style.ts";
import { axisName, type SvgAxis, svgAxis } from "./_svg_axes.ts";
import { drawRule, drawSample, drawTrace, plain, r, words } from "./_svg_marks.ts";
import type { Figure, Trace } from "./types.ts";

/** How {@linkcode figureSvg} draws. */
export interface FigureSvgOptions {
  /** Width, in pixels. Default 820. */
  width?: number;
  /** What the figure shows, for readers who do not see it. */
  title?: string;
}

interface Label {
  text: string;
  xref?: string;
  yref?: string;
  x: number;
  y: number;
  xanchor?: string;
  yanchor?: string;
  xshift?: number;
  yshift?: number;
}

interface Shape {
  type: string;
  xref: string;
  yref: string;
  x0: number;
  x1: number;
  y0: number;
  y1: number;
  line?: Record<string, unknown>;
}

/**
 * Draws a figure as a static SVG, where no script runs: on GitHub, in print, in an editor.
 *
 * It knows what the figures of this library are made of: scatter and bar traces, panels, intervals, rules, labels and legends.
 *
 * @param figure A figure, as the plot functions give it.
 * @param options Width and title.
 * @returns An `<svg>` element as text; equal figures give equal texts.
 *
 * @example
 * ```ts
 * import { figureSvg, trainingCurves } from "@dna/kernel";
 * import { assertMatch, assertStringIncludes } from "@std/assert";
 *
 * const metrics = [1, 2].map((epoch) => ({
 *   stage: "retrain", network: "winner", epoch, loss: 1 / epoch, accuracy: 0.5,
 * }));
 * const svg = figureSvg(trainingCurves(metrics), { title: "Retraining" });
 * assertMatch(svg, /^<svg [^>]*role="img"/);
 * assertStringIncludes(svg, "training accuracy (%)");
 * ```
 */
export function figureSvg(
  figure: Figure,
  { width = 820, title = "" }: FigureSvgOptions = {},
): string {
  const { data, layout } = figure;
  const margin = { l: 60, r: 16, t: 28, b: 52, ...layout.margin as Record<string, number> };
  const legend = legendOf(figure, margin.l, width - margin.r);
  const top = margin.t + legend.height;
  const bottom = layout.height + legend.height - margin.b;
  const area = { x: [margin.l, width - margin.r] as const, y: [bottom, top] as const };
  const axes = new Map<string, SvgAxis>();
  const axis = (name: string): SvgAxis => {
    const found = axes.get(name) ?? svgAxis(figure, name, area[name[0] as "x" | "y"]);
    axes.set(name, found);
    return found;
  };
  const panels = new Map<string, [x: string, y: string]>();
  for (const trace of data) {
    const [x, y] = [axisName(trace, "x"), axisName(trace, "y")];
    panels.set(`${x} ${y}`, [x, y]);
  }
  const place = (ref: string, value: number): number => {
    const side = ref === "paper" ? undefined : ref.split(" ")[0];
    if (side === undefined) return value;
    if (!ref.endsWith(" domain")) return axis(side).at(value);
    const [from, to] = axis(side).span;
    return from + value * (to - from);
  };
  const horizontal = (ref = "paper", value: number) =>
    ref === "paper" ? area.x[0] + value * (area.x[1] - area.x[0]) : place(ref, value);
  const vertical = (ref = "paper", value: number) =>
    ref === "paper" ? area.y[0] + value * (area.y[1] - area.y[0]) : place(ref, value);
  const shapes = ((layout.shapes ?? []) as Shape[]).map((shape) =>
    drawRule(
      [horizontal(shape.xref, shape.x0), vertical(shape.yref, shape.y0)],
      [horizontal(shape.xref, shape.x1), vertical(shape.yref, shape.y1)],
      shape.line,
    )
  );
  const labels = ((layout.annotations ?? []) as Label[]).map((label) =>
    drawLabel(label, horizontal(label.xref, label.x), vertical(label.yref, label.y))
  );
  const height = layout.height + legend.height;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" \
width="${width}" height="${height}" fill="${INK}" font-family="system-ui, sans-serif" font-size="12">
<title>${plain(title)}</title>
${[...panels.values()].map(([x, y]) => drawPanel(axis(x), axis(y))).join("\n")}
${
    data.map((trace, i) =>
      drawTrace(trace, axis(axisName(trace, "x")), axis(axisName(trace, "y")), i)
    ).join("\n")
  }
${[...shapes, ...labels].join("\n")}
${legend.draw(axis)}
</svg>`;
}

/** Grid, ticks and titles of a panel. */
function drawPanel(x: SvgAxis, y: SvgAxis): string {
  const [left, right] = x.span;
  const [floor, ceiling] = y.span;
  const grid = [
    ...x.ticks.map(({ at }) => `M${r(x.at(at))} ${r(floor)}V${r(ceiling)}`),
    ...y.ticks.map(({ at }) => `M${r(left)} ${r(y.at(at))}H${r(right)}`),
  ].join("");
  const xTicks = x.ticks.map(({ at, text }) =>
    `<text x="${r(x.at(at))}" y="${r(floor + 16)}" text-anchor="middle">${text}</text>`
  );
  const yTicks = y.ticks.map(({ at, text }) =>
    `<text x="${r(left - 6)}" y="${r(y.at(at) + 4)}" text-anchor="end">${text}</text>`
  );
  const xTitle = x.title &&
    `<text x="${r((left + right) / 2)}" y="${
      r(floor + 36)
    }" text-anchor="middle">${x.title}</text>`;
  const [turnX, turnY] = [r(left - 46), r((floor + ceiling) / 2)];
  const yTitle = y.title &&
    `<text transform="translate(${turnX} ${turnY}) rotate(-90)" text-anchor="middle">${y.title}</text>`;
  return [
    `<path d="${grid}" stroke="#808080" stroke-opacity="0.22"/>`,
    ...xTicks,
    ...yTicks,
    xTitle,
    yTitle,
  ].filter(Boolean).join("\n");
}

function drawLabel(label: Label, x: number, y: number): string {
  const { text, bold } = words(label.text);
  const { xanchor = "center", yanchor = "middle", xshift = 0, yshift = 0 } = label;
  const drop = { top: 11, middle: 4, bottom: -2 }[yanchor] ?? 4;
  const anchor = { left: "start", center: "middle", right: "end" }[xanchor] ?? "middle";
  return `<text x="${r(x + xshift)}" y="${r(y - yshift + drop)}" text-anchor="${anchor}"\
${bold ? ' font-weight="700"' : ""}>${text}</text>`;
}

/** Which corner of its panel a legend stands in. */
interface LegendPlace {
  xanchor?: "left" | "right";
  yanchor?: "top" | "bottom";
}

/** The names of the traces: above the panels in rows, or in a corner of their own panel, as a rule the upper right. */
function legendOf({ data, layout }: Figure, left: number, right: number): {
  height: number;
  draw(axis: (name: string) => SvgAxis): string;
} {
  const named = data.map((trace, i) => ({ trace, i }))
    .filter(({ trace }) => trace.name !== undefined && trace.showlegend !== false);
  const isOutside = (layout.legend as { y?: number } | undefined)?.y !== undefined &&
    (layout.legend as { y: number }).y >= LEGEND.y;
  const entry = (trace: Trace, i: number, x: number, y: number) =>
    drawSample(trace, x, y, i) + `<text x="${x + 28}" y="${r(y + 4)}">${trace.name}</text>`;
  if (isOutside) {
    let [x, row] = [left, 0];
    const placed = named.map(({ trace, i }) => {
      const width = 46 + 6.8 * trace.name!.length;
      if (x + width > right && x > left) [x, row] = [left, row + 1];
      const at = x;
      x += width;
      return { trace, i, at: r(at), row };
    });
    return {
      height: named.length > 0 ? 20 * (row + 1) : 0,
      draw: () =>
        placed.map(({ trace, i, at, row }) => entry(trace, i, at, 12 + 20 * row)).join("\n"),
    };
  }
  return {
    height: 0,
    draw: (axis) => {
      const groups = Map.groupBy(named, ({ trace }) => `${trace.legend ?? ""}`);
      if (named.length < 2) return "";
      return [...groups.values()].map((group) => {
        const { trace } = group[0];
        const longest = Math.max(...group.map(({ trace }) => trace.name!.length));
        const { xanchor, yanchor } = (layout[`${trace.legend ?? "legend"}`] ?? {}) as LegendPlace;
        const [across, up] = [axis(axisName(trace, "x")).span, axis(axisName(trace, "y")).span];
        const x = r(xanchor === "left" ? across[0] + 12 : across[1] - 40 - 6.8 * longest);
        const y = yanchor === "bottom" ? up[0] - 12 - 17 * (group.length - 1) : up[1] + 12;
        return group.map(({ trace, i }, k) => entry(trace, i, x, y + 17 * k)).join("\n");
      }).join("\n");
    },
  };
}
