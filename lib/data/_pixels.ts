/**
 * Changes of an image's pixels in place, as PIL makes them: bytes, channels last, one channel or three.
 *
 * @module
 */

/** An image of bytes. */
export interface Picture {
  readonly bytes: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** What each byte becomes, 256 for one channel after the other or for all alike. */
type Table = Uint8ClampedArray;

function lookUp({ bytes, channels }: Picture, table: Table): void {
  if (table.length === 256) {
    for (let i = 0; i < bytes.length; i++) bytes[i] = table[bytes[i]];
    return;
  }
  for (let c = 0; c < channels; c++) {
    const base = c << 8;
    for (let i = c; i < bytes.length; i += channels) bytes[i] = table[base | bytes[i]];
  }
}

/** A table of one function of the byte; fractions are dropped, as C does. */
function tableOf(value: (byte: number) => number): Table {
  return Uint8ClampedArray.from({ length: 256 }, (_, byte) => Math.trunc(value(byte)));
}

/** How often each byte occurs in each channel. */
function histograms({ bytes, channels }: Picture): Uint32Array {
  const counts = new Uint32Array(256 * channels);
  for (let c = 0; c < channels; c++) {
    const base = c << 8;
    for (let i = c; i < bytes.length; i += channels) counts[base | bytes[i]]++;
  }
  return counts;
}

/** The brightness that PIL gives a colour (ITU-R 601), 0 … 255. */
export function luma(red: number, green: number, blue: number): number {
  return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
}

/** Turns every byte into 255 less it. */
export function invert(picture: Picture): void {
  lookUp(picture, tableOf((byte) => 255 - byte));
}

/** Inverts the bytes from a threshold on. */
export function solarize(picture: Picture, threshold: number): void {
  lookUp(picture, tableOf((byte) => byte < threshold ? byte : 255 - byte));
}

/** Adds to the bytes below 128. */
export function solarizeAdd(picture: Picture, add: number): void {
  lookUp(picture, tableOf((byte) => byte < 128 ? byte + add : byte));
}

/** Keeps so many of the highest bits. */
export function posterize(picture: Picture, bits: number): void {
  lookUp(picture, tableOf((byte) => byte & ~(2 ** (8 - bits) - 1)));
}

/** Stretches each channel from its least byte to 0 and its largest to 255. */
export function autoContrast(picture: Picture): void {
  const counts = histograms(picture);
  const table = new Uint8ClampedArray(counts.length);
  for (let base = 0; base < counts.length; base += 256) {
    const own = counts.subarray(base, base + 256);
    const low = own.findIndex((count) => count > 0);
    const high = own.findLastIndex((count) => count > 0);
    const scale = high > low ? 255 / (high - low) : 1;
    const offset = high > low ? -low * scale : 0;
    for (let byte = 0; byte < 256; byte++) table[base + byte] = Math.trunc(byte * scale + offset);
  }
  lookUp(picture, table);
}

/** Makes each channel's bytes about equally frequent. */
export function equalize(picture: Picture): void {
  const counts = histograms(picture);
  const table = new Uint8ClampedArray(counts.length);
  const pixels = picture.height * picture.width;
  for (let base = 0; base < counts.length; base += 256) {
    const own = counts.subarray(base, base + 256);
    const last = own[own.findLastIndex((count) => count > 0)];
    const step = Math.floor((pixels - last) / 255);
    let sum = step >> 1;
    for (let byte = 0; byte < 256; byte++) {
      table[base + byte] = step === 0 ? byte : Math.floor(sum / step);
      sum += own[byte];
    }
  }
  lookUp(picture, table);
}

/** Goes from black (0) to the image (1) and beyond. */
export function brightness(picture: Picture, factor: number): void {
  const share = Math.fround(factor);
  lookUp(picture, tableOf((byte) => share * byte));
}

/** Goes from the mean grey (0) to the image (1) and beyond. */
export function contrast(picture: Picture, factor: number): void {
  const { bytes, channels, height, width } = picture;
  let sum = 0;
  if (channels === 3) {
    for (let i = 0; i < bytes.length; i += 3) sum += luma(bytes[i], bytes[i + 1], bytes[i + 2]);
  } else {
    for (let i = 0; i < bytes.length; i++) sum += bytes[i];
  }
  const mean = Math.floor(sum / (height * width) + 0.5);
  const share = Math.fround(factor);
  lookUp(picture, tableOf((byte) => mean + share * (byte - mean)));
}

/** Goes from grey (0) to the image's colours (1) and beyond. */
export function color({ bytes, channels }: Picture, factor: number): void {
  if (channels !== 3) return;
  const share = Math.fround(factor);
  for (let i = 0; i < bytes.length; i += 3) {
    const grey = luma(bytes[i], bytes[i + 1], bytes[i + 2]);
    for (let c = i; c < i + 3; c++) bytes[c] = clip(grey + share * (bytes[c] - grey));
  }
}

/** Goes from a smoothed image (0) to the image (1) and beyond; the outermost pixels stay. */
export function sharpness({ bytes, height, width, channels }: Picture, factor: number): void {
  const share = Math.fround(factor);
  const row = width * channels;
  const before = bytes.slice();
  for (let y = 1; y < height - 1; y++) {
    const end = (y + 1) * row - channels;
    for (let i = y * row + channels; i < end; i++) {
      const [up, down] = [i - row, i + row];
      const sum = before[up - channels] + before[up] + before[up + channels] +
        before[i - channels] + 5 * before[i] + before[i + channels] +
        before[down - channels] + before[down] + before[down + channels];
      const smooth = Math.floor(sum / 13 + 0.5);
      bytes[i] = clip(smooth + share * (before[i] - smooth));
    }
  }
}

/** Turns the hue by a share of the whole circle, through PIL's bytes of hue, saturation and value. */
export function hue({ bytes, channels }: Picture, turn: number): void {
  const added = Math.trunc(turn * 255) & 255;
  if (channels !== 3) return;
  for (let i = 0; i < bytes.length; i += 3) {
    const [red, green, blue] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    const most = Math.max(red, green, blue);
    const range = most - Math.min(red, green, blue);
    if (range === 0) continue;
    // PIL's numbers have 24 bits, which decides where a value is just a whole number.
    const away = (value: number) => Math.fround((most - value) / range);
    const third = red === most
      ? away(blue) - away(green)
      : green === most
      ? 2 + away(red) - away(blue)
      : 4 + away(green) - away(red);
    const circle = Math.fround((Math.fround(third) / 6 + 1) % 1);
    const angle = (Math.trunc(circle * 255) + added) & 255;
    const saturation = Math.fround(Math.trunc(Math.fround(range / most) * 255) / 255);
    const sixth = Math.fround(angle * 6 / 255);
    const fraction = Math.fround(sixth - Math.floor(sixth));
    const p = Math.round(most * (1 - saturation));
    const q = Math.round(most * (1 - saturation * fraction));
    const t = Math.round(most * (1 - saturation * (1 - fraction)));
    const turned = [
      [most, t, p],
      [q, most, p],
      [p, most, t],
      [p, q, most],
      [t, p, most],
      [most, p, q],
    ][Math.floor(sixth) % 6];
    bytes.set(turned, i);
  }
}

/** Mirrors from left to right. */
export function flip({ bytes, height, width, channels }: Picture): void {
  for (let y = 0; y < height; y++) {
    let left = y * width * channels;
    let right = left + (width - 1) * channels;
    for (; left < right; left += channels, right -= channels) {
      for (let c = 0; c < channels; c++) {
        const byte = bytes[left + c];
        bytes[left + c] = bytes[right + c];
        bytes[right + c] = byte;
      }
    }
  }
}

/** The image moved by whole pixels; black comes in at the edges. */
export function shifted(picture: Picture, down: number, right: number): Picture {
  if (down === 0 && right === 0) return picture;
  const { bytes, height, width, channels } = picture;
  const moved = new Uint8Array(bytes.length);
  const start = Math.max(0, right);
  const length = (width - Math.abs(right)) * channels;
  for (let y = Math.max(0, down); length > 0 && y < Math.min(height, height + down); y++) {
    const from = ((y - down) * width + start - right) * channels;
    moved.set(bytes.subarray(from, from + length), (y * width + start) * channels);
  }
  return { ...picture, bytes: moved };
}

/** A byte as C makes it of a number: fractions dropped, and no more than a byte holds. */
function clip(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : value | 0;
}
