/**
 * Which part of an image is seen, and how it is scaled.
 *
 * @module
 */

import type { Random } from "../random.ts";
import type { CropAugment } from "./augment.ts";

/** A rectangle of pixels. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * What becomes the network's square: `box` is cut out, scaled to `height` × `width`, and of that the square whose upper
 * left corner is at `top`, `left` is kept.
 */
export interface View {
  readonly box: Box;
  readonly height: number;
  readonly width: number;
  readonly top: number;
  readonly left: number;
}

/**
 * timm's transform for evaluation: the shorter side becomes ⌊resolution / cropPct⌋ pixels long, and the centre of the image is
 * kept.
 */
export function centreView(
  height: number,
  width: number,
  resolution: number,
  cropPct: number,
): View {
  const side = Math.floor(resolution / cropPct);
  const longer = Math.trunc(side * Math.max(height, width) / Math.min(height, width));
  const [tall, wide] = width <= height ? [longer, side] : [side, longer];
  return {
    box: { top: 0, left: 0, height, width },
    height: tall,
    width: wide,
    top: roundHalfEven((tall - resolution) / 2),
    left: roundHalfEven((wide - resolution) / 2),
  };
}

/** A random part that becomes the whole square (torchvision's RandomResizedCrop). */
export function randomView(
  height: number,
  width: number,
  resolution: number,
  crop: CropAugment,
  random: Random,
): View {
  const box = drawBox(height, width, crop, random);
  return { box, height: resolution, width: resolution, top: 0, left: 0 };
}

function drawBox(height: number, width: number, crop: CropAugment, random: Random): Box {
  const { scale: [least, most] = [0.08, 1], ratio: [narrow, wide] = [3 / 4, 4 / 3] } = crop;
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = (least + (most - least) * random.uniform()) * height * width;
    const ratio = Math.exp(Math.log(narrow) + Math.log(wide / narrow) * random.uniform());
    const across = roundHalfEven(Math.sqrt(area * ratio));
    const down = roundHalfEven(Math.sqrt(area / ratio));
    if (across < 1 || down < 1 || across > width || down > height) continue;
    return {
      top: random.int(height - down + 1),
      left: random.int(width - across + 1),
      height: down,
      width: across,
    };
  }
  // The centre, of the nearest ratio that is allowed.
  const ratio = Math.min(wide, Math.max(narrow, width / height));
  const across = Math.max(1, Math.min(width, roundHalfEven(height * ratio)));
  const down = Math.max(1, Math.min(height, roundHalfEven(width / ratio)));
  return {
    top: (height - down) >> 1,
    left: (width - across) >> 1,
    height: down,
    width: across,
  };
}

/** Python's `round`, by which torchvision places its crops. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
