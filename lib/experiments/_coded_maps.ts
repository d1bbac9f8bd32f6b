/**
 * Pictures in 8 bits, as text for a part's result.
 *
 * @module
 */

import { extent } from "../plots/_colormap.ts";
import type { Tile } from "../plots/draw_tiles.ts";

/** A channel of a map. */
export interface CodedMap {
  /** A byte for each pixel, row by row, in base64. */
  bytes: string;
  /** The value of byte 0. */
  low: number;
  /** The value of byte 255. */
  high: number;
}

/** An image. */
export interface CodedImage {
  /** A byte for each value of a pixel, in base64. */
  bytes: string;
  /** Side, in pixels. */
  size: number;
  /** Values of a pixel. */
  channels: number;
}

/** Some channels of some images' maps [N, h, w, width], teacher's and student's on one scale. */
export function codedPair(
  teacher: Float32Array,
  student: Float32Array,
  { pixels, width, images, channels }: {
    pixels: number;
    width: number;
    images: readonly number[];
    channels: readonly number[];
  },
): { teacher: CodedMap[][]; student: CodedMap[][] } {
  const plane = (values: Float32Array, image: number, channel: number) =>
    Float32Array.from({ length: pixels }, (_, i) => values[(image * pixels + i) * width + channel]);
  const coded = images.map((image) =>
    channels.map((channel) => {
      const [y, x] = [teacher, student].map((values) => plane(values, image, channel));
      const range = extent([...y, ...x]);
      return { teacher: codedMap(y, range), student: codedMap(x, range) };
    })
  );
  return {
    teacher: coded.map((own) => own.map(({ teacher }) => teacher)),
    student: coded.map((own) => own.map(({ student }) => student)),
  };
}

/** Values in 8 bits. */
export function codedMap(
  values: Float32Array,
  [low, high]: readonly [low: number, high: number],
): CodedMap {
  const scale = high > low ? 255 / (high - low) : 0;
  const bytes = Uint8Array.from(values, (value) => Math.round((value - low) * scale));
  return { bytes: bytes.toBase64(), low, high };
}

/** The values again, to a 510th of their range. */
export function decodedMap({ bytes, low, high }: CodedMap): Float32Array {
  return Float32Array.from(
    Uint8Array.fromBase64(bytes),
    (byte) => low + byte * (high - low) / 255,
  );
}

/** A normalised image [N, H, W, C] as bytes again. */
export function codedImage(
  values: Float32Array,
  [, size, , channels]: readonly number[],
  { image, mean, std }: { image: number; mean: readonly number[]; std: readonly number[] },
): CodedImage {
  const length = size * size * channels;
  const own = values.subarray(image * length, (image + 1) * length);
  const bytes = Uint8Array.from(own, (value, i) => {
    const share = value * std[i % channels] + mean[i % channels];
    return Math.round(255 * Math.min(1, Math.max(0, share)));
  });
  return { bytes: bytes.toBase64(), size, channels };
}

/** A map as a picture. */
export function mapTile(map: CodedMap, size: number, label?: string): Tile {
  const pixels = decodedMap(map);
  return { pixels, height: size, width: size, range: [map.low, map.high], label };
}

/** An image as a picture. */
export function imageTile({ bytes, size, channels }: CodedImage, label?: string): Tile {
  return { pixels: Uint8Array.fromBase64(bytes), height: size, width: size, channels, label };
}
