import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);

/** A picture of 1 (grey) or 3 (red, green, blue) bytes a pixel as a PNG file's `data:` address. */
export function pngAddress(
  bytes: Uint8Array,
  { height, width, channels }: { height: number; width: number; channels: number },
): string {
  const line = width * channels;
  const raw = new Uint8Array(height * (line + 1)); // each line begins with its filter: none
  for (let y = 0; y < height; y++) {
    raw.set(bytes.subarray(y * line, (y + 1) * line), y * (line + 1) + 1);
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, channels === 1 ? 0 : 2], 8); // bits a value; grey or colour
  const file = Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(raw, { level: 9 })),
    chunk("IEND", new Uint8Array()),
  ]);
  return `data:image/png;base64,${file.toString("base64")}`;
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([new TextEncoder().encode(name), data]);
  const result = new Uint8Array(8 + body.length);
  const view = new DataView(result.buffer);
  view.setUint32(0, data.length);
  result.set(body, 4);
  view.setUint32(4 + body.length, crc32(body));
  return result;
}
