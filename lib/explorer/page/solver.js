// @ts-check
/**
 * The best network for any budgets and any λ, exactly: the explorer's own search, in plain JavaScript for the page.
 *
 * Blocks are merged one after the other, with one list of beginnings for each width. A beginning is dropped where another equals
 * or beats it in loss and in the costs that a budget limits, and where the Lagrangian bound says that no end of it comes
 * below a limit; the limit rises from just above the bound until a network is found.
 *
 * @module
 */

/** @import { ExplorerData } from "../types.ts" */

/**
 * @typedef {object} SolverBlock
 * @property {number} inputs Number of input widths.
 * @property {number} outputs Number of output widths.
 * @property {Int32Array} from Position of each path's input width.
 * @property {Int32Array} to Position of each path's output width.
 * @property {Int32Array} cell Position of each path's cell.
 * @property {Int32Array} path Index of each path in its cell.
 * @property {Float64Array} loss Loss of each path.
 * @property {Float64Array[]} costs Each path's costs, for each cost.
 */

/**
 * @typedef {object} Network
 * @property {number[]} edges Position of the path in each block's list.
 * @property {number} loss Sum over blocks of λ times the loss.
 * @property {number[]} costs Each cost.
 */

/**
 * Paths of each block, as arrays of numbers.
 *
 * @param {Pick<ExplorerData, "blocks">} data
 * @returns {SolverBlock[]}
 */
export function solverBlocks({ blocks }) {
  return blocks.map(({ inputs, outputs, groups }) => {
    const count = groups.reduce((sum, { paths }) => sum + paths.length, 0);
    const costs = groups[0].costs.map(() => new Float64Array(count));
    const [from, to] = [new Int32Array(count), new Int32Array(count)];
    const [cell, path] = [new Int32Array(count), new Int32Array(count)];
    const loss = new Float64Array(count);
    let at = 0;
    for (const group of groups) {
      const { length } = group.paths;
      from.fill(group.from, at, at + length);
      to.fill(group.to, at, at + length);
      cell.set(group.cells, at);
      path.set(group.paths, at);
      loss.set(group.losses, at);
      group.costs.forEach((list, k) => costs[k].set(list, at));
      at += length;
    }
    return { inputs: inputs.length, outputs: outputs.length, from, to, cell, path, loss, costs };
  });
}

/**
 * The least (or, with `sign` −1, minus the greatest) sum of a value over the blocks from each one on, by input width.
 *
 * @param {readonly SolverBlock[]} blocks
 * @param {readonly Float64Array[]} values A value of each path of each block.
 * @param {1 | -1} [sign]
 * @returns {Float64Array[]} One entry more than there are blocks: zeros for the network's end.
 */
export function leastEnds(blocks, values, sign = 1) {
  const ends = new Array(blocks.length + 1);
  ends[blocks.length] = new Float64Array(blocks[blocks.length - 1].outputs);
  for (let b = blocks.length - 1; b >= 0; b--) {
    const { inputs, from, to } = blocks[b];
    const here = new Float64Array(inputs).fill(Infinity);
    const after = ends[b + 1];
    const value = values[b];
    for (let e = 0; e < value.length; e++) {
      const sum = sign * value[e] + after[to[e]];
      if (sum < here[from[e]]) here[from[e]] = sum;
    }
    ends[b] = here;
  }
  return ends;
}

/**
 * The paths whose sum of a value is least.
 *
 * @param {readonly SolverBlock[]} blocks
 * @param {readonly Float64Array[]} values
 * @returns {number[]}
 */
function leastEdges(blocks, values) {
  const ends = leastEnds(blocks, values);
  let state = 0;
  return blocks.map(({ from, to }, b) => {
    const after = ends[b + 1];
    let best = -1;
    let least = Infinity;
    for (let e = 0; e < values[b].length; e++) {
      if (from[e] !== state) continue;
      const sum = values[b][e] + after[to[e]];
      if (sum < least) {
        least = sum;
        best = e;
      }
    }
    state = to[best];
    return best;
  });
}

/**
 * Prices of the limited costs with which the Lagrangian bound is nearly greatest, and the best network within the budgets met on
 * the way: subgradient steps (Polyak), shorter where they no longer help.
 *
 * @param {readonly SolverBlock[]} blocks
 * @param {readonly Float64Array[]} losses Weighted losses.
 * @param {readonly number[]} units The limited costs.
 * @param {readonly number[]} budgets
 * @param {readonly number[]} greatest The greatest sum of each cost.
 * @param {number} ceiling A loss that no network exceeds.
 * @param {number} [steps] At most so many steps.
 */
