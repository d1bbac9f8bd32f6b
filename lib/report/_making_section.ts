import { escape } from "../plots/_markup.ts";
import { type Section, tableHtml } from "./_html.ts";
import type { ReportData } from "./types.ts";

/** The keys of config.json that stand in a table of their own. */
const GROUPS: readonly [key: string, title: string][] = [
  ["options", "Options"],
  ["versions", "Versions"],
];

/** How the run was made, and how to make it again. */
export function makingSection({ config }: Pick<ReportData, "config">): Section {
  const { command, ...rest } = config;
  const parts: string[] = [];
  if (command !== undefined) {
    parts.push(
      `<p>To repeat it:</p>\n<pre><code>${escape(words(command, " "))}</code></pre>`,
    );
  }
  const groups = GROUPS.filter(([key]) => isRecord(rest[key]));
  const single = Object.entries(rest).filter(([key]) => !groups.some(([group]) => group === key));
  parts.push(`<div class="columns">`);
  for (const [key, title] of groups) parts.push(group(title, Object.entries(rest[key] as object)));
  if (single.length > 0) parts.push(group("Run", single));
  parts.push("</div>");
  return { id: "making", title: "How this was made", html: parts.join("\n"), figures: {} };
}

function group(title: string, entries: [string, unknown][]): string {
  const rows = entries.map(([key, value]) => [key, words(value, ", ")]);
  return `<div><h3>${title}</h3>\n${tableHtml(["name", "value"], rows)}</div>`;
}

function words(value: unknown, separator: string): string {
  if (value === undefined || value === null) return "–";
  if (Array.isArray(value)) return value.map((part) => words(part, separator)).join(separator);
  if (isRecord(value)) {
    return Object.entries(value).map(([key, part]) => `${key} ${words(part, " ")}`).join(separator);
  }
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) >= 10_000
    ? value.toLocaleString("en-US")
    : `${value}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
