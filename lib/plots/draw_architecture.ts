import type { Architecture, Cost } from "../space/types.ts";
import { percent, short } from "./_format.ts";
import { layerName, networkRows, type Row } from "./_rows.ts";
import { INK } from "./_style.ts";
import type { NetworkViewOptions } from "./types.ts";

const BOX = 46; // width of a layer's box
const STEP = 62; // from box to box
const GAP = 22; // between blocks, beyond the step
const MIDDLE = 118; // height of the line that data flow along
const HALF = 64; // greatest half height of a box
const BARS = [
  { key: "flops", title: "FLOPs", top: 226 },
  { key: "params", title: "params", top: 296 },
] as const;
const BAR = 34; // greatest length of a cost bar
const HEIGHT = 350;
const LEFT = 106; // room for the names of image and bars

/** Fills on which white letters can be read; darker relatives of the figures' colours. */
const KERNEL_FILLS: Readonly<Record<number, string>> = {
  3: "#0b6aa8",
  5: "#a85c00",
  7: "#00785a",
};
const OTHER_FILL = "#8a4a78";
const PLAIN_FILL = "#696f78";

/**
 * Draws a network layer by layer as an SVG, in the manner of the paper's figure 7.
 *
 * A box's colour is its kernel, its height the expansion; arches are residual connections, and below stands what each layer
 * costs. Lettering takes the colour of the surrounding text.
 *
 * @param architecture The network.
 * @param options Side of the image in pixels, and number of classes.
 * @returns An `<svg>` element as text, with title and description.
 * @throws {TypeError | RangeError} Where the architecture or an option is wrong, naming the place.
 *
 * @example
 * ```ts
 * import { DNA_A, drawArchitecture } from "@dna/kernel";
 * import { assertMatch } from "@std/assert";
 *
 * const svg = drawArchitecture(DNA_A, { resolution: 224, classes: 1000 });
 * assertMatch(svg, /^<svg [^>]*role="img"/);
 * assertMatch(svg, /<title>.*4\.24 M parameters/);
 * ```
 */
