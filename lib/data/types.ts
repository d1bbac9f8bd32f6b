/** One part of a data set: images as bytes, channels last. */
export interface Split {
  /** "train", "validation" or "test". */
  readonly name: string;
  /** Number of images, N. */
  readonly count: number;
  /** Pixels from top to bottom, H. */
  readonly height: number;
  /** Pixels from left to right, W. */
  readonly width: number;
  /** Values of a pixel, C: 1 (grey) or 3 (red, green, blue). */
  readonly channels: number;
  /** N · H · W · C bytes, 0 … 255. */
  readonly images: Uint8Array;
  /** N class indices. */
  readonly labels: Uint8Array | Uint16Array;
}

/**
 * Labelled images in three parts that share no image: `train` to learn from, `validation` to rate with, `test` for the
 * final accuracy alone.
 */
export interface Dataset {
  /** Such as "fashion-mnist". */
  readonly name: string;
  /** The classes' names, by class index. */
  readonly classes: readonly string[];
  /** Pixels from top to bottom, H. */
  readonly height: number;
  /** Pixels from left to right, W. */
  readonly width: number;
  /** Values of a pixel, C. */
  readonly channels: number;
  /** The three parts. */
  readonly splits: { readonly train: Split; readonly validation: Split; readonly test: Split };
}