function findPrices(blocks, losses, units, budgets, greatest, ceiling, steps = 150) {
  let prices = units.map(() => 0);
  let best = { prices, bound: -Infinity };
  let known = Infinity;
  let [pace, idle] = [1, 0];
  const priced = losses.map((list) => Float64Array.from(list));
  for (let step = 0; step < steps; step++) {
    priceEdges(blocks, losses, units, prices, priced);
    const edges = leastEdges(blocks, priced);
    const { loss, costs } = totals(blocks, losses, edges);
    const excess = units.map((k) => (costs[k] - budgets[k]) / (greatest[k] || 1));
    const bound = units.reduce((sum, k, i) => sum + prices[i] * (costs[k] - budgets[k]), loss);
    if (loss < known && excess.every((e) => e <= 0)) known = loss;
    if (bound > best.bound) {
      best = { prices, bound };
      idle = 0;
    } else if (++idle === 4) {
      prices = best.prices;
      pace /= 2;
      idle = 0;
    }
    const slope = excess.map((e, i) => prices[i] === 0 && e < 0 ? 0 : e);
    const square = slope.reduce((sum, s) => sum + s * s, 0);
    const gap = Math.min(known, ceiling) - bound;
    if (square === 0 || gap <= 0 || pace < 1e-3) break;
    const length = pace * gap / square;
    prices = prices.map((price, i) =>
      Math.max(0, price + length * slope[i] / (greatest[units[i]] || 1))
    );
  }
  priceEdges(blocks, losses, units, best.prices, priced);
  return { prices: best.prices, priced, known };
}

/**
 * Loss and costs at their prices, of every path.
 *
 * @param {readonly SolverBlock[]} blocks
 * @param {readonly Float64Array[]} losses
 * @param {readonly number[]} units
 * @param {readonly number[]} prices
 * @param {Float64Array[]} priced Where they go.
 */
function priceEdges(blocks, losses, units, prices, priced) {
  blocks.forEach(({ costs }, b) => {
    const list = priced[b];
    list.set(losses[b]);
    units.forEach((k, i) => {
      const [price, cost] = [prices[i], costs[k]];
      if (price > 0) { for (let e = 0; e < list.length; e++) list[e] += price * cost[e]; }
    });
  });
}

/**
 * Loss and costs of a choice, first block first.
 *
 * @param {readonly SolverBlock[]} blocks
 * @param {readonly Float64Array[]} losses
 * @param {readonly number[]} edges
 * @returns {Network}
 */
function totals(blocks, losses, edges) {
  let loss = 0;
  const costs = blocks[0].costs.map(() => 0);
  edges.forEach((e, b) => {
    loss += losses[b][e];
    for (let k = 0; k < costs.length; k++) costs[k] += blocks[b].costs[k][e];
  });
  return { edges: [...edges], loss, costs };
}

/**
 * Beginnings of networks, as arrays of numbers that grow.
 */
class Beginnings {
  /** @param {number} units */
  constructor(units) {
    this.count = 0;
    this.capacity = 1024;
    this.loss = new Float64Array(this.capacity);
    this.priced = new Float64Array(this.capacity);
    /** @type {Float64Array[]} */
    this.costs = Array.from({ length: units }, () => new Float64Array(this.capacity));
    this.edge = new Int32Array(this.capacity);
    this.before = new Int32Array(this.capacity);
  }

  grow() {
    this.capacity *= 2;
    /** @template {Float64Array | Int32Array} T @param {T} old @param {T} long */
    const longer = (old, long) => (long.set(old), long);
    this.loss = longer(this.loss, new Float64Array(this.capacity));
    this.priced = longer(this.priced, new Float64Array(this.capacity));
    this.costs = this.costs.map((list) => longer(list, new Float64Array(this.capacity)));
    this.edge = longer(this.edge, new Int32Array(this.capacity));
    this.before = longer(this.before, new Int32Array(this.capacity));
  }
}

