import type { Normalization } from "./batch.ts";

/** The normalised value of each byte, 256 for each channel. */
export function normalizedBytes({ mean, std }: Normalization, channels: number): Float32Array {
  const ofChannel = (values: number | readonly number[], name: string, c: number): number => {
    const value = typeof values === "number" ? values : values[c];
    const fits = typeof values === "number" || values.length === channels;
    if (!fits || !Number.isFinite(value) || (name === "std" && value <= 0)) {
      throw new RangeError(
        `Cannot make a batch: ${name} is [${values}] and must be one number, or one for each of ${channels} channels` +
          (name === "std" ? ", above 0" : ""),
      );
    }
    return value;
  };
  const table = new Float32Array(256 * channels);
  for (let c = 0; c < channels; c++) {
    const [m, s] = [ofChannel(mean, "mean", c), ofChannel(std, "std", c)];
    for (let byte = 0; byte < 256; byte++) table[(c << 8) | byte] = (byte / 255 - m) / s;
  }
  return table;
}
