/**
 * Affine changes of an image, sampled as PIL samples them.
 *
 * @module
 */

import type { Picture } from "./_pixels.ts";

/** Where the pixel (x, y) comes from: (a x + b y + c, d x + e y + f), both from the upper left corner. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** How a colour between pixels is found. */
export type Sampling = "nearest" | "bilinear";

/** Each row moves to the left by its height times the factor. */
export function shearX(factor: number): Affine {
  return [1, factor, 0, 0, 1, 0];
}

/** Each column moves up by its distance from the left times the factor. */
export function shearY(factor: number): Affine {
  return [1, 0, 0, factor, 1, 0];
}

/** Moves to the left and up by so many pixels. */
export function translate(left: number, up: number): Affine {
  return [1, 0, left, 0, 1, up];
}

/** Turns around the centre, against the clock. */
export function rotate(degrees: number, { height, width }: Picture): Affine {
  const angle = -degrees * Math.PI / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [x, y] = [width / 2, height / 2];
  return [cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y];
}

/** The changed image, of the same size; `fill` is the colour that comes in from outside. */
export function transform(
  { bytes, height, width, channels }: Picture,
  [a, b, c, d, e, f]: Affine,
  fill: readonly number[],
  sampling: Sampling = "bilinear",
): Picture {
  const out = new Uint8Array(bytes.length);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += channels) {
      const fromX = a * (x + 0.5) + b * (y + 0.5) + c;
      const fromY = d * (x + 0.5) + e * (y + 0.5) + f;
      if (!(fromX >= 0 && fromX < width && fromY >= 0 && fromY < height)) {
        for (let k = 0; k < channels; k++) out[to + k] = fill[k];
        continue;
      }
      if (sampling === "nearest") {
        const from = (Math.floor(fromY) * width + Math.floor(fromX)) * channels;
        for (let k = 0; k < channels; k++) out[to + k] = bytes[from + k];
        continue;
      }
      const left = Math.floor(fromX - 0.5);
      const top = Math.floor(fromY - 0.5);
      const right = fromX - 0.5 - left;
      const down = fromY - 0.5 - top;
      const [x0, x1] = [Math.max(left, 0) * channels, Math.min(left + 1, width - 1) * channels];
      const y0 = Math.max(top, 0) * width * channels;
      const y1 = Math.min(top + 1, height - 1) * width * channels;
      for (let k = 0; k < channels; k++) {
        const upper = bytes[y0 + x0 + k] * (1 - right) + bytes[y0 + x1 + k] * right;
        const lower = bytes[y1 + x0 + k] * (1 - right) + bytes[y1 + x1 + k] * right;
        out[to + k] = upper + (lower - upper) * down;
      }
    }
  }
  return { bytes: out, height, width, channels };
}
