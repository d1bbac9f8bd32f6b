/** A mark with its name: where it is in its panel, in pixels from the upper left corner. */
export interface NamedMark {
  name: string;
  x: number;
  y: number;
  /** Half the height of its interval. */
  half: number;
}

/** Where a mark's name stands, in the terms of plotly's annotations. */
export interface LabelPlace {
  index: number;
  xanchor: "left" | "center" | "right";
  yanchor: "top" | "middle" | "bottom";
  xshift: number;
  yshift: number;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const LETTER = 6.8; // mean width
const LINE = 13; // height
const MARK = 9; // half a mark's side, with some air
const AIR = 9; // between two names in a line

/** Where a name may stand around its mark, the preferred places first. */
const PLACES: readonly [x: -1 | 0 | 1, y: -1 | 0 | 1][] = [
  [1, 0],
  [-1, 0],
  [0, -1],
  [0, 1],
  [1, -1],
  [1, 1],
  [-1, -1],
  [-1, 1],
];

/** Places names so that they cover as little as can be of each other, of marks, and of what is outside the panel. */
export function placeLabels(
  marks: readonly NamedMark[],
  panel: { width: number; height: number },
): LabelPlace[] {
  const taken: Box[] = marks.map(({ x, y, half }) => ({
    left: x - MARK,
    right: x + MARK,
    top: y - Math.max(MARK, half),
    bottom: y + Math.max(MARK, half),
  }));
  const around = (index: number) =>
    marks.filter(({ x, y }) => Math.hypot(x - marks[index].x, y - marks[index].y) < 70).length;
  // Those in a crowd choose first.
  const order = marks.flatMap(({ name }, index) => name ? [index] : [])
    .map((index) => ({ index, crowd: around(index) }))
    .sort((a, b) => b.crowd - a.crowd || a.index - b.index);
  return order.map(({ index }) => {
    const options = PLACES.map(([dx, dy], rank) => {
      const box = boxOf(marks[index], dx, dy);
      const covered = taken.reduce(
        (sum, other, i) => sum + (i === index ? 0 : overlap(box, other)),
        0,
      );
      const strange = marks.reduce(
        (sum, mark, i) => sum + (i === index ? 0 : Math.max(0, 14 - distance(box, mark))),
        0,
      );
      return { dx, dy, box, cost: covered + 25 * strange + outside(box, panel) + rank };
    });
    const best = options.reduce((least, each) => each.cost < least.cost ? each : least);
    const { box } = best;
    taken.push({ ...box, left: box.left - AIR, right: box.right + AIR });
    return {
      index,
      xanchor: (["right", "center", "left"] as const)[best.dx + 1],
      yanchor: (["bottom", "middle", "top"] as const)[best.dy + 1],
      xshift: best.dx * (best.dy === 0 ? MARK + 1 : MARK - 3),
      yshift: -best.dy * (best.dx === 0 ? MARK : MARK - 4),
    };
  });
}

function boxOf({ name, x, y }: NamedMark, dx: number, dy: number): Box {
  const width = LETTER * name.length;
  const left = x + (dx > 0 ? MARK : dx < 0 ? -MARK - width : -width / 2);
  const top = y + (dy > 0 ? MARK - 2 : dy < 0 ? 2 - MARK - LINE : -LINE / 2);
  return { left, right: left + width, top, bottom: top + LINE };
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/** How far a mark is from a box: a name nearest to another's mark would be taken for that one's. */
function distance({ left, right, top, bottom }: Box, { x, y }: NamedMark): number {
  return Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
}

/** What of a box is outside the panel counts three times. */
function outside(box: Box, { width, height }: { width: number; height: number }): number {
  const inside = overlap(box, { left: 0, right: width, top: 0, bottom: height });
  return 3 * ((box.right - box.left) * (box.bottom - box.top) - inside);
}
