// @ts-check
/**
 * The network of a choice: as text, in words, and drawn.
 *
 * @module
 */

/** @import { ExplorerData, ExplorerOperation } from "../types.ts" */

/**
 * A block of a network.
 *
 * @typedef {object} ChosenBlock
 * @property {number} width
 * @property {ExplorerOperation[]} operations One for each layer.
 */

/**
 * The blocks of a choice.
 *
 * @param {ExplorerData} data
 * @param {readonly { cell: number, path: number }[]} choice
 * @returns {ChosenBlock[]}
 */
export function chosenBlocks({ blocks, operations }, choice) {
  return choice.map(({ cell, path }, b) => {
    const { width, depth } = blocks[b].cells[cell];
    const digits = new Array(depth);
    let rest = path;
    for (let layer = depth - 1; layer >= 0; layer--) {
      digits[layer] = rest % operations.length;
      rest = Math.floor(rest / operations.length);
    }
    return { width, operations: digits.map((digit) => operations[digit]) };
  });
}

/**
 * The architecture as text, in timm's words: equal layers in a row are one word.
 *
 * @param {ExplorerData} data
 * @param {readonly ChosenBlock[]} chosen
 */
export function architectureText({ blocks, words }, chosen) {
  const middle = chosen.map(({ width, operations }, b) => {
    /** @type {(operation: ExplorerOperation, stride: number) => string} */
    const rest = ({ kernel, expansion, tail }, stride) =>
      `_k${kernel}_s${stride}_e${expansion}_c${width}${tail}`;
    /** @type {string[]} */
    const layers = [];
    for (let i = 0; i < operations.length;) {
      const stride = i === 0 ? blocks[b].stride : 1;
      let repeats = 1;
      while (
        i + repeats < operations.length &&
        rest(operations[i + repeats], 1) === rest(operations[i], 1)
      ) repeats++;
      layers.push(`ir_r${repeats}${rest(operations[i], stride)}`);
      i += repeats;
    }
    return layers.join(" ");
  });
  return [...words.before, ...middle, ...words.after].join(" | ");
}

/** Fills on which white letters can be read, by kernel. */
const KERNEL_FILLS = /** @type {Record<number, string>} */ ({
  3: "#0b6aa8",
  5: "#a85c00",
  7: "#00785a",
});
const OTHER_FILL = "#8a4a78";
const PLAIN_FILL = "#696f78";

const BOX = 44; // width of a layer's box
const STEP = 56; // from box to box
const GAP = 18; // between blocks, beyond the step
const MIDDLE = 112; // height of the line that data flow along
const HALF = 60; // greatest half height of a box

/**
 * A box of the drawing.
 *
 * @typedef {object} Box
 * @property {[string, string]} words
 * @property {string} fill
 * @property {number} half Half its height.
 * @property {string} group What the boxes of a block have in common.
 * @property {boolean} [down] Whether it halves the maps.
 * @property {boolean} [skip] Whether its input is added to its output.
 * @property {boolean} [se] Whether it has squeeze-and-excitation.
 */

/**
 * Draws a network: a box's colour is its kernel, its height the expansion; arches are residual connections.
 *
 * @param {ExplorerData} data
 * @param {readonly ChosenBlock[]} chosen
 * @param {readonly string[]} notes A line for below each block.
 * @returns {string} An SVG element.
 */
export function drawNetwork(data, chosen, notes) {
  const boxes = networkBoxes(data, chosen);
  let x = 16;
  const xs = boxes.map(({ group }, i) => {
    if (i > 0) x += STEP + (group === boxes[i - 1].group ? 0 : GAP);
    return x;
  });
  const width = x + BOX + 16;
  const body = boxes.map((box, i) => drawBox(box, xs[i])).join("");
  const titles = chosen.map(({ width }, b) => {
    const members = boxes.flatMap(({ group }, i) => group === `${b}` ? [xs[i]] : []);
    const [first, last] = [members[0], members[members.length - 1] + BOX];
    const center = (first + last) / 2;
    const { size } = data.blocks[b];
    return `<text x="${center}" y="14" font-weight="700">Block ${b + 1}</text>` +
      `<text x="${center}" y="30" font-size="11">${size} × ${size} × ${width}</text>` +
      `<path d="M${first} 37H${last}" stroke="currentColor" opacity="0.5"/>` +
      `<text x="${center}" y="198" font-size="11">${notes[b]}</text>`;
  }).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} 206" \
width="${width}" height="206" fill="currentColor" font-size="12" text-anchor="middle" \
style="max-width:100%;min-width:${Math.round(0.7 * width)}px;height:auto">\
<title>${networkTitle(data, chosen)}</title>\
<path d="M4 ${MIDDLE}H${width - 4}" stroke="currentColor" stroke-width="1.5"/>\
${body}${titles}</svg>`;
}

