import * as z from "zod";

/** Where a page ended: the moment and the id of its last row. */
export type Cursor = { at: number; id: string };

const cursorSchema = z.tuple([z.number().int(), z.string().max(200)]);

/** A cursor as the opaque text that callers hand back. */
export function writeCursor({ at, id }: Cursor): string {
  return btoa(JSON.stringify([at, id]))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** The cursor in a text. Undefined when it is not one of ours. */
export function readCursor(text: string): Cursor | undefined {
  try {
    const [at, id] = cursorSchema.parse(JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/"))));
    return { at, id };
  } catch {
    return undefined;
  }
}
