import { readFileSync } from "node:fs";
import { ambiguityIn } from "../contract/ambiguous-json.ts";
import { decisionCasesSchema } from "../contract/decision-case.ts";
import { runCases, type CaseResult } from "../decision/cases.ts";
import { UserError } from "./failure.ts";

/** Decides every case of a file, here and with the server's own code. Throws for what is no file of cases. */
export function runCaseFile(file: string): CaseResult[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new UserError(`${file} cannot be read.`, "Name a file of cases: behalf policy test cases.json");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file} is not JSON: ${error instanceof Error ? error.message : ""}`);
  }
  const ambiguity = ambiguityIn(text);
  if (ambiguity !== undefined) {
    const { field, rule } = ambiguity;
    throw new UserError(`${file}: ${field === "body" ? "the file" : field} ${rule}.`);
  }
  const parsed = decisionCasesSchema.safeParse(value);
  if (parsed.success) return runCases(parsed.data);
  const [first] = parsed.error.issues;
  const keys = first?.code === "unrecognized_keys" ? first.keys : [];
  const field = [...(first?.path ?? []), ...keys].join(".") || "the file";
  const rule = keys.length > 0 ? "is not a known field" : (first?.message ?? "is not valid");
  throw new UserError(`${file}: ${field} ${rule}.`, "See how cases are written: behalf policy test --help");
}
