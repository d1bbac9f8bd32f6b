import { percent, short } from "../plots/_format.ts";
import { escape } from "../plots/_markup.ts";
import { formatInteger } from "../progress/format.ts";
import type { ReportData } from "./types.ts";
import type { Verdict } from "./_verdict.ts";

/** What a reader wants to know first: the network, its costs, and what it is worth. */
export function summaryHtml({ ratings, result }: ReportData, verdict: Verdict | undefined): string {
  const { accuracy, teacher, budgets, params, macs, flops, loss, architecture } = result;
  const versus = [
    ...(verdict?.randomMean === undefined ? [] : [`random ${percent(verdict.randomMean)}`]),
    ...(teacher ? [`teacher ${percent(teacher.accuracy)}`] : []),
  ];
  const size = `${ratings.resolution} × ${ratings.resolution}`;
  const tiles = [
    accuracy === undefined
      ? tile("test accuracy", "–", "not retrained")
      : tile("test accuracy", percent(accuracy), versus.join(" · ")),
    tile("parameters", short(params), limit(budgets.maxParams, params)),
    tile("FLOPs", short(flops), limit(budgets.maxFlops, flops)),
    tile("multiply–adds", short(macs), `at ${size}`),
    tile("loss", loss.toFixed(4), `sum over ${result.choice.length} blocks`),
  ];
  const words = verdict
    ? `<p class="verdict">${escape(verdict.gain)}</p>\n<p class="quiet">${
      escape(verdict.caveat)
    }</p>`
    : `<p class="verdict">The networks were not retrained (<code>--no-retrain</code>), so no accuracy is known.</p>`;
  return `<div class="tiles">${tiles.join("")}</div>
${words}
<p class="architecture"><code>${escape(architecture)}</code></p>`;
}

function tile(name: string, value: string, note: string): string {
  return `<div class="tile"><div class="name">${escape(name)}</div>\
<div class="value">${escape(value)}</div><div class="note">${escape(note)}</div></div>`;
}

function limit(budget: number | undefined, used: number): string {
  if (budget === undefined) return formatInteger(used);
  return `${percent(used / budget, 1)} of ${short(budget)}`;
}
