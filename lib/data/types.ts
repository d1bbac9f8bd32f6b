/** What every part of a data set has, wherever its images are. */
export interface SplitBase {
  /** "train", "validation" or "test". */
  readonly name: string;
  /** Number of images, N. */
  readonly count: number;
  /** Values of a pixel, C: 1 (grey) or 3 (red, green, blue). */
  readonly channels: number;
  /** N class indices. */
  readonly labels: Uint8Array | Uint16Array;
}

/** Images of one size, as bytes in memory, channels last. */
export interface ByteSplit extends SplitBase {
  /** Pixels from top to bottom, H. */
  readonly height: number;
  /** Pixels from left to right, W. */
  readonly width: number;
  /** N · H · W · C bytes, 0 … 255. */
  readonly images: Uint8Array;
}

/** Image files of any size, decoded when they are asked for. */
export interface FileSplit extends SplitBase {
  /** The folder that the paths begin at. */
  readonly folder: string;
  /** N paths of image files below it, with "/" between folders; an absolute one stands for itself. */
  readonly files: readonly string[];
}

/** One part of a data set; {@linkcode batches} reads either kind. */
export type Split = ByteSplit | FileSplit;

/**
 * Labelled images in three parts that share no image: `train` to learn from, `validation` to rate with, `test` for the
 * final accuracy alone.
 */
export interface Dataset<S extends Split = Split> {
  /** Such as "fashion-mnist". */
  readonly name: string;
  /** The classes' names, by class index. */
  readonly classes: readonly string[];
  /** Values of a pixel, C. */
  readonly channels: number;
  /** The three parts. */
  readonly splits: { readonly train: S; readonly validation: S; readonly test: S };
  /** The classes' folders, by class index, where the names are words that were read beside them. */
  readonly folders?: readonly string[];
  /** Files that were passed over since they are no images, below the data folder. */
  readonly skipped?: readonly string[];
}

/** A data set of image files. */
export type FileDataset = Dataset<FileSplit>;

/** A data set of images of one size, as bytes in memory. */
export interface ByteDataset extends Dataset<ByteSplit> {
  /** Pixels from top to bottom, H. */
  readonly height: number;
  /** Pixels from left to right, W. */
  readonly width: number;
}
