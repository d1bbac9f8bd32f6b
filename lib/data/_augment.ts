import type { Random } from "../random.ts";
import type { Augment } from "./augment.ts";

/** What happens to one image. */
export interface Change {
  readonly down: number;
  readonly right: number;
  readonly flip: boolean;
  /** Top, left, height and width of what is erased. */
  readonly erased?: readonly [top: number, left: number, height: number, width: number];
}

export const UNCHANGED: Change = { down: 0, right: 0, flip: false };

/** Draws what happens to one image; `erase` is a number here. */
export function drawChange(
  { shift = 0, flip = false, erase }: Augment,
  random: Random,
  height: number,
  width: number,
): Change {
  const down = random.int(2 * shift + 1) - shift;
  const right = random.int(2 * shift + 1) - shift;
  const flipped = flip && random.int(2) === 1;
  if (typeof erase !== "number" || erase === 0 || random.uniform() >= erase) {
    return { down, right, flip: flipped };
  }
  const area = height * width * (0.02 + 0.18 * random.uniform());
  // From 3 : 10 to 10 : 3, both as likely, as in random erasing's paper.
  const ratio = Math.exp(Math.log(0.3) * (1 - 2 * random.uniform()));
  const tall = Math.min(height, Math.max(1, Math.round(Math.sqrt(area * ratio))));
  const wide = Math.min(width, Math.max(1, Math.round(Math.sqrt(area / ratio))));
  const erased = [random.int(height - tall + 1), random.int(width - wide + 1), tall, wide] as const;
  return { down, right, flip: flipped, erased };
}
