// @ts-check
/**
 * The explorer's page: its controls, and what they show.
 *
 * @module
 */

/** @import { ExplorerData } from "../types.ts" */
/** @import { PageDocument, PageElement, PageEvent } from "../dom.ts" */
/** @import { Network } from "./solver.js" */
/** @import { Front } from "./front.js" */
/** @import { Axes } from "./chart.js" */
import { CHART, movingParts, stillParts } from "./chart.js";
import { frontByCost } from "./front.js";
import { architectureText, chosenBlocks, drawNetwork, networkTitle } from "./network.js";
import { leastEnds, solveNetwork, solverBlocks } from "./solver.js";
import { budgetOf, costText, escapeText, lossText, wholeText } from "./words.js";

/** Steps of a budget's slider; the last one is no limit. */
const SLIDER_STEPS = 1000;
/** So long must nothing change before the result is read out. */
const QUIET_MS = 600;
/** So many lines has the table of a front. */
const TABLE_LINES = 40;

/**
 * Makes a page with the explorer's elements live.
 *
 * @param {PageDocument} document
 * @param {ExplorerData} data
 */
export function startExplorer(document, data) {
  const { costs } = data;
  const window = document.defaultView;
  const blocks = solverBlocks(data);
  const least = costs.map((_, k) => leastEnds(blocks, blocks.map((block) => block.costs[k]))[0][0]);
  const greatest = costs.map((_, k) =>
    -leastEnds(blocks, blocks.map((block) => block.costs[k]), -1)[0][0]
  );
  const begin = { budgets: data.start.budgets.slice(), weights: data.start.weights.slice() };
  readHash();
  const { budgets, weights } = begin;
  /** @type {Network | null} */
  let best = null;
  /** @type {{ axes: Axes, front: Front }[]} */
  let charts = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let drawing;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let speaking;

  /** @type {(id: string) => PageElement} */
  const element = (id) => /** @type {PageElement} */ (document.getElementById(id));

  costs.forEach(({ key, unit }, k) => {
    const slide = element(`slide-${key}`);
    const typed = element(`budget-${key}`);
    slide.addEventListener("input", () => {
      const step = Number(slide.value);
      const share = step / SLIDER_STEPS;
      setBudget(k, step >= SLIDER_STEPS ? null : least[k] + share * (greatest[k] - least[k]));
    });
    typed.addEventListener("change", () => {
      const budget = budgetOf(typed.value, unit);
      typed.setAttribute("aria-invalid", `${budget === undefined}`);
      if (budget !== undefined) setBudget(k, budget);
    });
    element(`free-${key}`).addEventListener("click", () => setBudget(k, null));
    const chart = element(`chart-${key}`);
    /** @param {PageEvent} event */
    const drag = (event) => {
      if (event.buttons !== 1) return;
      const { left, width } = chart.getBoundingClientRect();
      const x = (event.clientX - left) * CHART.width / width;
      const share = (x - CHART.left) / (CHART.width - CHART.left - CHART.right);
      setBudget(k, share >= 1 ? null : least[k] + Math.max(0, share) * (greatest[k] - least[k]));
    };
    chart.addEventListener("pointerdown", drag);
    chart.addEventListener("pointermove", drag);
  });
  data.blocks.forEach((_, b) => {
    const slide = element(`lambda-${b}`);
    slide.addEventListener("input", () => {
      weights[b] = Number(slide.value);
      changeWeights();
    });
  });
  element("ones").addEventListener("click", () => {
    weights.fill(1);
    changeWeights();
  });
  element("copy").addEventListener("click", async () => {
    try {
      await window?.navigator.clipboard.writeText(element("text").textContent ?? "");
      element("copied").textContent = "Copied";
    } catch {
      element("copied").textContent = "This browser does not allow it: select the text instead";
    }
  });
  window?.addEventListener("hashchange", () => {
    readHash();
    changeWeights();
  });
  changeWeights();

  /**
   * @param {number} k
   * @param {number | null} budget
   */
  function setBudget(k, budget) {
    budgets[k] = budget === null ? null : Math.floor(budget);
    show();
  }

  function changeWeights() {
    show();
    // The best network at once, the fronts when there is time.
    clearTimeout(drawing);
    drawing = setTimeout(drawFronts, 0);
  }

  /** The best network, everywhere that it is shown. */
  function show() {
    best = solveNetwork(blocks, weights, budgets.map((budget) => budget ?? Infinity));
    costs.forEach(({ key, title, unit }, k) => {
      const budget = budgets[k];
      const share = budget === null ? 1 : (budget - least[k]) / (greatest[k] - least[k] || 1);
      const step = budget === null
        ? SLIDER_STEPS
        : Math.min(SLIDER_STEPS - 1, Math.max(0, Math.ceil(share * SLIDER_STEPS - 1e-9)));
      const slide = element(`slide-${key}`);
      slide.value = `${step}`;
      slide.setAttribute(
        "aria-valuetext",
        budget === null ? "no limit" : `at most ${costText(budget, unit)} ${title}`,
      );
      const typed = element(`budget-${key}`);
      typed.value = budget === null ? "" : budgetText(budget, unit);
      typed.setAttribute("aria-invalid", "false");
    });
    weights.forEach((weight, b) => {
      element(`lambda-${b}`).value = `${weight}`;
      element(`lambda-${b}-value`).textContent = `${weight}`;
    });
    element("copied").textContent = "";
    element("result").hidden = !best;
    element("nothing").hidden = !!best;
    if (best) showNetwork(best);
    else element("nothing").textContent = nothingFits();
    moveCharts();
    writeHash();
    clearTimeout(speaking);
    speaking = setTimeout(speak, QUIET_MS);
  }

  /** @param {Network} network */
  function showNetwork(network) {
    const { loss, costs: sums, edges } = network;
    const chosen = chosenBlocks(data, choiceOf(network));
    element("loss").textContent = lossText(loss);
    element("loss").dataset.value = `${loss}`;
    costs.forEach(({ key, unit }, k) => {
      element(`cost-${key}`).textContent = costText(sums[k], unit);
      element(`cost-${key}`).dataset.value = `${sums[k]}`;
    });
    element("text").textContent = architectureText(data, chosen);
    const losses = edges.map((e, b) => blocks[b].loss[e]);
    element("drawing").innerHTML = drawNetwork(
      data,
      chosen,
      losses.map((loss) => `loss ${lossText(loss)}`),
    );
    element("blocks").innerHTML = chosen.map(({ width, operations }, b) => {
      const weighted = weights[b] * losses[b];
      const cells = [
        lossText(losses[b]),
        `${weights[b]}`,
        lossText(weighted),
        loss === 0 ? "–" : `${(100 * weighted / loss).toFixed(1)} %`,
        ...costs.map(({ unit }, k) => costText(blocks[b].costs[k][edges[b]], unit)),
      ].map((text) => `<td class="number">${text}</td>`);
      const labels = operations.map(({ label }) => escapeText(label)).join(" ");
      return `<tr><th scope="row">Block ${b + 1}</th><td>${operations.length} × ${width}</td>` +
        `<td>${labels}</td>${cells.join("")}</tr>`;
    }).join("");
  }

  /** @param {Network} network */
  function choiceOf({ edges }) {
    return edges.map((e, b) => ({ cell: blocks[b].cell[e], path: blocks[b].path[e] }));
  }

  function nothingFits() {
    const limits = costs.flatMap(({ title, unit }, k) => {
      const budget = budgets[k];
      return budget === null ? [] : [`${costText(budget, unit)} ${title}`];
    });
    const cheapest = costs.map(({ title, unit }, k) => `${costText(least[k], unit)} ${title}`);
    return `No network has at most ${limits.join(" and ")}. ` +
      `The least that networks have: ${cheapest.join("; ")}${
        costs.length > 1 ? ", each for itself" : ""
      }.`;
  }

  function drawFronts() {
    charts = costs.map(({ key, unit }, k) => {
      const front = frontByCost(blocks, weights, k);
      const sample = data.sample.map(({ losses, costs }) => ({
        cost: costs[k],
        loss: losses.reduce((sum, loss, b) => sum + weights[b] * loss, 0),
      }));
      const all = [...sample.map(({ loss }) => loss), front.losses[0]];
      const low = front.losses[front.losses.length - 1];
      const high = all.reduce((most, loss) => Math.max(most, loss), low);
      const margin = 0.04 * (high - low || 1);
      /** @type {Axes} */
      const axes = { x: [least[k], greatest[k]], y: [low - margin, high + margin] };
      still(key).innerHTML = stillParts(
        axes,
        sample,
        front,
        (cost) => costText(cost, unit),
        lossText,
      );
      element(`count-${key}`).textContent = `${
        wholeText(front.costs.length)
      } networks on this front`;
      element(`front-${key}`).innerHTML = frontRows(front, unit);
      return { axes, front };
    });
    moveCharts();
  }

  function moveCharts() {
    charts.forEach(({ axes }, k) => {
      moving(costs[k].key).innerHTML = movingParts(
        axes,
        budgets[k],
        best && { cost: best.costs[k], loss: best.loss },
      );
    });
  }

  /** @type {(key: string) => PageElement} */
  function still(key) {
    return /** @type {PageElement} */ (element(`chart-${key}`).querySelector(".still"));
  }

  /** @type {(key: string) => PageElement} */
  function moving(key) {
    return /** @type {PageElement} */ (element(`chart-${key}`).querySelector(".moving"));
  }

  function speak() {
    element("live").textContent = best
      ? `Loss ${lossText(best.loss)}; ${
        costs.map(({ title, unit }, k) => `${costText(best?.costs[k] ?? 0, unit)} ${title}`).join(
          ", ",
        )
      }. ${networkTitle(data, chosenBlocks(data, choiceOf(best)))}`
      : nothingFits();
  }

  /** Budgets and λ of the address, as a link gives them. */
  function readHash() {
    const hash = new URLSearchParams((window?.location?.hash ?? "").slice(1));
    costs.forEach(({ key }, k) => {
      const text = hash.get(key);
      if (text === null) return;
      const budget = Number(text);
      begin.budgets[k] = text !== "" && budget >= 0 && budget < Infinity ? budget : null;
    });
    const lambda = (hash.get("lambda") ?? "").split(",").map((text) =>
      text === "" ? NaN : Number(text)
    );
    if (
      lambda.length === data.blocks.length && lambda.every((value) => value >= 0 && value < 1e6)
    ) {
      lambda.forEach((value, b) => begin.weights[b] = value);
    }
  }

  function writeHash() {
    const parts = costs.map(({ key }, k) => `${key}=${budgets[k] ?? ""}`);
    try {
      window?.history.replaceState(null, "", `#${parts.join("&")}&lambda=${weights.join(",")}`);
    } catch {
      // Some browsers forbid it where pages change much; the address then stays behind.
    }
  }
}

/**
 * A budget as it is typed: exactly.
 *
 * @param {number} budget
 * @param {"count" | "ns"} unit
 */
function budgetText(budget, unit) {
  return unit === "ns" ? `${Number((budget / 1e6).toPrecision(12))} ms` : wholeText(budget);
}

/**
 * Rows of a table of a front, evenly picked.
 *
 * @param {Front} front
 * @param {"count" | "ns"} unit
 */
function frontRows({ costs, losses }, unit) {
  const count = Math.min(TABLE_LINES, costs.length);
  return Array.from({ length: count }, (_, i) => {
    const at = count === 1 ? 0 : Math.round(i * (costs.length - 1) / (count - 1));
    return `<tr><td class="number">${costText(costs[at], unit)}</td><td class="number">${
      lossText(losses[at])
    }</td></tr>`;
  }).join("");
}
