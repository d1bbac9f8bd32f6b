import { operationLabel, pathDigits } from "../space/paths.ts";
import type { Space } from "../space/types.ts";
import { drawTile, type Tile } from "./draw_tiles.ts";
import { escape } from "./_markup.ts";
import { COLORS, depthColor, INK } from "./_style.ts";
import { r } from "./_svg_marks.ts";

/** What {@linkcode drawPipeline} draws. */
export interface PipelineOptions {
  /** The image that the maps are of. */
  image: Tile;
  /** A channel of the teacher's map after each block. */
  maps: readonly Tile[];
  /** The path to draw through each cell: by block, by cell. */
  paths: readonly (readonly number[])[];
  /** The same channel as a cell of the supernet gives it, for each block. */
  students?: readonly Tile[];
  /** The teacher's name. */
  teacher?: string;
}

const TILE = 76; // side of a picture
const COLUMN = 215; // from block to block
const LEFT = 120;
const ROW = 21; // from operation to operation
const LAYER = 34; // from layer to layer
const DOT = 7; // radius of an operation
const TOP = 204; // where cells begin

/**
 * Draws how block-wise distillation works, in the manner of the paper's figure 2, from real maps: the teacher's map before each
 * block goes into the teacher's block and into each cell of the supernet, and a path of one operation a layer gives a map that
 * shall equal the teacher's.
 *
 * @param space The search space.
 * @param options The image, the maps and the paths.
 * @returns An `<svg>` element as text.
 * @throws {RangeError} Where there is not one map for each block, or a path is none of its cell's.
 *
 * @example
 * ```ts
 * import { drawPipeline, searchSpace } from "@dna/kernel";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const tile = { pixels: Uint8Array.of(7), height: 1, width: 1 };
 * const space = searchSpace("fashion");
 * const paths = space.blocks.map(({ cells }) => cells.map(() => 1));
 * const svg = drawPipeline(space, { image: tile, maps: space.blocks.map(() => tile), paths });
 * assertStringIncludes(svg, "Block 4");
 * ```
 */
