import { readCursor, writeCursor } from "../db/cursor.ts";

/** A place in the order of an account's events, as a cursor. */
export const eventPlace = (seq: number): string => writeCursor({ at: seq, id: "event" });

/** The place that a cursor was made of. Undefined for none, and for one of another list. */
export function placeOf(cursor: string | undefined): number | undefined {
  const place = cursor === undefined ? undefined : readCursor(cursor);
  return place?.id === "event" ? place.at : undefined;
}
