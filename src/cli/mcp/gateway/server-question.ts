import type { RequestId } from "./read-message.ts";

/** What a server wants to know before it goes on with a call: the names of its questions, and a text to hand back. */
export type Question = { names: ReadonlySet<string>; requestState: string | undefined };

/** Which request a line of a server answers, and the question that it has instead of a result. */
export function questionIn(line: Buffer): { id: RequestId; question: Question | undefined } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line.toString());
  } catch {
    return undefined;
  }
  const { id, method, result } = membersOf(value);
  if (method !== undefined || (typeof id !== "string" && typeof id !== "number")) return undefined;
  const { resultType, inputRequests, requestState } = membersOf(result);
  if (resultType !== "input_required") return { id, question: undefined };
  const names = new Set(Object.keys(membersOf(inputRequests)));
  return {
    id,
    question: { names, requestState: typeof requestState === "string" ? requestState : undefined },
  };
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