/**
 * Finds the network of least loss within the budgets; of equal losses the cheapest, costs in their order; of equal costs the one
 * whose cell and path come first, block by block.
 *
 * @param {readonly SolverBlock[]} blocks
 * @param {readonly number[]} weights λ of each block, from 0.
 * @param {readonly number[]} budgets The greatest sum of each cost; Infinity for none.
 * @returns {Network | null} Nothing where no network is within the budgets.
 */
export function solveNetwork(blocks, weights, budgets) {
  const losses = blocks.map(({ loss }, b) => loss.map((value) => weights[b] * value));
  const all = blocks[0].costs.map((_, k) => k);
  const leastCosts = all.map((k) => leastEnds(blocks, blocks.map(({ costs }) => costs[k])));
  const greatest = all.map((k) =>
    -leastEnds(blocks, blocks.map(({ costs }) => costs[k]), -1)[0][0]
  );
  if (all.some((k) => leastCosts[k][0][0] > budgets[k])) return null;
  const units = all.filter((k) => budgets[k] < greatest[k]);
  const leastLosses = leastEnds(blocks, losses);
  const ceiling = -leastEnds(blocks, losses, -1)[0][0];
  const { prices, priced, known } = findPrices(blocks, losses, units, budgets, greatest, ceiling);
  const ends = leastEnds(blocks, priced);
  const allowance = units.reduce((sum, k, i) => sum + prices[i] * budgets[k], 0);
  // Far above the rounding error of these sums, and far below any difference that counts.
  const margin = 1e-12 * (allowance + losses.reduce((sum, list) => sum + magnitude(list), 0));
  const lists = blocks.map((block, b) => promisingFirst(block, priced[b], ends[b + 1]));
  const search = { blocks, losses, priced, lists, ends, leastLosses, leastCosts, units, budgets };
  const bound = ends[0][0] - allowance;
  const most = Math.min(known, ceiling) + margin;
  // The limit rises fast while that costs little: the work grows with it ever faster.
  /** @type {readonly Bound[]} */
  let bounds = [];
  for (let share = 2 ** -8, count = 0; share < 1 && most > bound;) {
    if (count > EASY && bounds.length === 0) {
      bounds = otherBounds(blocks, losses, units, budgets, greatest, ceiling, prices);
    }
    const limit = bound + share * (most - bound);
    const tried = merge({ ...search, bounds, allowance, margin, limit });
    if (tried.found && tried.found.loss <= limit) return tried.found;
    count = tried.count;
    share *= bounds.length === 0 && count < EASY / 4 ? 2 : 1.2;
  }
  const { found } = merge({ ...search, bounds, allowance, margin, limit: most });
  return found ?? merge({ ...search, bounds, allowance, margin, limit: Infinity }).found;
}

/** So many beginnings are looked at in a blink. */
const EASY = 1000;
/**
 * @typedef {object} Bound A lower bound on losses: at these prices of the costs.
 * @property {readonly number[]} prices A price of each limited cost.
 * @property {readonly Float64Array[]} ends The least priced sums from each block on.
 * @property {number} allowance What the budgets are worth.
 */

/**
 * Bounds at other prices than the best. Where a beginning has spent much of one budget and little of another, the best prices for
 * what is left of them are others, and a bound at such prices rules out more.
 *
 * @param {readonly SolverBlock[]} blocks
 * @param {readonly Float64Array[]} losses Weighted losses.
 * @param {readonly number[]} units The limited costs.
 * @param {readonly number[]} budgets
 * @param {readonly number[]} greatest The greatest sum of each cost.
 * @param {number} ceiling A loss that no network exceeds.
 * @param {readonly number[]} best The prices with which the bound for whole networks is greatest.
 * @returns {Bound[]}
 */
function otherBounds(blocks, losses, units, budgets, greatest, ceiling, best) {
  if (units.length < 2) return [];
  const sets = Array.from(
    { length: 2 ** units.length - 2 },
    (_, i) => units.filter((_, bit) => (i + 1) >> bit & 1),
  );
  const vectors = sets.map((set) => {
    const { prices } = findPrices(blocks, losses, set, budgets, greatest, ceiling, 30);
    return units.map((k) => set.includes(k) ? prices[set.indexOf(k)] : 0);
  });
  const shares = [0.25, 0.5, 0.75, 1];
  const between = shares.flatMap((share) =>
    vectors.map((prices) => prices.map((price, i) => share * price + (1 - share) * best[i]))
  );
  return between.map((prices) => {
    const priced = losses.map((list) => Float64Array.from(list));
    priceEdges(blocks, losses, units, prices, priced);
    const allowance = units.reduce((sum, k, i) => sum + prices[i] * budgets[k], 0);
    return { prices, ends: leastEnds(blocks, priced), allowance };
  });
}