/**
 * The network in words, for those who do not see it.
 *
 * @param {ExplorerData} data
 * @param {readonly ChosenBlock[]} chosen
 */
export function networkTitle(data, chosen) {
  const count = chosen.reduce((sum, { operations }) => sum + operations.length, 0);
  const blocks = chosen.map(({ width, operations }, b) =>
    `block ${b + 1}: ${operations.map(({ label }) => label).join(" ")}, ${width} channels`
  );
  return `Network of ${count} searched layers; ${blocks.join("; ")}; head ${data.head} channels`;
}

/**
 * @param {ExplorerData} data
 * @param {readonly ChosenBlock[]} chosen
 * @returns {Box[]}
 */
function networkBoxes({ stem, first, blocks }, chosen) {
  /** @type {(a: string, b: string, group: string, down?: boolean) => Box} */
  const plain = (a, b, group, down) => ({ words: [a, b], fill: PLAIN_FILL, half: 32, group, down });
  /** @type {(kernel: number) => string} */
  const fillOf = (kernel) => KERNEL_FILLS[kernel] ?? OTHER_FILL;
  /** @type {(expansion: number) => number} */
  const halfOf = (expansion) => Math.min(HALF, 22 + 6 * expansion);
  /** @type {Box[]} */
  const boxes = [plain("3 × 3", "stem", "stem", stem.stride === 2)];
  if (first) {
    const { kernel, expansion, se } = first;
    boxes.push({
      words: [`${kernel} × ${kernel}`, expansion === 1 ? "ds" : `e${expansion}`],
      fill: fillOf(kernel),
      half: halfOf(expansion),
      group: "first",
      se,
    });
  }
  let input = first ? first.width : stem.width;
  chosen.forEach(({ width, operations }, b) =>
    operations.forEach(({ kernel, expansion, se }, layer) => {
      const stride = layer === 0 ? blocks[b].stride : 1;
      boxes.push({
        words: [`${kernel} × ${kernel}`, `e${Number(expansion.toFixed(2))}`],
        fill: fillOf(kernel),
        half: halfOf(expansion),
        group: `${b}`,
        down: stride === 2,
        skip: stride === 1 && input === width,
        se,
      });
      input = width;
    })
  );
  boxes.push(plain("1 × 1", "head", "head"), plain("pool", "dense", "dense"));
  return boxes;
}

/**
 * @param {Box} box
 * @param {number} x
 */
function drawBox({ words, fill, half, down, skip, se }, x) {
  const center = x + BOX / 2;
  /** @type {(y: number, word: string, weight?: number) => string} */
  const text = (y, word, weight = 400) =>
    `<text x="${center}" y="${y}" fill="#fff" font-weight="${weight}">${word}</text>`;
  const top = MIDDLE - half - 8;
  const arch = `<path d="M${x - 4} ${MIDDLE}V${top + 6}q0 -6 6 -6H${
    x + BOX - 2
  }q6 0 6 6V${MIDDLE}" \
fill="none" stroke="currentColor" stroke-width="1.5"/>`;
  return `<rect x="${x}" y="${MIDDLE - half}" width="${BOX}" height="${2 * half}" rx="7" \
fill="${fill}"/>${text(MIDDLE - 2, words[0], 700)}${text(MIDDLE + 14, words[1])}\
${se ? `<circle cx="${x + BOX - 9}" cy="${MIDDLE - half + 9}" r="3.5" fill="#fff"/>` : ""}\
${down ? text(MIDDLE + half - 5, "↓2") : ""}${skip ? arch : ""}`;
}
