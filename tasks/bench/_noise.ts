import { datasetFromArrays, type Random, type Split } from "../../mod.ts";

/** Images of noise. */
export function noiseImages(
  count: number,
  { side, channels, random }: { side: number; channels: number; random: Random },
): Split {
  const images = Uint8Array.from({ length: count * channels * side ** 2 }, () => random.int(256));
  const part = { images, labels: new Uint8Array(count) };
  const { splits } = datasetFromArrays({
    name: "noise",
    classes: ["a", "b"],
    height: side,
    width: side,
    channels,
    train: part,
    // Else parts of these would be taken from the first.
    validation: part,
    test: part,
  });
  return splits.train;
}