/** @param {Float64Array} list */
function magnitude(list) {
  let most = 0;
  for (const value of list) most = Math.max(most, Math.abs(value));
  return most;
}

/**
 * @typedef {object} Search
 * @property {readonly SolverBlock[]} blocks
 * @property {readonly Float64Array[]} losses Weighted losses.
 * @property {readonly Float64Array[]} priced Losses with costs at their prices.
 * @property {readonly number[][][]} lists Paths by block and input width, the most promising first.
 * @property {readonly Float64Array[]} ends The least priced sums from each block on.
 * @property {readonly Float64Array[]} leastLosses The least losses from each block on.
 * @property {readonly Float64Array[][]} leastCosts The least costs from each block on, for each cost.
 * @property {readonly number[]} units The limited costs.
 * @property {readonly number[]} budgets
 * @property {readonly Bound[]} bounds Bounds at other prices.
 * @property {number} allowance What the budgets are worth.
 * @property {number} margin
 * @property {number} limit
 */

/**
 * The best network whose loss is at most the limit, if there is one, and how many beginnings were looked at.
 *
 * The blocks but the last two are merged; each beginning that is left is then followed through the last two at once, and what is
 * found lowers the limit for those that come after it.
 *
 * @param {Search} search
 * @returns {{ found: Network | null, count: number }}
 */
function merge(search) {
  const { blocks, losses, priced, lists, ends, leastLosses, leastCosts, units, budgets } = search;
  const { bounds, margin, allowance, limit } = search;
  const labels = new Beginnings(blocks[0].costs.length);
  labels.count = 1;
  labels.before[0] = labels.edge[0] = -1;
  /** @type {number[][]} */
  let fronts = [[0]];
  const split = Math.max(0, blocks.length - 2);
  for (let b = 0; b < split; b++) {
    const { inputs, outputs, to, costs } = blocks[b];
    const [loss, price, after] = [losses[b], priced[b], ends[b + 1]];
    /** @type {number[][]} */
    const next = Array.from({ length: outputs }, () => []);
    for (let state = 0; state < inputs; state++) {
      for (const label of fronts[state]) {
        const room = limit + allowance + margin - labels.priced[label];
        const lossRoom = limit + margin - labels.loss[label];
        for (const e of lists[b][state]) {
          const t = to[e];
          if (price[e] + after[t] > room) break;
          if (loss[e] + leastLosses[b + 1][t] > lossRoom) continue;
          let fits = true;
          for (const k of units) {
            if (labels.costs[k][label] + costs[k][e] + leastCosts[k][b + 1][t] > budgets[k]) {
              fits = false;
              break;
            }
          }
          if (!fits) continue;
          if (labels.count === labels.capacity) labels.grow();
          const at = labels.count++;
          labels.loss[at] = labels.loss[label] + loss[e];
          labels.priced[at] = labels.priced[label] + price[e];
          for (let k = 0; k < costs.length; k++) {
            labels.costs[k][at] = labels.costs[k][label] + costs[k][e];
          }
          if (
            isRuledOut(bounds, b + 1, t, labels.loss[at], units, labels.costs, at, limit + margin)
          ) {
            labels.count--;
            continue;
          }
          labels.edge[at] = e;
          labels.before[at] = label;
          next[t].push(at);
        }
      }
    }
    fronts = next.map((list) => undominated(list, labels, blocks, b, units, margin));
  }
  return finish(search, labels, fronts, split);
}

/**
 * Whether one of some bounds says that a beginning's loss comes above a limit, whatever its end.
 *
 * @param {readonly Bound[]} bounds
 * @param {number} block The block that comes next.
 * @param {number} state Position of the width that it reads.
 * @param {number} loss
 * @param {readonly number[]} units
 * @param {readonly Float64Array[]} costs
 * @param {number} at The beginning's position in the lists of costs.
 * @param {number} limit
 */
