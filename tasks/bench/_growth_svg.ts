/**
 * The growth of time and memory as a drawing: a column for what is varied, a row for what is measured.
 *
 * @module
 */

import type { Growth, Shape } from "./_growth.ts";

const WIDTH = 210;
const HEIGHT = 150;
const LEFT = 64;
const TOP = 34;
const GAP = 26;

const TITLES: Record<keyof Shape, string> = {
  blocks: "blocks",
  cells: "cells a block",
  depth: "layers a cell",
  operations: "operations a layer",
};

interface Line {
  name: string;
  colour: string;
  dash: string;
  of: (growth: Growth) => number;
}

const ROWS: { title: string; lines: Line[] }[] = [
  {
    title: "milliseconds",
    lines: [
      { name: "front by parameters", colour: "#0b6e99", dash: "", of: ({ front }) => front },
      {
        name: "search under two constraints",
        colour: "#b3541e",
        dash: "5 3",
        of: ({ search }) => search,
      },
    ],
  },
  {
    title: "megabytes",
    lines: [{ name: "memory for both", colour: "#4a7a2a", dash: "", of: ({ memory }) => memory }],
  },
];

/** Draws sweeps, by what was varied. */
export function growthDrawing(sweeps: [varied: keyof Shape, points: Growth[]][]): string {
  const width = LEFT + sweeps.length * (WIDTH + GAP);
  const height = TOP + ROWS.length * (HEIGHT + 52) + 24;
  const parts: string[] = [];
  ROWS.forEach(({ title, lines }, row) => {
    const y0 = TOP + row * (HEIGHT + 52);
    const values = sweeps.flatMap(([, points]) =>
      points.flatMap((p) => lines.map(({ of }) => of(p)))
    );
    const low = Math.floor(Math.log10(Math.max(0.1, Math.min(...values))));
    const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
    const y = (value: number) =>
      y0 + HEIGHT * (high - Math.log10(Math.max(value, 10 ** low))) / (high - low);
    sweeps.forEach(([varied, points], column) => {
      const x0 = LEFT + column * (WIDTH + GAP);
      const xs = points.map(({ [varied]: value }) => value);
      const x = (value: number) =>
        x0 + 14 + (WIDTH - 28) * (value - xs[0]) / (xs[xs.length - 1] - xs[0]);
      parts.push(
        `<rect x="${x0}" y="${y0}" width="${WIDTH}" height="${HEIGHT}" class="frame"/>`,
        ...Array.from({ length: high - low + 1 }, (_, i) => {
          const at = y(10 ** (low + i)).toFixed(1);
          const label = column === 0
            ? `<text x="${x0 - 6}" y="${at}" dy="4" text-anchor="end">${10 ** (low + i)}</text>`
            : "";
          return `<line x1="${x0}" x2="${x0 + WIDTH}" y1="${at}" y2="${at}" class="grid"/>${label}`;
        }),
        ...points.map(({ [varied]: value, networks }) => {
          const at = x(value).toFixed(1);
          const size = row === 0 && (value === xs[0] || value === xs[xs.length - 1])
            ? `<text x="${at}" y="${y0 - 6}" text-anchor="middle" class="size">10<tspan dy="-4" ` +
              `font-size="8">${networks.toFixed(0)}</tspan></text>`
            : "";
          return `<text x="${at}" y="${
            y0 + HEIGHT + 14
          }" text-anchor="middle">${value}</text>${size}`;
        }),
        `<text x="${x0 + WIDTH / 2}" y="${y0 + HEIGHT + 30}" text-anchor="middle" class="title">` +
          `${TITLES[varied]}</text>`,
        ...lines.flatMap(({ colour, dash, of }) => [
          `<polyline fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}" points="` +
          points.map((p) => `${x(p[varied]).toFixed(1)},${y(of(p)).toFixed(1)}`).join(" ") + `"/>`,
          ...points.map((p) =>
            `<circle cx="${x(p[varied]).toFixed(1)}" cy="${y(of(p)).toFixed(1)}" r="2.5" ` +
            `fill="${colour}"/>`
          ),
        ]),
      );
    });
    parts.push(
      `<text transform="translate(14 ${y0 + HEIGHT / 2}) rotate(-90)" text-anchor="middle" ` +
        `class="title">${title}</text>`,
    );
  });
  const keys = ROWS.flatMap(({ lines }) => lines).map(({ name, colour, dash }, i) => {
    const at = LEFT + i * 240;
    return `<line x1="${at}" x2="${at + 26}" y1="${height - 12}" y2="${height - 12}" ` +
      `stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>` +
      `<text x="${at + 32}" y="${height - 8}">${name}</text>`;
  });
  keys.push(
    `<text x="${width - GAP}" y="${height - 8}" text-anchor="end" class="size">above the frames: ` +
      "number of networks</text>",
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
    `width="${width}" height="${height}" role="img" aria-label="Time and memory of searches in ` +
    `growing spaces">\n<style>text{font:11px sans-serif;fill:#333}.title{font-size:12px}` +
    `.size{fill:#777}.frame{fill:none;stroke:#999}.grid{stroke:#e3e3e3}</style>\n` +
    `<rect width="100%" height="100%" fill="#fff"/>\n${[...parts, ...keys].join("\n")}\n</svg>\n`;
}
