import { escape } from "../plots/_markup.ts";

/** The HTML of the Markdown that notebooks are written in: headings, paragraphs, lists, and marks in a line. */
export function markdownHtml(text: string): string {
  return text.trim().split(/\n\s*\n/).map(blockHtml).join("\n");
}

/** The text of the first heading of the first level. */
export function markdownTitle(text: string): string | undefined {
  return /^# (.+)$/m.exec(text)?.[1].trim();
}

function blockHtml(block: string): string {
  const heading = /^(#{1,5}) (.+)$/.exec(block.trim());
  // The page's own headings are above a notebook's.
  if (heading) return `<h3>${lineHtml(heading[2])}</h3>`;
  const lines = block.trim().split("\n");
  if (lines.every((line) => /^(- |\s)/.test(line))) {
    const items = block.trim().split(/^- /m).filter(Boolean);
    return `<ul>${items.map((item) => `<li>${lineHtml(item.trim())}</li>`).join("")}</ul>`;
  }
  return `<p>${lineHtml(block.trim())}</p>`;
}

function lineHtml(text: string): string {
  return text.split(/(`[^`]+`)/).map((part) =>
    part.startsWith("`") && part.length > 1
      ? `<code>${escape(part.slice(1, -1))}</code>`
      : escape(part)
        .replace(/\*\*([^*]+)\*\*/g, "<b>$1</b>")
        .replace(/(^|[^\w*])\*([^*\s][^*]*)\*/g, "$1<i>$2</i>")
        .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, '<a href="$2">$1</a>')
        .replace(/\[([^\]]+)\]\([^)\s]*\)/g, "$1")
  ).join("");
}