function isRuledOut(bounds, block, state, loss, units, costs, at, limit) {
  for (let j = 0; j < bounds.length; j++) {
    const { prices, ends, allowance } = bounds[j];
    let sum = loss + ends[block][state] - allowance;
    for (let i = 0; i < units.length; i++) sum += prices[i] * costs[units[i]][at];
    if (sum > limit) return true;
  }
  return false;
}

/**
 * The best of the networks that begin in one of the given ways, depth first, the most promising beginnings first.
 *
 * @param {Search} search
 * @param {Beginnings} labels
 * @param {readonly number[][]} fronts Beginnings by the width that they give.
 * @param {number} split The block that comes after them.
 * @returns {{ found: Network | null, count: number }}
 */
function finish(search, labels, fronts, split) {
  const { blocks, losses, priced, lists, ends, leastLosses, leastCosts, units, budgets } = search;
  const { margin, allowance } = search;
  const all = blocks[0].costs.map((_, k) => k);
  const edges = new Array(blocks.length).fill(-1);
  /** @type {Network | null} */
  let best = null;
  let { limit } = search;
  let { count } = labels;
  let label = 0;
  // Costs of what has been chosen, before each block.
  const spent = blocks.map(() => new Float64Array(all.length));

  /** @type {(b: number, state: number, lossSoFar: number, pricedSoFar: number) => void} */
  const follow = (b, state, lossSoFar, pricedSoFar) => {
    const { to, costs } = blocks[b];
    const [loss, price, after, leastLoss] = [losses[b], priced[b], ends[b + 1], leastLosses[b + 1]];
    for (const e of lists[b][state]) {
      const t = to[e];
      if (pricedSoFar + price[e] + after[t] > limit + allowance + margin) break;
      if (lossSoFar + loss[e] + leastLoss[t] > limit + margin) continue;
      let fits = true;
      for (const k of units) {
        if (spent[b][k] + costs[k][e] + leastCosts[k][b + 1][t] > budgets[k]) {
          fits = false;
          break;
        }
      }
      if (!fits) continue;
      count++;
      edges[b] = e;
      if (b + 1 < blocks.length) {
        for (const k of all) spent[b + 1][k] = spent[b][k] + costs[k][e];
        follow(b + 1, t, lossSoFar + loss[e], pricedSoFar + price[e]);
        continue;
      }
      const whole = lossSoFar + loss[e];
      if (best && whole > best.loss) continue;
      for (let i = split - 1, at = label; i >= 0; i--, at = labels.before[at]) {
        edges[i] = labels.edge[at];
      }
      const network = totals(blocks, losses, edges);
      if (best && compareNetworks(blocks, network, best) >= 0) continue;
      best = network;
      limit = Math.min(limit, whole);
    }
  };

  const beginnings = fronts.flatMap((list, state) =>
    list.map((label) => ({ label, state, bound: labels.priced[label] + ends[split][state] }))
  ).sort((a, b) => a.bound - b.bound);
  for (const beginning of beginnings) {
    if (beginning.bound > limit + allowance + margin) break;
    label = beginning.label;
    for (const k of all) spent[split][k] = labels.costs[k][label];
    follow(split, beginning.state, labels.loss[label], labels.priced[label]);
  }
  return { found: best, count };
}

/**
 * Orders networks by loss, costs, and the choice in the first block in which they differ.
 *
 * @param {readonly SolverBlock[]} blocks
 * @param {Network} a
 * @param {Network} b
 */
function compareNetworks(blocks, a, b) {
  if (a.loss !== b.loss) return a.loss - b.loss;
  for (let k = 0; k < a.costs.length; k++) {
    if (a.costs[k] !== b.costs[k]) return a.costs[k] - b.costs[k];
  }
  for (let i = 0; i < blocks.length; i++) {
    const { cell, path } = blocks[i];
    const [x, y] = [a.edges[i], b.edges[i]];
    if (x !== y) return cell[x] - cell[y] || path[x] - path[y];
  }
  return 0;
}

/**
 * Paths by input width, those of the least bound first.
 *
 * @param {SolverBlock} block
 * @param {Float64Array} priced
 * @param {Float64Array} after The least priced sums of the blocks to come.
 */
function promisingFirst({ inputs, from, to }, priced, after) {
  /** @type {number[][]} */
  const lists = Array.from({ length: inputs }, () => []);
  for (let e = 0; e < from.length; e++) lists[from[e]].push(e);
  const bound = priced.map((value, e) => value + after[to[e]]);
  for (const list of lists) list.sort((a, b) => bound[a] - bound[b]);
  return lists;
}

