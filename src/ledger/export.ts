import type { AccountId } from "../contract/ids.ts";
import { csvColumns, type LogFilter, type LogItem } from "../contract/log.ts";
import { utf8 } from "../crypto/encoding.ts";
import { logItem } from "../db/decisions.ts";
import { logRows, lookedAt, type LogPosition, type LogRow } from "../db/logs.ts";
import { stringify } from "./csv-stringify.mjs";
import { entryIn } from "./chain.ts";

export type ExportFormat = "csv" | "ndjson";

// A Worker may ask D1 a thousand times in one request, and the person is found with some of them.
export const exportBounds = { rows: 2000, far: lookedAt, statements: 900 };

// Where a filter searches, half of the statements find out how far the other half looks.
const searches = exportBounds.statements / 2;

/** At how many decisions an export ends: of all, and with a filter those found and those looked through. */
export const exportLimits = {
  all: exportBounds.rows * exportBounds.statements,
  found: exportBounds.rows * searches,
  searched: exportBounds.far * searches,
};

// A page of entries as large as they may be is 16 MB. Written out it would be several times that.
const writtenAtOnce = 250;

const columns = [...csvColumns, "permissionId", "reasonCode", "replayed", "seq", "hash"] as const;

/**
 * All of an account's logs that pass the filter, newest first, page by page as they are read: as much is in
 * memory as one page holds, and a reader that goes away stops it. Pages, cursor and limit of the filter do not
 * count here. What is longer than one request can read breaks off with an error: half a record never looks whole.
 */
export function exportLogs(
  db: D1Database,
  accountId: AccountId,
  filter: LogFilter,
  format: ExportFormat,
  bounds = exportBounds,
): ReadableStream<Uint8Array> {
  const lines = format === "csv" ? csvLines : ndjsonLines;
  let statements = 0;
  let read: LogRow[] = [];
  let next: LogPosition | null | undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        if (format === "csv") controller.enqueue(utf8(csv([columns])));
      },
      async pull(controller) {
        while (read.length === 0 && next !== null) {
          if (statements >= bounds.statements)
            throw new Error(
              "The export is longer than one request can be. The rest comes with an earlier `to`.",
            );
          const { rows: limit, far } = bounds;
          const step = await logRows(db, accountId, filter, next, { limit, far });
          statements += step.statements;
          read = step.rows;
          next = step.next;
        }
        const written = read.splice(0, writtenAtOnce);
        if (written.length > 0) controller.enqueue(utf8(lines(written)));
        if (read.length === 0 && next === null) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

function csvLines(rows: readonly LogRow[]): string {
  const items = rows.map((row) => logItem(row, row.agentName));
  return csv(items.map((item) => columns.map((column) => cell(item[column]))));
}

function csv(rows: readonly (readonly Cell[])[]): string {
  return stringify(rows, { escape_formulas: true, cast: { boolean: String } });
}

type Cell = string | number | boolean | null;

// What a spreadsheet would run is marked as text by csv-stringify where a cell begins with it. Where the decimal point
// is a comma, a spreadsheet takes a semicolon for the end of a cell, and some pass over blanks. What a terminal would
// obey, and a line end that would pass for another record, is written out instead.
function cell(value: LogItem[(typeof columns)[number]]): Cell {
  return typeof value === "string" ? value.replace(unprintable, escaped).replace(laterFormula, "$&'") : value;
}

const laterFormula = /(?:^\s+|;\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/gu;

/** One log item a line, with the text that was hashed, so that an agent's chain can be checked from the file. */
function ndjsonLines(rows: readonly LogRow[]): string {
  return rows
    .map((row) => {
      const { entry } = row;
      const line = JSON.stringify({ ...logItem(row, row.agentName), prev: entryIn(entry).prev, entry });
      return `${line.replace(unprintable, escaped)}\n`;
    })
    .join("");
}

// Control characters, line and paragraph separators, and what turns the direction of text around.
const unprintable = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