export function drawPipeline(space: Space, options: PipelineOptions): string {
  const { image, maps, paths, students, teacher = "teacher" } = options;
  if (maps.length !== space.blocks.length) {
    throw new RangeError(
      `Cannot draw the pipeline: there are ${maps.length} maps, ${space.blocks.length} blocks need ` +
        "one each",
    );
  }
  const operations = space.operations.length;
  const cellHeight = 40 + ROW * operations;
  const most = Math.max(...space.blocks.map(({ cells }) => cells.length));
  const bottom = TOP + most * cellHeight;
  const height = bottom + (students ? TILE + 54 : 16);
  const width = LEFT + COLUMN * space.blocks.length + TILE;
  const middle = 44 + TILE / 2;
  const blocks = space.blocks.map(({ cells }, block) => {
    const x = LEFT + COLUMN * block;
    const to = x + COLUMN - TILE - 6;
    const start = block === 0 ? LEFT - 20 : x + 2;
    const boxX = x + 28;
    const box = `<rect x="${boxX}" y="${middle - 24}" width="72" height="48" rx="8" fill="none" \
stroke="currentColor" stroke-width="1.5"/><text x="${boxX + 36}" y="${middle - 2}" \
text-anchor="middle">${escape(teacher)}</text><text x="${boxX + 36}" y="${middle + 14}" \
text-anchor="middle" font-weight="700">block ${block + 1}</text>`;
    const arrows = arrow(start, middle, boxX - 2, middle) +
      arrow(boxX + 72, middle, to + 1, middle);
    const mapX = to + 6;
    const down = `<path d="M${x + 10} ${middle}V${TOP - 12}" fill="none" stroke="currentColor" \
stroke-width="1.5"/>${arrow(x + 10, TOP - 12, x + 25, TOP - 12)}`;
    const drawn = cells.map((cell, i) => {
      const color = depthColor(space, cell.depth);
      return drawCell(space, cell, paths[block]?.[i] ?? 0, x + 24, TOP + i * cellHeight, color);
    });
    const title = `<text x="${x + 30}" y="${TOP - 8}" font-weight="700">Block ${block + 1}</text>`;
    const center = mapX + TILE / 2;
    const student = students?.[block]
      ? drawTile({ ...students[block], label: undefined }, mapX, bottom + 8, TILE) +
        `<text x="${center}" y="${
          bottom + TILE + 22
        }" text-anchor="middle">best cell’s map</text>` +
        joined(
          cells.map(({ depth }, i) => [
            x + 24 + 14 + LAYER * (depth - 1) + DOT + 4,
            TOP + i * cellHeight + 26 + ROW * (operations - 1) / 2,
          ]),
          center - 12,
          bottom + 6,
        ) +
        `<path d="M${center + 14} ${middle + TILE / 2 + 22}V${bottom + 4}" fill="none" \
stroke="${COLORS.vermillion}" stroke-width="2" stroke-dasharray="3 4"/>`
      : "";
    return [
      arrows,
      box,
      drawTile({ ...maps[block], label: undefined }, mapX, middle - TILE / 2, TILE),
      `<text x="${mapX + TILE / 2}" y="${middle + TILE / 2 + 14}" text-anchor="middle" \
font-size="10.5">${maps[block].height} × ${maps[block].width}</text>`,
      down,
      title,
      ...drawn,
      student,
    ].join("\n");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" \
width="${width}" height="${height}" color="${INK}" fill="currentColor" \
font-family="system-ui, sans-serif" font-size="12">
<title>Block-wise distillation: ${space.blocks.length} blocks of the ${escape(teacher)}</title>
${drawTile({ ...image, label: undefined }, 14, middle - TILE / 2, TILE)}
<text x="${14 + TILE / 2}" y="${middle + TILE / 2 + 14}" text-anchor="middle">\
${escape(image.label ?? "image")}</text>
${blocks.join("\n")}
${operationNames(space)}
${students ? legend(bottom + 26) : ""}
</svg>`;
}

/** A cell: a column of operations for each layer, and one path through them. */
function drawCell(
  space: Space,
  { depth, width }: { depth: number; width: number },
  path: number,
  x: number,
  y: number,
  color: string,
): string {
  const digits = pathDigits(space, depth, path);
  const at = (layer: number, operation: number): [number, number] => [
    x + 14 + layer * LAYER,
    y + 26 + operation * ROW,
  ];
  const dots = digits.flatMap((chosen, layer) =>
    space.operations.map((_, operation) => {
      const [cx, cy] = at(layer, operation);
      return `<circle cx="${r(cx)}" cy="${r(cy)}" r="${DOT}" stroke="${color}" stroke-width="1.5" \
fill="${chosen === operation ? color : "none"}"/>`;
    })
  );
  const points = digits.map((operation, layer) => at(layer, operation).map(r).join(" "));
  return `<text x="${x}" y="${y + 12}" font-size="10.5">${depth} × ${width}</text>\
<path d="M${points.join("L")}" fill="none" stroke="${color}" stroke-width="2.5" \
stroke-dasharray="4 3"/>${dots.join("")}`;
}

/** Every cell's output, on its way down to a map. */
function joined(
  cells: readonly (readonly [x: number, y: number])[],
  to: number,
  down: number,
): string {
  const lines = cells.map(([x, y]) => `M${r(x)} ${r(y)}H${r(to)}`).join("");
  const first = cells[0][1];
  return `<path d="${lines}M${r(to)} ${r(first)}V${r(down)}m-4 -6l4 6l4 -6" fill="none" \
stroke="currentColor" stroke-width="1.2"/>`;
}

/** What the circles of a layer stand for, beside the first cell. */
function operationNames(space: Space): string {
  const x = LEFT + 24 + 14 + LAYER * (space.blocks[0].cells[0].depth - 1) + 2 * DOT;
  return space.operations.map((operation, i) =>
    `<text x="${x}" y="${TOP + 26 + ROW * i + 4}" font-size="10.5">${
      escape(operationLabel(operation))
    }</text>`
  ).join("");
}

/** What the marks mean. */
function legend(y: number): string {
  const lines = [
    [
      `<circle cx="22" cy="-4" r="5" fill="none" stroke="currentColor" stroke-width="1.5"/>`,
      "operation of a layer",
    ],
    [
      `<path d="M14 -4h18" stroke="currentColor" stroke-width="2.5" stroke-dasharray="4 3"/>`,
      "best path of a cell",
    ],
    [
      `<path d="M14 -4h18" stroke="${COLORS.vermillion}" stroke-width="2" stroke-dasharray="3 4"/>`,
      "distance (eq. 7)",
    ],
    [`<text x="8" font-size="10.5">3 × 24</text>`, "layers × channels"],
  ];
  return lines.map(([mark, words], i) =>
    `<g transform="translate(6 ${y + 19 * i})">${mark}<text x="48">${words}</text></g>`
  ).join("");
}

function arrow(x1: number, y1: number, x2: number, y2: number): string {
  return `<path d="M${r(x1)} ${y1}H${r(x2)}M${r(x2 - 6)} ${y2 - 4}l6 4l-6 4" fill="none" \
stroke="currentColor" stroke-width="1.5"/>`;
}
