import type { CallToolResult } from "@modelcontextprotocol/server";
import { BehalfError } from "../sdk/errors.ts";
import { oneLine } from "./one-line.ts";

/**
 * The answer when there is none: an error, without structured content, that says not to execute. Whatever failed ends
 * here: a bad argument, no key, a revoked one, no network, an answer that cannot be read.
 */
export function noDecision(error: unknown): CallToolResult {
  const { message, hint, code, requestId } = toldOf(error);
  const facts = [
    `Reason: ${oneLine(message)}`,
    ...(code === undefined ? [] : [`Code: ${oneLine(code)}`]),
    ...(requestId === undefined ? [] : [`Request ID: ${oneLine(requestId)}`]),
    ...(hint === undefined ? [] : [`Hint: ${oneLine(hint)}`]),
  ];
  const text = [
    "NO DECISION — do not execute this action.",
    "",
    ...facts,
    "",
    "BehalfID gave no permission. What is not allowed is refused.",
    "",
    "Instructions:",
    "1. Do not execute the action, and do not look for another way to do it.",
    "2. Tell the user that there was no decision, and why.",
    "3. Once that is put right, call the tool again.",
  ].join("\n");
  return { content: [{ type: "text", text }], isError: true };
}

type Told = {
  message: string;
  hint?: string | undefined;
  code?: string | undefined;
  requestId?: string | undefined;
};

function toldOf(error: unknown): Told {
  if (error instanceof BehalfError) return error;
  if (!(error instanceof Error)) return { message: String(error) };
  const hint = "hint" in error && typeof error.hint === "string" ? error.hint : undefined;
  return { message: error.message, hint };
}
