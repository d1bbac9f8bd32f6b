import { colored } from "./_colormap.ts";
import { escape } from "./_markup.ts";
import { pngAddress } from "./_png.ts";
import { INK } from "./_style.ts";

/** A picture to draw: pixels of 0 … 255 in 1 or 3 channels, or the values of a feature map's channel. */
export interface Tile {
  /** H · W · C bytes, or H · W numbers of any size, which are drawn from least to greatest. */
  pixels: Uint8Array | Float32Array;
  /** Pixels from top to bottom. */
  height: number;
  /** Pixels from left to right. */
  width: number;
  /** Bytes of a pixel: 1 (grey) or 3 (red, green, blue); 1 for numbers. */
  channels?: number;
  /** Values drawn darkest and brightest, for numbers; by default their least and greatest. */
  range?: readonly [low: number, high: number];
  /** What stands below it. */
  label?: string;
}

/** Tiles of one row. */
export interface TileRow {
  /** What stands at the row's left. */
  title?: string;
  /** The pictures. */
  tiles: readonly Tile[];
}

/** How {@linkcode drawTiles} draws. */
export interface TilesOptions {
  /** Side of a tile, in pixels. Default 64. */
  size?: number;
  /** What the picture shows, for readers who do not see it. */
  title?: string;
}

/**
 * Draws pictures and feature maps in rows as an SVG, pixels sharp, each with its label.
 *
 * @param rows The rows.
 * @param options Size of the tiles, and a title.
 * @returns An `<svg>` element as text.
 * @throws {RangeError} Where a tile has not as many pixels as its sides say.
 *
 * @example
 * ```ts
 * import { drawTiles } from "@dna/kernel";
 * import { assertMatch } from "@std/assert";
 *
 * const tile = { pixels: Uint8Array.of(0, 255), height: 1, width: 2, label: "edge" };
 * assertMatch(drawTiles([{ tiles: [tile] }]), /<image [^>]*href="data:image\/png;base64/);
 * ```
 */
export function drawTiles(
  rows: readonly TileRow[],
  { size = 64, title = "" }: TilesOptions = {},
): string {
  const left = Math.max(8, ...rows.map((row) => row.title ? 14 + 6.6 * row.title.length : 0));
  const most = Math.max(1, ...rows.map(({ tiles }) => tiles.length));
  const width = Math.ceil(left + most * (size + 8) + 4);
  let y = 6;
  const parts = rows.flatMap(({ title, tiles }) => {
    const top = y;
    y += size + (tiles.some(({ label }) => label) ? 24 : 8);
    const name = title
      ? [
        `<text x="${left - 8}" y="${top + size / 2 + 4}" text-anchor="end">${escape(title)}</text>`,
      ]
      : [];
    const drawn = tiles.map((tile, i) => drawTile(tile, left + i * (size + 8), top, size));
    return [...name, ...drawn];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${y}" \
width="${width}" height="${y}" fill="${INK}" font-family="system-ui, sans-serif" font-size="12">
<title>${escape(title)}</title>
${parts.join("\n")}
</svg>`;
}

/** A tile at a place of a drawing, its label below it. */
export function drawTile(tile: Tile, x: number, y: number, size: number): string {
  const label = tile.label
    ? `<text x="${x + size / 2}" y="${y + size + 13}" text-anchor="middle" font-size="10.5">\
${escape(tile.label)}</text>`
    : "";
  return `<image x="${x}" y="${y}" width="${size}" height="${size}" \
style="image-rendering:pixelated" href="${tileAddress(tile)}"/>${label}`;
}

function tileAddress({ pixels, height, width, channels = 1, range }: Tile): string {
  if (pixels.length !== height * width * channels) {
    throw new RangeError(
      `Cannot draw a tile: it has ${pixels.length} values, ${height} × ${width} × ${channels} are ` +
        "needed",
    );
  }
  return pixels instanceof Uint8Array
    ? pngAddress(pixels, { height, width, channels })
    : pngAddress(colored(pixels, range), { height, width, channels: 3 });
}
