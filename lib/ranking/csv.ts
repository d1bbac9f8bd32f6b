/**
 * Ranking tables from comma-separated values.
 *
 * @module
 */

import { decodeText, readFile } from "../files.ts";
import type { RankingTable } from "./table.ts";
import { type CsvRow, parseRows } from "./_rows.ts";

/** A table as a file has it: accuracies of one seed, and the file's own names. */
export interface CsvTable extends RankingTable {
  /** The networks' names. */
  networks: string[];
  /** The networks' accuracies. */
  accuracies: number[];
  /** The raters, parameters and FLOPs among them, in the order of the columns. */
  raters: Record<string, number[]>;
  /** Parameters and FLOPs, where the file has them. */
  costs: Record<string, number[]>;
}

/** Columns that partial tau holds fixed. */
const COSTS = ["params", "flops"];

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Reads a ranking table from comma-separated values.
 *
 * The first line names the columns: `network`, `accuracy`, optionally `params` and `flops`; every other column of numbers is a
 * rater's score, higher better. Columns of text are passed over. Fields may be in quotes, which may hold commas, line breaks and,
 * doubled, quotes.
 *
 * @param text The text.
 * @param source What the text is called in messages.
 * @returns The table; parameters and FLOPs are raters as well as costs.
 * @throws {SyntaxError} Where a cell is empty or no finite number, a column is missing or there twice, a network is there
 *   twice, or a quote does not end: the message names line and column.
 *
 * @example
 * ```ts
 * import { parseRankingCsv } from "@dna/kernel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const table = parseRankingCsv('network,accuracy,flops,dna\n"a, wide",75.5,3e8,-1.5\nb,74,2e8,-2\n');
 * assertEquals(table.networks, ["a, wide", "b"]);
 * assertEquals(table.raters, { flops: [3e8, 2e8], dna: [-1.5, -2] });
 * assertThrows(
 *   () => parseRankingCsv("network,accuracy,dna\na,75,\n", "table.csv"),
 *   SyntaxError,
 *   'table.csv: line 2, column "dna" is empty',
 * );
 * ```
 */
export function parseRankingCsv(text: string, source = "the table"): CsvTable {
  const start = `Cannot read ${source}:`;
  const [head, ...rows] = parseRows(text, start);
  const names = checkHead(head, start);
  for (const { line, cells } of rows) {
    if (cells.length > names.length) {
      throw new SyntaxError(
        `${start} line ${line} has ${cells.length} cells, the header names ${names.length} columns`,
      );
    }
  }
  const column = (name: string) => numbersOf(rows, names.indexOf(name), name, start);
  const networks = checkNetworks(rows, names.indexOf("network"), start);
  const accuracies = column("accuracy");
  const raters: [string, number[]][] = [];
  for (const [position, name] of names.entries()) {
    if (name === "network" || name === "accuracy") continue;
    if (!COSTS.includes(name) && isText(rows, position, name, start)) continue;
    raters.push([name, column(name)]);
  }
  if (rows.length < 2) {
    throw new SyntaxError(
      `${start} it has ${rows.length} ${rows.length === 1 ? "network" : "networks"}, ` +
        "two or more are needed",
    );
  }
  if (raters.length === 0) {
    throw new SyntaxError(`${start} it has no column of scores beside network and accuracy`);
  }
  return {
    networks,
    accuracies,
    raters: Object.fromEntries(raters),
    costs: Object.fromEntries(raters.filter(([name]) => COSTS.includes(name))),
  };
}

/**
 * Reads a ranking table from a file, as {@linkcode parseRankingCsv}.
 *
 * @param path The file.
 * @returns The table.
 * @throws {Error} "Cannot read PATH: …" where the file cannot be read.
 * @throws {SyntaxError} Where it is no such table, naming line and column.
 *
 * @example
 * ```ts
 * import { readRankingCsv } from "@dna/kernel";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".csv" });
 * await Deno.writeTextFile(path, "network,accuracy,dna\na,75,-1.5\nb,74,-2\n");
 * assertEquals((await readRankingCsv(path)).accuracies, [75, 74]);
 * await Deno.remove(path);
 * ```
 */
export async function readRankingCsv(path: string): Promise<CsvTable> {
  return parseRankingCsv(decodeText(await readFile(path), path), path);
}

function checkHead(head: CsvRow | undefined, start: string): string[] {
  if (!head) throw new SyntaxError(`${start} it is empty, a header line is needed`);
  const names = head.cells;
  names.forEach((name, i) => {
    const place = `${start} line ${head.line}, column ${i + 1}`;
    if (name === "") throw new SyntaxError(`${place} has no name`);
    if (names.indexOf(name) !== i) {
      throw new SyntaxError(`${place} is named ${JSON.stringify(name)} like an earlier one`);
    }
  });
  for (const name of ["network", "accuracy"]) {
    if (!names.includes(name)) {
      throw new SyntaxError(
        `${start} line ${head.line} names no column "${name}", but ${names.join(", ")}`,
      );
    }
  }
  return names;
}

function checkNetworks(rows: readonly CsvRow[], position: number, start: string): string[] {
  const lines = new Map<string, number>();
  return rows.map(({ line, cells }) => {
    const name = cells[position] ?? "";
    const place = `${start} line ${line}, column "network"`;
    if (name === "") throw new SyntaxError(`${place} is empty, a name is needed`);
    if (lines.has(name)) {
      throw new SyntaxError(
        `${place} is ${JSON.stringify(name)}, which line ${lines.get(name)} is about already`,
      );
    }
    lines.set(name, line);
    return name;
  });
}

/** Whether no cell of a column is a number, and none is missing. */
function isText(rows: readonly CsvRow[], position: number, name: string, start: string): boolean {
  const cells = rows.map(({ cells }) => cells[position] ?? "");
  if (cells.some((cell) => NUMBER.test(cell))) return false;
  const bad = cells.findIndex((cell) => cell === "" || /^[+-]?(nan|inf|infinity)$/i.test(cell));
  if (bad >= 0) throw badCell(cells[bad], rows[bad].line, name, start);
  return true;
}

function numbersOf(
  rows: readonly CsvRow[],
  position: number,
  name: string,
  start: string,
): number[] {
  return rows.map(({ line, cells }) => {
    const cell = cells[position] ?? "";
    const value = NUMBER.test(cell) ? Number(cell) : NaN;
    if (!Number.isFinite(value)) throw badCell(cell, line, name, start);
    return value;
  });
}

function badCell(cell: string, line: number, name: string, start: string): SyntaxError {
  const what = cell === "" ? "empty" : JSON.stringify(cell);
  return new SyntaxError(
    `${start} line ${line}, column ${JSON.stringify(name)} is ${what}, a finite number is needed`,
  );
}
