/** Below so many numbers, sorting by comparison is faster than counting digits. */
const FEW = 8192;

/**
 * The order that sorts finite numbers, equal ones staying as they were: by their bits, 16 at a time.
 *
 * @returns Positions in `keys`, of the least number first.
 */
export function argsort(keys: Float64Array): Uint32Array {
  const length = keys.length;
  if (length < FEW) {
    return Uint32Array.from({ length }, (_, i) => i).sort((a, b) => keys[a] - keys[b] || a - b);
  }
  const words = new Uint32Array(Float64Array.from(keys, (key) => key + 0).buffer); // −0 becomes 0
  const low = new Uint32Array(length);
  const high = new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    const [first, second] = [words[2 * i], words[2 * i + 1]];
    // Bits of negative numbers are turned round, so that all compare as whole numbers.
    const isNegative = second >>> 31 === 1;
    low[i] = isNegative ? ~first : first;
    high[i] = isNegative ? ~second : second | 0x80000000;
  }
  let order = Uint32Array.from({ length }, (_, i) => i);
  let other = new Uint32Array(length);
  const ends = new Uint32Array(65_536);
  for (const [bits, shift] of [[low, 0], [low, 16], [high, 0], [high, 16]] as const) {
    ends.fill(0);
    for (let i = 0; i < length; i++) ends[(bits[i] >>> shift) & 0xffff]++;
    if (length > 0 && ends[(bits[0] >>> shift) & 0xffff] === length) continue;
    let sum = 0;
    for (let digit = 0; digit < 65_536; digit++) {
      const count = ends[digit];
      ends[digit] = sum;
      sum += count;
    }
    for (let i = 0; i < length; i++) {
      const place = order[i];
      other[ends[(bits[place] >>> shift) & 0xffff]++] = place;
    }
    [order, other] = [other, order];
  }
  return order;
}
