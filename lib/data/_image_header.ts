/**
 * What the first bytes of an image file tell: its format and size.
 *
 * @module
 */

/** The formats that can be decoded. */
export type ImageFormat = "jpeg" | "png" | "gif" | "bmp" | "webp";

/** Format and size of an image file. */
export interface ImageHeader {
  readonly format: ImageFormat;
  readonly height: number;
  readonly width: number;
}

/** More pixels than a photograph has; decoding them would take gigabytes. */
const MOST_PIXELS = 2 ** 28;

/** How many bytes {@linkcode imageFormat} looks at. */
export const SIGNATURE_BYTES = 16;

/** Format by signature; undefined for what is no image that can be decoded. */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "jpeg";
  if (text(0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (text(0, 4) === "GIF8") return "gif";
  if (text(0, 2) === "BM" && bytes.length >= 6) return "bmp";
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return "webp";
  return undefined;
}

/**
 * Reads the header of an image file.
 *
 * @throws {SyntaxError} with a few words on what is wrong.
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  const format = imageFormat(bytes);
  if (format === undefined) {
    throw new SyntaxError(bytes.length === 0 ? "it is empty" : "it is no image by its first bytes");
  }
  const size = readSize(format, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (size === undefined || size[0] < 1 || size[1] < 1) {
    throw new SyntaxError(`its ${format} header is broken`);
  }
  const [height, width] = size;
  if (height * width > MOST_PIXELS) {
    throw new SyntaxError(`its header says ${width}×${height} pixels, too many for a photograph`);
  }
  return { format, height, width };
}

/** Height and width by a format's header. */
function readSize(format: ImageFormat, view: DataView): [number, number] | undefined {
  try {
    switch (format) {
      case "jpeg":
        return jpegSize(view);
      case "png":
        return [view.getUint32(20), view.getUint32(16)];
      case "gif":
        return [view.getUint16(8, true), view.getUint16(6, true)];
      case "bmp":
        // The height is negative where rows go from top to bottom.
        return [Math.abs(view.getInt32(22, true)), view.getInt32(18, true)];
      case "webp":
        return webpSize(view);
    }
  } catch (error) {
    // The header ends too early.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** From the first frame header; segments before it are stepped over by their lengths. */
function jpegSize(view: DataView): [number, number] | undefined {
  let at = 2;
  for (;;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    // Fill bytes, and markers that have no length.
    if (marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return [view.getUint16(at + 5), view.getUint16(at + 7)];
    if (marker === 0xd9 || marker === 0xda) return undefined;
    at += 2 + view.getUint16(at + 2);
  }
}

function webpSize(view: DataView): [number, number] | undefined {
  const kind = String.fromCharCode(...Array.from({ length: 4 }, (_, i) => view.getUint8(12 + i)));
  const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  if (kind === "VP8X") return [uint24(27) + 1, uint24(24) + 1];
  if (kind === "VP8 ") {
    return [view.getUint16(28, true) & 0x3fff, view.getUint16(26, true) & 0x3fff];
  }
  if (kind !== "VP8L") return undefined;
  const bits = view.getUint32(21, true);
  return [((bits >> 14) & 0x3fff) + 1, (bits & 0x3fff) + 1];
}
