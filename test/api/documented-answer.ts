import Ajv2020, { type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect } from "vitest";
import type {
  DocumentedAnswer,
  DocumentedOperation,
  OpenApiDocument,
} from "../../src/api/openapi/document.ts";

/** Checks of answers against an OpenAPI document. */
export function answersOf(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: false });
  addFormats(ajv);
  ajv.addSchema(closed(document), "api");
  const compiled = new Map<string, ValidateFunction>();

  function validator(pointer: string): ValidateFunction {
    const known = compiled.get(pointer) ?? ajv.compile({ $ref: `api#${pointer}` });
    compiled.set(pointer, known);
    return known;
  }

  /** Expects an answer that this operation is documented to give, and nothing that went wrong inside. Gives its text. */
  return async function expectDocumented(path: string, method: string, answer: Response): Promise<string> {
    const text = await answer.text();
    const operation = document.paths[path]?.[method] as DocumentedOperation;
    const called = `${operation.operationId} → ${answer.status} ${text.slice(0, 600)}`;
    expect(answer.status, called).toBeLessThan(500);
    expect(Object.keys(operation.responses), called).toContain(String(answer.status));

    const documented = operation.responses[answer.status] ?? { description: "" };
    const at =
      "$ref" in documented
        ? documented.$ref.slice(1)
        : pointer("paths", path, method, "responses", answer.status);
    const { content = {} } =
      "$ref" in documented ? lookUp(document, documented.$ref) : (documented satisfies DocumentedAnswer);
    const [type = ""] = (answer.headers.get("Content-Type") ?? "").split(";");
    if (Object.keys(content).length > 0) expect(Object.keys(content), called).toContain(type);
    if (type !== "application/json" && type !== "application/problem+json") return text;

    const value = JSON.parse(text) as Record<string, unknown>;
    const validate = validator(`${at}${pointer("content", type, "schema")}`);
    expect(validate(value), `${called}\n${ajv.errorsText(validate.errors)}`).toBe(true);
    if (answer.ok) return text;
    expect(value["error"], called).toBe(value["detail"]);
    expect(value["requestId"], called).toBe(answer.headers.get("X-Request-Id"));
    expect(value["detail"], called).not.toMatch(
      /sqlite|D1_|zod|\.ts:\d|bhf_(sk|dev|pass)_\w|invalid (input|option)|expected string/i,
    );
    if (answer.status === 401) expect(answer.headers.get("WWW-Authenticate"), called).toMatch(/^Bearer /);
    return text;
  };
}

function pointer(...parts: (string | number)[]): string {
  return parts
    .map((part) => `/${encodeURIComponent(String(part).replaceAll("~", "~0").replaceAll("/", "~1"))}`)
    .join("");
}

function lookUp(document: OpenApiDocument, ref: string): DocumentedAnswer {
  return document.components.responses[ref.slice("#/components/responses/".length)] ?? { description: "" };
}

// Clients must let answers grow, so the document leaves objects open. Here a key that it does not name is a mistake.
function closed(document: OpenApiDocument): OpenApiDocument {
  return JSON.parse(JSON.stringify(document), (_key, value: unknown) => {
    const isOpen =
      typeof value === "object" &&
      value !== null &&
      "properties" in value &&
      "type" in value &&
      value.type === "object" &&
      !("additionalProperties" in value);
    return isOpen ? { ...value, additionalProperties: false } : value;
  }) as OpenApiDocument;
}
