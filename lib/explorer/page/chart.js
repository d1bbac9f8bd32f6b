// @ts-check
/**
 * Loss against a cost: the front, a sample of the space, the budget, and the best network.
 *
 * @module
 */

/** @import { ExplorerCost } from "../types.ts" */
/** @import { Front } from "./front.js" */

/** The figure's size, and where its area is. */
export const CHART = { width: 520, height: 300, left: 54, right: 14, top: 12, bottom: 34 };

/** So many networks of the front are drawn as dots. */
const MOST_DOTS = 300;

/**
 * @typedef {object} Axes
 * @property {[number, number]} x Least and greatest cost.
 * @property {[number, number]} y Least and greatest loss.
 */

/**
 * @param {Axes} axes
 * @param {number} cost
 */
export function acrossOf({ x: [low, high] }, cost) {
  const { width, left, right } = CHART;
  const share = (cost - low) / (high - low || 1);
  return Math.round(10 * (left + (width - left - right) * Math.max(0, Math.min(1, share)))) / 10;
}

/**
 * @param {Axes} axes
 * @param {number} loss
 */
export function downOf({ y: [low, high] }, loss) {
  const { height, top, bottom } = CHART;
  const share = (loss - low) / (high - low || 1);
  return Math.round(
    10 * (height - bottom - (height - top - bottom) * Math.max(0, Math.min(1, share))),
  ) / 10;
}

/**
 * What does not move while a budget is dragged: grid, sample, front.
 *
 * @param {Axes} axes
 * @param {{ cost: number, loss: number }[]} sample
 * @param {Front} front
 * @param {(cost: number) => string} costText
 * @param {(loss: number) => string} lossText
 */
export function stillParts(axes, sample, front, costText, lossText) {
  const { width, height, left, right, top, bottom } = CHART;
  const floor = height - bottom;
  const grid = [
    ...tickValues(axes.x, 5).map((tick) => {
      const x = acrossOf(axes, tick);
      return `<path class="grid" d="M${x} ${top}V${floor}"/><text x="${x}" y="${floor + 18}">${
        costText(tick)
      }</text>`;
    }),
    ...tickValues(axes.y, 4).map((tick) => {
      const y = downOf(axes, tick);
      return `<path class="grid" d="M${left} ${y}H${width - right}"/>` +
        `<text class="end" x="${left - 6}" y="${y + 4}">${lossText(tick)}</text>`;
    }),
  ];
  const dots = sample.filter(({ loss }) => loss <= axes.y[1])
    .map(({ cost, loss }) => `M${acrossOf(axes, cost)} ${downOf(axes, loss)}h0`);
  const { costs, losses } = front;
  let line = "";
  let dotted = "";
  const step = Math.max(1, Math.ceil(costs.length / MOST_DOTS));
  let last = "";
  for (let i = 0; i < costs.length; i++) {
    const [x, y] = [acrossOf(axes, costs[i]), downOf(axes, losses[i])];
    const at = `H${x}V${y}`;
    if (at !== last) line += i === 0 ? `M${x} ${y}` : at;
    last = at;
    if (i % step === 0 || i === costs.length - 1) dotted += `M${x} ${y}h0`;
  }
  return `${grid.join("")}<path class="sample" d="${dots.join("")}"/>` +
    `<path class="front" d="${line}H${width - right}"/><path class="dots" d="${dotted}"/>`;
}

/**
 * What moves: the budget's line with what is beyond it, and the best network.
 *
 * @param {Axes} axes
 * @param {number | null} budget
 * @param {{ cost: number, loss: number } | null} best
 */
export function movingParts(axes, budget, best) {
  const { width, height, right, top, bottom } = CHART;
  const floor = height - bottom;
  let parts = "";
  if (budget !== null) {
    const x = acrossOf(axes, budget);
    parts += `<rect class="beyond" x="${x}" y="${top}" width="${width - right - x}" height="${
      floor - top
    }"/><path class="budget" d="M${x} ${top}V${floor}"/>`;
  }
  if (best) {
    const [x, y] = [acrossOf(axes, best.cost), downOf(axes, best.loss)];
    parts += `<path class="best" d="${starPath(x, y, 9)}"/>`;
  }
  return parts;
}

/**
 * A star of five points.
 *
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
function starPath(x, y, radius) {
  const points = Array.from({ length: 10 }, (_, i) => {
    const [length, angle] = [i % 2 ? 0.42 * radius : radius, Math.PI * (i / 5 - 0.5)];
    return `${(x + length * Math.cos(angle)).toFixed(1)} ${
      (y + length * Math.sin(angle)).toFixed(1)
    }`;
  });
  return `M${points.join("L")}Z`;
}

/**
 * Round values within a range.
 *
 * @param {[number, number]} range
 * @param {number} count About how many.
 */
export function tickValues([low, high], count) {
  const rough = (high - low) / count;
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((factor) => factor * power >= rough) ?? 10);
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}
