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
import { siblingGroups } from "./_siblings.ts";
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
  /** Values of one channel of the block's output, for as many images as are computed at once. */
  values: number;
}

/** A path's last layer. */
interface LastVariant extends TrainedVariant {
  operation: number;
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
        const [images, height, width] = maps[block + 1][0].shape;
        const values = Math.max(images, calibrations[block].shape[0]) * height * width;
        for (const cell of cells) {
          const around = {
            key: `${block}.${cell.cell}`,
            calibration: Calibration.of(calibrations[block]),
            inputs: maps[block],
            targets: maps[block + 1],
            values,
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
    if (rest.length === 0) return await this.#takeLast([{ ...variant, operation }], from, block);
    const maps = await this.#step(variant, operation, from);
    const [next, ...later] = rest;
    const variants = next.map((following, operation) => ({ ...following, operation }));
    try {
      if (later.length === 0) return await this.#takeLast(variants, maps, block);
      const sums: number[] = [];
      for (const following of variants) {
        sums.push(...await this.#take(following, following.operation, later, maps, block));
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

  /** Last layers of paths that read the same maps: the sum of |x − y| of each. */
  async #takeLast(
    variants: readonly LastVariant[],
    from: Maps,
    block: BlockMaps,
  ): Promise<number[]> {
    const sums: number[] = [];
    for (const group of siblingGroups(variants, block.values)) {
      this.#options.signal?.throwIfAborted();
      sums.push(...await this.#compare(group, from, block));
    }
    return sums;
  }

  /** The sums of last layers that are computed together. */
  async #compare(group: readonly LastVariant[], from: Maps, block: BlockMaps): Promise<number[]> {
    const { recalibrate, compare } = this.#functions.siblings(group);
    const weights = group.map(({ state }) => state.weights);
    const keys = group.map(({ operation }) => `${from.key}.${operation}`);
    const kept = keys.flatMap((key) => this.#statistics.get(key) ?? []);
    const known = kept.length === group.length;
    const statistics = known
      ? kept
      : await recalibrate.async(weights, await from.calibration.map());
    const sums = group.map(() => 0);
    try {
      for (const [i, input] of from.inputs.entries()) {
        const target = block.targets[i];
        const means = await compare.async(weights, statistics, input, target);
        (await means.data()).forEach((mean, sibling) => sums[sibling] += mean * target.size);
        means.dispose();
      }
    } finally {
      if (!known) {
        keys.forEach((key, sibling) => this.#keep(key, statistics[sibling]));
        tf.dispose(statistics);
      }
    }
    for (const _ of group) this.#report();
    return sums;
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
