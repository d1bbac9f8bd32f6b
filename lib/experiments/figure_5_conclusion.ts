/**
 * What the maps of figure 5 come to: pictures, and how alike student and teacher are in every channel.
 *
 * @module
 */

import { drawTiles, type TileRow } from "../plots/draw_tiles.ts";
import { operationLabel, pathOperations } from "../space/paths.ts";
import { imageTile, mapTile } from "./_coded_maps.ts";
import { spaceOf } from "./_inputs.ts";
import { alignColumns } from "../columns.ts";
import { tauText } from "./_words.ts";
import type { EpochMaps } from "./figure_5.ts";
import { correlationFigure } from "./figure_5_figures.ts";
import type { BlockMaps } from "./maps_part.ts";
import type { ExperimentScale } from "./scales.ts";
import { type Claim, type Conclusion, UnfinishedError } from "./types.ts";

/** The blocks that the paper shows. */
const PAPER_BLOCKS = [1, 3];

/** A channel whose student's map goes with the teacher's so closely is called close. */
const CLOSE = 0.9;

/** How well a block's path imitates the teacher. */
export interface BlockImitation {
  /** From 1. */
  block: number;
  /** The path's operations. */
  operations: string;
  /** Side of the maps, in pixels. */
  size: number;
  /** Mean |x − y| / σ(y) (equation 8). */
  loss: number;
  /** Pearson's r over images and pixels: of all channels the median, and the least. */
  median: number;
  least: number;
  /** Share of channels whose r is at least 0.9. */
  close: number;
  /** Share of the teacher's variance that the student explains. */
  explained: number;
  /** Each channel's r and share of variance. */
  channels: { correlation: number | null; explained: number | null }[];
}

/** What the maps come to. */
export function mapsConclusion(scale: ExperimentScale, all: readonly EpochMaps[]): Conclusion {
  if (all.length === 0) {
    throw new UnfinishedError("Cannot conclude figure 5: no feature maps have been computed yet");
  }
  const space = spaceOf(scale.space);
  const epochs = all.map(({ epoch, choice, maps }) => ({
    epoch,
    blocks: maps.blocks.map((maps, block): BlockImitation => {
      const { cell, path } = choice[block];
      const { depth } = space.blocks[block].cells[cell];
      const operations = pathOperations(space, depth, path).map(operationLabel).join(" ");
      return { block: block + 1, operations, ...imitationOf(maps) };
    }),
  }));
  const last = all.at(-1)!;
  const [early] = all;
  const shown = PAPER_BLOCKS.filter((block) => block < early.maps.blocks.length);
  const every = last.maps.blocks.map((_, block) => block);
  return {
    results: { epochs },
    text: textOf(epochs),
    claims: [claimOf(epochs[0].epoch, shown.map((block) => epochs[0].blocks[block]))],
    figures: {
      "maps-two-blocks": pictureOf(early, shown),
      "maps-all-blocks": pictureOf(last, every),
      correlations: {
        title: "Correlation of the student's map with the teacher's, channel by channel",
        figure: correlationFigure(epochs),
      },
    },
  };
}

function imitationOf(
  { size, loss, correlation, explained, explainedOfAll }: BlockMaps,
): Omit<BlockImitation, "block" | "operations"> {
  // A channel that does not vary has no correlation.
  const known = correlation.filter((r) => r !== null).sort((a, b) => a - b);
  return {
    size,
    loss,
    median: (known[(known.length - 1) >> 1] + known[known.length >> 1]) / 2,
    least: known[0],
    close: known.filter((r) => r >= CLOSE).length / correlation.length,
    explained: explainedOfAll,
    channels: correlation.map((r, i) => ({ correlation: r, explained: explained[i] })),
  };
}

/** Rows of teacher and student, the teacher's above, as in the paper; r below each channel of the student's. */
function pictureOf(
  { epoch, maps: { images, blocks } }: EpochMaps,
  which: readonly number[],
): { title: string; svg: string } {
  const title =
    `Feature maps after epoch ${epoch}: teacher above, student below, r of each channel`;
  const rows = images.flatMap((image, i): TileRow[] => [
    { title: "image", tiles: [imageTile(image, image.label)] },
    ...which.flatMap((block): TileRow[] => {
      const { size, channels, teacher, student, correlation } = blocks[block];
      const label = (channel: number) => `r = ${tauText(correlation[channel] ?? NaN)}`;
      return [
        {
          title: `block ${block + 1}, teacher`,
          tiles: teacher[i].map((map) => mapTile(map, size)),
        },
        {
          title: `${size} × ${size}, student`,
          tiles: student[i].map((map, place) => mapTile(map, size, label(channels[place]))),
        },
      ];
    }),
  ]);
  return { title, svg: drawTiles(rows, { title }) };
}

/** The paper's claim, which has no number: here, every channel has to be close. */
function claimOf(epoch: number, blocks: readonly BlockImitation[]): Claim {
  const channels = blocks.reduce((sum, own) => sum + own.channels.length, 0);
  const close = blocks.reduce((sum, own) => sum + Math.round(own.close * own.channels.length), 0);
  const least = Math.min(...blocks.map((own) => own.least));
  const medians = blocks.map(({ block, median }) => `${tauText(median)} in block ${block}`);
  return {
    claim: "the supernet imitates the teacher's maps extremely closely at every channel",
    paper: "blocks 2 and 4 at epoch 16 of 20, shown without a number",
    ours: `median r ${medians.join(", ")} at epoch ${epoch}; least ${tauText(least)}`,
    verdict: close === channels ? "holds" : "does not hold",
    why: `r is at least ${CLOSE} in ${close} of these ${channels} channels`,
  };
}

function textOf(epochs: readonly { epoch: number; blocks: BlockImitation[] }[]): string {
  const rows = epochs.flatMap(({ epoch, blocks }) =>
    blocks.map(({ block, operations, size, loss, median, least, close, explained, channels }) => [
      `${epoch}`,
      `${block}`,
      operations,
      `${size} × ${size}`,
      loss.toFixed(3),
      tauText(median),
      tauText(least),
      `${Math.round(close * channels.length)} of ${channels.length}`,
      explained.toFixed(3),
    ])
  );
  return [
    alignColumns([
      [
        "epoch",
        "block",
        "path",
        "maps",
        "|x − y| / σ(y)",
        "r: median",
        "least",
        `r ≥ ${CLOSE}`,
        "variance explained",
      ],
      ...rows,
    ]),
    "",
    settledText(epochs),
  ].join("\n");
}

/** Whether the maps still change between the two epochs. */
function settledText(epochs: readonly { epoch: number; blocks: BlockImitation[] }[]): string {
  const [early, late] = [epochs[0], epochs.at(-1)!];
  const best = late.blocks.reduce((best, each) => each.median > best.median ? each : best);
  return `r is over all images and pixels of a channel; block ${best.block} is imitated best` +
    (early === late
      ? "."
      : `. From epoch ${early.epoch} to ${late.epoch} the share of variance explained goes from ` +
        `${early.blocks.map(({ explained }) => explained.toFixed(2)).join(", ")} to ` +
        `${late.blocks.map(({ explained }) => explained.toFixed(2)).join(", ")} (blocks 1 to ` +
        `${late.blocks.length}).`);
}
