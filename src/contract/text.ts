import * as z from "zod";

/** The length of a value in bytes when it is written as JSON in UTF-8. */
export function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}

/**
 * Whether all text in a JSON value, its keys too, is well-formed Unicode. Two different lone surrogates become the same
 * replacement character in UTF-8, and with it the same hash, so other text is refused wherever something is bound to it.
 */
export function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (Array.isArray(value)) return value.every(isWellFormed);
  if (value !== null && typeof value === "object")
    return Object.entries(value).every(([key, item]) => key.isWellFormed() && isWellFormed(item));
  return true;
}

/** The rule that a value breaks, or that it is missing. */
export function must(rule: string) {
  return (issue: { input?: unknown }) => (issue.input === undefined ? "is required" : rule);
}

/** Text of 1 to `max` characters in well-formed Unicode, kept to the byte. */
export function exactText(max: number) {
  return z
    .string({ error: must("must be a string") })
    .min(1, { error: "must not be empty" })
    .max(max, { error: `must have at most ${max} characters` })
    .refine(isWellFormed, { error: "must be well-formed Unicode" });
}

/** Text of at most `max` characters in well-formed Unicode, kept to the byte, with more in it than blanks. */
export function exactWords(max: number) {
  return z
    .string({ error: must("must be a string") })
    .regex(/\S/, { error: "must not be blank" })
    .max(max, { error: `must have at most ${max} characters` })
    .refine(isWellFormed, { error: "must be well-formed Unicode" });
}

/** Trimmed text of 1 to `max` characters in well-formed Unicode. */
export function text(max: number) {
  return z
    .string({ error: must("must be a string") })
    .trim()
    .min(1, { error: "must not be empty" })
    .max(max, { error: `must have at most ${max} characters` })
    .refine(isWellFormed, { error: "must be well-formed Unicode" });
}

/** A JSON object of at most `maxBytes` bytes, kept as it is. */
export function jsonObject(maxBytes: number) {
  const object = z.custom<Record<string, unknown>>(
    (value) => value !== null && typeof value === "object" && !Array.isArray(value),
    { error: must("must be an object") },
  );
  return ofBytes(object, maxBytes).meta({
    type: "object",
    additionalProperties: true,
    "x-max-bytes": maxBytes,
  });
}

/** The same schema for values of at most `maxBytes` bytes as JSON, in well-formed Unicode throughout. */
export function ofBytes<Schema extends z.ZodType>(schema: Schema, maxBytes: number): Schema {
  return schema
    .refine((value) => jsonBytes(value) <= maxBytes, {
      error: `must have at most ${maxBytes} bytes as JSON`,
    })
    .refine(isWellFormed, { error: "must hold well-formed Unicode only" });
}

/** A moment as RFC 3339 text on the wire. */
export const timestampSchema = z.iso
  .datetime({ offset: true, error: must("must be a date and time such as 2030-01-31T12:00:00Z") })
  .meta({ examples: ["2030-01-31T12:00:00.000Z"] });
