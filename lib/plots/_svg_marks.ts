import { escape } from "./_markup.ts";
import { INK, SERIES } from "./_style.ts";
import type { SvgAxis } from "./_svg_axes.ts";
import type { Trace } from "./types.ts";

interface Marker {
  color?: string | string[];
  size?: number;
  symbol?: string;
  opacity?: number;
  line?: { color?: string; width?: number };
}

interface Line {
  color?: string;
  width?: number;
  dash?: string;
  shape?: string;
}

const DASHES: Readonly<Record<string, string>> = {
  dash: "7 4",
  dot: "2 3",
  dashdot: "7 3 2 3",
  longdash: "12 5",
};

/** Draws a trace: lines, marks, intervals and words, or bars. */
export function drawTrace(trace: Trace, x: SvgAxis, y: SvgAxis, index: number): string {
  const color = SERIES[index % SERIES.length];
  if (trace.type === "bar") return bars(trace, x, y, color);
  const mode = `${trace.mode ?? "lines+markers"}`;
  const points = trace.x.map((value, i) => {
    const other = trace.y[i];
    return value === null || other === null ? null : [x.at(value), y.at(other)] as const;
  });
  const parts: string[] = [];
  if (mode.includes("lines")) parts.push(drawLine(points, trace.line as Line | undefined, color));
  parts.push(intervals(trace, x, y, points, color));
  if (mode.includes("markers")) {
    const marker = (trace.marker ?? {}) as Marker;
    for (const [i, point] of points.entries()) {
      if (point) parts.push(drawMarker(marker, point, i, color));
    }
  }
  if (mode.includes("text")) {
    const words = [trace.text ?? []].flat() as string[];
    for (const [i, point] of points.entries()) {
      if (!point || words[i] === undefined) continue;
      const rise = `${trace.textposition ?? ""}`.includes("bottom") ? 20 : -9;
      parts.push(
        `<text x="${r(point[0])}" y="${r(point[1] + rise)}" text-anchor="middle">${
          words[i]
        }</text>`,
      );
    }
  }
  return parts.filter(Boolean).join("\n");
}

/** A short piece of a trace, for the legend. */
export function drawSample(trace: Trace, x: number, y: number, index: number): string {
  const color = SERIES[index % SERIES.length];
  if (trace.type === "bar") {
    return `<rect x="${x}" y="${y - 6}" width="18" height="12" fill="${
      barColor(trace, 0, color)
    }"/>`;
  }
  const mode = `${trace.mode ?? "lines+markers"}`;
  const line = mode.includes("lines")
    ? drawLine([[x, y], [x + 22, y]], trace.line as Line | undefined, color)
    : "";
  const marker = { ...(trace.marker as Marker | undefined), opacity: 1 };
  const mark = mode.includes("markers") ? drawMarker(marker, [x + 11, y], 0, color) : "";
  return line + mark;
}

function drawLine(
  points: readonly (readonly [number, number] | null)[],
  { color, width = 2, dash = "solid", shape }: Line = {},
  usual: string,
): string {
  let path = "";
  let pen = "M";
  for (const point of points) {
    if (point) {
      if (shape === "hv" && pen === "L") path += `H${r(point[0])}`; // as stairs: first across
      path += `${pen}${r(point[0])} ${r(point[1])}`;
    }
    pen = point ? "L" : "M";
  }
  const dashes = DASHES[dash] ? ` stroke-dasharray="${DASHES[dash]}"` : "";
  return path &&
    `<path d="${path}" fill="none" stroke="${color ?? usual}" stroke-width="${width}"${dashes}/>`;
}

