import * as z from "zod";

export type JsonSchema = z.core.JSONSchema.JSONSchema;

const inZod = "#/$defs/";
export const inDocument = "#/components/schemas/";

/**
 * Schemas as JSON Schema 2020-12, in the order given. What has an id in its meta is a component, and a reference
 * wherever it is used. `input` is what a caller may send, `output` what an answer holds.
 */
export function jsonSchemas(
  schemas: readonly z.ZodType[],
  io: "input" | "output",
): { schemas: JsonSchema[]; components: Record<string, JsonSchema> } {
  const all = z.toJSONSchema(z.tuple(schemas as [z.ZodType, ...z.ZodType[]]), {
    io,
    // What only code can check is documented by what its meta says of it.
    unrepresentable: "any",
    override: plainly,
  });
  const { prefixItems = [], $defs = {} } = referring(all);
  return { schemas: prefixItems as JsonSchema[], components: $defs };
}

function plainly({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: JsonSchema }): void {
  const { def } = zodSchema._zod;
  // Answers may get more keys: only what says that it is strict is closed.
  if (def.type === "object" && def.catchall === undefined) delete jsonSchema.additionalProperties;
  // Not a rule of ours: what zod holds of every whole number.
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  // The format says it; the pattern is 300 characters that nobody reads.
  if (jsonSchema.format === "date-time" || jsonSchema.format === "email") delete jsonSchema.pattern;
}

function referring(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === "$ref" && typeof value === "string" ? value.replace(inZod, inDocument) : value,
  ) as JsonSchema;
}
