/**
 * The work of a rating: chunk by chunk of images, depth first through each cell.
 *
 * @module
 */

import type { Tensor, Tensor1D } from "npm:@tensorflow/tfjs@4.22.0";
import { mapConcurrent } from "../concurrent.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { Calibration, calibrationMap } from "./_calibration.ts";
import type { RatingFunctionCache } from "./_rating_functions.ts";
import {
  chunkImages,
  chunkKey,
  type ChunkPlace,
  chunkStarts,
  firstVariants,
  placeKey,
  type RatingPlace,
  ratingPlaces,
} from "./_rating_places.ts";
import { type Moments, momentsOf, teacherMaps } from "./_teacher_maps.ts";
import type { RatedPart, RatePartsOptions } from "./rate.ts";
import type { Supernet, SupernetCell, TrainedVariant } from "./supernet.ts";

/** What layers read, and which layers gave it. */
interface Maps {
  /** Block, cell and the operations so far, as a text. */
  key: string;
  /** The map of the calibration images. */
  calibration: Calibration;
  /** The maps of the rated images, batch by batch. */
  inputs: Tensor[];
}

/** The maps around a block, for the images of one chunk. */
interface BlockMaps extends Maps {
  /** The teacher's output of the block for each batch of rated images. */
  targets: Tensor[];
}

/** The state of one rating. */
export class Rater {
  readonly #supernet: Supernet;
  readonly #options: RatePartsOptions;
  readonly #places: readonly RatingPlace[];
  readonly #functions: RatingFunctionCache;
  readonly #parts: Map<string, RatedPart>;
  readonly #batch: number;
  readonly #starts: number[];
  readonly #chunk: number;
  readonly #total: number;
  /** Batch statistics by the key of the maps that they give, where further chunks need them. */
  readonly #statistics = new Map<string, Tensor1D>();
  #done = 0;