function drawMarker(
  { color, size = 6, symbol = "circle", opacity = 1, line }: Marker,
  [x, y]: readonly [number, number],
  i: number,
  usual: string,
): string {
  const fill = (Array.isArray(color) ? color[i] : color) ?? usual;
  const half = size / 2;
  const edge = line?.width ? ` stroke="${line.color ?? fill}" stroke-width="${line.width}"` : "";
  const look = `fill="${fill}"${opacity < 1 ? ` opacity="${opacity}"` : ""}${edge}`;
  switch (symbol) {
    case "square":
      return `<rect x="${r(x - half)}" y="${
        r(y - half)
      }" width="${size}" height="${size}" ${look}/>`;
    case "diamond":
      return `<path d="M${r(x)} ${
        r(y - half)
      }l${half} ${half} ${-half} ${half} ${-half} ${-half}z" ${look}/>`;
    case "star":
      return `<path d="${star(x, y, half * 1.2)}" ${look}/>`;
    case "line-ew-open":
      return `<path d="M${r(x - half)} ${r(y)}h${size}" stroke="${fill}" stroke-width="${
        line?.width ?? 2
      }"/>`;
    default:
      return `<circle cx="${r(x)}" cy="${r(y)}" r="${half}" ${look}/>`;
  }
}

function star(x: number, y: number, radius: number): string {
  const corners = Array.from({ length: 10 }, (_, i) => {
    const angle = Math.PI * (i / 5 - 0.5);
    const length = i % 2 ? radius * 0.42 : radius;
    return `${r(x + length * Math.cos(angle))} ${r(y + length * Math.sin(angle))}`;
  });
  return `M${corners.join("L")}z`;
}

/** Half-widths of intervals; where `arrayminus` is there they are not symmetric. */
interface ErrorBars {
  array: number[];
  arrayminus?: number[];
  color?: string;
}

function intervals(
  trace: Trace,
  x: SvgAxis,
  y: SvgAxis,
  points: readonly (readonly [number, number] | null)[],
  usual: string,
): string {
  return (["x", "y"] as const).map((side) => {
    const error = trace[`error_${side}`] as ErrorBars | undefined;
    if (!error) return "";
    const axis = side === "x" ? x : y;
    return error.array.map((half, i) => {
      const point = points[i];
      const value = trace[side][i];
      if (!point || typeof value !== "number") return "";
      const below = error.arrayminus?.[i] ?? half;
      const [low, high] = [r(axis.at(value - below)), r(axis.at(value + half))];
      const path = side === "x"
        ? `M${low} ${r(point[1] - 4)}v8M${low} ${r(point[1])}H${high}M${high} ${r(point[1] - 4)}v8`
        : `M${r(point[0] - 4)} ${low}h8M${r(point[0])} ${low}V${high}M${r(point[0] - 4)} ${high}h8`;
      return `<path d="${path}" stroke="${error.color ?? usual}" stroke-width="1.5"/>`;
    }).join("");
  }).join("");
}

function bars(trace: Trace, x: SvgAxis, y: SvgAxis, usual: string): string {
  const lying = trace.orientation === "h";
  const [along, across] = lying ? [x, y] : [y, x];
  const [lengths, places] = lying ? [trace.x, trace.y] : [trace.y, trace.x];
  const foot = along.at(0);
  const width = 0.7 * Math.abs(across.at(1) - across.at(0));
  return lengths.map((length, i) => {
    const place = places[i];
    if (typeof length !== "number" || place === null) return "";
    const end = along.at(length);
    const middle = across.at(place);
    const [low, size] = [Math.min(foot, end), Math.abs(end - foot)];
    const box = lying
      ? `x="${r(low)}" y="${r(middle - width / 2)}" width="${r(size)}" height="${r(width)}"`
      : `x="${r(middle - width / 2)}" y="${r(low)}" width="${r(width)}" height="${r(size)}"`;
    return `<rect ${box} fill="${barColor(trace, i, usual)}"/>`;
  }).join("");
}

function barColor({ marker }: Trace, i: number, usual: string): string {
  const { color = usual } = (marker ?? {}) as Marker;
  return Array.isArray(color) ? color[i] : color;
}

/** A title, where plotly's markup makes it bold. */
export function words(text: string): { text: string; bold: boolean } {
  const bold = /^<b>(.*)<\/b>$/.exec(text)?.[1];
  return { text: bold ?? text, bold: bold !== undefined };
}

/** A line of a figure's shapes. */
export function drawRule(from: [number, number], to: [number, number], line: Line = {}): string {
  return drawLine([from, to], { color: INK, width: 1.5, ...line }, INK);
}

/** Plain text as SVG has it; plotly's texts are markup already. */
export const plain = escape;

/** Pixels to a tenth. */
export function r(pixels: number): number {
  return Math.round(10 * pixels) / 10;
}
