import type { CostOptions } from "../space/cost.ts";

/** One trace of a plotly figure; every other attribute of plotly's reference is allowed. */
export interface Trace {
  /** The kind of trace; the basic plotly bundle draws these. */
  type: "scatter" | "bar";
  /** Name in legend and hover text. */
  name?: string;
  /** Horizontal positions; null breaks a line. */
  x: (number | string | null)[];
  /** Vertical positions; null breaks a line. */
  y: (number | string | null)[];
  /** Any other attribute of plotly's reference. */
  [attribute: string]: unknown;
}

/** A plotly figure as plain JSON data, for `Plotly.newPlot(element, data, layout)` or a notebook. */
export interface Figure {
  /** What is drawn. */
  data: Trace[];
  /** Axes, legend and lettering; `height` in pixels is always set. */
  layout: { height: number; [attribute: string]: unknown };
}

/** For what images a network is shown, and how its blocks are counted. */
export interface NetworkViewOptions extends CostOptions {
  /** Whether the first block is a fixed stage before the searched blocks; by default, where it is depthwise separable. */
  firstStage?: boolean;
}
