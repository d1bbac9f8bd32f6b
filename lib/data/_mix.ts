/**
 * Changes of normalised images: random erasing, mixup.
 *
 * @module
 */

import type { Random } from "../random.ts";
import type { EraseAugment } from "./augment.ts";

/** Overwrites rectangles of one image [height, width, channels] of normalised values, in place. */
export function eraseRandomly(
  image: Float32Array,
  height: number,
  width: number,
  options: EraseAugment,
  random: Random,
): void {
  const { probability, area: [least, most] = [0.02, 1 / 3], mode = "const", count = 1 } = options;
  const { ratio: [flat, steep] = [0.3, 10 / 3] } = options;
  if (random.uniform() >= probability) return;
  const channels = image.length / (height * width);
  for (let rectangle = 0; rectangle < count; rectangle++) {
    // A rectangle that does not fit is drawn again, as in the paper, but not for ever.
    for (let attempt = 0; attempt < 10; attempt++) {
      const area = (least + (most - least) * random.uniform()) * height * width / count;
      const ratio = Math.exp(Math.log(flat) + Math.log(steep / flat) * random.uniform());
      const tall = Math.round(Math.sqrt(area * ratio));
      const wide = Math.round(Math.sqrt(area / ratio));
      if (tall >= height || wide >= width) continue;
      const top = random.int(height - tall + 1);
      const left = random.int(width - wide + 1);
      for (let y = top; y < top + tall; y++) {
        const row = image.subarray(
          (y * width + left) * channels,
          (y * width + left + wide) * channels,
        );
        if (mode === "const") row.fill(0);
        else for (let i = 0; i < row.length; i++) row[i] = random.normal();
      }
      break;
    }
  }
}

/** Mixes a batch with itself in reverse order, in place: share · x + (1 − share) · reversed x. */
export function mixReversed(images: Float32Array, count: number, share: number): void {
  const size = images.length / count;
  for (let i = 0; i < count / 2; i++) {
    const first = images.subarray(i * size, (i + 1) * size);
    const second = images.subarray((count - 1 - i) * size, (count - i) * size);
    for (let k = 0; k < size; k++) {
      const [a, b] = [first[k], second[k]];
      first[k] = share * a + (1 - share) * b;
      second[k] = share * b + (1 - share) * a;
    }
  }
}

/** Draws from the Beta distribution of α and α. */
export function drawBeta(alpha: number, random: Random): number {
  const [a, b] = [drawLogGamma(alpha, random), drawLogGamma(alpha, random)];
  return 1 / (1 + Math.exp(b - a));
}

/** The logarithm of a draw from the Gamma distribution (Marsaglia and Tsang, 2000); of itself it would underflow. */
function drawLogGamma(shape: number, random: Random): number {
  if (shape < 1) {
    return drawLogGamma(shape + 1, random) + Math.log(1 - random.uniform()) / shape;
  }
  const d = shape - 1 / 3;
  for (;;) {
    const normal = random.normal();
    const root = 1 + normal / Math.sqrt(9 * d);
    if (root <= 0) continue;
    const cube = root ** 3;
    const uniform = 1 - random.uniform();
    if (Math.log(uniform) < normal ** 2 / 2 + d - d * cube + d * Math.log(cube)) {
      return Math.log(d * cube);
    }
  }
}