  /** @param functions The layers' functions, which stay their owner's. */
  constructor(supernet: Supernet, options: RatePartsOptions, functions: RatingFunctionCache) {
    const { batch = 250, validation, only } = options;
    this.#supernet = supernet;
    this.#options = options;
    this.#functions = functions;
    this.#places = only ? wantedPlaces(supernet, only) : ratingPlaces(supernet);
    this.#batch = batch;
    this.#chunk = chunkImages(options);
    this.#starts = chunkStarts(validation.count, this.#chunk);
    const cells = new Set(this.#places.map(({ block, cell }) => supernet.blocks[block][cell]));
    const stems = [...cells].filter(({ stem }) => stem).length;
    const layers = this.#places.reduce((sum, place) => sum + layersOf(supernet, place), stems);
    this.#total = this.#starts.length * layers;
    this.#parts = new Map(options.parts?.map((part) => [chunkKey(part), part]));
  }

  dispose(): void {
    tf.dispose([...this.#statistics.values()]);
    this.#statistics.clear();
  }

  /** All parts, chunk by chunk in order, those that were missing now computed. */
  async rateAll(): Promise<RatedPart[]> {
    const places = (start: number) => this.#places.map((place) => ({ start, ...place }));
    const isThere = (place: ChunkPlace) => this.#parts.has(chunkKey(place));
    const all = this.#starts.flatMap(places);
    for (const place of all.filter(isThere)) this.#done += layersOf(this.#supernet, place);
    const missing = this.#starts.filter((start) => !places(start).every(isThere));
    if (missing.length > 0) {
      const { teacher, calibration, signal } = this.#options;
      const maps = await teacherMaps({
        teacher,
        split: calibration,
        batch: this.#batch,
        features: this.#options.features?.calibration,
        signal,
      });
      const calibrations = teacher.sizes.map((size, block) => calibrationMap(maps[block], size));
      tf.dispose(maps);
      try {
        for (const start of missing) await this.#rateChunk(start, calibrations);
      } finally {
        tf.dispose(calibrations);
      }
    }
    return all.map((place) => this.#parts.get(chunkKey(place))!);
  }

  async #rateChunk(start: number, calibrations: Tensor[]): Promise<void> {
    const { teacher, validation: split, signal } = this.#options;
    const end = Math.min(start + this.#chunk, split.count);
    const maps = await teacherMaps({
      teacher,
      split,
      batch: this.#batch,
      start,
      end,
      features: this.#options.features?.validation,
      signal,
    });
    try {
      for (const [block, cells] of this.#supernet.blocks.entries()) {
        if (!this.#places.some((place) => place.block === block)) continue;
        const moments = await momentsOf(maps[block + 1]);
        for (const cell of cells) {
          const around = {
            key: `${block}.${cell.cell}`,
            calibration: Calibration.of(calibrations[block]),
            inputs: maps[block],
            targets: maps[block + 1],
          };
          await this.#rateCell(cell, start, around, moments);
        }
      }
    } finally {
      tf.dispose(maps);
    }
  }

  async #rateCell(
    cell: SupernetCell,
    start: number,
    maps: BlockMaps,
    moments: Moments,
  ): Promise<void> {
    const { block, cell: position } = cell;
    const variants = firstVariants(cell);
    const open = this.#places
      .filter((place) => place.block === block && place.cell === position)
      .map((place) => ({ variant: variants[place.first], place: { start, ...place } }))
      .filter(({ place }) => !this.#parts.has(chunkKey(place)));
    if (open.length === 0) return;
    const begin = cell.stem ? await this.#step(cell.layers[0][0], "stem", maps) : maps;
    const rest = cell.layers.slice(cell.stem ? 2 : 1);
    const lanes = this.#options.lanes ?? navigator.hardwareConcurrency;
    try {
      await mapConcurrent(open, lanes, async ({ variant, place }) => {
        const sums = await this.#take(variant, place.first, rest, begin, maps);
        const part = { ...place, sums, moments };
        this.#parts.set(chunkKey(place), part);
        await this.#options.onPart?.(part);
      });
    } finally {
      if (begin !== maps) await disposeMaps(begin);
    }
  }

  /** Sums of |x − y| of all paths that go on with this layer, depth first. */
  async #take(
    variant: TrainedVariant,
    operation: number,
    rest: TrainedVariant[][],
    from: Maps,
    block: BlockMaps,
  ): Promise<number[]> {
    this.#options.signal?.throwIfAborted();
    if (rest.length === 0) return [await this.#leaf(variant, operation, from, block)];
    const maps = await this.#step(variant, operation, from);
    try {
      const sums: number[] = [];
      for (const [next, following] of rest[0].entries()) {
        sums.push(...await this.#take(following, next, rest.slice(1), maps, block));
      }
      return sums;
    } finally {
      await disposeMaps(maps);
    }
  }

  /** A layer for the calibration images, and with the statistics they give for all others. */
  async #step(variant: TrainedVariant, operation: number | string, from: Maps): Promise<Maps> {
    const { calibrate, infer } = this.#functions.get(variant);
    const { weights } = variant.state;
    const key = `${from.key}.${operation}`;
    const known = this.#statistics.get(key);
    const calibration = new Calibration(async () =>
      await calibrate.async(weights, await from.calibration.map())
    );
    const statistics = known ?? await calibration.statistics();
    const inputs: Tensor[] = [];
    try {
      for (const input of from.inputs) {
        inputs.push(await infer.async(weights, statistics, input));
      }
    } catch (error) {
      await disposeMaps({ key, calibration, inputs });
      throw error;
    }
    if (!known) this.#keep(key, statistics);
    this.#report();
    return { key, calibration, inputs };
  }

  /** The last layer of a path: its sum of |x − y|. */
  async #leaf(
    variant: TrainedVariant,
    operation: number,
    from: Maps,
    block: BlockMaps,
  ): Promise<number> {
    const { recalibrate, compare } = this.#functions.get(variant);
    const { weights } = variant.state;
    const key = `${from.key}.${operation}`;
    const known = this.#statistics.get(key);
    const statistics = known ?? await recalibrate.async(weights, await from.calibration.map());
    let sum = 0;
    try {
      for (const [i, input] of from.inputs.entries()) {
        const target = block.targets[i];
        const mean = await compare.async(weights, statistics, input, target);
        sum += (await mean.data())[0] * target.size;
        mean.dispose();
      }
    } finally {
      if (!known) {
        this.#keep(key, statistics);
        statistics.dispose();
      }
    }
    this.#report();
    return sum;
  }

  /** Keeps a copy of statistics for the chunks to come. */
  #keep(key: string, statistics: Tensor1D): void {
    if (this.#starts.length > 1) this.#statistics.set(key, statistics.clone());
  }

  #report(): void {
    this.#done++;
    this.#options.onProgress?.({
      stage: "rate",
      done: this.#done,
      total: this.#total,
      unit: "layers",
    });
  }
}

async function disposeMaps({ calibration, inputs }: Maps): Promise<void> {
  tf.dispose(inputs);
  await calibration.dispose();
}

/** The layers that a place computes. */
function layersOf({ blocks }: Supernet, { block, cell }: RatingPlace): number {
  const { depth } = blocks[block][cell];
  const operations = firstVariants(blocks[block][cell]).length;
  let count = 0;
  for (let layer = 0; layer < depth; layer++) count += operations ** layer;
  return count;
}

/** The places of a supernet that are wanted, in its order. */
function wantedPlaces(supernet: Supernet, only: readonly RatingPlace[]): RatingPlace[] {
  const places = ratingPlaces(supernet);
  const wanted = new Set(only.map(placeKey));
  const known = new Set(places.map(placeKey));
  for (const key of wanted) {
    if (!known.has(key)) {
      throw new RangeError(
        `Cannot rate ${key} (block, cell, operation): space ${supernet.space.name} has no such paths`,
      );
    }
  }
  return places.filter((place) => wanted.has(placeKey(place)));
}
