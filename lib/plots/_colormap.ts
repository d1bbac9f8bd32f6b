/** Cividis' course in nine colours: brightness rises evenly, and colour-blind readers see the same. */
const STOPS: readonly (readonly [number, number, number])[] = [
  [0, 32, 77],
  [0, 52, 110],
  [57, 72, 107],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [255, 234, 70],
];

/** Values as red, green and blue bytes, dark blue at the low end, yellow at the high one. */
export function colored(
  values: ArrayLike<number>,
  [low, high]: readonly [low: number, high: number] = extent(values),
): Uint8Array {
  const scale = high > low ? (STOPS.length - 1) / (high - low) : 0;
  const bytes = new Uint8Array(3 * values.length);
  for (let i = 0; i < values.length; i++) {
    const place = (Math.min(Math.max(values[i], low), high) - low) * scale;
    const stop = Math.min(STOPS.length - 2, Math.floor(place));
    const share = place - stop;
    for (let c = 0; c < 3; c++) {
      bytes[3 * i + c] = Math.round(
        STOPS[stop][c] + share * (STOPS[stop + 1][c] - STOPS[stop][c]),
      );
    }
  }
  return bytes;
}

/** The least and the greatest value. */
export function extent(values: ArrayLike<number>): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return [low, high];
}
