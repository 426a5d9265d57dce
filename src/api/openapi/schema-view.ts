import { html } from "hono/html";
import { inDocument, type JsonSchema } from "./json-schema.ts";
import { type Html, joined, prose } from "./prose.ts";

type AnySchema = JsonSchema | boolean;

/** One named thing of a request or an answer. */
export type Field = {
  name: string;
  mark: string | undefined;
  description?: string | undefined;
  schema: AnySchema;
};

/** Where a component stands on the page. */
export function schemaAnchor(name: string): string {
  return `schema-${name}`;
}

/** Where fields stand: whoever sends needs to know what must be there, whoever reads what may be missing. */
export type Place = "sent" | "answered";

/** What is said beside a field's name. */
export function markOf(isRequired: boolean, place: Place): string | undefined {
  if (place === "sent") return isRequired ? "required" : undefined;
  return isRequired ? undefined : "may be absent";
}

/** The fields of an object, each with its type, what it means and its rules. */
export function fieldsOf(schema: JsonSchema, place: Place): Field[] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).map(([name, property]) => ({
    name,
    mark: markOf(required.includes(name), place),
    schema: property,
  }));
}

/** Fields, one below the other. */
export function fieldList(fields: readonly Field[], place: Place): Html | undefined {
  if (fields.length === 0) return undefined;
  return html`<div class="fields">${fields.map((field) => fieldView(field, place))}</div>`;
}

function fieldView({ name, mark, description, schema }: Field, place: Place): Html {
  const described = typeof schema === "boolean" ? {} : schema;
  const inside = objectIn(described);
  const words = description ?? described.description;
  const rules = rulesOf(described);
  return html`<div class="field">
    <div class="name">
      <code>${name}</code>${mark === undefined ? "" : html` <span class="mark">${mark}</span>`}
    </div>
    <div class="what">
      <p class="type">${typeOf(schema)}</p>
      ${words === undefined ? "" : html`<p>${prose(words)}</p>`}
      ${rules.length === 0 ? "" : html`<p class="rules">${joined(rules, " · ")}</p>`}
      ${inside === undefined ? "" : fieldList(fieldsOf(inside, place), place)}
    </div>
  </div>`;
}

// The object whose fields are shown in place: the schema itself, or what a list or a nullable field holds.
function objectIn(schema: AnySchema): JsonSchema | undefined {
  if (typeof schema === "boolean") return undefined;
  if (schema.properties !== undefined) return schema;
  if (schema.items !== undefined && !Array.isArray(schema.items)) return objectIn(schema.items);
  return schema.anyOf?.map(objectIn).find((inside) => inside !== undefined);
}

/** A schema in a few words. */
export function typeOf(schema: AnySchema): Html {
  if (typeof schema === "boolean") return html`anything`;
  const { $ref, anyOf, allOf, enum: values, items } = schema;
  if ($ref !== undefined) {
    const name = $ref.slice(inDocument.length);
    return html`<a href="#${schemaAnchor(name)}">${name}</a>`;
  }
  if (anyOf !== undefined) return html`${joined(anyOf.map(typeOf), " or ")}`;
  if (allOf !== undefined) return html`${joined(allOf.map(typeOf), " and ")}`;
  if (schema.const !== undefined) return code(schema.const);
  if (values !== undefined)
    return html`${values.length > 1 ? "one of " : ""}${joined(
      values.map((value) => code(value)),
      ", ",
    )}`;
  if (Array.isArray(schema.type)) return html`${schema.type.join(" or ")}`;
  if (schema.type === "array" && items !== undefined && !Array.isArray(items))
    return html`list of ${typeOf(items)}`;
  return html`${wordFor(schema)}`;
}

function wordFor({ type, format }: JsonSchema): string {
  if (type === "string" && format === "date-time") return "date and time (RFC 3339)";
  if (type === "string" && format !== undefined) return format;
  if (type === "integer") return "whole number";
  if (type === "boolean") return "true or false";
  return typeof type === "string" ? type : "anything";
}

function rulesOf(schema: JsonSchema): Html[] {
  const { items, pattern, examples } = schema;
  const bytes = schema["x-max-bytes"];
  const rules = [
    range(schema.minimum, schema.maximum, ""),
    range(schema.minLength, schema.maxLength, " characters"),
    range(schema.minItems, schema.maxItems, " entries"),
    typeof bytes === "number" ? `at most ${bytes} bytes as JSON` : undefined,
    schema.additionalProperties === false ? "no other fields" : undefined,
  ].flatMap((rule) => (rule === undefined ? [] : html`${rule}`));
  if (pattern !== undefined) rules.push(html`pattern ${code(pattern)}`);
  if (schema.default !== undefined) rules.push(html`default ${code(schema.default)}`);
  if (examples?.[0] !== undefined) rules.push(html`for example ${code(examples[0])}`);
  if (typeof items === "object" && !Array.isArray(items))
    rules.push(...rulesOf(items).map((rule) => html`each ${rule}`));
  const held = schema.anyOf?.filter(({ type }) => type !== "null") ?? [];
  return held.length === 1 && held[0] !== undefined ? [...rules, ...rulesOf(held[0])] : rules;
}

function range(least: number | undefined, most: number | undefined, unit: string): string | undefined {
  if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`;
  if (least !== undefined) return `${least} or more${unit}`;
  return most === undefined ? undefined : `at most ${most}${unit}`;
}

function code(value: unknown): Html {
  return html`<code>${typeof value === "string" ? value : JSON.stringify(value)}</code>`;
}
