import { type ProblemCode, problems } from "../../contract/problem.ts";
import type { Operation } from "../operation.ts";
import type { DocumentedAnswer } from "./document.ts";
import { inDocument } from "./json-schema.ts";

/** Every problem that an operation can answer with, by status: what it names, and what all of its kind can give. */
export function problemsByStatus(operation: Operation): Map<number, ProblemCode[]> {
  const codes = new Set<ProblemCode>([
    ...ofCaller(operation),
    ...ofInput(operation),
    ...(operation.problems ?? []),
    "INTERNAL_ERROR",
    "UNAVAILABLE",
  ]);
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of Object.keys(problems) as ProblemCode[]) {
    if (!codes.has(code)) continue;
    const { status } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}

function ofCaller({ access, method }: Operation): ProblemCode[] {
  const ofCookie: ProblemCode[] = method === "get" ? [] : ["INVALID_ORIGIN"];
  switch (access.kind) {
    case "none":
      return [];
    case "person":
      return ["AUTH_REQUIRED", "AGENT_KEY_FORBIDDEN", "FORBIDDEN", "RATE_LIMIT_EXCEEDED", ...ofCookie];
    case "session":
      return ["AUTH_REQUIRED", "AGENT_KEY_FORBIDDEN", ...ofCookie];
    case "agent":
      return ["AGENT_AUTH_REQUIRED", "AGENT_API_KEY_MISMATCH", "RATE_LIMIT_EXCEEDED"];
    case "own":
      return access.scheme === "passport"
        ? ["PASSPORT_TOKEN_REQUIRED", "RATE_LIMIT_EXCEEDED"]
        : ["AGENT_AUTH_REQUIRED", "AGENT_API_KEY_MISMATCH", "RATE_LIMIT_EXCEEDED"];
  }
}

function ofInput({ params, query, headers, body }: Operation): ProblemCode[] {
  const codes: ProblemCode[] = [];
  if (params !== undefined) codes.push("NOT_FOUND");
  if (query !== undefined || headers !== undefined) codes.push("INVALID_REQUEST");
  if (body !== undefined)
    codes.push("INVALID_JSON", "INVALID_REQUEST", "BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE");
  return codes;
}

/** The name under which the answer with these problems is kept: operations share it. */
export function problemAnswerName(codes: readonly ProblemCode[]): string {
  const words = codes.map((code) =>
    code.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
  );
  return words.join("Or");
}

/** The answer of this status that carries one of these problems. */
export function problemAnswer(status: number, codes: readonly ProblemCode[]): DocumentedAnswer {
  const sentences = codes.map((code) => `\`${code}\`: ${problems[code].sentence}`);
  const wait = { description: "Seconds to wait.", schema: { type: "integer", minimum: 0 } } as const;
  const challenge = { description: "How to come back.", schema: { type: "string" } } as const;
  return {
    description: sentences.length === 1 ? String(sentences[0]) : `- ${sentences.join("\n- ")}`,
    ...(status === 429 || status === 503 ? { headers: { "Retry-After": wait } } : {}),
    ...(status === 401 ? { headers: { "WWW-Authenticate": challenge } } : {}),
    content: {
      "application/problem+json": {
        schema: {
          $ref: `${inDocument}Problem`,
          properties: { status: { const: status }, code: { enum: [...codes] } },
        },
      },
    },
  };
}
