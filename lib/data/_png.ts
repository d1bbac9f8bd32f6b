import { inflateSync } from "node:zlib";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];

/** Channels by PNG's type of colour: grey, and red, green, blue. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3 };

/** A picture as bytes, channels last. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/**
 * Reads a PNG file of 8 bits a value, grey or colour, not interlaced, without an engine (W3C's PNG, third edition, sections 5, 9
 * and 11.2).
 *
 * @throws {SyntaxError} If it is another kind of file, or cut.
 */
export function readPng(bytes: Uint8Array, source: string): Picture {
  const refuse = (what: string) => new SyntaxError(`Cannot read ${source}: ${what}`);
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) throw refuse("it is no PNG file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces: Uint8Array[] = [];
  let header: { width: number; height: number; channels: number } | undefined;
  for (let at = SIGNATURE.length; at + 8 <= bytes.length;) {
    const length = view.getUint32(at);
    const body = bytes.subarray(at + 8, at + 8 + length);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (name === "IHDR" && body.length === 13) {
      const [bits, colour, , , interlaced] = body.subarray(8);
      if (bits !== 8 || !(colour in CHANNELS) || interlaced !== 0) {
        throw refuse("it is not of 8 bits a value, grey or colour, not interlaced");
      }
      const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
      header = { width, height, channels: CHANNELS[colour] };
    } else if (name === "IDAT") pieces.push(body);
    at += 12 + length; // length, name and checksum
  }
  if (!header) throw refuse("it has no header");
  const raw = inflate(pieces, refuse);
  const line = header.width * header.channels;
  if (raw.length !== header.height * (line + 1)) {
    throw refuse(`it holds ${raw.length} bytes, not ${header.height * (line + 1)}`);
  }
  return { ...header, data: unfilter(raw, line, header.channels, refuse) };
}

function inflate(pieces: Uint8Array[], refuse: (what: string) => Error): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  try {
    return inflateSync(whole);
  } catch {
    throw refuse("its pixels are broken");
  }
}

/** Each line begins with the rule by which its bytes were predicted from those to the left, above, and between. */
function unfilter(
  raw: Uint8Array,
  line: number,
  channels: number,
  refuse: (what: string) => Error,
): Uint8Array {
  const data = new Uint8Array(raw.length / (line + 1) * line);
  for (let from = 0, to = 0; to < data.length; from += line + 1, to += line) {
    const rule = raw[from];
    if (rule > 4) throw refuse(`a line has filter ${rule}`);
    for (let i = 0; i < line; i++) {
      const left = i < channels ? 0 : data[to + i - channels];
      const above = to === 0 ? 0 : data[to + i - line];
      const corner = i < channels || to === 0 ? 0 : data[to + i - line - channels];
      data[to + i] = raw[from + 1 + i] + predicted(rule, left, above, corner);
    }
  }
  return data;
}

function predicted(rule: number, left: number, above: number, corner: number): number {
  switch (rule) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return (left + above) >> 1;
    case 4: {
      const byLeft = Math.abs(above - corner);
      const byAbove = Math.abs(left - corner);
      const byCorner = Math.abs(left + above - 2 * corner);
      if (byLeft <= byAbove && byLeft <= byCorner) return left;
      return byAbove <= byCorner ? above : corner;
    }
    default:
      return 0;
  }
}
