/**
 * Feature maps of a supernet's paths beside the teacher's.
 *
 * @module
 */

import { batches } from "../data/batches.ts";
import type { Split } from "../data/types.ts";
import { createRandom } from "../random.ts";
import type { BlockChoice } from "../space/types.ts";
import { pathMaps } from "../supernet/path_maps.ts";
import { createSupernet, loadSupernetWeights, type Supernet } from "../supernet/supernet.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { tf } from "../tensorflow/tfjs.ts";
import { type CodedImage, codedImage, type CodedMap, codedPair } from "./_coded_maps.ts";
import { datasetOf, someOf, spaceOf } from "./_inputs.ts";
import { anyTeacher } from "./_trained_teacher.ts";
import { type DistilPart, distilPart } from "./distil_part.ts";
import { addMaps, type ChannelSums, fitOf, type MapFit, noSums } from "./map_fit.ts";
import type { Part } from "./types.ts";

/** What decides maps. */
export interface MapsPart {
  /** The supernet's training, which kept its weights. */
  distil: DistilPart;
  /** After which epoch. */
  epoch: number;
  /** The path of each block. */
  choice: BlockChoice[];
  /** Images that are shown, of the first batch. */
  shown: number;
  /** Channels of each block that are shown: the teacher's that vary most over the first batch. */
  channels: number;
  /** Rating images that the numbers are of. */
  measured: number;
  /** Training images that recalibrate batch statistics along the path. */
  calibrationImages: number;
}

/** A block's maps, and how alike they are. */
export interface BlockMaps extends MapFit {
  /** Side of the maps, in pixels. */
  size: number;
  /** Which channels are shown. */
  channels: number[];
  /** Of each image, the channels shown; a channel has one scale in teacher and student. */
  teacher: CodedMap[][];
  /** The same of the student. */
  student: CodedMap[][];
}

/** Maps of some images. */
export interface Maps {
  /** The images shown. */
  images: (CodedImage & { label: string })[];
  /** The blocks in order. */
  blocks: BlockMaps[];
}

/** The part that computes maps with weights that a supernet's training kept. */
export function mapsPart(settings: MapsPart): Part<Maps> {
  const { distil, epoch } = settings;
  return {
    kind: "maps",
    label: `feature maps after epoch ${epoch}`,
    settings: { ...settings },
    async run({ kept, signal, onProgress }) {
      const { data, imagesSeed, supernet: { images, rateImages, rateBatch } } = distil;
      const { classes, splits } = await datasetOf(data);
      const { teacher, dispose } = await anyTeacher(distil.teacher, data, { kept });
      const supernet = createSupernet(spaceOf(distil.space), teacher, { random: createRandom(0) });
      try {
        const part = distilPart(distil, "");
        const weights = await kept(part, `epoch-${epoch}`);
        loadSupernetWeights(supernet, weights, `the supernet after epoch ${epoch}`);
        const calibration = someOf(
          someOf(splits.train, images, imagesSeed, "images"),
          settings.calibrationImages,
          imagesSeed,
          "map calibration images",
        );
        const rating = someOf(splits.validation, rateImages, imagesSeed, "rating images");
        const measured = someOf(rating, settings.measured, imagesSeed, "measured images");
        const inputs = { supernet, teacher, calibration, measured, batch: rateBatch };
        return await mapsOf(settings, { ...inputs, classes, signal, onProgress });
      } finally {
        supernet.dispose();
        dispose();
      }
    },
  };
}

/** What maps are computed of. */
interface Inputs {
  supernet: Supernet;
  teacher: Teacher;
  calibration: Split;
  measured: Split;
  batch: number;
  classes: readonly string[];
  signal?: AbortSignal;
  onProgress?: (event: { stage: string; done: number; total: number; unit: string }) => void;
}

async function mapsOf({ choice, shown, channels }: MapsPart, inputs: Inputs): Promise<Maps> {
  const { supernet, teacher, calibration, measured, batch, classes, signal, onProgress } = inputs;
  const { resolution, mean, std, widths, sizes } = teacher;
  const options = { resolution, mean, std };
  const sums: ChannelSums[][] = widths.map((width) => noSums(width));
  const coded: Pick<BlockMaps, "channels" | "teacher" | "student">[] = [];
  const images: Maps["images"] = [];
  const calibrations = await chainOf(teacher, calibration, calibration.count, options);
  try {
    let done = 0;
    for await (
      const { images: values, shape, labels } of batches(measured, { ...options, batch })
    ) {
      signal?.throwIfAborted();
      const chain = [tf.tensor4d(values, shape)];
      chain.push(...await teacher.featuresAsync(chain[0]));
      // From all over, since images may come class by class.
      const looked = Array.from({ length: shown }, (_, i) => Math.floor(i * shape[0] / shown));
      for (const [block, { cell, path }] of choice.entries()) {
        const place = { block, cell, path };
        const map = pathMaps(supernet, place, chain[block], calibrations[block]);
        const student = await map.data<"float32">();
        const target = await chain[block + 1].data<"float32">();
        map.dispose();
        addMaps(sums[block], student, target);
        if (done > 0) continue;
        const own = mostVaried(sums[block]).slice(0, channels);
        const form = { pixels: sizes[block] ** 2, width: widths[block], images: looked };
        coded.push({ channels: own, ...codedPair(target, student, { ...form, channels: own }) });
      }
      tf.dispose(chain);
      if (done === 0) {
        for (const image of looked) {
          const label = classes[labels[image]];
          images.push({ ...codedImage(values, shape, { image, mean, std }), label });
        }
      }
      done += shape[0];
      onProgress?.({ stage: "maps", done, total: measured.count, unit: "images" });
    }
  } finally {
    tf.dispose(calibrations);
  }
  const blocks = sums.map((own, block) => ({ ...fitOf(own), size: sizes[block], ...coded[block] }));
  return { images, blocks };
}

/** Images and the teacher's maps of them, as blocks read them. */
async function chainOf(
  teacher: Teacher,
  split: Split,
  batch: number,
  options: { resolution: number; mean: readonly number[]; std: readonly number[] },
): Promise<tf.Tensor4D[]> {
  for await (const { images, shape } of batches(split, { ...options, batch })) {
    const input = tf.tensor4d(images, shape);
    return [input, ...await teacher.featuresAsync(input)];
  }
  throw new RangeError("Cannot compute maps: there are no images to recalibrate with");
}

/** Channels by the variance of the teacher's values, the greatest first. */
function mostVaried(sums: readonly ChannelSums[]): number[] {
  const variance = ({ count, y, yy }: ChannelSums) => yy / count - (y / count) ** 2;
  return sums.map((own, channel) => ({ channel, spread: variance(own) }))
    .sort((a, b) => b.spread - a.spread || a.channel - b.channel)
    .map(({ channel }) => channel);
}
