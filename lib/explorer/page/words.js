// @ts-check
/**
 * Numbers and budgets as text, and back.
 *
 * @module
 */

/** @import { ExplorerCost } from "../types.ts" */

/**
 * A cost in three digits with its unit: 4.39 M, 12.3 ms.
 *
 * @param {number} value
 * @param {ExplorerCost["unit"]} unit
 */
export function costText(value, unit) {
  const sizes = unit === "ns"
    ? [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]]
    : [[1e9, "G"], [1e6, "M"], [1e3, "k"]];
  const found = sizes.find(([size]) => value >= 0.9995 * Number(size));
  const [size, name] = found ?? [1, unit === "ns" ? "ns" : ""];
  const scaled = value / Number(size);
  const digits = !found ? 0 : scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  return `${scaled.toFixed(digits)}${name && ` ${name}`}`;
}

/**
 * Whole numbers with commas between their thousands.
 *
 * @param {number} value
 */
export function wholeText(value) {
  return Math.round(value).toLocaleString("en-US");
}

/**
 * A loss, in five digits.
 *
 * @param {number} value
 */
export function lossText(value) {
  return `${Number(value.toPrecision(5))}`;
}

/** What budgets may be written with. */
const BUDGET_UNITS = {
  count: /** @type {Record<string, number>} */ ({ "": 1, k: 1e3, M: 1e6, G: 1e9 }),
  ns:
    /** @type {Record<string, number>} */ ({ ns: 1, us: 1e3, "µs": 1e3, "": 1e6, ms: 1e6, s: 1e9 }),
};

/**
 * A budget that was typed; commas may part thousands, and a latency without a unit is in milliseconds.
 *
 * @param {string} text
 * @param {ExplorerCost["unit"]} unit
 * @returns {number | null | undefined} Null for none, undefined for what is no budget.
 */
export function budgetOf(text, unit) {
  const plain = text.replace(/,/g, "").trim();
  if (plain === "") return null;
  const match = /^(\d+\.?\d*|\.\d+)\s*([a-zµ]*)$/i.exec(plain);
  const units = BUDGET_UNITS[unit];
  if (!match || !Object.hasOwn(units, match[2])) return undefined;
  return Math.floor(Number(match[1]) * units[match[2]] + 1e-6);
}

/**
 * Text that HTML shows as it is.
 *
 * @param {string} text
 */
export function escapeText(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
