import { MAX_BLOCKS, MAX_DEPTH, show } from "./_check.ts";
import { PAPER_HEAD, PAPER_STEM } from "./_layers.ts";
import { parseHead, parseLayers, parseStem, syntaxError, type Word } from "./_words.ts";
import type { Activation, Architecture, LayerSpec } from "./types.ts";

const MAX_TEXT = 1 << 18;

/**
 * Reads an architecture from one text, or from timm's nested lists of block strings.
 *
 * A text is timm's block strings, the layers of a block separated by spaces and blocks by `|`. A string is `ir` or `ds` and parts
 * joined by `_` in any order: `r` repeats, `k` kernel, `s` stride (of the first repeat), `e` expansion, `c` width, `se` ratio of
 * squeeze-and-excitation (none where left out), `nre` `nr6` `nsw` activation, `noskip`. Bare block strings mean the paper's stem
 * (3 channels to 32, stride 2), head (1280) and activation (swish); `stem_i1_s1_c16_nre` before the first block and `head_c256`
 * after the last one give other channels, stride, width, activation of the network, and head.
 *
 * @param text The text, or a list for each block of a list of its strings.
 * @returns The architecture as plain data. Widths are taken as they are: none is rounded to a multiple of 8.
 * @throws {SyntaxError} Where it cannot be read, naming block and layer and character (from 1), and what is allowed.
 * @throws {TypeError} Where it is neither a text nor a list of lists of texts.
 *
 * @example
 * ```ts
 * import { parseArchitecture } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const nested = parseArchitecture([["ds_r1_k3_s1_c16_se0.25"], ["ir_r2_k5_s2_e6_c40_se0.25"]]);
 * assertEquals(nested, parseArchitecture("ds_r1_k3_s1_c16_se0.25 | ir_r2_k5_s2_e6_c40_se0.25"));
 * assertEquals(nested.blocks[1].map((layer) => layer.stride), [2, 1]);
 * assertThrows(
 *   () => parseArchitecture("ds_k3_s1_c16 | ir_k4_s1_e6_c16"),
 *   SyntaxError,
 *   "block 2, layer 1, character 19: kernel is 4, must be odd",
 * );
 * ```
 */
export function parseArchitecture(text: string | readonly (readonly string[])[]): Architecture {
  const blocks = typeof text === "string" ? wordsOfText(text) : wordsOfLists(text);
  const first = blocks[0]?.[0];
  const stem = first && isNamed(first, "stem") ? parseStem(alone(blocks.shift()!)) : {};
  const last = blocks.at(-1)?.[0];
  const head = last && isNamed(last, "head") ? parseHead(alone(blocks.pop()!)) : PAPER_HEAD;
  if (blocks.length === 0) {
    throw new SyntaxError(
      "Cannot read the architecture: it has no block, such as ir_r2_k5_s2_e6_c40_se0.25",
    );
  }
  if (blocks.length > MAX_BLOCKS) {
    throw new SyntaxError(
      `Cannot read the architecture: it has ${blocks.length} blocks, at most ${MAX_BLOCKS} are allowed`,
    );
  }
  const activation = stem.activation ?? "swish";
  return {
    stem: {
      channels: stem.channels ?? PAPER_STEM.channels,
      width: stem.width ?? PAPER_STEM.width,
      stride: stem.stride ?? PAPER_STEM.stride,
    },
    blocks: blocks.map((words, i) => parseBlock(words, i, activation)),
    head,
    activation,
  };
}

function parseBlock(words: Word[], block: number, activation: Activation): LayerSpec[] {
  const layers: LayerSpec[] = [];
  for (const word of words) {
    word.place = `block ${block + 1}, layer ${layers.length + 1}`;
    const parsed = parseLayers(word, activation);
    if (layers.length > 0 && parsed[0].stride !== 1) {
      const offset = word.text.indexOf("_s2") + 1;
      throw syntaxError(word, offset, "only a block's first layer may have stride 2");
    }
    layers.push(...parsed);
    if (layers.length > MAX_DEPTH) {
      throw syntaxError(word, 0, `a block may have at most ${MAX_DEPTH} layers`);
    }
  }
  return layers;
}

function isNamed(word: Word, name: string): boolean {
  return word.text === name || word.text.startsWith(`${name}_`);
}

/** The stem's or head's word, which must be alone between its bars. */
function alone(words: Word[]): Word {
  if (words.length > 1) {
    throw syntaxError(
      words[1],
      0,
      `${show(words[1].text)} follows ${
        show(words[0].text)
      }, which must stand alone between | and |`,
    );
  }
  return words[0];
}

function wordsOfText(text: string): Word[][] {
  checkLength(text.length);
  let character = 1;
  return text.split("|").map((part, section, { length }) => {
    const words = [...part.matchAll(/\S+/g)].map((match): Word => ({
      text: match[0],
      place: `section ${section + 1}`,
      character: character + match.index,
    }));
    if (words.length === 0 && length > 1) {
      throw new SyntaxError(
        `Cannot read the architecture at section ${section + 1}, character ${character}: ` +
          "a block is empty, must have a layer such as ir_r2_k5_s2_e6_c40_se0.25",
      );
    }
    character += part.length + 1;
    return words;
  }).filter((words) => words.length > 0);
}

function wordsOfLists(lists: readonly (readonly string[])[]): Word[][] {
  if (!Array.isArray(lists)) {
    throw new TypeError(
      `Cannot read the architecture: it must be a text or a list of lists of texts`,
    );
  }
  if (lists.length > MAX_BLOCKS + 2) {
    throw new SyntaxError(
      `Cannot read the architecture: it has ${lists.length} lists, at most ${MAX_BLOCKS} blocks are allowed`,
    );
  }
  let total = 0;
  return lists.map((list, section) => {
    if (!Array.isArray(list) || list.length === 0 || list.length > MAX_DEPTH) {
      throw new TypeError(
        `Cannot read the architecture: entry ${
          section + 1
        } must be a list of 1 to ${MAX_DEPTH} texts, ` +
          'such as ["ir_r2_k5_s2_e6_c40_se0.25"]',
      );
    }
    return list.map((text: unknown, i): Word => {
      const place = `section ${section + 1}, string ${i + 1}`;
      if (typeof text !== "string") {
        throw new TypeError(`Cannot read the architecture at ${place}: it must be a text`);
      }
      total += text.length;
      checkLength(total);
      const trimmed = text.trim();
      const word = { text: trimmed, place, character: 1 + text.indexOf(trimmed) };
      const space = /[\s|]/.exec(trimmed);
      if (trimmed === "") throw syntaxError(word, 0, "the string is empty");
      if (space) throw syntaxError(word, space.index, "one string must be one timm block string");
      return word;
    });
  });
}

function checkLength(length: number): void {
  if (length > MAX_TEXT) {
    throw new SyntaxError(
      `Cannot read the architecture: it is longer than ${MAX_TEXT} characters`,
    );
  }
}
