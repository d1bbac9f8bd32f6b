/**
 * The paper's figures 1 and 2 of a run, as a notebook shows them.
 *
 * @module
 */

import { type Displayable, displaySvg } from "../notebook/display.ts";
import { mapTiles } from "../notebook/pictures.ts";
import { drawImitation } from "../plots/draw_imitation.ts";
import { drawPipeline } from "../plots/draw_pipeline.ts";
import { ratingsSpace } from "../ratings.ts";
import { operationLabel, pathOperations } from "../space/paths.ts";
import type { Imitation } from "./imitation.ts";
import type { SharedRun } from "./shared_run.ts";

/** Which maps are shown. */
export interface ImitationView {
  /** Position of the image. Default 0. */
  image?: number;
  /** Channels of each map, from the one that varies most. Default 2. */
  channels?: number;
}

/**
 * Shows the idea of figure 1 with a run's own maps: what the teacher's blocks make of an image, and what the paths that the search
 * chose make of the teacher's map before each block.
 *
 * @param run The run.
 * @param imitation Its maps.
 * @param view Which image, and how many channels.
 * @returns What a notebook shows.
 *
 * @example
 * ```ts ignore
 * import { displayImitation, imitationMaps, sharedRun } from "@dna/kernel";
 *
 * const run = await sharedRun("quick");
 * displayImitation(run, await imitationMaps(run), { image: 1 });
 * ```
 */
export function displayImitation(
  { ratings, settings, result }: SharedRun,
  { images, teacher, student, losses }: Imitation,
  { image = 0, channels = 2 }: ImitationView = {},
): Displayable {
  const space = ratingsSpace(ratings);
  const blocks = result.choice.map(({ cell, path }, block) => {
    const tiles = mapTiles(teacher[block], { image, channels });
    const same = tiles.map(({ label }) => Number(label));
    const { depth } = space.blocks[block].cells[cell];
    return {
      teacher: tiles,
      student: mapTiles(student[block], { image, channels: same }),
      operations: pathOperations(space, depth, path).map(operationLabel),
      note: `mean |x − y| = ${losses[block].toFixed(2)} σ(y)`,
    };
  });
  const text = blocks.map(({ operations, note }, i) =>
    `Block ${i + 1}: ${operations.join(" ")}, ${note}`
  );
  return displaySvg(
    drawImitation(blocks, { image: images[image], teacher: `teacher ${settings.teacher}` }),
    [`Maps of ${images[image].label}: the teacher's, and the chosen paths'`, ...text].join("\n"),
  );
}

/**
 * Shows the pipeline of figure 2 with a run's own space, maps and paths: every cell of every block with the best path through it.
 *
 * @param run The run.
 * @param imitation Its maps.
 * @param view Which image.
 * @returns What a notebook shows.
 *
 * @example
 * ```ts ignore
 * import { displayPipeline, imitationMaps, sharedRun } from "@dna/kernel";
 *
 * const run = await sharedRun("quick");
 * displayPipeline(run, await imitationMaps(run));
 * ```
 */
export function displayPipeline(
  { ratings, settings }: SharedRun,
  { images, teacher, student }: Imitation,
  { image = 0 }: Pick<ImitationView, "image"> = {},
): Displayable {
  const space = ratingsSpace(ratings);
  const maps = teacher.map((map) => mapTiles(map, { image, channels: 1 })[0]);
  const students = student.map((map, block) =>
    mapTiles(map, { image, channels: [Number(maps[block].label)] })[0]
  );
  const paths = ratings.blocks.map(({ cells }) =>
    cells.map(({ losses }) =>
      losses.reduce((best, loss, path) => loss < losses[best] ? path : best, 0)
    )
  );
  const cells = space.blocks.reduce((sum, block) => sum + block.cells.length, 0);
  return displaySvg(
    drawPipeline(space, {
      image: images[image],
      maps,
      paths,
      students,
      teacher: settings.teacher,
    }),
    `Block-wise distillation of space ${space.name}: ${cells} cells in ${space.blocks.length} ` +
      "blocks, each with the best path through it",
  );
}