export function drawArchitecture(architecture: Architecture, options: NetworkViewOptions): string {
  const rows = networkRows(architecture, options);
  const xs = positions(rows);
  const width = xs.at(-1)! + BOX + 16;
  const { channels } = architecture.stem;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${HEIGHT}" \
width="${width}" height="${HEIGHT}" color="${INK}" fill="currentColor" \
font-family="system-ui, sans-serif" font-size="12" text-anchor="middle" \
style="max-width:100%;min-width:${Math.round(0.85 * width)}px;height:auto">
<title>${title(rows)}</title>
<desc>${description(rows)}</desc>
<line x1="${LEFT - 14}" x2="${width - 16}" y1="${MIDDLE}" y2="${MIDDLE}" stroke="currentColor" \
stroke-width="1.5"/>
<text x="${LEFT - 20}" y="${MIDDLE - 3}" text-anchor="end">image</text>
<text x="${LEFT - 20}" y="${MIDDLE + 12}" text-anchor="end" font-size="11">\
${options.resolution} × ${options.resolution} × ${channels}</text>
${rows.map((row, i) => drawRow(architecture, row, xs[i])).join("\n")}
${blockTitles(rows, xs)}
${BARS.map((bar) => costBars(rows, xs, bar)).join("\n")}
${legend(rows)}
</svg>`;
}

function positions(rows: readonly Row[]): number[] {
  let x = LEFT;
  return rows.map(({ block }, i) => {
    if (i > 0) x += STEP + (block === rows[i - 1].block && block !== undefined ? 0 : GAP);
    return x;
  });
}

function title(rows: readonly Row[]): string {
  const sum = (key: keyof Cost) => short(rows.reduce((sum, row) => sum + row[key], 0));
  return `Network of ${rows.length} layers: ${sum("params")} parameters, ${sum("flops")} FLOPs`;
}

function description(rows: readonly Row[]): string {
  return rows.map((row) => {
    const { layer, name, size, width } = row;
    return layer
      ? `${row.block}: ${layerName(layer)} ${layer.kernel} × ${layer.kernel}` +
        `${layer.stride === 2 ? ", stride 2" : ""}, gives ${size} × ${size} × ${width}`
      : `${name}, gives ${size} × ${size} × ${width}`;
  }).join("; ");
}

function drawRow({ stem }: Architecture, row: Row, x: number): string {
  const { layer, name } = row;
  const half = layer ? Math.min(HALF, 22 + 6.5 * layer.expansion) : 32;
  const fill = layer ? KERNEL_FILLS[layer.kernel] ?? OTHER_FILL : PLAIN_FILL;
  const words = layer
    ? [`${layer.kernel} × ${layer.kernel}`, layer.type === "ds" ? "ds" : `e${expansion(row)}`]
    : name === "stem"
    ? ["3 × 3", "stem"]
    : name === "head"
    ? ["1 × 1", "head"]
    : ["pool", "dense"];
  const stride = layer?.stride ?? (name === "stem" ? stem.stride : 1);
  const center = x + BOX / 2;
  const text = (y: number, word: string, weight = 400) =>
    `<text x="${center}" y="${y}" fill="#fff" font-weight="${weight}">${word}</text>`;
  return `<g><rect x="${x}" y="${MIDDLE - half}" width="${BOX}" height="${2 * half}" rx="7" \
fill="${fill}"/>${text(MIDDLE - 2, words[0], 700)}${text(MIDDLE + 14, words[1])}\
${layer && layer.se > 0 ? excitationMark(x, half) : ""}\
${stride === 2 ? text(MIDDLE + half - 6, "↓2") : ""}${row.skip ? arch(x, half) : ""}</g>`;
}

function expansion({ layer }: Row): number {
  return Number(layer!.expansion.toFixed(2));
}

function excitationMark(x: number, half: number): string {
  return `<circle cx="${x + BOX - 9}" cy="${MIDDLE - half + 9}" r="3.5" fill="#fff"/>`;
}

/** The residual connection, from before the box over it to behind it. */
function arch(x: number, half: number): string {
  const top = MIDDLE - half - 9;
  const [left, right] = [x - 5, x + BOX + 5];
  return `<path d="M${left} ${MIDDLE}V${top + 6}q0 -6 6 -6H${right - 6}q6 0 6 6V${MIDDLE}" \
fill="none" stroke="currentColor" stroke-width="1.5"/>`;
}

/** Name and output of each block above it, and a rule that spans it. */
function blockTitles(rows: readonly Row[], xs: readonly number[]): string {
  const blocks = Map.groupBy(rows.keys(), (i) => rows[i].block);
  blocks.delete(undefined);
  return [...blocks].map(([block, members]) => {
    const first = xs[members[0]];
    const last = xs[members.at(-1)!] + BOX;
    const { size, width } = rows[members.at(-1)!];
    const center = (first + last) / 2;
    return `<text x="${center}" y="14" font-weight="700">${block}</text>\
<text x="${center}" y="30" font-size="11">${size} × ${size} × ${width}</text>\
<line x1="${first}" x2="${last}" y1="37" y2="37" stroke="currentColor" opacity="0.5"/>`;
  }).join("\n");
}

function costBars(
  rows: readonly Row[],
  xs: readonly number[],
  { key, title, top }: typeof BARS[number],
): string {
  const total = rows.reduce((sum, row) => sum + row[key], 0);
  const most = rows.reduce((most, row) => Math.max(most, row[key]), 1);
  const floor = top + BAR;
  const bars = rows.map((row, i) => {
    const length = Math.round(10 * BAR * row[key] / most) / 10;
    return `<rect x="${xs[i]}" y="${floor - length}" width="${BOX}" height="${length}" \
opacity="0.45"/><text x="${xs[i] + BOX / 2}" y="${floor + 13}" font-size="10.5">\
${percent(total ? row[key] / total : 0, 1)}</text>`;
  });
  return `<text x="${LEFT - 20}" y="${floor}" text-anchor="end">${title}</text>
<text x="${LEFT - 20}" y="${floor + 13}" text-anchor="end" font-size="10.5">${short(total)}</text>
${bars.join("\n")}`;
}

function legend(rows: readonly Row[]): string {
  const kernels = new Set(rows.flatMap(({ layer }) => layer ? [layer.kernel] : []));
  const hints = [
    ...[...kernels].sort((a, b) => a - b).map((kernel) => ({
      mark: `<rect width="12" height="12" rx="3" y="-10" fill="${
        KERNEL_FILLS[kernel] ?? OTHER_FILL
      }"/>`,
      text: `kernel ${kernel} × ${kernel}`,
    })),
    ...(rows.some(({ layer }) => layer && layer.se > 0)
      ? [{
        mark: `<circle cx="6" cy="-4" r="3.5" fill="none" stroke="currentColor"/>`,
        text: "squeeze-and-excitation",
      }]
      : []),
  ];
  let x = LEFT;
  return hints.map(({ mark, text }) => {
    const at = x;
    x += 34 + 6.6 * text.length;
    return `<g transform="translate(${at} 208)" text-anchor="start">${mark}<text x="18">${text}</text></g>`;
  }).join("\n");
}
