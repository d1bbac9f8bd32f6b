import type { TrainOptions } from "./train.ts";

/** The options that are numbers, within their ranges, nothing left out. */
export function checkTrainOptions(options: TrainOptions, classes: number) {
  const refuse = (what: string): never => {
    throw new RangeError(`Cannot train: ${what}`);
  };
  const { epochs, batch = 128, accumulate = 1, distil, clipNorm, lossScale, data } = options;
  for (const [name, value] of Object.entries({ epochs, batch, accumulate })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      refuse(`${name} is ${value}, a whole number from 1 fits`);
    }
  }
  if (data.count < batch) {
    refuse(`a batch of ${batch} is more than the ${data.count} images`);
  }
  if (batch % accumulate !== 0) {
    refuse(`a batch of ${batch} does not divide into ${accumulate} equal parts`);
  }
  const share = (name: string, value: number, least: string, fits: boolean) =>
    fits ? value : refuse(`${name} is ${value}, a number from 0 ${least} fits`);
  const below1 = (name: string, value = 0) =>
    share(name, value, "up to but not 1", value >= 0 && value < 1);
  if (clipNorm !== undefined && !(clipNorm > 0)) {
    refuse(`clipNorm is ${clipNorm}, a number above 0 fits`);
  }
  if (lossScale !== undefined && !(lossScale >= 1 && lossScale < Infinity)) {
    refuse(`lossScale is ${lossScale}, a number from 1 fits`);
  }
  const { weightDecay = 0 } = options;
  return {
    epochs,
    batch,
    accumulate,
    clipNorm,
    weightDecay: share("weightDecay", weightDecay, "on", weightDecay >= 0),
    labelSmoothing: below1("labelSmoothing", options.labelSmoothing),
    averageDecay: below1("averageDecay", options.averageDecay),
    dropout: below1("dropout", options.dropout),
    stochasticDepth: below1("stochasticDepth", options.stochasticDepth),
    distil: distil && checkDistil(distil, classes, refuse),
  };
}

function checkDistil(
  { teacher, share, temperature = 1 }: NonNullable<TrainOptions["distil"]>,
  classes: number,
  refuse: (what: string) => never,
): { share: number; temperature: number } {
  if (!(share >= 0 && share <= 1)) {
    refuse(`the teacher's share is ${share}, a number from 0 to 1 fits`);
  }
  if (!(temperature > 0 && temperature < Infinity)) {
    refuse(`the temperature is ${temperature}, a number above 0 fits`);
  }
  if (teacher.classes !== undefined && teacher.classes !== classes) {
    refuse(`the teacher knows ${teacher.classes} classes, the network ${classes}`);
  }
  return { share, temperature };
}
