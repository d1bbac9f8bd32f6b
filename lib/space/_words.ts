import { MAX_DEPTH, MAX_WIDTH, show } from "./_check.ts";
import {
  ACTIVATION_CODES,
  ACTIVATIONS,
  checkExpansion,
  checkKernel,
  checkLayer,
  checkSe,
} from "./_layers.ts";
import { checkOneOf, checkWhole } from "./_check.ts";
import type { Activation, LayerSpec } from "./types.ts";

/** One word of an architecture's text, and where it stands. */
export interface Word {
  /** The word, without spaces. */
  text: string;
  /** Where it stands, such as `block 2, layer 1`. */
  place: string;
  /** Position of its first character in the text, from 1. */
  character: number;
}

/** The SyntaxError of a part of a word, `offset` characters into it. */
export function syntaxError(word: Word, offset: number, problem: string): SyntaxError {
  return new SyntaxError(
    `Cannot read the architecture at ${word.place}, character ${
      word.character + offset
    }: ${problem}`,
  );
}

interface Field {
  key: string;
  value: string;
  offset: number;
}

const CODES: ReadonlyMap<string, Activation> = new Map(
  ACTIVATIONS.map((name) => [ACTIVATION_CODES[name], name]),
);
const CODE_LIST = ACTIVATIONS.map((name) => `n${ACTIVATION_CODES[name]} (${name})`).join(", ");

const FLAGS = ["skip", "noskip"];

/** The fields of a word after its leading name: `k3_s2_nre_noskip` → k, s, n, noskip. */
function fields(word: Word, known: readonly string[]): Map<string, Field> {
  const found = new Map<string, Field>();
  const parts = word.text.split("_");
  let offset = parts[0].length + 1;
  for (const part of parts.slice(1)) {
    const key = known.includes(part) ? part : /^n[a-z]/.test(part) ? "n" : keyOf(part);
    if (!known.includes(key)) {
      throw syntaxError(
        word,
        offset,
        `${show(part)} is not known here, allowed are ${known.join(", ")}`,
      );
    }
    if (FLAGS.includes(key) && part !== key) {
      throw syntaxError(word, offset, `${show(part)} must be ${key} alone`);
    }
    if (found.has(key)) throw syntaxError(word, offset, `${show(part)} gives ${key} again`);
    found.set(key, { key, value: part.slice(key.length), offset });
    offset += part.length + 1;
  }
  return found;
}

/** The letters that a part begins with. */
function keyOf(part: string): string {
  return /^[a-z]*/.exec(part)![0];
}

type Check<T> = (value: number, place: string) => T;

/** A number field, checked; `missing` where the word has none. */
function number<T>(
  word: Word,
  found: Map<string, Field>,
  key: string,
  name: string,
  check: Check<T>,
  missing?: T,
): T {
  const field = found.get(key);
  if (!field) {
    if (missing !== undefined) return missing;
    throw syntaxError(word, 0, `${show(word.text)} has no ${name} (${key} and a number)`);
  }
  if (!/^\d{1,20}(\.\d{1,20})?$/.test(field.value)) {
    throw syntaxError(
      word,
      field.offset,
      `${show(key + field.value)}: ${name} must be ${key} and a number, such as ${EXAMPLES[key]}`,
    );
  }
  try {
    return check(Number(field.value), name);
  } catch (error) {
    throw syntaxError(word, field.offset, (error as Error).message);
  }
}

const EXAMPLES: Readonly<Record<string, string>> = {
  r: "r2",
  k: "k5",
  s: "s2",
  e: "e6",
  c: "c40",
  se: "se0.25",
  i: "i1",
};

const checkWidth: Check<number> = (value, place) => checkWhole(value, place, 1, MAX_WIDTH);
const checkStride: Check<1 | 2> = (value, place) => checkOneOf(value, place, [1, 2]);
const checkRepeats: Check<number> = (value, place) => checkWhole(value, place, 1, MAX_DEPTH);

/** The activation of a word's `n…` part, if it has one. */
function activation(word: Word, found: Map<string, Field>): Activation | undefined {
  const field = found.get("n");
  if (!field) return undefined;
  const name = CODES.get(field.value);
  if (name) return name;
  throw syntaxError(
    word,
    field.offset,
    `${show(`n${field.value}`)} is no activation, allowed are ${CODE_LIST}`,
  );
}

const LAYER_FIELDS = ["r", "k", "s", "e", "c", "se", "n", "skip", "noskip"];

/** A timm block string as layers: `r` layers of which only the first has the stride. */
export function parseLayers(word: Word, network: Activation): LayerSpec[] {
  const type = word.text.split("_", 1)[0];
  if (type !== "ds" && type !== "ir") {
    throw syntaxError(
      word,
      0,
      `${show(word.text)} must begin with ds_ or ir_ (or be stem_… first, head_… last)`,
    );
  }
  const found = fields(word, LAYER_FIELDS);
  const repeats = number(word, found, "r", "repeat", checkRepeats, 1);
  const stride = number(word, found, "s", "stride", checkStride);
  const layer: LayerSpec = {
    type,
    kernel: number(word, found, "k", "kernel", checkKernel),
    stride: 1,
    expansion: number(word, found, "e", "expansion", checkExpansion, type === "ds" ? 1 : undefined),
    width: number(word, found, "c", "width", checkWidth),
    se: number(word, found, "se", "SE ratio", checkSe, 0),
  };
  const own = activation(word, found);
  if (own) layer.activation = own;
  if (found.has("noskip")) layer.skip = false;
  if (found.has("skip") && found.has("noskip")) {
    throw syntaxError(word, found.get("skip")!.offset, "both skip and noskip are given");
  }
  if (type === "ds" && layer.expansion !== 1) {
    throw syntaxError(word, found.get("e")!.offset, "a ds layer has no expansion but e1");
  }
  return Array.from(
    { length: repeats },
    (_, i) => checkLayer({ ...layer, stride: i === 0 ? stride : 1 }, word.place, network),
  );
}

/** A `stem_…` word: what it gives of channels, stride, width and activation. */
export function parseStem(
  word: Word,
): { channels?: number; stride?: 1 | 2; width?: number; activation?: Activation } {
  const found = fields(word, ["i", "s", "c", "n"]);
  return {
    ...(found.has("i") && { channels: number(word, found, "i", "channels", checkWidth) }),
    ...(found.has("s") && { stride: number(word, found, "s", "stride", checkStride) }),
    ...(found.has("c") && { width: number(word, found, "c", "width", checkWidth) }),
    activation: activation(word, found),
  };
}

/** The width in a `head_c…` word. */
export function parseHead(word: Word): number {
  return number(word, fields(word, ["c"]), "c", "width", checkWidth);
}
