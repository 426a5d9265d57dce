import { ambiguityIn } from "../../../../src/contract/ambiguous-json.ts";
import { decisionCasesSchema } from "../../../../src/contract/decision-case.ts";
import type { Explanation } from "../../../../src/contract/verify.ts";
import { runCases } from "../../../../src/decision/cases.ts";

export type Problems = { request: string[]; permissions: string[] };
export type Judgement = { explanation: Explanation } | { problems: Problems };

/** Decides what the two editors say, by the server's own rules and code. Nothing leaves the browser. */
export function judge(requestText: string, permissionsText: string, now: number): Judgement {
  const problems: Problems = { request: [], permissions: [] };
  const request = jsonOf(requestText, problems.request);
  const permissions = jsonOf(permissionsText, problems.permissions);
  if (problems.request.length > 0 || problems.permissions.length > 0) return { problems };

  const parsed = decisionCasesSchema.safeParse({
    now: new Date(now).toISOString(),
    facts: { permissions },
    cases: [{ name: "sandbox", request, expect: { outcome: "deny" } }],
  });
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      const [isRequest, field] = path[0] === "cases" ? [true, path.slice(3)] : [false, path.slice(2)];
      const sentence = `${field.length === 0 ? (isRequest ? "The request" : "The list") : field.join(".")} ${message}.`;
      (isRequest ? problems.request : problems.permissions).push(sentence);
    }
    return { problems };
  }
  const [result] = runCases(parsed.data);
  if (result === undefined) throw new Error("One case gives one result.");
  return { explanation: { decision: result.decision, trace: result.trace } };
}

function jsonOf(text: string, problems: string[]): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    problems.push("This is not JSON. Look for a missing quote, comma or bracket.");
    return undefined;
  }
  const ambiguity = ambiguityIn(text);
  if (ambiguity === undefined) return value;
  const { field, rule } = ambiguity;
  problems.push(`${field === "body" ? "This" : field} ${rule}.`);
  return undefined;
}
