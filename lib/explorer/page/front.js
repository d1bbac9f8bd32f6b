// @ts-check
/**
 * The front by one cost, for any λ.
 *
 * @module
 */

/** @import { SolverBlock } from "./solver.js" */

/**
 * Points by rising cost whose losses fall.
 *
 * @typedef {object} Front
 * @property {Float64Array} costs
 * @property {Float64Array} losses
 */

/**
 * Cost and loss of every network that no other beats or equals in loss and one cost: the blocks' fronts merged, first to last, one
 * front for each width.
 *
 * @param {readonly SolverBlock[]} blocks
 * @param {readonly number[]} weights λ of each block, from 0.
 * @param {number} k Position of the cost.
 * @returns {Front}
 */
export function frontByCost(blocks, weights, k) {
  /** @type {Front[]} */
  let fronts = [{ costs: new Float64Array(1), losses: new Float64Array(1) }];
  blocks.forEach(({ outputs, from, to, loss, costs }, b) => {
    /** @type {Front[][]} */
    const shifted = Array.from({ length: outputs }, () => []);
    for (let e = 0; e < from.length; e++) {
      const before = fronts[from[e]];
      if (before.costs.length === 0) continue;
      const [cost, own] = [costs[k][e], weights[b] * loss[e]];
      shifted[to[e]].push({
        costs: before.costs.map((value) => value + cost),
        losses: before.losses.map((value) => value + own),
      });
    }
    fronts = shifted.map(mergeFronts);
  });
  return mergeFronts(fronts);
}

/**
 * One front of many, two and two together.
 *
 * @param {Front[]} fronts
 * @returns {Front}
 */
function mergeFronts(fronts) {
  if (fronts.length === 0) return { costs: new Float64Array(0), losses: new Float64Array(0) };
  while (fronts.length > 1) {
    /** @type {Front[]} */
    const half = [];
    for (let i = 0; i < fronts.length; i += 2) {
      half.push(i + 1 < fronts.length ? mergeTwo(fronts[i], fronts[i + 1]) : fronts[i]);
    }
    fronts = half;
  }
  return fronts[0];
}

/**
 * @param {Front} a
 * @param {Front} b
 * @returns {Front}
 */
function mergeTwo(a, b) {
  const most = a.costs.length + b.costs.length;
  const [costs, losses] = [new Float64Array(most), new Float64Array(most)];
  let [i, j, count] = [0, 0, 0];
  let least = Infinity;
  while (i < a.costs.length || j < b.costs.length) {
    const takesA = j === b.costs.length || i < a.costs.length && (
          a.costs[i] < b.costs[j] || a.costs[i] === b.costs[j] && a.losses[i] <= b.losses[j]
        );
    const cost = takesA ? a.costs[i] : b.costs[j];
    const loss = takesA ? a.losses[i++] : b.losses[j++];
    if (loss >= least) continue;
    least = loss;
    costs[count] = cost;
    losses[count++] = loss;
  }
  return { costs: costs.slice(0, count), losses: losses.slice(0, count) };
}