/**
 * Orders beginnings by loss, costs, and the choice in the first block in which they differ.
 *
 * @param {Beginnings} labels
 * @param {readonly SolverBlock[]} blocks
 * @param {number} last The block that they end with.
 */
function comparison(labels, blocks, last) {
  /** @type {(a: number, b: number, block: number) => number} */
  const byChoice = (a, b, block) => {
    if (a === b || block < 0) return 0;
    const { cell, path } = blocks[block];
    const [x, y] = [labels.edge[a], labels.edge[b]];
    return byChoice(labels.before[a], labels.before[b], block - 1) || cell[x] - cell[y] ||
      path[x] - path[y];
  };
  const { loss, costs } = labels;
  /** @type {(a: number, b: number) => number} */
  return (a, b) => {
    if (loss[a] !== loss[b]) return loss[a] - loss[b];
    for (const list of costs) if (list[a] !== list[b]) return list[a] - list[b];
    return byChoice(a, b, last);
  };
}

/**
 * Drops beginnings that another one beats: with the same end it is within the budgets too, and comes before it in the order of
 * networks. Where a loss is less by no more than rounding errors, the sums with an end may come out equal, and the costs decide.
 *
 * @param {number[]} list
 * @param {Beginnings} labels
 * @param {readonly SolverBlock[]} blocks
 * @param {number} last
 * @param {readonly number[]} units The costs that a budget limits.
 * @param {number} margin
 */
function undominated(list, labels, blocks, last, units, margin) {
  const { loss, costs } = labels;
  sortByLoss(list, loss, comparison(labels, blocks, last));
  const zero = new Float64Array(0);
  const first = units.length > 0 ? costs[units[0]] : zero;
  const second = units.length > 1 ? costs[units[1]] : zero;
  /** @type {number[]} */
  const kept = [];
  // Of the beginnings so far, those that none beats in the first two costs: the first cost rises, the second falls.
  /** @type {number[]} */
  const stairs = [];
  for (const label of list) {
    const [x, y] = [first[label] ?? 0, second[label] ?? 0];
    let low = 0;
    for (let high = stairs.length; low < high;) {
      const middle = (low + high) >> 1;
      if ((first[stairs[middle]] ?? 0) <= x) low = middle + 1;
      else high = middle;
    }
    const other = stairs[low - 1];
    if (other !== undefined && beats(other, label)) continue;
    kept.push(label);
    if (other !== undefined && (second[other] ?? 0) <= y) continue;
    let end = low;
    while (end < stairs.length && (second[stairs[end]] ?? 0) >= y) end++;
    const start = other !== undefined && (first[other] ?? 0) === x ? low - 1 : low;
    stairs.splice(start, end - start, label);
  }
  return kept;

  /** @param {number} a @param {number} b */
  function beats(a, b) {
    const sure = loss[a] === loss[b] || loss[a] < loss[b] - margin;
    for (let k = 0; k < costs.length; k++) {
      if (costs[k][a] > costs[k][b] && (!sure || units.includes(k))) return false;
    }
    return true;
  }
}

/**
 * Sorts numbers of beginnings: all at once by loss as plain numbers, which is fast, then those of almost equal loss in order.
 *
 * @param {number[]} list
 * @param {Float64Array} loss
 * @param {(a: number, b: number) => number} order
 */
function sortByLoss(list, loss, order) {
  const { length } = list;
  if (length < 50 || length > 2 ** 22) return list.sort(order);
  let [low, high] = [Infinity, -Infinity];
  for (const label of list) {
    low = Math.min(low, loss[label]);
    high = Math.max(high, loss[label]);
  }
  // 30 bits of the loss and 22 of the position are a whole number that a double holds.
  const scale = high > low ? (2 ** 30 - 1) / (high - low) : 0;
  const keys = Float64Array.from(
    list,
    (label, i) => Math.floor((loss[label] - low) * scale) * 2 ** 22 + i,
  ).sort();
  const from = list.slice();
  for (let i = 0; i < length; i++) {
    const label = from[keys[i] % 2 ** 22];
    let at = i;
    while (at > 0 && order(list[at - 1], label) > 0) {
      list[at] = list[at - 1];
      at--;
    }
    list[at] = label;
  }
  return list;
}
