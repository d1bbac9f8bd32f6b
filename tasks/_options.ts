/**
 * Options of tasks: parsed strictly, described once, explained in one sentence where they are wrong.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";

/** Wrong usage: exit status 2. */
export class UsageError extends Error {}

/** One option. */
export interface OptionSpec {
  /** What it means, with its unit. */
  help: string;
  /** What stands for its value in the help; a flag has none. */
  value?: string;
  /** The default, as the help shows it. */
  default?: string;
}

/** Options by name, without the dashes. */
export type OptionSpecs = Record<string, OptionSpec>;

/** What was given: texts, and true for flags. */
export type Given = Record<string, string | true | undefined>;

/**
 * Reads a task's arguments.
 *
 * @throws {UsageError} for an unknown option, a value that is missing or too many, or a stray word.
 */
export function readOptions(args: readonly string[], specs: OptionSpecs, positionals = 0): {
  given: Given;
  words: string[];
} {
  const flags = Object.keys(specs).filter((name) => specs[name].value === undefined);
  const texts = Object.keys(specs).filter((name) => specs[name].value !== undefined);
  const unknown: string[] = [];
  const parsed = parseArgs(joinNegative(args, texts), {
    boolean: flags,
    string: texts,
    collect: texts,
    unknown: (name: string, key: string | undefined) => {
      if (key !== undefined) unknown.push(name);
      return key === undefined;
    },
  }) as Record<string, unknown> & { _: (string | number)[] };
  if (unknown.length > 0) {
    const name = unknown[0].replace(/=.*/, "");
    const close = nearest(name.replace(/^-+/, ""), Object.keys(specs));
    throw new UsageError(
      `Unknown option ${name}${
        close ? `: did you mean --${close}?` : ""
      } (--help lists the options)`,
    );
  }
  const given: Given = {};
  for (const name of flags) if (parsed[name] === true) given[name] = true;
  for (const name of texts) {
    const values = parsed[name] as string[] | undefined;
    if (!values?.length) continue;
    if (values.length > 1) throw new UsageError(`--${name} is given ${values.length} times`);
    if (values[0] === "") {
      throw new UsageError(`--${name} needs a value: ${specs[name].value} (${specs[name].help})`);
    }
    given[name] = values[0];
  }
  const words = parsed._.map(String);
  if (words.length > positionals) {
    throw new UsageError(`Unexpected argument ${JSON.stringify(words[positionals])}`);
  }
  return { given, words };
}

/** `--epochs -1` as `--epochs=-1`: a number below zero is a value, not an option. */
function joinNegative(args: readonly string[], texts: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const takesValue = args[i].startsWith("--") && texts.includes(args[i].slice(2));
    const negative = /^-[\d.]/.test(args[i + 1] ?? "");
    joined.push(takesValue && negative ? `${args[i]}=${args[++i]}` : args[i]);
  }
  return joined;
}

/** The text of `--help`. */
export function helpText(usage: string, about: string, specs: OptionSpecs): string {
  const left = Object.entries(specs).map(([name, { value }]) =>
    `  --${name}${value === undefined ? "" : ` ${value}`}`
  );
  const width = Math.max(...left.map((text) => text.length)) + 2;
  const lines = Object.values(specs).map((spec, i) =>
    left[i].padEnd(width) + spec.help + (spec.default === undefined ? "" : ` [${spec.default}]`)
  );
  return [about, "", `Usage: ${usage}`, "", ...lines].join("\n");
}

/** A whole number of an option. */
export function wholeNumber(
  given: Given,
  name: string,
  low: number,
  high: number,
): number | undefined {
  const value = number(given, name, low, high);
  if (value !== undefined && !Number.isInteger(value)) throw outside(given, name, low, high, true);
  return value;
}

/** A number of an option; `M` and `G` after it mean millions and billions. */
export function number(given: Given, name: string, low: number, high: number): number | undefined {
  const text = given[name];
  if (text === undefined || text === true) return undefined;
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([kMG]?)$/.exec(text);
  const scale = { "": 1, k: 1e3, M: 1e6, G: 1e9 }[match?.[2] ?? ""]!;
  const value = match ? Number(match[1]) * scale : NaN;
  if (!(value >= low && value <= high)) throw outside(given, name, low, high, false);
  return value;
}

function outside(
  given: Given,
  name: string,
  low: number,
  high: number,
  whole: boolean,
): UsageError {
  const kind = whole ? "a whole number" : "a number";
  const range = high === Infinity ? `from ${low}` : `from ${low} to ${high}`;
  return new UsageError(`--${name} is ${JSON.stringify(given[name])}: ${kind} ${range} is needed`);
}

/** One of some names. */
export function oneOf(given: Given, name: string, known: readonly string[]): string | undefined {
  const text = given[name];
  if (text === undefined || text === true) return undefined;
  if (!known.includes(text)) {
    throw new UsageError(`--${name} is ${JSON.stringify(text)}: known are ${known.join(", ")}`);
  }
  return text;
}

/** The known name that a mistyped one is closest to, if it is close. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const distance = (a: string, b: string) => {
    let row = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) {
        next[j] = Math.min(
          row[j] + 1,
          next[j - 1] + 1,
          row[j - 1] + Number(a[i - 1] !== b[j - 1]),
        );
      }
      row = next;
    }
    return row[b.length];
  };
  const [best] = known.map((candidate) => ({ candidate, d: distance(name, candidate) }))
    .sort((a, b) => a.d - b.d);
  return best && best.d <= 3 ? best.candidate : undefined;
}
