/**
 * AutoAugment and RandAugment: which operations, how likely, how strong.
 *
 * @module
 */

import type { Random } from "../random.ts";
import { rotate, shearX, shearY, transform, translate } from "./_affine.ts";
import * as pixels from "./_pixels.ts";
import type { Picture } from "./_pixels.ts";
import type { JitterAugment, RandAugment } from "./augment.ts";

/** Changes an image, in place or not; `level` goes from 0 to 10, `fill` is the colour outside. */
type Operation = (
  picture: Picture,
  level: number,
  random: Random,
  fill: readonly number[],
) => Picture;

/** An operation on pixels in place, of which `strength` makes the argument of a level. */
function inPlace(
  change: (picture: Picture, strength: number) => void,
  strength: (level: number, random: Random) => number = () => 0,
): Operation {
  return (picture, level, random) => {
    change(picture, strength(level, random));
    return picture;
  };
}

/** A value to either side, as likely. */
function eitherSide(value: number, random: Random): number {
  return random.int(2) === 1 ? -value : value;
}

/** From 0.1 to 1.9: 1 leaves the image as it is. */
const factor = (level: number) => level / 10 * 1.8 + 0.1;

/** From 1, which leaves the image as it is, to 0.1 or 1.9. */
const increasingFactor = (level: number, random: Random) =>
  Math.max(0.1, 1 + eitherSide(level / 10 * 0.9, random));

const turned: Operation = (picture, level, random, fill) =>
  transform(picture, rotate(eitherSide(level / 10 * 30, random), picture), fill);

const sheared = (shear: typeof shearX): Operation => (picture, level, random, fill) =>
  transform(picture, shear(eitherSide(level / 10 * 0.3, random)), fill);

const moved = (across: boolean): Operation => (picture, level, random, fill) => {
  const pixelsMoved = eitherSide(
    level / 10 * 0.45 * (across ? picture.width : picture.height),
    random,
  );
  const affine = across ? translate(pixelsMoved, 0) : translate(0, pixelsMoved);
  return transform(picture, affine, fill);
};

const bitsLost = (level: number) => Math.trunc(level / 10 * 4);

/** timm's operations by its names; the last three words of a name tell how a level becomes an argument. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  AutoContrast: inPlace(pixels.autoContrast),
  Equalize: inPlace(pixels.equalize),
  Invert: inPlace(pixels.invert),
  Rotate: turned,
  ShearX: sheared(shearX),
  ShearY: sheared(shearY),
  TranslateXRel: moved(true),
  TranslateYRel: moved(false),
  Posterize: inPlace(pixels.posterize, bitsLost),
  PosterizeIncreasing: inPlace(pixels.posterize, (level) => 4 - bitsLost(level)),
  PosterizeOriginal: inPlace(pixels.posterize, (level) => 4 + bitsLost(level)),
  Solarize: inPlace(pixels.solarize, (level) => Math.trunc(level / 10 * 256)),
  SolarizeIncreasing: inPlace(pixels.solarize, (level) => 256 - Math.trunc(level / 10 * 256)),
  SolarizeAdd: inPlace(pixels.solarizeAdd, (level) => Math.trunc(level / 10 * 110)),
  Color: inPlace(pixels.color, factor),
  ColorIncreasing: inPlace(pixels.color, increasingFactor),
  Contrast: inPlace(pixels.contrast, factor),
  ContrastIncreasing: inPlace(pixels.contrast, increasingFactor),
  Brightness: inPlace(pixels.brightness, factor),
  BrightnessIncreasing: inPlace(pixels.brightness, increasingFactor),
  Sharpness: inPlace(pixels.sharpness, factor),
  SharpnessIncreasing: inPlace(pixels.sharpness, increasingFactor),
};

/** The 25 sub-policies for ImageNet: operation, probability, level, twice (Cubuk et al., arXiv:1805.09501, table 9). */
export const IMAGENET_POLICY: readonly string[] = `
  PosterizeOriginal 0.4 8 Rotate 0.6 9
  Solarize 0.6 5 AutoContrast 0.6 5
  Equalize 0.8 8 Equalize 0.6 3
  PosterizeOriginal 0.6 7 PosterizeOriginal 0.6 6
  Equalize 0.4 7 Solarize 0.2 4
  Equalize 0.4 4 Rotate 0.8 8
  Solarize 0.6 3 Equalize 0.6 7
  PosterizeOriginal 0.8 5 Equalize 1.0 2
  Rotate 0.2 3 Solarize 0.6 8
  Equalize 0.6 8 PosterizeOriginal 0.4 6
  Rotate 0.8 8 Color 0.4 0
  Rotate 0.4 9 Equalize 0.6 2
  Equalize 0.0 7 Equalize 0.8 8
  Invert 0.6 4 Equalize 1.0 8
  Color 0.6 4 Contrast 1.0 8
  Rotate 0.8 8 Color 1.0 2
  Color 0.8 8 Solarize 0.8 7
  Sharpness 0.4 7 Invert 0.6 8
  ShearX 0.6 5 Equalize 1.0 9
  Color 0.4 0 Equalize 0.6 3
  Equalize 0.4 7 Solarize 0.2 4
  Solarize 0.6 5 AutoContrast 0.6 5
  Invert 0.6 4 Equalize 1.0 8
  Color 0.6 4 Contrast 1.0 8
  Equalize 0.8 8 Equalize 0.6 3
`.trim().split(/\n\s*/);

