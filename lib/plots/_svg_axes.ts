import { short } from "./_format.ts";
import type { Figure, Trace } from "./types.ts";

/** An axis of a static figure: where its values are on the page, and what is written beside it. */
export interface SvgAxis {
  /** Where the axis begins and ends on the page, in pixels. */
  span: readonly [number, number];
  /** The place of a value, in pixels. */
  at(value: number | string): number;
  /** Values with their labels. */
  ticks: { at: number; text: string }[];
  /** What the axis counts, with its unit. */
  title: string;
}

type Attributes = Record<string, unknown>;
type Side = "x" | "y";

/** Makes an axis of a figure; `area` is where the figure's panels are, in pixels, from its fraction 0 to 1. */
export function svgAxis(
  { data, layout }: Figure,
  name: string,
  area: readonly [number, number],
): SvgAxis {
  const side = name[0] as Side;
  const own = attributesOf(layout, name);
  const values = data.filter((trace) => axisName(trace, side) === name)
    .flatMap((trace) => valuesOf(trace, side));
  const shared = typeof own.matches === "string" ? attributesOf(layout, own.matches) : own;
  const others = typeof own.matches === "string"
    ? data.filter((trace) => axisName(trace, side) === own.matches)
      .flatMap((trace) => valuesOf(trace, side))
    : [];
  const all = [...values, ...others];
  const words = [...new Set(all.filter((value) => typeof value === "string"))];
  const [first, last] = (own.domain as [number, number] | undefined) ?? [0, 1];
  const span = [first, last].map((share) => area[0] + share * (area[1] - area[0]));
  const numbers = all.filter((value) => typeof value === "number");
  const [low, high] = words.length > 0
    ? [-0.6, words.length - 0.4]
    : rangeOf(shared, numbers, side, data);
  const turned = own.autorange === "reversed";
  const place = (value: number) => {
    const share = (value - low) / (high - low);
    return span[0] + (turned ? 1 - share : share) * (span[1] - span[0]);
  };
  const at = (value: number | string) =>
    place(typeof value === "string" ? words.indexOf(value) : value);
  const title = (own.title as { text?: string } | undefined)?.text ?? "";
  const ticks = own.showticklabels === false
    ? ticksOf(own, low, high, words).map((tick) => ({ ...tick, text: "" }))
    : ticksOf(own, low, high, words);
  return { span: [span[0], span[1]], at, ticks, title };
}

/** The axis that a trace is drawn along: `x`, `y2`. */
export function axisName(trace: Trace, side: Side): string {
  return (trace[`${side}axis`] as string | undefined) ?? side;
}

/** An axis' attributes; plotly's name of axis `x2` is `xaxis2`. */
function attributesOf(layout: Attributes, name: string): Attributes {
  return (layout[`${name[0]}axis${name.slice(1)}`] ?? {}) as Attributes;
}

/** What a trace has along an axis, the ends of its intervals and the foot of its bars among it. */
function valuesOf(trace: Trace, side: Side): (number | string)[] {
  const values = trace[side].filter((value) => value !== null);
  const { array = [], arrayminus = array } = (trace[`error_${side}`] ?? {}) as {
    array?: number[];
    arrayminus?: number[];
  };
  const ends = array.flatMap((half, i) => {
    const value = trace[side][i];
    return typeof value === "number" ? [value - arrayminus[i], value + half] : [];
  });
  const isLength = trace.type === "bar" && side === (trace.orientation === "h" ? "x" : "y");
  return [...values, ...ends, ...(isLength ? [0] : [])];
}

function rangeOf(
  own: Attributes,
  values: readonly number[],
  side: Side,
  data: readonly Trace[],
): [number, number] {
  if (Array.isArray(own.range)) return own.range as [number, number];
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  const fromZero = own.rangemode === "tozero" ||
    data.some(({ type }) => type === "bar" && low >= 0);
  if (low === high) {
    [low, high] = [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  }
  const pad = (high - low) * (side === "x" ? 0.04 : 0.06);
  return [fromZero && low >= 0 ? 0 : low - pad, high + pad];
}

function ticksOf(
  own: Attributes,
  low: number,
  high: number,
  words: readonly string[],
): SvgAxis["ticks"] {
  if (words.length > 0) return words.map((text, at) => ({ at, text }));
  if (Array.isArray(own.tickvals)) {
    const texts = own.ticktext as string[];
    return (own.tickvals as number[]).map((at, i) => ({ at, text: texts[i] }));
  }
  const step = typeof own.dtick === "number" ? own.dtick : roundStep((high - low) / 5);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks: SvgAxis["ticks"] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    const at = i * step;
    ticks.push({ at, text: Math.abs(high) >= 1000 ? short(at) : at.toFixed(digits) });
  }
  return ticks;
}

/** The least of 1, 2, 5, 10, … that is no less. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * (1 - 1e-9))!;
}
