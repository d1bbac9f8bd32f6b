/** How many images a data set's parts have, as `loadDataset` gives them without options, and how many classes. */
export interface KnownCounts {
  /** Images to learn from. */
  train: number;
  /** Images to rate with. */
  validation: number;
  /** Images to judge with. */
  test: number;
  /** Classes. */
  classes: number;
}

/** Data sets whose counts are known before they are read. */
export const KNOWN_COUNTS: Readonly<Record<string, KnownCounts>> = {
  "fashion-mnist": { train: 50_000, validation: 10_000, test: 10_000, classes: 10 },
  "mnist": { train: 8000, validation: 1000, test: 1000, classes: 10 },
  "cifar-10": { train: 45_000, validation: 5000, test: 10_000, classes: 10 },
  "cifar-100": { train: 45_000, validation: 5000, test: 10_000, classes: 100 },
};