const SUB_POLICIES = IMAGENET_POLICY.map((line) => {
  const [first, firstShare, firstLevel, second, secondShare, secondLevel] = line.split(" ");
  return [[first, +firstShare, +firstLevel], [second, +secondShare, +secondLevel]] as const;
});

/** Applies one of AutoAugment's sub-policies. */
export function autoAugment(picture: Picture, random: Random, fill: readonly number[]): Picture {
  let changed = picture;
  for (const [name, probability, level] of SUB_POLICIES[random.int(SUB_POLICIES.length)]) {
    if (random.uniform() < probability) changed = OPERATIONS[name](changed, level, random, fill);
  }
  return changed;
}

const SAME_FOR_BOTH = [
  ...["AutoContrast", "Equalize", "Invert", "Rotate", "SolarizeAdd"],
  ...["ShearX", "ShearY", "TranslateXRel", "TranslateYRel"],
];
const WITH_STRENGTH = ["Posterize", "Solarize", "Color", "Contrast", "Brightness", "Sharpness"];

/** The operations that RandAugment draws from. */
export function randAugmentNames(increasing = false): string[] {
  return [
    ...SAME_FOR_BOTH,
    ...WITH_STRENGTH.map((name) => increasing ? `${name}Increasing` : name),
  ];
}

/** Applies RandAugment. */
export function randAugment(
  picture: Picture,
  options: RandAugment,
  random: Random,
  fill: readonly number[],
): Picture {
  const { layers = 2, magnitude, std = 0, probability = 0.5, increasing } = options;
  const names = randAugmentNames(increasing);
  let changed = picture;
  for (let layer = 0; layer < layers; layer++) {
    const operation = OPERATIONS[names[random.int(names.length)]];
    if (random.uniform() >= probability) continue;
    const level = std > 0 ? magnitude + std * random.normal() : magnitude;
    changed = operation(changed, Math.min(10, Math.max(0, level)), random, fill);
  }
  return changed;
}

/** Applies colour jitter, as torchvision's ColorJitter. */
export function jitter(picture: Picture, options: JitterAugment, random: Random): void {
  const around = (range: number) =>
    Math.max(0, 1 - range) +
    random.uniform() * (1 + range - Math.max(0, 1 - range));
  const { brightness, contrast, saturation, hue } = options;
  const changes = [
    () => brightness && pixels.brightness(picture, around(brightness)),
    () => contrast && pixels.contrast(picture, around(contrast)),
    () => saturation && pixels.color(picture, around(saturation)),
    () => hue && pixels.hue(picture, hue * (2 * random.uniform() - 1)),
  ];
  for (const change of random.shuffle(changes)) change();
}
