import { extent } from "./_colormap.ts";
import { drawTile, type Tile } from "./draw_tiles.ts";
import { escape } from "./_markup.ts";
import { COLORS, INK } from "./_style.ts";
import { r } from "./_svg_marks.ts";

/** What a block of the supernet imitates, and how. */
export interface ImitatedBlock {
  /** Channels of the teacher's map behind the block. */
  teacher: readonly Tile[];
  /** The same channels as the path gives them, from the teacher's map before the block. */
  student: readonly Tile[];
  /** The path's operations in order, as `k3e6`. */
  operations: readonly string[];
  /** What the picture writes below the student's maps, such as the loss. */
  note?: string;
}

/** What {@linkcode drawImitation} draws. */
export interface ImitationOptions {
  /** The image that the maps are of. */
  image: Tile;
  /** The teacher's name. */
  teacher?: string;
}

const TILE = 62; // side of a picture
const GAP = 5; // between two channels of a map
const FLOW = 74; // between two blocks
const LEFT = 24;
const TOP = 46; // of the teacher's maps
const MIDDLE = 78; // between the teacher's maps and the student's

/**
 * Draws the idea of block-wise supervision, in the manner of the paper's figure 1, from real maps: an image goes through the
 * teacher's blocks; below each, a path of the supernet turns the teacher's map before the block into a map that shall equal the
 * teacher's. A channel has one scale of colours in both.
 *
 * @param blocks The blocks in order.
 * @param options The image, and the teacher's name.
 * @returns An `<svg>` element as text.
 * @throws {RangeError} Where a block has not as many channels of the student's as of the teacher's.
 *
 * @example
 * ```ts
 * import { drawImitation } from "@dna/kernel";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const tile = { pixels: Float32Array.of(1, 2), height: 1, width: 2 };
 * const block = { teacher: [tile], student: [tile], operations: ["k3e6"], note: "loss 0" };
 * assertStringIncludes(drawImitation([block], { image: tile }), "k3e6");
 * ```
 */
export function drawImitation(
  blocks: readonly ImitatedBlock[],
  { image, teacher = "teacher" }: ImitationOptions,
): string {
  const parts: string[] = [];
  const line = TOP + TILE / 2;
  const below = TOP + TILE + MIDDLE;
  let x = LEFT + TILE;
  blocks.forEach((block, i) => {
    if (block.teacher.length !== block.student.length) {
      throw new RangeError(
        `Cannot draw block ${i + 1}: it has ${block.teacher.length} channels of the teacher's, ` +
          `${block.student.length} of the student's`,
      );
    }
    const at = x + FLOW;
    const width = block.teacher.length * (TILE + GAP) - GAP;
    const center = at + width / 2;
    parts.push(
      text(center, TOP - 26, `Block ${i + 1}`, 'font-weight="700"'),
      text(center, TOP - 10, sizeOf(block.teacher[0])),
      arrow(x + 6, line, at - 7),
      bend(x + FLOW / 2 - 12, line, below + TILE / 2, at - 7),
      chips(block.operations, center, TOP + TILE + 40),
      `<path d="M${r(center)} ${TOP + TILE + 4}v12M${r(center)} ${below - 4}v-12" \
stroke="${COLORS.vermillion}" stroke-width="2" stroke-dasharray="3 3"/>`,
      text(center, below + TILE + 17, block.note ?? ""),
    );
    block.teacher.forEach((tile, channel) => {
      const place = at + channel * (TILE + GAP);
      const range = extent(tile.pixels);
      parts.push(
        drawTile({ ...tile, label: undefined, range }, place, TOP, TILE),
        drawTile({ ...block.student[channel], label: undefined, range }, place, below, TILE),
      );
    });
    x = at + width;
  });
  const [width, height] = [x + 16, below + TILE + 28];
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" \
width="${width}" height="${height}" color="${INK}" fill="${INK}" \
font-family="system-ui, sans-serif" font-size="12">
<title>Block-wise supervision: ${blocks.length} blocks of the ${escape(teacher)}, and what the \
supernet gives</title>
${drawTile({ ...image, label: undefined }, LEFT, TOP, TILE)}
${text(LEFT + TILE / 2, TOP - 10, image.label ?? "image")}
${text(LEFT + TILE / 2, TOP + TILE + 17, teacher, 'font-weight="700"')}
${text(LEFT + TILE / 2, below + TILE / 2, "supernet,", 'font-weight="700"')}
${text(LEFT + TILE / 2, below + TILE / 2 + 16, "its best paths", 'font-weight="700"')}
${parts.join("\n")}
</svg>`;
}

function sizeOf({ height, width }: Tile): string {
  return `${height} × ${width} pixels`;
}

/** The operations as labelled boxes. */
function chips(operations: readonly string[], center: number, y: number): string {
  const [width, step] = [38, 43];
  const left = center - (operations.length * step - (step - width)) / 2;
  return operations.map((operation, i) => {
    const x = left + i * step;
    return `<rect x="${r(x)}" y="${y - 13}" width="${width}" height="22" rx="6" fill="none" \
stroke="${COLORS.blue}" stroke-width="1.5"/>${
      text(x + width / 2, y + 2, operation, 'font-size="11"')
    }`;
  }).join("");
}

function text(x: number, y: number, words: string, more = ""): string {
  return `<text x="${r(x)}" y="${r(y)}" text-anchor="middle"${more && ` ${more}`}>${
    escape(words)
  }</text>`;
}

function arrow(from: number, y: number, to: number): string {
  return `<path d="M${r(from)} ${r(y)}H${r(to)}M${r(to - 6)} ${r(y - 4)}l6 4l-6 4" fill="none" \
stroke="currentColor" stroke-width="1.5"/>`;
}

/** From the teacher's line down to the student's. */
function bend(x: number, from: number, to: number, end: number): string {
  return `<path d="M${r(x)} ${r(from)}V${r(to)}H${r(end)}M${r(end - 6)} ${r(to - 4)}l6 4l-6 4" \
fill="none" stroke="currentColor" stroke-width="1.5"/>`;
}
