/**
 * How like two stacks of feature maps are, channel by channel.
 *
 * @module
 */

/** Sums over all images and pixels: of a student's values x, a teacher's values y, and what both make. */
export interface ChannelSums {
  /** Number of values. */
  count: number;
  x: number;
  y: number;
  xx: number;
  yy: number;
  xy: number;
  /** Of |x − y|. */
  distance: number;
}

/** How well a student's map imitates the teacher's. */
export interface MapFit {
  /** Mean |x − y| over the deviation of all y (equation 8, as a mean). */
  loss: number;
  /** Deviation of all y. */
  sigma: number;
  /** Pearson's r of each channel, over images and pixels; null where a map does not vary. */
  correlation: (number | null)[];
  /** Share of each channel's variance that the student explains: 1 − Σ(y − x)² / Σ(y − ȳ)²; null where it has none. */
  explained: (number | null)[];
  /** The same of all channels together, each around its own mean. */
  explainedOfAll: number;
}

/** Sums of no values, for so many channels. */
export function noSums(channels: number): ChannelSums[] {
  return Array.from({ length: channels }, () => ({
    count: 0,
    x: 0,
    y: 0,
    xx: 0,
    yy: 0,
    xy: 0,
    distance: 0,
  }));
}

/** Adds maps whose last axis are the channels. */
export function addMaps(
  sums: readonly ChannelSums[],
  student: Float32Array,
  teacher: Float32Array,
): void {
  const channels = sums.length;
  for (let i = 0; i < teacher.length; i++) {
    const own = sums[i % channels];
    const [x, y] = [student[i], teacher[i]];
    own.count++;
    own.x += x;
    own.y += y;
    own.xx += x * x;
    own.yy += y * y;
    own.xy += x * y;
    own.distance += Math.abs(x - y);
  }
}

/** Less of the sum of squares is rounding. */
const ROUNDING = 1e-12;

/** What the sums say. */
export function fitOf(sums: readonly ChannelSums[]): MapFit {
  const total = (of: (own: ChannelSums) => number) => sums.reduce((sum, own) => sum + of(own), 0);
  const count = total((own) => own.count);
  const mean = total((own) => own.y) / count;
  const sigma = Math.sqrt(total((own) => own.yy) / count - mean * mean);
  const spread = (count: number, sum: number, squares: number) => {
    const value = squares - sum * sum / count;
    return value > ROUNDING * squares ? value : 0;
  };
  const error = ({ xx, yy, xy }: ChannelSums) => xx + yy - 2 * xy;
  const varied = (own: ChannelSums) => spread(own.count, own.y, own.yy);
  return {
    loss: total((own) => own.distance) / count / sigma,
    sigma,
    correlation: sums.map((own) => {
      const { count, x, y, xx, xy } = own;
      const scale = Math.sqrt(spread(count, x, xx) * varied(own));
      return scale > 0 ? (xy - x * y / count) / scale : null;
    }),
    explained: sums.map((own) => varied(own) > 0 ? 1 - error(own) / varied(own) : null),
    explainedOfAll: 1 - total(error) / total(varied),
  };
}
