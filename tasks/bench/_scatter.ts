/**
 * Measured against predicted, as an SVG.
 *
 * @module
 */

import { COLORS, INK } from "../../lib/plots/_style.ts";
import { escape } from "../../lib/plots/_markup.ts";

const SIDE = 460;
const LEFT = 64;
const TOP = 40;
const BOTTOM = 54;
const GRID = "rgba(128, 128, 128, 0.22)";

/** A point of the figure, in the unit of the axes. */
export interface ScatterPoint {
  name: string;
  x: number;
  y: number;
}

/** Points on two equal axes, with the line on which prediction and measurement are equal. */
export function scatterSvg(
  points: readonly ScatterPoint[],
  { title, x, y }: { title: string; x: string; y: string },
): string {
  const all = points.flatMap((point) => [point.x, point.y]);
  const step = tickStep(Math.max(...all) - Math.min(...all));
  const low = Math.floor(Math.min(...all) / step) * step;
  const high = Math.ceil(Math.max(...all) / step) * step || step;
  const across = (value: number) => round(LEFT + SIDE * (value - low) / (high - low || 1));
  const down = (value: number) => round(TOP + SIDE * (1 - (value - low) / (high - low || 1)));
  const ticks: number[] = [];
  for (let i = 0; low + i * step <= high + step / 2; i++) {
    ticks.push(Number((low + i * step).toPrecision(6)));
  }
  const grid = ticks.map((tick) =>
    `<path d="M${across(tick)} ${TOP}V${TOP + SIDE}M${LEFT} ${down(tick)}H${LEFT + SIDE}" \
stroke="${GRID}"/><text x="${across(tick)}" y="${TOP + SIDE + 18}">${tick}</text>\
<text x="${LEFT - 8}" y="${down(tick) + 4}" text-anchor="end">${tick}</text>`
  );
  const dots = points.map((point) =>
    `<circle cx="${across(point.x)}" cy="${down(point.y)}" r="5" fill="${COLORS.blue}" \
fill-opacity="0.75"><title>${escape(point.name)}</title></circle>`
  );
  const [width, height] = [LEFT + SIDE + 24, TOP + SIDE + BOTTOM];
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" \
width="${width}" height="${height}" fill="${INK}" font-family="system-ui, sans-serif" \
font-size="13" text-anchor="middle">
<title>${escape(title)}</title>
<text x="${LEFT}" y="22" text-anchor="start" font-weight="700">${escape(title)}</text>
${grid.join("\n")}
<path d="M${LEFT} ${TOP + SIDE}L${LEFT + SIDE} ${TOP}" stroke="${INK}" stroke-dasharray="6 5"/>
${dots.join("\n")}
<text x="${LEFT + SIDE / 2}" y="${height - 12}">${escape(x)}</text>
<text transform="translate(18 ${TOP + SIDE / 2}) rotate(-90)">${escape(y)}</text>
</svg>
`;
}

/** A step of 1, 2 or 5 times a power of ten that divides a range into some five parts. */
function tickStep(range: number): number {
  const rough = (range || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
