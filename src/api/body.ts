import type * as z from "zod";
import { ambiguityIn, type FieldError } from "../contract/ambiguous-json.ts";
import { limits } from "../contract/verify.ts";
import { invalidRequest, Problem } from "./problem.ts";

/**
 * The request's JSON body, as it was meant and in no other way. An absent body is `{}`, so that a schema that
 * demands nothing accepts it whatever the content type says. Throws Problem.
 */
export async function readJson(request: Request): Promise<unknown> {
  return jsonIn(request, await readBytes(request));
}

/** The same of a body that was read already. Throws Problem. */
export function jsonIn(request: Request, bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) return {};
  if (!isJson(request.headers.get("Content-Type"))) throw new Problem("UNSUPPORTED_MEDIA_TYPE");
  // Nothing here decompresses. Whatever stood before us and did would have read another body than we do.
  const encoding = request.headers.get("Content-Encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity")
    throw new Problem("UNSUPPORTED_MEDIA_TYPE", { detail: "Request body must not be compressed." });
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw new Problem("INVALID_JSON", { cause });
  }
  const ambiguity = ambiguityIn(text);
  if (ambiguity !== undefined) throw invalidRequest([ambiguity]);
  return value;
}

/** `value` in the schema's terms. Throws the Problem that names every field and rule. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = check(schema, value);
  if (!parsed.success) throw invalidRequest(fieldErrors(parsed.error));
  return parsed.data;
}

/** What the schema makes of `value`. Each rule ends the sentence that begins with its field. */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  return schema.safeParse(value, { error: ruleOf });
}

// For rules that a schema does not word itself: zod's own words end no sentence.
function ruleOf(issue: z.core.$ZodRawIssue): string {
  if (issue.code === "too_big" && issue.origin === "string")
    return `must have at most ${issue.maximum} characters`;
  if (issue.code === "invalid_value") return `must be one of: ${issue.values.join(", ")}`;
  if (issue.code !== "invalid_type") return "is not valid";
  if (issue.input === undefined) return "is required";
  return issue.expected === "object" ? "must be an object" : `must be of the type ${issue.expected}`;
}

/** Every issue as a field and a rule. */
export function fieldErrors(error: { issues: readonly z.core.$ZodIssue[] }): FieldError[] {
  return error.issues.flatMap((issue) => {
    const field = issue.path.length === 0 ? "body" : issue.path.map(String).join(".");
    if (issue.code !== "unrecognized_keys") return [{ field, rule: issue.message }];
    return issue.keys.map((key) => ({
      field: issue.path.length === 0 ? key : `${field}.${key}`,
      rule: "is not a known field; remove it or correct its name",
    }));
  });
}

function isJson(contentType: string | null): boolean {
  const [type, ...parameters] = (contentType ?? "").toLowerCase().split(";");
  if (type?.trim() !== "application/json") return false;
  return parameters.every((parameter) => {
    const [name, value] = parameter.split("=");
    return name?.trim() !== "charset" || value?.trim().replaceAll('"', "") === "utf-8";
  });
}

/** The request's body as it came. Throws BODY_TOO_LARGE. */
export async function readBytes(request: Request): Promise<Uint8Array> {
  // What HTTP was told the length of cannot be longer, and is read in one piece, which is several times cheaper.
  // Counted is either.
  const announced = request.headers.get("Content-Length");
  if (Number(announced ?? 0) > limits.bodyBytes) throw new Problem("BODY_TOO_LARGE");
  if (request.body === null) return new Uint8Array();
  if (announced !== null) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.byteLength > limits.bodyBytes) throw new Problem("BODY_TOO_LARGE");
    return bytes;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body as ReadableStream<Uint8Array>) {
    length += chunk.byteLength;
    if (length > limits.bodyBytes) throw new Problem("BODY_TOO_LARGE");
    chunks.push(chunk);
  }
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
