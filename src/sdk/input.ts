import type * as z from "zod";
import { BehalfError } from "./errors.ts";

/** A request as JSON text. Throws `BehalfError` with code `INVALID_REQUEST` for what JSON cannot hold. */
export function jsonText(request: object): string {
  try {
    return JSON.stringify(request);
  } catch {
    throw new BehalfError("The request cannot be written as JSON.", { code: "INVALID_REQUEST" });
  }
}

/**
 * An id that may stand in a path. Throws `BehalfError` with code `INVALID_REQUEST` for anything else: an id that
 * came from elsewhere, such as `../tokens`, must not choose another route for a call that carries a credential.
 */
export function idOf<T>(schema: z.ZodType<T>, name: string, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const rule = parsed.error.issues[0]?.message ?? "is not valid";
  throw new BehalfError(`${name} ${rule}.`, { code: "INVALID_REQUEST" });
}
