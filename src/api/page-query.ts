import * as z from "zod";
import { readCursor } from "../db/cursor.ts";

/** `limit` and `cursor` of a list whose pages hold up to `max`. */
export function pageQuery(max: number) {
  return z.object({
    limit: z.coerce
      .number({ error: "must be a whole number" })
      .int({ error: "must be a whole number" })
      .min(1, { error: "must be 1 or more" })
      .max(max, { error: `must be ${max} or less` })
      .default(Math.min(50, max)),
    cursor: z
      .string()
      .refine((text) => readCursor(text) !== undefined, {
        error: "must be the nextCursor of an earlier page",
      })
      .optional(),
  });
}
