import { readCursor, writeCursor } from "../db/cursor.ts";

/** A place in the order of an account's events, as a cursor. */
export const eventPlace = (seq: number): string => writeCursor({ at: seq, id: "event" });

/** The place that a cursor was made of. */
export const placeOf = (cursor: string | undefined): number | undefined =>
  cursor === undefined ? undefined : readCursor(cursor)?.at;
