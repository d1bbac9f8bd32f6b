/**
 * Which images serve which stage.
 *
 * @module
 */

import { takeStratified } from "../data/subset.ts";
import type { Split } from "../data/types.ts";
import { createRandom } from "../random.ts";
import type { Context } from "./_context.ts";

type Source = Pick<Context, "dataset" | "settings">;

/** The images that supernet and networks learn from. */
export function trainingImages({ dataset, settings }: Source): Split {
  const { train } = dataset.splits;
  const { images = train.count, seed } = settings;
  return images < train.count ? takeStratified(train, images, createRandom(seed, "images")) : train;
}

/** The images that rate the paths: of the validation split, which nothing learns from. */
export function ratingImages({ dataset, settings }: Source): Split {
  const { validation } = dataset.splits;
  const count = Math.min(settings.rateImages ?? validation.count, validation.count);
  return takeStratified(validation, count, createRandom(settings.seed, "rating images"));
}

/** The training images that recalibrate batch statistics. */
export function calibrationImages(source: Source): Split {
  const data = trainingImages(source);
  const { calibrationImages, seed } = source.settings;
  const count = Math.min(calibrationImages, data.count);
  return takeStratified(data, count, createRandom(seed, "calibration images"));
}
