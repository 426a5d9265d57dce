import type { Permission } from "../../../../src/contract/permission.ts";

/** Fields of one text, by their names on the wire. */
const texts = ["action", "resource", "description", "scope", "notes", "template"] as const;

/** Fields of many texts, one on each line. */
const actionLists = ["allowedActions", "blockedActions"] as const;
const constraintLists = [
  "allowedVendors",
  "allowedPaths",
  "deniedPaths",
  "deniedCommands",
  "allowedEnvironments",
  "deniedEnvironments",
  "allowedBranches",
  "deniedBranches",
  "allowedRepositories",
  "deniedRepositories",
] as const;

export type FieldName =
  | (typeof texts)[number]
  | (typeof actionLists)[number]
  | `constraints.${(typeof constraintLists)[number] | "maxAmount" | "expiresAt"}`;

/** A permission while it is being written: what stands in the fields, right or wrong. */
export type Draft = {
  fields: Partial<Record<FieldName, string>>;
  requiresApproval: boolean;
  requireDifferentApprover: boolean;
};

export const emptyDraft: Draft = { fields: {}, requiresApproval: false, requireDifferentApprover: false };

/** A draft that says what a permission says. */
export function draftOf(permission: Permission): Draft {
  const { constraints, requiresApproval, requireDifferentApprover } = permission;
  const fields: Draft["fields"] = {};
  for (const name of texts) fields[name] = permission[name] ?? "";
  for (const name of actionLists) fields[name] = permission[name].join("\n");
  for (const name of constraintLists) fields[`constraints.${name}`] = constraints[name]?.join("\n") ?? "";
  fields["constraints.maxAmount"] = constraints.maxAmount?.toString() ?? "";
  fields["constraints.expiresAt"] =
    constraints.expiresAt === undefined ? "" : localText(new Date(constraints.expiresAt));
  return { fields, requiresApproval, requireDifferentApprover };
}

/** What would be sent: for the contract's schema to judge, so nothing is put right here. */
export function specOf({
  fields,
  requiresApproval,
  requireDifferentApprover,
}: Draft): Record<string, unknown> {
  const constraints: Record<string, unknown> = {};
  for (const name of constraintLists) put(constraints, name, linesOf(fields[`constraints.${name}`]));
  put(constraints, "maxAmount", numberOf(fields["constraints.maxAmount"]));
  put(constraints, "expiresAt", momentOf(fields["constraints.expiresAt"]));
  const spec: Record<string, unknown> = {
    requiresApproval,
    requireDifferentApprover: requiresApproval && requireDifferentApprover,
    constraints,
  };
  for (const name of texts) put(spec, name, fields[name] === "" ? undefined : fields[name]);
  for (const name of actionLists) put(spec, name, linesOf(fields[name]));
  return spec;
}

function put(target: Record<string, unknown>, name: string, value: unknown): void {
  if (value !== undefined) target[name] = value;
}

// The lines that are not blank, as they are: in a denied command each space counts, and the schema trims all others.
function linesOf(text = ""): string[] | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.length === 0 ? undefined : lines;
}

// What is no number goes on as it is: the schema says so under the field.
function numberOf(text = ""): number | string | undefined {
  if (text.trim() === "") return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

function momentOf(text = ""): string | undefined {
  if (text === "") return undefined;
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? text : moment.toISOString();
}

/** A moment in the viewer's zone, as a field for date and time takes it. */
export function localText(moment: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}
