/**
 * Comma-separated values as rows of cells (RFC 4180).
 *
 * @module
 */

/** A row. */
export interface CsvRow {
  /** The line that it begins on, from 1. */
  line: number;
  /** Its cells, without quotes and without spaces around. */
  cells: string[];
}

/** One cell: in quotes with quotes doubled, or bare; then what ends it. */
const CELL = /[ \t]*(?:"((?:[^"]|"")*)"[ \t]*|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;

/** The rows of a text; empty lines are passed over. */
export function parseRows(text: string, start: string): CsvRow[] {
  const source = text.replace(/^\uFEFF/, "");
  const rows: CsvRow[] = [];
  let line = 1;
  let row: CsvRow = { line, cells: [] };
  for (let at = 0; at < source.length || row.cells.length > 0;) {
    CELL.lastIndex = at;
    const match = CELL.exec(source);
    if (!match) {
      throw new SyntaxError(
        `${start} line ${line}, column ${
          row.cells.length + 1
        } has a quote that is not closed, or ` +
          "something beside a quoted field",
      );
    }
    const [all, quoted, bare, end] = match;
    row.cells.push(quoted === undefined ? bare.trim() : quoted.replaceAll('""', '"').trim());
    line += all.match(/\r\n|\n|\r/g)?.length ?? 0;
    at += all.length;
    if (end === ",") continue;
    const isEmpty = row.cells.length === 1 && row.cells[0] === "" && quoted === undefined;
    if (!isEmpty) rows.push(row);
    row = { line, cells: [] };
  }
  return rows;
}
