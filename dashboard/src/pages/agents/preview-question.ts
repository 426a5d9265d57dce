import type * as z from "zod";
import type { PermissionId } from "../../../../src/contract/ids.ts";
import { explainDraftBodySchema } from "../../../../src/contract/permission.ts";

/** A request to try, as its fields hold it. Empty ones are left out. */
export type Sample = Partial<
  Record<
    "action" | "vendor" | "amount" | "environment" | "branch" | "repository" | "command" | "filePath" | "cwd",
    string
  >
>;

export type PreviewQuestion = z.infer<typeof explainDraftBodySchema>;

/** What to ask the server; a sentence where what stands in the fields cannot be asked. */
export function previewQuestion(
  draft: Record<string, unknown>,
  replaces: PermissionId | undefined,
  sample: Sample,
): PreviewQuestion | string {
  const parsed = explainDraftBodySchema.safeParse({ request: requestOf(sample), draft, replaces });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const what = issue?.path[0] === "request" ? "request" : "permission";
  return `The ${what} is not valid yet: ${issue?.path.slice(1).join(".")} ${issue?.message}.`;
}

function requestOf(sample: Sample): Record<string, unknown> {
  const { action = "", vendor, amount, environment, branch, repository, command, filePath, cwd } = sample;
  return {
    action,
    ...given({ vendor, amount: amount ? Number(amount) : undefined }),
    ...group("metadata", given({ environment, branch, repository })),
    ...group("policyContext", {
      ...given({ cwd }),
      ...group("toolInput", given({ command, filePath })),
    }),
  };
}

function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ""),
  );
}

function group(name: string, values: Record<string, unknown>): Record<string, unknown> {
  return Object.keys(values).length === 0 ? {} : { [name]: values };
}
