/**
 * What may happen to training images: one plain record, and the recipes of the paper.
 *
 * @module
 */

/** Random resized crop: a random part of the image becomes the whole. */
export interface CropAugment {
  /** Least and largest share of the image's area; 0.08 and 1 by default. */
  scale?: readonly [least: number, most: number];
  /** Least and largest width ÷ height of the part, in the image's own pixels; 3/4 and 4/3 by default. */
  ratio?: readonly [least: number, most: number];
}

/** Colour jitter: each factor is drawn from 1 − x … 1 + x, in a random order; hue from −x … x turns. */
export interface JitterAugment {
  /** How far the brightness may change; 0 by default. */
  brightness?: number;
  /** How far the contrast may change; 0 by default. */
  contrast?: number;
  /** How far the saturation may change; 0 by default. */
  saturation?: number;
  /** How far the hue may turn, at most 0.5; 0 by default. */
  hue?: number;
}

/** RandAugment (Cubuk et al., arXiv:1909.13719) with timm's operations: its `rand-m9-mstd0.5` is { magnitude: 9, std: 0.5 }. */
export interface RandAugment {
  /** Operations drawn for an image; 2 by default. */
  layers?: number;
  /** Strength of each, from 0 to 10. */
  magnitude: number;
  /** Standard deviation of the strength from image to image; 0 by default. */
  std?: number;
  /** Probability that a drawn operation is applied; 0.5 by default. */
  probability?: number;
  /** Use the operations that all grow stronger with the magnitude; false by default. */
  increasing?: boolean;
}

/** Random erasing (Zhong et al., arXiv:1708.04896): a rectangle of the normalised image is overwritten. */
export interface EraseAugment {
  /** The probability that an image is changed. */
  probability: number;
  /** Least and largest share of the image's area; 0.02 and 1/3 by default. */
  area?: readonly [least: number, most: number];
  /** Least and largest height ÷ width; 0.3 and 10/3 by default. */
  ratio?: readonly [least: number, most: number];
  /** "const" writes the mean, "pixel" normal noise; "const" by default. */
  mode?: "const" | "pixel";
  /** Rectangles, which share the area; 1 by default. */
  count?: number;
}

/**
 * What may happen to an image of a batch, in the order in which it happens; nothing where an option is absent. Each image's
 * changes are drawn from the epoch's stream and the image's index alone.
 */
export interface Augment {
  /**
   * The image moves by up to so many pixels in each direction; black comes in at the edges. Pixels are those of a byte
   * split's images, or those that the network sees of image files.
   */
  shift?: number;
  /** A random part of the image becomes the whole; `true` means the usual ranges. */
  crop?: boolean | CropAugment;
  /** Every second image is mirrored from left to right. */
  flip?: boolean;
  /** AutoAugment's policy for ImageNet (Cubuk et al., arXiv:1805.09501, table 9). */
  autoAugment?: boolean;
  /** Random operations of one strength. */
  randAugment?: RandAugment;
  /** Brightness, contrast, saturation and hue change. */
  jitter?: JitterAugment;
  /** A number is the probability that a rectangle of 2 to 20 % of the image is set to the mean. */
  erase?: number | EraseAugment;
  /** α of mixup's Beta distribution (Zhang et al., arXiv:1710.09412): each batch is mixed with itself in reverse order. */
  mixup?: number;
}

/** What `augment: true` means for images of a few dozen pixels. */
export const AUGMENT_SMALL_IMAGES: Augment = { shift: 2, flip: true };

/** What `augment: true` means for image files. */
export const AUGMENT_FILES: Augment = { crop: true, flip: true };

/** Section 4.1 of the paper names no augmentation for the distillation: the usual crop and flip. */
export const AUGMENT_DNA_DISTIL: Augment = { crop: true, flip: true };

/** Section 4.1 of the paper: the found networks are retrained with AutoAugment. */
export const AUGMENT_DNA_RETRAIN: Augment = { crop: true, flip: true, autoAugment: true };
